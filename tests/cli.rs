//! Transcripts: every command line in `tests/cli/*.md`, README and docs runs and prints what
//! stands there.

mod transcripts;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use autogen::config::{Flags, Input, parse};
use autogen::error::render;
use libtest_mimic::{Arguments, Trial};
use transcripts::{editor, pages, reference, tools};

fn main() -> ExitCode {
    // Transcripts call this program as `sql` and as `cargo`.
    if let Some(code) = tools::answer() {
        return code;
    }
    let mut trials = vec![
        trial("transcripts", || tools::run_all(Path::new("tests/cli/*.md"))),
        trial("every_setting_that_init_shows_can_be_set", settings_can_be_set),
        trial("editors_are_run_with_their_arguments", editor::editors_are_run),
        trial("docs_commands_is_the_help", reference::docs_commands_is_the_help),
    ];
    trials.extend(pages::all().into_iter().map(|page| {
        let name = format!("page::{}", page.display());
        trial(&name, move || pages::run(&page))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

fn settings_can_be_set() {
    let text = include_str!("../templates/autogen.toml");
    let text = text.replace("[{{ models }}]", "\"models.rs\"").replace("{{ revisions }}", "m");
    let template = |line: &&str| !line.starts_with("{%");
    let text = text.lines().filter(template).collect::<Vec<_>>().join("\n");
    let shown = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    let text = text.lines().map(shown).collect::<Vec<_>>().join("\n");
    let (flags, path) = (Flags::default(), Path::new("autogen.toml"));
    let input = Input { file: Some((path, &text)), flags: &flags, variables: &BTreeMap::new() };
    let faults = parse(&input).err().unwrap_or_default();
    let faults = faults.iter().map(|it| render(it, false)).collect::<Vec<_>>();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(text.contains("\nslug_length = 40\n"), "no setting was uncommented:\n{text}");
}
