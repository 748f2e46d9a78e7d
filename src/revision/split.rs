//! SQL cut into statements, each database's way.

use std::ops::Range;

use super::compound::Compound;
use crate::sql::{Syntax, Token, TokenKind, tokens};

/// A statement and where it stands in the text it was cut from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The SQL without comments around it and without the closing semicolon.
    pub sql: String,
    /// Its bytes.
    pub range: Range<usize>,
}

/// A quote or comment in which the text ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its first line.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The spelling of a dialect; SQLite's, being the embedded default, for a name not known.
pub fn syntax(dialect: &str) -> Syntax {
    match dialect {
        "postgres" => Syntax::POSTGRES,
        "mysql" => Syntax::MYSQL,
        _ => Syntax::SQLITE,
    }
}

/// Cuts texts that follow one another: a `DELIMITER` holds until the next one.
#[derive(Clone, Debug)]
pub struct Splitter {
    syntax: Syntax,
    /// None is the semicolon.
    delimiter: Option<String>,
}

impl Splitter {
    /// Starts with the semicolon.
    pub fn new(syntax: Syntax) -> Self {
        Self { syntax, delimiter: None }
    }

    /// The statements of a text, and the quote in which it ends, if it does.
    pub fn pieces(&mut self, text: &str) -> (Vec<Piece>, Option<Open>) {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < text.len() {
            if let Some(line) = delimiter_line(text, at, self.syntax) {
                let named = Some(line.delimiter).filter(|delimiter| *delimiter != ";");
                self.delimiter = named.map(str::to_owned);
                at = line.end;
                continue;
            }
            let cut = match &self.delimiter {
                Some(delimiter) => by_delimiter(text, at, delimiter, self.syntax),
                None => by_semicolon(text, at, self.syntax),
            };
            if let Some(open) = cut.open {
                return (pieces, Some(open_quote(text, &open)));
            }
            pieces.extend(piece(text, cut.code));
            at = cut.next;
        }
        (pieces, None)
    }

    /// See the function of this name.
    pub fn whole(&self, text: &str) -> Option<Piece> {
        whole(text, self.syntax)
    }
}

/// The statements of one text, and the quote in which it ends, if it does.
pub fn pieces(text: &str, syntax: Syntax) -> (Vec<Piece>, Option<Open>) {
    Splitter::new(syntax).pieces(text)
}

/// The text as one statement, whatever it holds; none when it holds comments alone. One semicolon
/// or more at its end is the separator; those inside belong to the statement.
pub fn whole(text: &str, syntax: Syntax) -> Option<Piece> {
    let code = |token: &Token| is_code(text, token, syntax);
    let mut code: Vec<Token> = tokens(text, syntax).filter(code).collect();
    while code.last().is_some_and(|token| &text[token.range.clone()] == ";") {
        code.pop();
    }
    let last = code.last()?;
    let end = match last.closed {
        true => last.range.end,
        // Spelt in a way that the tokens do not know: the text itself must tell where it ends.
        false => text.trim_end().trim_end_matches(';').len(),
    };
    piece(text, Some(code.first()?.range.start..end))
}

/// Whether the splitter takes the text for exactly one statement, that is, whether it can be
/// written without a bracket around it.
pub fn is_one(sql: &str, syntax: Syntax) -> bool {
    let (pieces, open) = pieces(&format!("{sql};\n"), syntax);
    open.is_none() && matches!(pieces.as_slice(), [piece] if piece.sql == sql)
}

fn piece(text: &str, code: Option<Range<usize>>) -> Option<Piece> {
    let range = code?;
    // Files checked out with other line ends must send the same statement.
    let sql = text[range.clone()].replace("\r\n", "\n");
    Some(Piece { sql, range })
}

/// Where a statement was found to end.
struct Cut {
    /// From its first to its last token; none when there was nothing but comments.
    code: Option<Range<usize>>,
    /// Where the next one begins.
    next: usize,
    /// The token in which the text ended.
    open: Option<Token>,
}

/// MySQL runs what stands in `/*! .. */`.
fn is_code(text: &str, token: &Token, syntax: Syntax) -> bool {
    let part = &text[token.range.clone()];
    match token.kind {
        TokenKind::Space => false,
        TokenKind::Comment => syntax.is_run(part),
        _ => true,
    }
}

fn shifted(text: &str, at: usize, syntax: Syntax) -> impl Iterator<Item = Token> + '_ {
    tokens(&text[at..], syntax)
        .map(move |token| Token { range: at + token.range.start..at + token.range.end, ..token })
}

fn by_semicolon(text: &str, at: usize, syntax: Syntax) -> Cut {
    let mut compound = Compound::new(syntax);
    let mut code: Option<Range<usize>> = None;
    for token in shifted(text, at, syntax) {
        if !token.closed {
            return Cut { code, next: text.len(), open: Some(token) };
        }
        if !is_code(text, &token, syntax) {
            continue;
        }
        let semicolon = &text[token.range.clone()] == ";";
        if semicolon && compound.ends() {
            return Cut { code, next: token.range.end, open: None };
        }
        compound.see(text, &token);
        let start = code.as_ref().map_or(token.range.start, |code| code.start);
        code = Some(start..token.range.end);
    }
    Cut { code, next: text.len(), open: None }
}

/// The delimiter may stand within what looks like a word (`END$$`), so it is looked for byte by
/// byte in all but quotes and comments, as MySQL's own client does.
fn by_delimiter(text: &str, at: usize, delimiter: &str, syntax: Syntax) -> Cut {
    if let Some(cut) = plainly(text, at, delimiter) {
        return cut;
    }
    let mut code: Option<Range<usize>> = None;
    for token in shifted(text, at, syntax) {
        let code_token = is_code(text, &token, syntax);
        let quoted =
            matches!(token.kind, TokenKind::String | TokenKind::Quoted | TokenKind::Comment);
        let found = (!quoted && code_token).then(|| {
            let places = text[token.range.clone()].char_indices();
            let mut starts = places.map(|(offset, _)| token.range.start + offset);
            starts.find(|start| text[*start..].starts_with(delimiter))
        });
        if let Some(end) = found.flatten() {
            if end > token.range.start {
                let start = code.as_ref().map_or(token.range.start, |code| code.start);
                code = Some(start..end);
            }
            return Cut { code, next: end + delimiter.len(), open: None };
        }
        if !token.closed {
            return Cut { code, next: text.len(), open: Some(token) };
        }
        if code_token {
            let start = code.as_ref().map_or(token.range.start, |code| code.start);
            code = Some(start..token.range.end);
        }
    }
    Cut { code, next: text.len(), open: None }
}

/// The same where neither quotes nor comments come before the delimiter. A long run of letters and
/// dollar signs is one word, which would be read to its end for each delimiter in it.
fn plainly(text: &str, at: usize, delimiter: &str) -> Option<Cut> {
    let opens = |it: char| matches!(it, '\'' | '"' | '`' | '-' | '#' | '/');
    let end = at + text[at..].find(delimiter)?;
    let before = &text[at..end];
    if before.contains(opens) || delimiter.contains(opens) {
        return None;
    }
    let blank = |it: char| it.is_ascii_whitespace();
    let start = at + (before.len() - before.trim_start_matches(blank).len());
    let code = start..at + before.trim_end_matches(blank).len();
    let code = Some(code).filter(|code| !code.is_empty());
    Some(Cut { code, next: end + delimiter.len(), open: None })
}

struct DelimiterLine<'a> {
    delimiter: &'a str,
    end: usize,
}

/// A line `DELIMITER ..`, when it comes next; it is for MySQL's client, not for the server.
fn delimiter_line(text: &str, at: usize, syntax: Syntax) -> Option<DelimiterLine<'_>> {
    if !syntax.hash_comments {
        return None;
    }
    // Reading a long word for each statement in it would take long.
    let start = text[at..].trim_start_matches(|it: char| it.is_ascii_whitespace());
    let named =
        start.get(.."delimiter".len()).is_some_and(|it| it.eq_ignore_ascii_case("delimiter"));
    if !named && !start.starts_with(['-', '#', '/']) {
        return None;
    }
    let first = shifted(text, at, syntax).find(|token| is_code(text, token, syntax))?;
    if !text[first.range.clone()].eq_ignore_ascii_case("delimiter") {
        return None;
    }
    let rest = text[first.range.end..].lines().next().unwrap_or_default();
    let delimiter = rest.split_whitespace().next()?;
    Some(DelimiterLine { delimiter, end: first.range.end + rest.len() })
}

fn open_quote(text: &str, token: &Token) -> Open {
    let part = &text[token.range.clone()];
    let line = part.lines().next().unwrap_or_default();
    let (message, close) = match token.kind {
        TokenKind::Comment => ("this comment is not closed", "`*/`".to_owned()),
        TokenKind::Quoted if part.starts_with('[') => ("this name is not closed", "`]`".to_owned()),
        TokenKind::Quoted if part.starts_with('`') => {
            ("this quoted name is not closed", "a backtick".to_owned())
        }
        TokenKind::Quoted => ("this quoted name is not closed", "`\"`".to_owned()),
        _ if part.starts_with('$') => {
            let tag = part[1..].find('$').map_or(part, |end| &part[..end + 2]);
            ("this dollar quote is not closed", format!("`{tag}`"))
        }
        _ => {
            let quote = part.find(['\'', '"']).map_or("'", |at| &part[at..=at]);
            ("this text is not closed", format!("`{quote}`"))
        }
    };
    Open {
        range: token.range.start..token.range.start + line.len(),
        message: message.to_owned(),
        help: format!("close it with {close}"),
    }
}
