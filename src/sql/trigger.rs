//! The text of a trigger follows the names it mentions.

use super::{Spelling, Token, TokenKind, tokens, unquote};

/// The trigger after a table got another name; `None` where the text leaves open whether the table
/// is meant. It is after a word like `FROM`, and before a dot.
pub fn rename_table(text: &str, (old, new): (&str, &str), spelling: Spelling) -> Option<String> {
    let words = words(text, spelling);
    let mut hits = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.is(old)) {
        let after = |all: &[&str]| all.iter().any(|it| word.previous.eq_ignore_ascii_case(it));
        let qualifies = words.get(at + 1).is_some_and(|next| next.before == ".");
        match word.before {
            "." => {}
            // That is the trigger itself.
            "" if after(&["TRIGGER", "EXISTS"]) => {}
            _ if qualifies => hits.push(word),
            "" if after(&["ON", "FROM", "INTO", "UPDATE", "JOIN"]) => hits.push(word),
            _ => return None,
        }
    }
    let quoted = (spelling.quote)(new);
    Some(replace(text, hits.into_iter(), &quoted))
}

/// Whether the trigger of another table may mean this column, which gets another name.
pub fn may_mean(text: &str, table: &str, column: &str, spelling: Spelling) -> bool {
    let words = words(text, spelling);
    let row = |word: &Word| word.before == "." && ["new", "old"].iter().any(|it| word.owner_is(it));
    words.iter().any(|word| word.is(table))
        && words.iter().any(|word| word.is(column) && !row(word))
}

/// The trigger after a column of its table got another name; `None` where the text leaves open
/// whose column is meant. `NEW.column`, `OLD.column` and the `UPDATE OF` list are always of the
/// table. A bare name is too, unless the body speaks of other tables.
pub fn rename_column(
    text: &str,
    table: &str,
    (old, new): (&str, &str),
    spelling: Spelling,
) -> Option<String> {
    let words = words(text, spelling);
    let body = words.iter().position(|word| word.is("BEGIN")).unwrap_or(words.len());
    let others = words[body..].iter().any(|word| {
        let introduces = ["FROM", "INTO", "UPDATE", "JOIN"];
        introduces.iter().any(|it| word.previous.eq_ignore_ascii_case(it)) && !word.is(table)
    });
    let mut hits = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.is(old)) {
        match word.before {
            "." if ["new", "old", table].iter().any(|it| word.owner_is(it)) => hits.push(word),
            "." => {}
            _ if at < body || !others => hits.push(word),
            _ => return None,
        }
    }
    let quoted = (spelling.quote)(new);
    Some(replace(text, hits.into_iter(), &quoted))
}

struct Word<'a> {
    token: Token,
    name: String,
    /// The symbol just before, or empty.
    before: &'a str,
    /// The word before, whatever stands between.
    previous: String,
}

impl Word<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn owner_is(&self, name: &str) -> bool {
        self.previous.eq_ignore_ascii_case(name)
    }
}

fn words(text: &str, spelling: Spelling) -> Vec<Word<'_>> {
    let mut before = "";
    let mut previous = String::new();
    let mut words = Vec::new();
    for token in tokens(text, spelling.syntax) {
        let part = &text[token.range.clone()];
        match token.kind {
            TokenKind::Word | TokenKind::Quoted => {
                let name = unquote(part);
                let last = std::mem::replace(&mut previous, name.clone());
                words.push(Word { token, name, before, previous: last });
                before = "";
            }
            TokenKind::Space | TokenKind::Comment => {}
            _ => before = part,
        }
    }
    words
}

fn replace<'a>(text: &str, hits: impl Iterator<Item = &'a Word<'a>>, new: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for hit in hits {
        result.push_str(&text[at..hit.token.range.start]);
        result.push_str(new);
        at = hit.token.range.end;
    }
    result.push_str(&text[at..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Syntax;

    const SPELLING: Spelling = Spelling { syntax: Syntax::SQLITE, quote: |name| name.to_owned() };

    #[test]
    fn columns_of_the_table_follow() {
        let text = "CREATE TRIGGER x AFTER UPDATE OF note ON t BEGIN \
                    UPDATE t SET note = NEW.note WHERE note <> 'note'; END";
        let expected = "CREATE TRIGGER x AFTER UPDATE OF memo ON t BEGIN \
                        UPDATE t SET memo = NEW.memo WHERE memo <> 'note'; END";
        assert_eq!(rename_column(text, "t", ("note", "memo"), SPELLING).as_deref(), Some(expected));
    }

    #[test]
    fn columns_of_other_tables_leave_it_open() {
        let text =
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log (note) VALUES (1); END";
        assert_eq!(rename_column(text, "t", ("note", "memo"), SPELLING), None);
        let text =
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.note); END";
        assert!(rename_column(text, "t", ("note", "memo"), SPELLING).is_some());
    }

    #[test]
    fn the_table_follows() {
        let text =
            "CREATE TRIGGER x AFTER INSERT ON \"t\" BEGIN DELETE FROM t WHERE t.a = 't'; END";
        let renamed = rename_table(text, ("t", "u"), SPELLING);
        let expected =
            "CREATE TRIGGER x AFTER INSERT ON u BEGIN DELETE FROM u WHERE u.a = 't'; END";
        assert_eq!(renamed.as_deref(), Some(expected));
        let text = "CREATE TRIGGER t AFTER INSERT ON t BEGIN UPDATE t SET t = 1; END";
        assert_eq!(rename_table(text, ("t", "u"), SPELLING), None);
    }
}
