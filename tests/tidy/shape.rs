//! What a file looks like: its length, the length of its functions, its first line, and words that
//! have no place in it.

use proc_macro2::{Delimiter, TokenTree};

use super::tree::{Complaint, File, each_list, is_sign, is_word, line};

const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 500;

/// From `fn` to the closing brace.
pub(crate) fn functions(file: &File) -> Vec<Complaint> {
    if !file.is_code() {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(name) = token else { continue };
            if at == 0 || !is_word(tokens.get(at - 1), "fn") {
                continue;
            }
            let start = line(&tokens[at - 1]);
            let end = body_end(&tokens[at..]).unwrap_or(start);
            let length = end - start + 1;
            if length > FUNCTION_LINES {
                let message = format!("`{name}` has {length} lines, more than {FUNCTION_LINES}");
                found.push(file.complaint(start, message));
            }
        }
    });
    found
}

/// The line of the brace that closes the function; a declaration has none.
fn body_end(tokens: &[TokenTree]) -> Option<usize> {
    let rest = tokens.iter().take_while(|token| !is_sign(Some(token), ';'));
    rest.filter_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            Some(group.span_close().end().line)
        }
        _ => None,
    })
    .next()
}

/// A long file is several files that have not been told apart yet.
pub(crate) fn file_length(file: &File) -> Vec<Complaint> {
    let script = file.path.starts_with("scripts/") || file.path.starts_with("benches/");
    let length = file.text.lines().count();
    if (file.is_code() || script) && length > FILE_LINES {
        let message = format!("{length} lines, more than {FILE_LINES}: split it by topic");
        return vec![file.complaint(FILE_LINES + 1, message)];
    }
    Vec::new()
}

/// Each module says what it is for before anything else.
pub(crate) fn purpose(file: &File) -> Vec<Complaint> {
    let first = file.text.lines().next().unwrap_or_default();
    let said = first.strip_prefix("//! ").is_some_and(|text| !text.trim().is_empty());
    if file.is_code() && !said {
        return vec![file.complaint(1, "the first line must be a `//!` line on what it is for")];
    }
    Vec::new()
}

/// Unfinished work is finished or written down as an issue, not left in the code.
pub(crate) fn leftovers(file: &File) -> Vec<Complaint> {
    // Put together here so that this file does not break its own rule.
    let marks = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];
    let texts = file.is_code() || file.path.ends_with(".sh") || file.path.starts_with("scripts/");
    let mut found = Vec::new();
    if texts {
        for (at, text) in file.text.lines().enumerate() {
            let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
            if let Some(mark) = words.find(|word| marks.contains(word)) {
                found.push(file.complaint(at + 1, format!("{mark} left behind")));
            }
        }
    }
    if !file.is_code() {
        return found;
    }
    each_list(&file.tokens(), &mut |tokens| {
        for (at, token) in tokens.iter().enumerate() {
            let stub = ["todo", "unimplemented"].iter().find(|word| is_word(Some(token), word));
            if let Some(word) = stub.filter(|_| is_sign(tokens.get(at + 1), '!')) {
                found.push(file.complaint(line(token), format!("`{word}!` left behind")));
            }
            if is_sign(Some(token), '#') && ignores(tokens.get(at + 1)) {
                let message = "an ignored test is no test: assert what holds today instead";
                found.push(file.complaint(line(token), message));
            }
        }
    });
    found
}

fn ignores(attribute: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = attribute else { return false };
    let mut words = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket && words.any(|word| is_word(Some(&word), "ignore"))
}

/// Output must not depend on hash order.
pub(crate) fn hash_order(file: &File) -> Vec<Complaint> {
    if !file.is_code() {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for token in tokens {
            let banned = ["HashMap", "HashSet"].iter().find(|word| is_word(Some(token), word));
            if let Some(word) = banned {
                let message =
                    format!("`{word}` has no order: use {}", word.replace("Hash", "BTree"));
                found.push(file.complaint(line(token), message));
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::lines;
    use super::*;

    fn code(text: &str) -> File {
        File::new("src/op.rs", text)
    }

    #[test]
    fn long_functions_are_found_in_traits_and_macros_too() {
        let long = |lines| format!("fn f() {{{}}}", "\n".repeat(lines - 1));
        assert_eq!(functions(&code(&long(FUNCTION_LINES))), []);
        assert_eq!(lines(&functions(&code(&long(FUNCTION_LINES + 1)))), [1]);
        let nested = format!("\nproptest! {{ impl A {{\n{} }} }}", long(FUNCTION_LINES + 1));
        assert_eq!(lines(&functions(&code(&nested))), [3]);
        assert_eq!(functions(&code(&format!("trait A {{ fn f();{} }}", "\n".repeat(99)))), []);
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(file_length(&code(&"\n".repeat(FILE_LINES))), []);
        assert_eq!(lines(&file_length(&code(&"\n".repeat(FILE_LINES + 1)))), [FILE_LINES + 1]);
        let fixture = File::new("fixtures/models/ok/long.rs", &"\n".repeat(FILE_LINES + 1));
        assert_eq!(file_length(&fixture), []);
    }

    #[test]
    fn a_module_without_a_purpose_is_found() {
        for text in ["", "use std::fmt;", "//!", "// What it is for.", "\n//! Late."] {
            assert_eq!(lines(&purpose(&code(text))), [1], "{text:?}");
        }
        assert_eq!(purpose(&code("//! What it is for.")), []);
    }

    #[test]
    fn leftovers_are_found() {
        let text = concat!("// FIX", "ME: later\nfn f() { todo!() }\n#[ignore]\nfn g() {}\n");
        assert_eq!(lines(&leftovers(&code(text))), [1, 2, 3]);
        assert_eq!(lines(&leftovers(&code("#[ignore = \"slow\"]\nfn g() {}"))), [1]);
        assert_eq!(leftovers(&code("fn ignore(todo: u8) {}")), []);
        let script = File::new("scripts/test", concat!("# TO", "DO\n"));
        assert_eq!(lines(&leftovers(&script)), [1]);
    }

    #[test]
    fn hash_order_is_found() {
        let text =
            "use std::collections::{BTreeMap, HashMap};\n// HashMap\nfn f(_: HashSet<u8>) {}";
        assert_eq!(lines(&hash_order(&code(text))), [1, 3]);
    }
}
