//! How revisions are named on the command line: one grammar, read once.

use std::fmt;

use super::{RESERVED, name_fault};
use crate::error::{Error, Kind, Result};

/// What a user wrote where a command wants revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One name, which may stand for several revisions.
    One(Identifier),
    /// `a:b`, either end of which may be left open.
    Range(Option<Identifier>, Option<Identifier>),
}

/// `[branch@]anchor[+N|-N]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The label or revision whose branch is meant.
    pub branch: Option<String>,
    /// Where to start.
    pub anchor: Anchor,
    /// How many steps to go up, or down when negative.
    pub offset: i64,
}

/// Where an identifier starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The one head.
    Head,
    /// All heads.
    Heads,
    /// Before the first revision.
    Base,
    /// What the database is at.
    Current,
    /// Left out, as in `+1`: what the database is at, or the other end of a range.
    Relative,
    /// An id, the beginning of one, or a label.
    Name(String),
}

impl Selection {
    /// Reads what the user wrote.
    pub fn parse(text: &str) -> Result<Self> {
        let end = |part: &str| match part.trim() {
            "" => Ok(None),
            part => Identifier::parse(part).map(Some),
        };
        match text.split_once(':') {
            None => Identifier::parse(text).map(Self::One),
            Some((_, rest)) if rest.contains(':') => {
                Err(malformed(text, "a range has one colon, as in `a:b`"))
            }
            Some((start, rest)) => Ok(Self::Range(end(start)?, end(rest)?)),
        }
    }

    /// Whether only the database can tell what is meant. An end of a range that is counted from
    /// the other end needs it no more than that one does.
    pub fn is_about_database(&self) -> bool {
        let is =
            |end: &Option<Identifier>, anchor| end.as_ref().is_some_and(|it| it.anchor == anchor);
        match self {
            Self::One(it) => it.is_about_database(),
            Self::Range(start, end) => {
                let free = |end: &Option<Identifier>| end.is_none() || is(end, Anchor::Relative);
                is(start, Anchor::Current)
                    || is(end, Anchor::Current)
                    || (is(end, Anchor::Relative) && free(start))
                    || start
                        .as_ref()
                        .is_some_and(|it| it.anchor == Anchor::Relative && it.offset > 0)
            }
        }
    }

    /// The one identifier, for a command that takes no range.
    pub fn one(self) -> Result<Identifier> {
        match self {
            Self::One(identifier) => Ok(identifier),
            Self::Range(..) => {
                Err(Error::new(Kind::Usage, "a range of revisions, where one is wanted")
                    .help("name the revision alone, without a colon"))
            }
        }
    }
}

impl Identifier {
    /// Reads one identifier.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(malformed(text, NAME_ONE));
        }
        if text.contains(':') {
            return Err(Error::new(Kind::Usage, format!("`{text}` is a range of revisions"))
                .help("name one revision, without a colon"));
        }
        let (branch, rest) = match text.split_once('@') {
            Some(("", _)) => return Err(malformed(text, "name a branch before the `@`")),
            Some((_, "")) => {
                return Err(malformed(
                    text,
                    "say after the `@` what of the branch: `head`, `base`, an id or `+1`",
                ));
            }
            Some((_, rest)) if rest.contains('@') => {
                return Err(malformed(text, "one `@` separates the branch from the revision"));
            }
            Some((branch, rest)) => (Some(checked(text, branch.trim())?), rest.trim()),
            None => (None, text),
        };
        let (word, steps) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
        let anchor = match word.trim() {
            "" => Anchor::Relative,
            "head" => Anchor::Head,
            "heads" => Anchor::Heads,
            "base" => Anchor::Base,
            "current" => Anchor::Current,
            word => Anchor::Name(checked(text, word)?),
        };
        let offset = match steps {
            "" => 0,
            steps => offset(text, steps)?,
        };
        if anchor == Anchor::Heads && !steps.is_empty() {
            return Err(malformed(text, "steps are counted from one revision; say `head`"));
        }
        Ok(Self { branch, anchor, offset })
    }

    /// Whether only the database can tell what is meant.
    pub fn is_about_database(&self) -> bool {
        matches!(self.anchor, Anchor::Current | Anchor::Relative)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(branch) = &self.branch {
            write!(f, "{branch}@")?;
        }
        f.write_str(match &self.anchor {
            Anchor::Head => "head",
            Anchor::Heads => "heads",
            Anchor::Base => "base",
            Anchor::Current => "current",
            Anchor::Relative => "",
            Anchor::Name(name) => name,
        })?;
        if self.offset != 0 || self.anchor == Anchor::Relative {
            write!(f, "{:+}", self.offset)?;
        }
        Ok(())
    }
}

const NAME_ONE: &str = "name a revision, `head`, `base` or `current`";

fn checked(text: &str, word: &str) -> Result<String> {
    let reserved = RESERVED.iter().find(|reserved| word.eq_ignore_ascii_case(reserved));
    match (reserved, name_fault(word)) {
        (Some(reserved), _) if *reserved != word => {
            Err(malformed(text, format!("it is written in small letters: `{reserved}`")))
        }
        (Some(reserved), _) => Err(malformed(text, format!("`{reserved}` is not a branch"))),
        (None, Some(fault)) => Err(malformed(text, fault)),
        (None, None) => Ok(word.to_owned()),
    }
}

fn offset(text: &str, steps: &str) -> Result<i64> {
    let digits = &steps[1..];
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match steps.parse::<i64>() {
        Ok(offset) if plain => Ok(offset),
        _ if plain => Err(malformed(text, "no history has so many steps")),
        _ => Err(malformed(text, format!("`{steps}` is not a number of steps"))),
    }
}

fn malformed(text: &str, why: impl Into<String>) -> Error {
    let message = match text.trim() {
        "" => "an empty name for a revision".to_owned(),
        text => format!("`{text}` does not name a revision"),
    };
    Error::new(Kind::Usage, message).help(why)
}
