//! A dialect joins a project: its older revisions say from now on whose sides they hold.

use std::fmt::Write as _;

use super::{Direction, Revision};

const DIRECTIONS: [Direction; 2] = [Direction::Upgrade, Direction::Downgrade];

/// Whether a revision has a side that names no dialect.
pub fn holds_for_all(revision: &Revision) -> bool {
    revision.scripts.iter().any(|script| script.dialect.is_none())
}

/// The text of a revision file whose sides without a name are the holder's, and which does nothing
/// for those that join. What was applied keeps its checksum.
pub fn joined(revision: &Revision, holder: &str, joining: &[String]) -> String {
    let source = &revision.source.text;
    let (mut text, mut from) = (String::new(), 0);
    for script in revision.scripts.iter().filter(|script| script.dialect.is_none()) {
        let opened = source[..script.text.start].trim_end().len();
        let _ = write!(text, "{} {holder}", &source[from..opened]);
        from = opened;
    }
    text.push_str(source[from..].trim_end());
    text.push('\n');
    for direction in DIRECTIONS {
        for name in
            joining.iter().filter(|name| revision.dialects(direction).all(|it| it != **name))
        {
            let word = direction.word();
            // Writing to a string cannot fail.
            let _ = write!(text, "\n-- autogen: {word} {name}\n-- Nothing happens here.\n");
        }
    }
    text
}
