//! Runs a target on many inputs; what fails is made small before it is shown.

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::dice::Dice;
use crate::text::Language;

/// Something that reads text, and what must hold for any text.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) language: fn() -> Language,
    /// Makes an input; `Language::text`, where nothing more is known.
    pub(crate) make: fn(&Language, &mut Dice) -> String,
    /// Says what is wrong.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

thread_local! {
    /// What the last panic said, and where.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what panics say, instead of printing it each time an input is made smaller.
pub(crate) fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
}

/// How long one input may take at all.
const PATIENCE: Duration = Duration::from_secs(20);
const LONG: usize = 60_000;
/// So many short inputs for a long one.
const SHORT_PER_LONG: u64 = 500;

/// Long inputs that once took a time that grew with the square of their length: the target, a
/// start, and what follows it over and over.
const KNOWN: [(&str, &str, &str); 7] = [
    ("statement", "CREATE PROCEDURE p() BEGIN ", "IF ("),
    ("statement", "DELIMITER $$\n", "$é$"),
    ("directive", "", "-- autogen: upgrade oracle\n-- autogen: downgrade\n"),
    ("directive", "", "-- autogen: when A = b\nSELECT 1;\n"),
    ("config", "", "\r"),
    ("config", "a = \"", "://"),
    ("url", "postgres://", "password="),
];

/// The inputs of `KNOWN`, each with its target.
pub(crate) fn known(targets: &[Target]) -> Vec<Trial> {
    let trial = |(number, (name, start, unit)): (usize, &(&str, &str, &'static str))| {
        let target = *targets.iter().find(|target| target.name == *name)?;
        let text = format!("{start}{}", unit.repeat(LONG / unit.len()));
        let test = move || {
            let began = Instant::now();
            let wrong = fault(&target, &text).or_else(|| growth(&target, &text, began.elapsed()));
            wrong.map_or(Ok(()), |wrong| Err(wrong.into()))
        };
        Some(Trial::test(format!("{name}::known_{number}"), test))
    };
    KNOWN.iter().enumerate().filter_map(trial).collect()
}

/// One trial with short inputs, one with long ones.
pub(crate) fn trials(target: Target) -> [Trial; 2] {
    let short = move || run(&target, cases(), target.make);
    let long = move || {
        run(&target, cases().div_ceil(SHORT_PER_LONG), |language, dice| language.long(LONG, dice))
    };
    [
        Trial::test(format!("{}::short", target.name), short),
        Trial::test(format!("{}::long", target.name), long),
    ]
}

fn number(variable: &str, usual: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(usual, |value| value.parse().unwrap_or_else(|_| panic!("{variable}={value}")))
}

fn cases() -> u64 {
    number("FUZZ_CASES", 2_000)
}

fn run(
    target: &Target,
    cases: u64,
    make: impl Fn(&Language, &mut Dice) -> String + Sync,
) -> Result<(), Failed> {
    let (language, seed) = ((target.language)(), number("FUZZ_SEED", 0));
    let make = |case| make(&language, &mut Dice::new(seed, case));
    let current = AtomicU64::new(0);
    let started = Instant::now();
    let mut slowest = (Duration::ZERO, 0);
    let found = std::thread::scope(|scope| {
        let (done, over) = mpsc::channel::<()>();
        let (current, make) = (&current, &make);
        scope.spawn(move || watch(&over, current, |case| stuck(target, case, &make(case))));
        let found = (0..cases).find_map(|case| {
            current.store(case, Ordering::Relaxed);
            let text = make(case);
            let began = Instant::now();
            let fault = fault(target, &text);
            let took = began.elapsed();
            slowest = slowest.max((took, case));
            let fault = fault.or_else(|| growth(target, &text, took));
            fault.map(|_| (case, text))
        });
        drop(done);
        found
    });
    let Some((case, text)) = found else {
        let ((longest, case), all) = (slowest, started.elapsed());
        eprintln!(
            "{}: {cases} inputs in {all:.1?}, at most {longest:.1?} (case {case})",
            target.name
        );
        return Ok(());
    };
    let Some(why) = fault(target, &text) else {
        let start: String = text.chars().take(200).collect();
        return Err(format!("case {case} of seed {seed} grows too fast: {start:?} ..").into());
    };
    let small = smaller(text, |text| fault(target, text).is_some());
    let why = fault(target, &small).unwrap_or(why);
    Err(format!("case {case} of seed {seed}: {why}\ninput: {small:?}\n{small}").into())
}

/// Why the target refuses the input; a panic is a reason too.
fn fault(target: &Target, text: &str) -> Option<String> {
    match catch_unwind(|| (target.check)(text)) {
        Ok(result) => result.err(),
        Err(_) => Some(PANIC.take()),
    }
}

/// Says so when a text takes more than twice as long as its length explains.
fn growth(target: &Target, text: &str, took: Duration) -> Option<String> {
    const WORTH_A_LOOK: Duration = Duration::from_millis(300);
    if took < WORTH_A_LOOK {
        return None;
    }
    let quarter = (text.len() / 4..).find(|at| text.is_char_boundary(*at))?;
    // Other work on the machine can only add to a time.
    let least = |text: &str| {
        let times = (0..3).map(|_| {
            let began = Instant::now();
            let _ = fault(target, text);
            began.elapsed()
        });
        times.min().unwrap_or_default()
    };
    let (short, long) = (least(&text[..quarter]), least(text).min(took));
    (long > short * 9).then(|| format!("a quarter of it takes {short:.1?}, all of it {long:.1?}"))
}

/// Looks from time to time whether another case is at work.
fn watch(over: &mpsc::Receiver<()>, current: &AtomicU64, stuck: impl Fn(u64)) {
    let mut last = (u64::MAX, Instant::now());
    while over.recv_timeout(Duration::from_millis(200)) == Err(mpsc::RecvTimeoutError::Timeout) {
        let case = current.load(Ordering::Relaxed);
        if case != last.0 {
            last = (case, Instant::now());
        } else if last.1.elapsed() > PATIENCE {
            stuck(case);
        }
    }
}

/// A loop without end cannot be stopped from outside, so the whole program ends.
fn stuck(target: &Target, case: u64, text: &str) {
    let start: String = text.chars().take(200).collect();
    eprintln!("{}: case {case} ({} bytes) takes too long: {start:?} ..", target.name, text.len());
    std::process::exit(1);
}

/// The input without all that is not needed for it to fail.
fn smaller(mut text: String, fails: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut size = text.len() / 2;
    while size > 0 && Instant::now() < deadline {
        let mut at = 0;
        let mut shrunk = false;
        while at < text.len() && Instant::now() < deadline {
            let end = (at + size).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                let without = format!("{}{}", &text[..at], &text[end..]);
                if fails(&without) {
                    (text, shrunk) = (without, true);
                    continue;
                }
            }
            at += size.div_ceil(2);
        }
        if !shrunk {
            size /= 2;
        }
    }
    text
}
