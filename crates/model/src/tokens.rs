//! Attribute tokens cut into entries: `key`, `key = value`, `key(..)` and bare literals. An own
//! walk rather than a list of `Meta`, since `type`, `where` and `match` are keywords.

use proc_macro2::{Delimiter, Literal, Span, TokenStream, TokenTree};

use crate::diagnostic::Diagnostic;
use crate::reader::Reader;

/// One entry of an attribute list.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The key; empty for a bare literal.
    pub(crate) key: String,
    /// The key's place, or the literal's.
    pub(crate) span: Span,
    /// What follows the key.
    pub(crate) value: Value,
    /// The value's place; the key's when there is none.
    pub(crate) value_span: Span,
}

/// What follows a key.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing.
    Flag,
    /// A string.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list in parentheses.
    List(Vec<Entry>),
    /// Something else, reported already.
    Wrong,
}

type Trees = std::iter::Peekable<proc_macro2::token_stream::IntoIter>;

/// Cuts the tokens inside an attribute's parentheses; what makes no sense is reported and skipped.
pub(crate) fn entries(stream: TokenStream, reader: &mut Reader) -> Vec<Entry> {
    let mut trees = stream.into_iter().peekable();
    let mut list = Vec::new();
    while let Some(tree) = trees.next() {
        if is_comma(&tree) {
            report(reader, tree.span(), "expected a key, found `,`".into());
            continue;
        }
        let entry = entry(tree, &mut trees, reader);
        // One complaint about an entry is enough.
        let clean = entry.as_ref().is_some_and(|entry| !matches!(entry.value, Value::Wrong));
        list.extend(entry);
        end_entry(&mut trees, clean, reader);
    }
    list
}

fn entry(tree: TokenTree, trees: &mut Trees, reader: &mut Reader) -> Option<Entry> {
    let span = tree.span();
    match tree {
        TokenTree::Ident(ident) => {
            let key = plain(&ident.to_string());
            let (value, value_span) = value(span, trees, reader);
            Some(Entry { key, span, value, value_span })
        }
        TokenTree::Literal(literal) => {
            let value = literal_value(literal, reader);
            Some(Entry { key: String::new(), span, value, value_span: span })
        }
        other => {
            report(reader, span, format!("expected a key, found `{other}`"));
            None
        }
    }
}

fn value(key: Span, trees: &mut Trees, reader: &mut Reader) -> (Value, Span) {
    match trees.peek() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            let equals = punct.span();
            trees.next();
            match trees.next() {
                Some(tree) => assigned(tree, trees, reader),
                None => {
                    report(reader, equals, "expected a value after `=`".into());
                    (Value::Wrong, equals)
                }
            }
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let (stream, span) = (group.stream(), group.span());
            trees.next();
            (Value::List(entries(stream, reader)), span)
        }
        _ => (Value::Flag, key),
    }
}

fn assigned(tree: TokenTree, trees: &mut Trees, reader: &mut Reader) -> (Value, Span) {
    let span = tree.span();
    match tree {
        TokenTree::Literal(literal) => (literal_value(literal, reader), span),
        TokenTree::Ident(ident) if ident == "true" || ident == "false" => {
            (Value::Bool(ident == "true"), span)
        }
        TokenTree::Punct(punct) if punct.as_char() == '-' => match trees.next() {
            Some(TokenTree::Literal(literal)) => match literal_value(literal, reader) {
                Value::Number(digits) => (Value::Number(format!("-{digits}")), span),
                _ => wrong_value(reader, span),
            },
            _ => wrong_value(reader, span),
        },
        // What a declarative macro pasted arrives in invisible parentheses.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inner = group.stream().into_iter().peekable();
            match inner.next() {
                Some(tree) => assigned(tree, &mut inner, reader),
                None => wrong_value(reader, span),
            }
        }
        _ => wrong_value(reader, span),
    }
}

fn wrong_value(reader: &mut Reader, span: Span) -> (Value, Span) {
    let place = reader.place(span);
    reader.report(
        Diagnostic::new("expected a string, a number, `true` or `false`")
            .at(place, "not a literal")
            .help("put SQL and names in quotes: `key = \"now()\"`")
            .help("attributes are read as text: constants and macros have no value here"),
    );
    (Value::Wrong, span)
}

fn literal_value(literal: Literal, reader: &mut Reader) -> Value {
    let span = literal.span();
    let written = literal.to_string();
    // Nearly all are plain strings, which need no second parser.
    if let Some(text) = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && !text.contains(['\\', '\r'])
    {
        return Value::Text(text.to_owned());
    }
    match syn::Lit::new(literal) {
        syn::Lit::Str(text) => Value::Text(text.value()),
        syn::Lit::Int(number) => Value::Number(number.base10_digits().to_owned()),
        syn::Lit::Float(number) => Value::Number(number.base10_digits().to_owned()),
        _ => wrong_value(reader, span).0,
    }
}

/// Skips to the end of an entry; anything but a comma there is reported once.
fn end_entry(trees: &mut Trees, mut clean: bool, reader: &mut Reader) {
    for tree in trees.by_ref() {
        if is_comma(&tree) {
            return;
        }
        if clean {
            report(reader, tree.span(), format!("expected `,`, found `{tree}`"));
            clean = false;
        }
    }
}

fn is_comma(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn report(reader: &mut Reader, span: Span, message: String) {
    let place = reader.place(span);
    reader.report(Diagnostic::new(message).at(place, ""));
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &str) -> String {
    ident.strip_prefix("r#").unwrap_or(ident).to_owned()
}
