//! Rust steps: functions of the project that a revision calls by name, on its own transaction.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use autogen_model::{Diagnostic, nearest};

use crate::db::{self, Database, Failure, Transaction};
use crate::revision::Statement;

/// What a Rust step gives back: any error stops the revision and rolls its transaction back.
pub type StepResult = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

type Work = Pin<Box<dyn Future<Output = StepResult> + Send>>;
type Step = dyn Fn(Transaction) -> Work + Send + Sync;

/// The functions that revisions can call by `-- autogen: step rust NAME`.
#[derive(Clone, Default)]
pub struct Steps {
    functions: BTreeMap<String, Arc<Step>>,
    unknown: Unknown,
}

/// What becomes of a call of a function that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unknown {
    /// It is refused; the program has no functions of any project.
    #[default]
    Foreign,
    /// It is refused; the program is the project's own.
    Own,
    /// It is passed over: there are no rows that it could change.
    Idle,
}

impl Steps {
    /// The functions of a project in its own program; more come by `add`.
    pub fn own() -> Self {
        Self { functions: BTreeMap::new(), unknown: Unknown::Own }
    }

    /// The same functions, where those that are not there need not run: on a scratch database,
    /// whose tables have no rows.
    #[must_use]
    pub fn or_idle(mut self) -> Self {
        self.unknown = Unknown::Idle;
        self
    }

    /// Adds a function, or puts it in the place of the one that had its name.
    pub fn add<F, W>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(Transaction) -> W + Send + Sync + 'static,
        W: Future<Output = StepResult> + Send + 'static,
    {
        let boxed = move |transaction| -> Work { Box::pin(function(transaction)) };
        self.functions.insert(name.into(), Arc::new(boxed));
    }

    /// Why a statement that calls a function cannot run, if so.
    pub(super) fn refused(&self, statement: &Statement, name: &str) -> Option<Diagnostic> {
        if self.functions.contains_key(name) || self.unknown == Unknown::Idle {
            return None;
        }
        let report = |message: String, label: &str| {
            Diagnostic::new(message).at(statement.place.clone(), label)
        };
        if self.unknown == Unknown::Foreign {
            let message = format!("`rust {name}` is code of the project, which this program lacks");
            let report = report(message, "this step calls it");
            return Some(
                report
                    .help("nothing was run; give the command to the project's own program instead")
                    .help("its main function calls `autogen::cli::run(migrator)`"),
            );
        }
        let message = format!("no Rust step is registered as `{name}`");
        let report = report(message, "this step calls it");
        let near = nearest(name, self.functions.keys().map(String::as_str));
        Some(match near {
            Some(near) => report.help(format!("`{near}` is registered; is that the one?")),
            None => report.help(format!("register it: `.step(\"{name}\", {name})`")),
        })
    }

    /// Runs a function on the transaction that is open.
    pub(super) async fn run(&self, db: &mut Database, name: &str) -> db::Result<()> {
        // Where nobody has it, it was found to be idle.
        let Some(function) = self.functions.get(name) else { return Ok(()) };
        let transaction = db.lend().await?;
        let function = Arc::clone(function);
        let done = caught(async move { function(transaction).await }).await;
        done.map_err(|message| Failure::connection(format!("rust {name}: {message}")))?;
        db.take_back().await
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.functions.keys()).finish()
    }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside code of the project right now. A panic there is no bug of ours.
pub fn is_in_step() -> bool {
    INSIDE.get()
}

/// Runs to its end, and says why it came to none.
async fn caught(work: impl Future<Output = StepResult> + Send) -> Result<(), String> {
    let mut work = std::pin::pin!(work);
    let done = std::future::poll_fn(|context| {
        INSIDE.set(true);
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        INSIDE.set(false);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(done.map_err(|error| chain(&*error))),
            Err(panic) => Poll::Ready(Err(format!("it panicked: {}", said(&*panic)))),
        }
    });
    done.await
}

/// An error with what brought it about.
fn chain(error: &(dyn std::error::Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Many errors say their cause themselves.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}
