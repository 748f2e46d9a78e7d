//! Labels of enumerated types in expressions: which strings are such, and what they are called now.

use std::ops::Range;

use super::{Syntax, Token, TokenKind, literal, tokens, unquote};

/// A label that gets another name.
#[derive(Clone, Copy, Debug)]
pub struct LabelRename<'a> {
    /// The type, as it stands in SQL.
    pub ty: &'a str,
    /// The label before.
    pub old: &'a str,
    /// The label after.
    pub new: &'a str,
}

/// How a string stands in an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// As a value of the type: in `'a'::mood`, or in a form's `value('mood','a')`.
    Typed,
    /// Alone: what stands around it settles its type.
    Open,
    /// As a value of another type.
    Other,
}

/// The solid tokens of an expression.
struct Text<'t> {
    text: &'t str,
    all: Vec<Token>,
}

impl<'t> Text<'t> {
    fn new(text: &'t str, syntax: Syntax) -> Self {
        let solid = |it: &Token| !matches!(it.kind, TokenKind::Space | TokenKind::Comment);
        Self { text, all: tokens(text, syntax).filter(solid).collect() }
    }

    fn part(&self, at: usize) -> &'t str {
        self.all.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    fn place(&self, at: usize, ty: &str) -> Place {
        let back = |steps: usize| at.checked_sub(steps).map_or("", |at| self.part(at));
        if back(1) == "," && back(3) == "(" && back(4) == "value" {
            return if unquote(back(2)) == ty { Place::Typed } else { Place::Other };
        }
        if back(1) == "(" && matches!(back(2), "value" | "array" | "cast" | "assign") {
            return Place::Other;
        }
        if self.part(at + 1) != "::" {
            return Place::Open;
        }
        match self.name(at + 2).is_some_and(|range| &self.text[range] == ty) {
            true => Place::Typed,
            false => Place::Other,
        }
    }

    /// Where the name stands that begins at a token, with its namespace.
    fn name(&self, at: usize) -> Option<Range<usize>> {
        let named = |at: usize| {
            let token = self.all.get(at)?;
            matches!(token.kind, TokenKind::Word | TokenKind::Quoted).then(|| token.range.clone())
        };
        let first = named(at)?;
        let last = (self.part(at + 1) == ".").then(|| named(at + 2)).flatten();
        Some(first.start..last.unwrap_or(first).end)
    }

    /// The strings that hold the label, alone or in a list, with how they stand.
    fn hits(&self, ty: &str, label: &str) -> Vec<(usize, Place)> {
        let held = |at: &usize| {
            self.all[*at].kind == TokenKind::String
                && elements(&unquote(self.part(*at))).iter().any(|it| it == label)
        };
        let places = (0..self.all.len()).filter(held).map(|at| (at, self.place(at, ty)));
        places.filter(|(_, place)| *place != Place::Other).collect()
    }

    /// How often the label stands as a value of the type.
    fn typed(&self, ty: &str, label: &str) -> usize {
        self.hits(ty, label).iter().filter(|(_, place)| *place == Place::Typed).count()
    }

    fn renamed(&self, rename: LabelRename, test: impl Fn(Place) -> bool) -> String {
        let mut result = self.text.to_owned();
        for (at, _) in self.hits(rename.ty, rename.old).into_iter().rev().filter(|it| test(it.1)) {
            let string = relabelled(&unquote(self.part(at)), rename);
            result.replace_range(self.all[at].range.clone(), &literal(&string));
        }
        result
    }
}

/// A form with the label renamed.
pub fn in_form(form: &str, rename: LabelRename, syntax: Syntax) -> String {
    Text::new(form, syntax).renamed(rename, |place| place == Place::Typed)
}

/// The text that has this form, with the label renamed. Strings whose type stands nowhere are of the
/// type when the form has that many values of it.
pub fn in_text(text: &str, form: Option<&str>, rename: LabelRename, syntax: Syntax) -> String {
    let own = Text::new(text, syntax);
    let hits = own.hits(rename.ty, rename.old).len();
    let meant = form.map(|form| Text::new(form, syntax).typed(rename.ty, rename.old));
    let all = meant.is_some_and(|meant| meant == hits);
    own.renamed(rename, |place| all || place == Place::Typed)
}

/// A list of constants that are all of the type, with the label renamed.
pub fn in_constants(text: &str, rename: LabelRename, syntax: Syntax) -> String {
    Text::new(text, syntax).renamed(rename, |_| true)
}

/// An expression, or the form of one, with a type renamed.
pub fn retyped(text: &str, (old, new): (&str, &str), syntax: Syntax) -> String {
    let own = Text::new(text, syntax);
    let mut result = text.to_owned();
    for at in (0..own.all.len()).rev() {
        if own.part(at) == "::" {
            let name = own.name(at + 1).filter(|range| &text[range.clone()] == old);
            name.into_iter().for_each(|range| result.replace_range(range, new));
        } else if at > 1
            && own.all[at].kind == TokenKind::String
            && own.part(at - 1) == "("
            && matches!(own.part(at - 2), "value" | "array" | "cast" | "assign")
        {
            let said = unquote(own.part(at));
            let rest = said.strip_prefix(old).filter(|rest| ["", "[]"].contains(rest));
            let renamed = rest.map(|rest| literal(&format!("{new}{rest}")));
            let range = own.all[at].range.clone();
            renamed.into_iter().for_each(|it| result.replace_range(range.clone(), &it));
        }
    }
    result
}

/// The labels that a constant speaks of.
pub fn spoken(expr: &str, syntax: Syntax) -> Vec<String> {
    let strings = tokens(expr, syntax).filter(|token| token.kind == TokenKind::String);
    strings.flat_map(|token| elements(&unquote(&expr[token.range]))).collect()
}

fn relabelled(string: &str, rename: LabelRename) -> String {
    if !string.starts_with('{') {
        return rename.new.to_owned();
    }
    let items = elements(string).into_iter();
    let items = items.map(|it| if it == rename.old { rename.new.to_owned() } else { it });
    let items: Vec<String> = items.map(|item| element(&item)).collect();
    format!("{{{}}}", items.join(","))
}

/// The elements of an array literal; what is none is its own only element.
fn elements(string: &str) -> Vec<String> {
    let Some(inner) = string.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return vec![string.to_owned()];
    };
    let (mut items, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for letter in inner.chars() {
        let Some(item) = items.last_mut() else { continue };
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => quoted = !quoted,
            ',' if !escaped && !quoted => items.push(String::new()),
            letter => (escaped, _) = (false, item.push(letter)),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

/// An element of an array literal.
fn element(label: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match !label.is_empty() && label.bytes().all(plain) && !label.eq_ignore_ascii_case("null") {
        true => label.to_owned(),
        false => format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENAME: LabelRename = LabelRename { ty: "mood", old: "happy", new: "it's" };

    #[test]
    fn values_of_the_type_follow() {
        let cases = [
            ("mood <> 'happy'::mood", "mood <> 'it''s'::mood"),
            ("a = 'happy'::text", "a = 'happy'::text"),
            ("a = 'happy'", "a = 'happy'"),
            ("a = 'happy'::app.mood", "a = 'happy'::app.mood"),
            ("'{happy,\"a,b\"}'::mood[]", "'{\"it''s\",\"a,b\"}'::mood[]"),
            ("value('mood','happy')", "value('mood','it''s')"),
            ("value('text','happy')", "value('text','happy')"),
        ];
        for (text, renamed) in cases {
            assert_eq!(in_form(text, RENAME, Syntax::POSTGRES), renamed);
            assert_eq!(in_text(text, None, RENAME, Syntax::POSTGRES), renamed);
        }
        let named = LabelRename { ty: "mood", old: "mood", new: "m" };
        let form = "array('mood', value('mood','mood'))";
        assert_eq!(in_form(form, named, Syntax::POSTGRES), "array('mood', value('mood','m'))");
    }

    #[test]
    fn types_follow() {
        let cases = [
            ("'a'::mood", "'a'::app.\"M\""),
            ("CASE b WHEN 'mood'::mood THEN 1 END", "CASE b WHEN 'mood'::app.\"M\" THEN 1 END"),
            ("'{a}'::mood[]", "'{a}'::app.\"M\"[]"),
            ("'a'::app.mood", "'a'::app.mood"),
            ("value('mood','mood')", "value('app.\"M\"','mood')"),
            ("cast('mood[]',mood)", "cast('app.\"M\"[]',mood)"),
        ];
        for (text, renamed) in cases {
            assert_eq!(retyped(text, ("mood", "app.\"M\""), Syntax::POSTGRES), renamed);
        }
    }

    #[test]
    fn open_strings_follow_when_the_form_knows_them() {
        let form = "operator('<>', mood, value('mood','happy'))";
        let renamed = |text| in_text(text, Some(form), RENAME, Syntax::POSTGRES);
        assert_eq!(renamed("mood <> 'happy'"), "mood <> 'it''s'");
        assert_eq!(renamed("mood <> 'happy' OR b = 'happy'"), "mood <> 'happy' OR b = 'happy'");
    }
}
