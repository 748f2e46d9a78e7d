//! Directives: the comment lines that start `-- autogen:`.

use std::ops::Range;

use autogen_model::nearest;

use super::{BindSource, Condition, Direction};

/// What a directive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    /// `upgrade` or `downgrade`, perhaps for one dialect.
    Side(Direction, Option<String>),
    /// `step`, `step autocommit`.
    Step { autocommit: bool },
    /// `step rust NAME`.
    Rust(String),
    /// `statement`.
    Statement,
    /// `end`.
    End,
    /// `when NAME = value`.
    When(Condition),
    /// `bind NAME = file("..")`.
    Bind { name: String, value: BindSource },
    /// `repeat`.
    Repeat,
    /// `irreversible "why"`.
    Irreversible(String),
}

/// Why a directive could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) help: String,
    /// The side that was to be opened; what follows is not the side's before it.
    pub(super) side: Option<Direction>,
}

/// The words that a directive starts with, and how each is written.
const FORMS: [(&str, &str); 9] = [
    ("upgrade", "upgrade [dialect]"),
    ("downgrade", "downgrade [dialect]"),
    ("step", "step [autocommit | rust NAME]"),
    ("statement", "statement"),
    ("end", "end"),
    ("when", "when NAME = value"),
    ("bind", "bind NAME = file(\"path\")"),
    ("repeat", "repeat"),
    ("irreversible", "irreversible \"why\""),
];

/// The dialects that a side can be for.
const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

impl Directive {
    /// The word that it starts with.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Side(direction, _) => direction.word(),
            Self::Step { .. } | Self::Rust(_) => "step",
            Self::Statement => "statement",
            Self::End => "end",
            Self::When(_) => "when",
            Self::Bind { .. } => "bind",
            Self::Repeat => "repeat",
            Self::Irreversible(_) => "irreversible",
        }
    }
}

/// The text of a comment line after its dashes, with where it starts in the line.
pub(super) fn comment(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start().strip_prefix("--")?;
    Some((line.len() - text.len(), text))
}

/// What follows `-- autogen:` in a line; none when the line is no directive. A known directive
/// whose colon was forgotten is still one, or it would silently be a comment and, say, the
/// statements of a downgrade would run with the upgrade.
pub(super) fn body(line: &str) -> Option<Result<&str, Mistake>> {
    let (_, text) = comment(line)?;
    let text = text.trim_start();
    let rest = text.get("autogen".len()..)?;
    if !text[.."autogen".len()].eq_ignore_ascii_case("autogen") {
        return None;
    }
    if let Some(body) = rest.trim_start().strip_prefix(':') {
        return Some(Ok(body));
    }
    let mut words = rest.split_whitespace();
    let known = words.next().is_some_and(|word| form(word).is_some());
    let missing = known && rest.starts_with([' ', '\t']) && words.count() <= 1;
    missing.then(|| {
        Err(Mistake {
            message: "a directive needs a colon after `autogen`".to_owned(),
            help: format!("write `-- autogen: {}`", rest.trim()),
            side: rest.split_whitespace().next().and_then(side),
        })
    })
}

fn form(word: &str) -> Option<(&'static str, &'static str)> {
    FORMS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word))
}

fn side(word: &str) -> Option<Direction> {
    let sides = [Direction::Upgrade, Direction::Downgrade];
    sides.into_iter().find(|direction| direction.word().eq_ignore_ascii_case(word))
}

/// Reads what follows `-- autogen:`.
pub(super) fn parse(body: &str) -> Result<Directive, Mistake> {
    let mut words = Words { text: body, at: 0 };
    let word = words.name();
    let Some((known, written)) = form(word) else {
        let names = FORMS.iter().map(|(known, _)| *known);
        let near = nearest(&word.to_ascii_lowercase(), names.clone());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the directives are {}", names.collect::<Vec<_>>().join(", ")),
        };
        let message = match body.trim() {
            "" => "a directive without a word".to_owned(),
            rest if word.is_empty() => format!("unknown directive `{rest}`"),
            _ => format!("unknown directive `{word}`"),
        };
        return Err(Mistake { message, help, side: near.and_then(side) });
    };
    let malformed = |message: String| Mistake {
        message,
        help: format!("it is written `-- autogen: {written}`"),
        side: side(known),
    };
    let directive = match known {
        "upgrade" => Directive::Side(Direction::Upgrade, dialect(&mut words, known)?),
        "downgrade" => Directive::Side(Direction::Downgrade, dialect(&mut words, known)?),
        "step" if words.keyword("rust") => match words.name() {
            "" => return Err(malformed("`step rust` needs the name of a function".to_owned())),
            name => Directive::Rust(name.to_owned()),
        },
        "step" => Directive::Step { autocommit: words.keyword("autocommit") },
        "statement" => Directive::Statement,
        "end" => Directive::End,
        "when" => Directive::When(when(&mut words).map_err(malformed)?),
        "bind" => bind(&mut words).map_err(malformed)?,
        "repeat" => Directive::Repeat,
        _ => match words.quoted() {
            Some(why) if !why.trim().is_empty() => Directive::Irreversible(why),
            _ => return Err(malformed("`irreversible` needs a reason in quotes".to_owned())),
        },
    };
    match words.rest() {
        "" => Ok(directive),
        rest => Err(malformed(format!("`{rest}` is too much in the directive `{known}`"))),
    }
}

fn dialect(words: &mut Words<'_>, opened: &str) -> Result<Option<String>, Mistake> {
    let word = words.name();
    if word.is_empty() {
        return Ok(None);
    }
    let lower = word.to_ascii_lowercase();
    if DIALECTS.contains(&lower.as_str()) {
        return Ok(Some(lower));
    }
    let help = match (lower.as_str(), nearest(&lower, DIALECTS)) {
        ("mariadb", _) => "a side for `mysql` holds for MariaDB too".to_owned(),
        (_, Some(near)) => format!("did you mean `{near}`?"),
        _ => format!("the dialects are {}", DIALECTS.join(", ")),
    };
    Err(Mistake { message: format!("unknown dialect `{word}`"), help, side: side(opened) })
}

fn when(words: &mut Words<'_>) -> Result<Condition, String> {
    let name = words.name().to_owned();
    if name.is_empty() {
        return Err("`when` needs the name of a variable".to_owned());
    }
    let equal = if words.symbol("!=") {
        false
    } else if words.symbol("==") || words.symbol("=") {
        true
    } else {
        return Err("`when` compares with `=` or `!=`".to_owned());
    };
    let value = words.quoted().unwrap_or_else(|| words.take_rest().to_owned());
    if value.is_empty() && !words.text.trim_end().ends_with('"') {
        return Err("`when` needs a value to compare with".to_owned());
    }
    Ok(Condition { name, value, equal })
}

fn bind(words: &mut Words<'_>) -> Result<Directive, String> {
    let name = words.name().to_owned();
    if name.is_empty() || !words.symbol("=") {
        return Err("`bind` needs a name, `=` and where the value comes from".to_owned());
    }
    let from = words.name();
    let source = match from.to_ascii_lowercase().as_str() {
        "file" => BindSource::File,
        "env" => BindSource::Env,
        "x" => BindSource::X,
        _ => {
            return Err(
                "a value comes from `file(\"..\")`, `env(\"..\")` or `x(\"..\")`".to_owned()
            );
        }
    };
    let opened = words.symbol("(");
    let value = words.quoted().filter(|value| opened && !value.is_empty() && words.symbol(")"));
    match value {
        Some(value) => Ok(Directive::Bind { name, value: source(value) }),
        None => Err(format!("`{from}` takes one text in quotes and parentheses")),
    }
}

/// A directive read from left to right.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn rest(&self) -> &'a str {
        self.text[self.at..].trim()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take_rest(&mut self) -> &'a str {
        let rest = self.rest();
        self.at = self.text.len();
        rest
    }

    /// A word of letters, digits and underscores; empty when there is none.
    fn name(&mut self) -> &'a str {
        self.skip_space();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.at;
        let found = self.name().eq_ignore_ascii_case(keyword);
        if !found {
            self.at = before;
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.text[self.at..].starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    /// A text in double quotes, in which `\"` is a quote and `\\` a backslash.
    fn quoted(&mut self) -> Option<String> {
        self.skip_space();
        let mut characters = self.text[self.at..].char_indices();
        if characters.next()?.1 != '"' {
            return None;
        }
        let mut value = String::new();
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += offset + 1;
                    return Some(value);
                }
                '\\' => match characters.next()?.1 {
                    escaped @ ('"' | '\\') => value.push(escaped),
                    other => value.extend(['\\', other]),
                },
                _ => value.push(character),
            }
        }
        None
    }
}

/// The lines of a stretch of text, without their ends.
pub(super) fn lines(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let length = rest.find('\n').unwrap_or(rest.len());
        at = (start + length + 1).min(text.len());
        let line = &rest[..length];
        Some(start..start + line.strip_suffix('\r').unwrap_or(line).len())
    })
}
