//! Transcripts: every command line in `tests/cli/*.md` runs and prints what stands there.

use std::collections::BTreeMap;
use std::path::Path;

use autogen::config::{Flags, Input, parse};
use autogen::error::render;

#[test]
fn transcripts() {
    let cases = trycmd::TestCases::new();
    // What the caller's own environment says must not matter.
    cases.env("NO_COLOR", "1");
    for name in ["DATABASE_URL", "AUTOGEN_CONFIG", "AUTOGEN_ENV", "VISUAL", "EDITOR"] {
        cases.env(name, "");
    }
    cases.case("tests/cli/*.md");
}

#[test]
fn every_setting_that_init_shows_can_be_set() {
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
