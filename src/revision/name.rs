//! The names of new revisions: ids, slugs, times, file names.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use autogen_model::nearest;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::{Error, Kind, Result};

/// The file name of a revision, when the configuration says nothing else.
pub const FILE_PATTERN: &str = "{date}_{time}_{rev}_{slug}.sql";
/// How long a slug is at most, when the configuration says nothing else.
pub const SLUG_LENGTH: usize = 40;

/// What a pattern of file names is made of.
pub const TOKENS: [&str; 11] =
    ["rev", "slug", "date", "time", "year", "month", "day", "hour", "minute", "second", "epoch"];

/// A new id: 12 random hexadecimal digits.
pub fn new_id() -> Result<String> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(Kind::Internal, "the system gives no random numbers for an id")
            .cause(error)
            .help("choose the id yourself with `--rev-id`")
    })?;
    Ok(bytes.iter().fold(String::new(), |mut id, byte| {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    }))
}

/// A moment in a time zone: `UTC`, `local`, or a name such as `Europe/Berlin`.
pub fn in_zone(moment: Timestamp, zone: &str) -> Result<Zoned> {
    let zone = match zone.trim() {
        name if name.eq_ignore_ascii_case("utc") => TimeZone::UTC,
        name if name.eq_ignore_ascii_case("local") => TimeZone::system(),
        name => TimeZone::get(name).map_err(|error| {
            Error::new(Kind::Config, format!("unknown time zone `{name}`"))
                .cause(error)
                .help("write `UTC`, `local` or a name such as `Europe/Berlin`")
        })?,
    };
    Ok(moment.to_zoned(zone))
}

/// A moment as headers and the ledger write it, such as `2026-11-20T15:30:00Z`.
pub fn rfc3339(moment: &Zoned) -> String {
    match moment.offset().is_zero() {
        true => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        false => moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

/// What a file is named after.
#[derive(Clone, Debug)]
pub struct NameParts<'a> {
    /// The id.
    pub id: &'a str,
    /// The message.
    pub message: &'a str,
    /// When it is written, in the project's time zone.
    pub created: &'a Zoned,
    /// How long the slug may be.
    pub slug_length: usize,
}

/// The path of a new revision below its folder.
pub fn file_name(pattern: &str, parts: &NameParts<'_>) -> Result<PathBuf> {
    let mut name = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find(['{', '}']) {
        let token = rest[start..].strip_prefix('{').and_then(|after| after.split_once('}'));
        let Some((token, after)) = token else {
            return Err(pattern_fault(pattern, "its braces do not match")
                .help("a token is written `{rev}`"));
        };
        name.push_str(&rest[..start]);
        name.push_str(&value(pattern, token.trim(), parts)?);
        rest = after;
    }
    name.push_str(rest);
    let path = PathBuf::from(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || path.as_os_str().is_empty() {
        return Err(pattern_fault(pattern, "it leads out of the folder of revisions")
            .help("write a path without `..` that does not start with `/`"));
    }
    if !is_revision(&path) {
        return Err(pattern_fault(pattern, "revisions are files that end in `.sql`")
            .help(format!("the usual pattern is `{FILE_PATTERN}`")));
    }
    Ok(path)
}

fn value(pattern: &str, token: &str, parts: &NameParts<'_>) -> Result<String> {
    let time = |format: &str| parts.created.strftime(format).to_string();
    Ok(match token {
        "rev" => parts.id.to_owned(),
        "slug" => slug(parts.message, parts.slug_length),
        "date" => time("%Y%m%d"),
        "time" => time("%H%M%S"),
        "year" => time("%Y"),
        "month" => time("%m"),
        "day" => time("%d"),
        "hour" => time("%H"),
        "minute" => time("%M"),
        "second" => time("%S"),
        "epoch" => parts.created.timestamp().as_second().to_string(),
        _ => {
            let error = pattern_fault(pattern, &format!("it has no token `{{{token}}}`"));
            return Err(match nearest(token, TOKENS) {
                Some(near) => error.help(format!("did you mean `{{{near}}}`?")),
                None => error.help(format!("the tokens are {}", TOKENS.join(", "))),
            });
        }
    })
}

fn pattern_fault(pattern: &str, why: &str) -> Error {
    Error::new(Kind::Config, format!("the file name `{pattern}` cannot be used: {why}"))
}

/// Whether a file is meant as a revision: what editors leave behind is not.
pub fn is_revision(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let sql = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    sql && !name.starts_with(['.', '#', '~'])
}

/// The message as lower-case words for a file name, cut between words.
pub fn slug(message: &str, length: usize) -> String {
    let first = message.lines().next().unwrap_or_default();
    let mut slug = String::new();
    for character in first.chars().flat_map(char::to_lowercase) {
        match character {
            // An apostrophe is part of its word: `don't` is one.
            '\'' | '’' => {}
            c if c.is_ascii_alphanumeric() => slug.push(c),
            c => match plain_letters(c) {
                Some(letters) => slug.push_str(letters),
                None if slug.ends_with('_') || is_mark(c) => {}
                None => slug.push('_'),
            },
        }
    }
    let slug = slug.trim_matches('_');
    let cut = match slug.char_indices().nth(length.max(1)) {
        Some((end, _)) if slug[end..].starts_with('_') => &slug[..end],
        Some((end, _)) => slug[..end].rsplit_once('_').map_or(&slug[..end], |(words, _)| words),
        None => slug,
    };
    match cut.trim_matches('_') {
        "" => "revision".to_owned(),
        cut => cut.to_owned(),
    }
}

/// An accent that follows its letter.
fn is_mark(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

/// Latin letters with accents, in lower case, as plain ones.
fn plain_letters(character: char) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 24] = [
        ("àáâãåāăą", "a"),
        ("ä", "ae"),
        ("æ", "ae"),
        ("çćĉċč", "c"),
        ("ďđð", "d"),
        ("èéêëēĕėęě", "e"),
        ("ĝğġģ", "g"),
        ("ĥħ", "h"),
        ("ìíîïĩīĭįı", "i"),
        ("ĵ", "j"),
        ("ķ", "k"),
        ("ĺļľŀł", "l"),
        ("ñńņňŋ", "n"),
        ("òóôõøōŏő", "o"),
        ("ö", "oe"),
        ("œ", "oe"),
        ("ŕŗř", "r"),
        ("śŝşšș", "s"),
        ("ß", "ss"),
        ("ţťŧțþ", "t"),
        ("ùúûũūŭůűų", "u"),
        ("ü", "ue"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
    ];
    LETTERS.into_iter().find(|(known, _)| known.contains(character)).map(|(_, plain)| plain)
}
