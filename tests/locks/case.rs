//! Cases as they stand in a file: settings and SQL between lines that begin with `-- `.

use std::ops::RangeInclusive;

/// A change of a schema.
#[derive(Debug)]
pub(crate) struct Case {
    /// What it is.
    pub(crate) name: String,
    /// The versions that can do it.
    pub(crate) versions: RangeInclusive<u16>,
    /// SQL of the state before, with rows.
    pub(crate) before: String,
    /// SQL from there to the state after.
    pub(crate) after: String,
    /// `--rename`.
    pub(crate) rename: Vec<String>,
    /// `--fill`.
    pub(crate) fill: Vec<String>,
    /// `--convert`.
    pub(crate) convert: Vec<String>,
    /// The difference is taken as it is, where the models would leave it to somebody else.
    pub(crate) plain: bool,
    /// Indexes are built while others write.
    pub(crate) concurrently: bool,
}

impl Case {
    /// The cases of a file; what stands before the first is part of each.
    pub(crate) fn all(text: &str) -> Vec<Self> {
        let mut parts = text.split("-- case: ");
        let common = parts.next().unwrap_or_default();
        parts.map(|part| Self::read(part, common)).collect()
    }

    fn read(text: &str, common: &str) -> Self {
        let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (before, after) = rest.split_once("-- after\n").unwrap_or((rest, ""));
        let mut case = Self {
            name: name.to_owned(),
            versions: 12..=99,
            before: format!("{common}{before}"),
            after: after.to_owned(),
            rename: Vec::new(),
            fill: Vec::new(),
            convert: Vec::new(),
            plain: false,
            concurrently: false,
        };
        let said = rest.lines().filter_map(|line| line.strip_prefix("-- "));
        for (word, value) in said.filter_map(|line| line.split_once(": ")) {
            let number = || value.parse().unwrap();
            match word {
                "from" => case.versions = number()..=*case.versions.end(),
                "until" => case.versions = *case.versions.start()..=number(),
                "rename" => case.rename.push(value.to_owned()),
                "fill" => case.fill.push(value.to_owned()),
                "concurrently" => case.concurrently = true,
                "plain" => case.plain = true,
                "convert" => case.convert.push(value.to_owned()),
                other => panic!("{name}: `{other}` is no setting"),
            }
        }
        case
    }
}

/// What is said of a case, once for the versions that agree.
pub(crate) fn block(name: &str, said: Vec<(u16, String)>) -> String {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for (version, text) in said {
        match groups.iter_mut().find(|(_, known)| *known == text) {
            Some((versions, _)) => versions.push(version.to_string()),
            None => groups.push((vec![version.to_string()], text)),
        }
    }
    let text: String = groups
        .iter()
        .map(|(versions, text)| format!("-- {name} ({})\n{text}\n", versions.join(", ")))
        .collect();
    text
}
