//! The tree under test: its files, and what every rule needs to look into them.

use std::fmt;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A file as a rule sees it: rules are functions over these, so that each can be shown a bad one.
pub(crate) struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// The whole text; empty when it is not text.
    pub text: String,
}

/// What breaks a rule, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn complaint(&self, line: usize, message: impl Into<String>) -> Complaint {
        Complaint { path: self.path.clone(), line, message: message.into() }
    }

    /// Whether it is Rust that is compiled, as against Rust that is a test's input.
    pub(crate) fn is_code(&self) -> bool {
        let input = ["fixtures/", "templates/"].iter().any(|folder| self.path.starts_with(folder))
            || ["/tests/ui/", ".in/", ".out/"].iter().any(|folder| self.path.contains(folder));
        self.path.ends_with(".rs") && !input
    }

    /// Whether it ends up in what users run.
    pub(crate) fn is_product(&self) -> bool {
        let member = self.path.strip_prefix("crates/").and_then(|rest| rest.split_once('/'));
        self.is_code()
            && (self.path.starts_with("src/")
                || member.is_some_and(|(_, rest)| rest.starts_with("src/")))
    }

    /// The tokens of Rust code. Text in strings and comments is no token, so rules that look at
    /// tokens do not trip over their own examples; tokens inside macro calls are seen.
    pub(crate) fn tokens(&self) -> Vec<TokenTree> {
        let stream: TokenStream =
            self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.path));
        stream.into_iter().collect()
    }
}

/// All files of the repository that git would keep.
pub(crate) fn read() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(root, root, &mut files);
    files.sort_by(|one, two| one.path.cmp(&two.path));
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let relative = path.strip_prefix(root).expect("a path below the root");
        let relative = relative.to_string_lossy().replace('\\', "/");
        if matches!(relative.as_str(), "target" | ".git") {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            let bytes = std::fs::read(&path).expect("a readable file");
            files.push(File { path: relative, text: String::from_utf8(bytes).unwrap_or_default() });
        }
    }
}

/// Calls `look` for every list of tokens: the file's own and, from the outside in, each group's.
pub(crate) fn each_list(tokens: &[TokenTree], look: &mut impl FnMut(&[TokenTree])) {
    look(tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            each_list(&inside(group), look);
        }
    }
}

pub(crate) fn inside(group: &proc_macro2::Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub(crate) fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

pub(crate) fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// Whether `::` stands at that place.
pub(crate) fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    is_sign(tokens.get(at), ':') && is_sign(tokens.get(at + 1), ':')
}

/// The first names that follow `prefix::`: one, or one for each branch of `prefix::{..}`. A glob
/// gives `*`.
pub(crate) fn heads(tokens: &[TokenTree], at: usize) -> Vec<(String, usize)> {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => vec![(ident.to_string(), ident.span().start().line)],
        Some(token @ TokenTree::Punct(punct)) if punct.as_char() == '*' => {
            vec![("*".to_owned(), line(token))]
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let list = inside(group);
            list.split(|token| is_sign(Some(token), ',')).flat_map(|one| heads(one, 0)).collect()
        }
        _ => Vec::new(),
    }
}

/// The lines complained about, for the rules' own tests.
pub(crate) fn lines(complaints: &[Complaint]) -> Vec<usize> {
    let mut lines: Vec<usize> = complaints.iter().map(|complaint| complaint.line).collect();
    lines.sort_unstable();
    lines
}
