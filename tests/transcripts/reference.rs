//! `docs/commands.md` is made of what the commands say of themselves.

use std::process::Command;

/// The commands in the order of `--help`.
fn commands() -> Vec<String> {
    let help = output(&["--help"]);
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // A name stands two blanks from the edge; what stands further in goes on from the line above.
    let names = list.filter_map(|line| line.strip_prefix("  ")).filter(|it| !it.starts_with(' '));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn output(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_autogen"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .expect("autogen runs");
    assert!(run.status.success(), "autogen {arguments:?}");
    String::from_utf8(run.stdout).expect("text")
}

/// The page, written from the help of every command.
pub(crate) fn docs_commands_is_the_help() {
    let global = "Global options:\n";
    let whole = output(&["--help"]);
    let mut page = format!(
        "# Commands\n\nWhat `autogen --help` and the `--help` of each command say. This page is \
         written by a test\nfrom the program itself.\n\n```text\n{}\n```\n",
        whole.trim_end()
    );
    for name in commands() {
        let help = output(&[&name, "--help"]);
        // What every command takes stands once, above.
        let (own, rest) = help.split_once(global).unwrap_or((&help, ""));
        let examples = rest.split_once("\nExamples:\n").map(|(_, it)| format!("Examples:\n{it}"));
        let own = format!("{}\n\n{}", own.trim_end(), examples.unwrap_or_default());
        page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", own.trim_end()));
    }
    // clap fills blank lines of its help with blanks.
    let page = page.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .eq(page, snapbox::Data::read_from("docs/commands.md".as_ref(), None));
}
