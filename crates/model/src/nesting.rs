//! How deep a source is nested: the parser recurses, and a stack that overflows takes the whole
//! process with it, so that nothing could be said.

use proc_macro2::{Span, TokenStream, TokenTree};

/// The stack that the limits below need, with room to spare in an unoptimized build.
#[cfg(feature = "files")]
pub(crate) const STACK: usize = 128 << 20;

/// How many brackets may be open at once.
const DEPTH: usize = 500;

/// How many operators may follow each other: each is one level of the tree.
const CHAIN: usize = 20_000;

/// What is said then.
pub(crate) const MESSAGE: &str = "this is nested too deeply to be read";

/// Whether a look at the bytes alone, strings and comments among them, is enough to go and look at
/// the tokens.
pub(crate) fn suspicious(text: &str) -> bool {
    let (mut depth, mut chain, mut last) = (0usize, 0, b' ');
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'>' if last != b'-' && last != b'=' => depth = depth.saturating_sub(1),
            b';' | b',' => chain = 0,
            _ => chain += 1,
        }
        if depth > DEPTH / 5 || chain > CHAIN {
            return true;
        }
        last = byte;
    }
    false
}

/// One open bracket.
struct Level {
    trees: proc_macro2::token_stream::IntoIter,
    /// Angle brackets that are open, as far as tokens tell.
    angles: usize,
    /// Operators since the last `,` or `;`.
    chain: usize,
    /// The token before was `-` or `=`, so that `>` closes nothing.
    arrow: bool,
}

/// The first token that is too deep.
pub(crate) fn too_deep(tokens: &TokenStream) -> Option<Span> {
    let level = |tokens: TokenStream| Level {
        trees: tokens.into_iter(),
        angles: 0,
        chain: 0,
        arrow: false,
    };
    let mut levels = vec![level(tokens.clone())];
    let mut angles = 0;
    while let Some(top) = levels.last_mut() {
        let Some(tree) = top.trees.next() else {
            angles -= top.angles;
            levels.pop();
            continue;
        };
        let span = tree.span();
        if let TokenTree::Group(group) = tree {
            top.chain += 1;
            top.arrow = false;
            levels.push(level(group.stream()));
        } else if let TokenTree::Punct(punct) = tree {
            angles -= top.angles;
            top.count(punct.as_char());
            angles += top.angles;
        }
        let chain = levels.last().map_or(0, |top| top.chain);
        if levels.len() + angles > DEPTH || chain > CHAIN {
            return Some(span);
        }
    }
    None
}

impl Level {
    fn count(&mut self, word: char) {
        match word {
            ';' => (self.angles, self.chain) = (0, 0),
            ',' => self.chain = 0,
            '<' => self.angles += 1,
            '>' if !self.arrow => self.angles = self.angles.saturating_sub(1),
            _ => self.chain += 1,
        }
        self.arrow = matches!(word, '-' | '=');
    }
}
