//! How inputs are made: from awkward pieces, and from real files with a few things changed.

use std::path::Path;

use crate::dice::Dice;

/// What is awkward in every language.
const ANYWHERE: [&str; 40] = [
    " ", "\n", "\r\n", "\r", "\t", "\0", "\u{feff}", "\u{85}", "\u{2028}", "\u{a0}", "é", "🎉",
    "e\u{301}", "\u{202e}", "\u{7f}", "'", "''", "\"", "\"\"", "`", "``", "\\", "\\\"", "\\'", "(",
    ")", "[", "]", "{", "}", ",", ".", ":", ";", "=", "@", "#", "$", "%", "-",
];

/// Pieces that are drawn for one language, and files written in it.
pub(crate) struct Language {
    pub(crate) pieces: Vec<&'static str>,
    pub(crate) files: Vec<String>,
}

impl Language {
    /// The pieces, and the files of these folders that end so.
    pub(crate) fn new(pieces: &[&'static str], folders: &[&str], ending: &str) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut files);
        }
        // Folders are listed in any order; the cases must be the same everywhere.
        files.sort();
        assert_eq!(files.is_empty(), folders.is_empty(), "no files in {folders:?}");
        Self { pieces: pieces.to_vec(), files }
    }

    /// A text: made of pieces, or a file that was changed in a few places.
    pub(crate) fn text(&self, dice: &mut Dice) -> String {
        if self.files.is_empty() || dice.once_in(3) {
            let count = dice.below(24);
            return (0..count).map(|_| self.piece(dice)).collect();
        }
        let mut text = self.files[dice.below(self.files.len())].clone();
        for _ in 0..dice.below(6) {
            self.change(&mut text, dice);
        }
        text
    }

    /// One piece, mostly of the language.
    pub(crate) fn piece(&self, dice: &mut Dice) -> &'static str {
        match dice.once_in(4) {
            true => dice.one_of(&ANYWHERE),
            false => dice.one_of(&self.pieces),
        }
    }

    fn change(&self, text: &mut String, dice: &mut Dice) {
        let (one, other) = (dice.place(text), dice.place(text));
        let range = one.min(other)..one.max(other);
        // Short stretches, mostly: a file without its middle says little.
        let near =
            (one..=text.len()).skip(1 + dice.below(12)).find(|at| text.is_char_boundary(*at));
        let near = one..near.unwrap_or(text.len());
        match dice.below(12) {
            0..=3 => text.insert_str(one, self.piece(dice)),
            4 | 5 => text.replace_range(near, ""),
            6 => text.replace_range(near, self.piece(dice)),
            7 => {
                let again = text[range].to_owned();
                text.insert_str(one, &again);
            }
            8 => text.replace_range(range, ""),
            9 => {
                let other = &self.files[dice.below(self.files.len())];
                let cut = dice.place(other);
                text.truncate(one);
                text.push_str(&other[cut..]);
            }
            10 => *text = text.replace("\r\n", "\n").replace('\n', "\r\n"),
            _ => text.insert(0, '\u{feff}'),
        }
    }

    /// A few pieces over and over, up to so many bytes.
    pub(crate) fn long(&self, bytes: usize, dice: &mut Dice) -> String {
        let unit: String = (0..=dice.below(3)).map(|_| self.piece(dice)).collect();
        let start: String = (0..dice.below(3)).map(|_| self.piece(dice)).collect();
        format!("{start}{}", unit.repeat(bytes / unit.len().max(1)))
    }
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path.extension().is_some_and(|it| it == ending) {
            // A few fixtures are no text, on purpose.
            files.extend(std::fs::read_to_string(path));
        }
    }
}
