//! `include` and `exclude`: which parts of a database take part in a comparison.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

/// What a pattern can be about. The word is the prefix in `index:*_old`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A schema, with all that is in it.
    Schema,
    /// A table; also what a pattern without a prefix is about.
    Table,
    /// A column, named `table.column`.
    Column,
    /// An index.
    Index,
    /// A constraint.
    Constraint,
    /// An enumerated type.
    Enum,
    /// A view.
    View,
}

impl Subject {
    /// All of them, with their prefixes.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Schema, "schema"),
        (Self::Table, "table"),
        (Self::Column, "column"),
        (Self::Index, "index"),
        (Self::Constraint, "constraint"),
        (Self::Enum, "enum"),
        (Self::View, "view"),
    ];
}

/// One pattern of a list.
#[derive(Clone)]
pub struct Pattern {
    subject: Subject,
    /// A pattern with a dot is about the whole name, any other about its last part.
    whole: bool,
    glob: GlobMatcher,
    text: String,
}

impl Pattern {
    /// Reads `tmp_*` or `index:*_old`; the error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (subject, glob) = match text.split_once(':') {
            None => (Subject::Table, text),
            Some((prefix, glob)) => match Subject::ALL.iter().find(|(_, word)| *word == prefix) {
                Some((subject, _)) => (*subject, glob),
                None => return Err(format!("`{prefix}` is nothing that can be filtered")),
            },
        };
        let built = GlobBuilder::new(glob).backslash_escape(true).build();
        match built {
            Ok(built) if !glob.is_empty() => Ok(Self {
                subject,
                whole: glob.contains('.'),
                glob: built.compile_matcher(),
                text: text.to_owned(),
            }),
            Ok(_) => Err(format!("`{text}` has no name to match")),
            Err(fault) => Err(format!("`{glob}` is no pattern: {}", fault.kind())),
        }
    }

    fn matches(&self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.glob.is_match(if self.whole { name } else { last })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// The two lists.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of each subject that is listed here, only what matches takes part.
    pub include: Vec<Pattern>,
    /// What matches here takes no part.
    pub exclude: Vec<Pattern>,
}

impl Filter {
    /// Whether the thing takes part. A name may carry its schema (`cron.job`) and, for a column,
    /// its table (`users.name`, `app.users.name`).
    pub fn keeps(&self, subject: Subject, name: &str) -> bool {
        if let (Subject::Table | Subject::Enum | Subject::View, Some((schema, _))) =
            (subject, name.split_once('.'))
            && !self.keeps(Subject::Schema, schema)
        {
            return false;
        }
        let mut wanted =
            self.include.iter().filter(|pattern| pattern.subject == subject).peekable();
        let included = wanted.peek().is_none() || wanted.any(|pattern| pattern.matches(name));
        let mut unwanted = self.exclude.iter().filter(|pattern| pattern.subject == subject);
        included && !unwanted.any(|pattern| pattern.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Pattern, Subject};

    fn list(texts: &[&str]) -> Result<Vec<Pattern>, String> {
        texts.iter().map(|text| Pattern::parse(text)).collect()
    }

    #[test]
    fn keeps_what_is_included_and_not_excluded() -> Result<(), String> {
        let exclude = list(&["tmp_*", "table:audit_*", "index:*_old", "schema:cron", "app.log"])?;
        let filter = Filter { include: list(&["*"])?, exclude };
        for (subject, name, kept) in [
            (Subject::Table, "users", true),
            (Subject::Table, "tmp_users", false),
            (Subject::Table, "app.tmp_users", false),
            (Subject::Table, "audit_log", false),
            (Subject::Table, "cron.job", false),
            (Subject::Table, "app.log", false),
            (Subject::Table, "web.log", true),
            (Subject::View, "cron.jobs", false),
            (Subject::Schema, "cron", false),
            (Subject::Schema, "public", true),
            (Subject::Index, "ix_users_old", false),
            (Subject::Index, "tmp_ix", true),
            (Subject::Column, "tmp_users.name", true),
        ] {
            assert_eq!(filter.keeps(subject, name), kept, "{subject:?} {name}");
        }
        Ok(())
    }

    #[test]
    fn an_include_of_one_subject_leaves_the_others() -> Result<(), String> {
        let filter = Filter { include: list(&["app_*", "column:users.*"])?, exclude: Vec::new() };
        assert!(filter.keeps(Subject::Table, "app_users"));
        assert!(!filter.keeps(Subject::Table, "users"));
        assert!(filter.keeps(Subject::Index, "ix_users"));
        assert!(filter.keeps(Subject::Column, "users.name"));
        assert!(!filter.keeps(Subject::Column, "posts.name"));
        Ok(())
    }
}
