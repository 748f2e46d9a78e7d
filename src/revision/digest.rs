//! What a revision amounts to, told from its text.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Direction, Revision};

/// The checksum of the two sides that hold for a dialect. It looks through line ends, a byte
/// order mark, space at the end of lines and blank lines at the end, so that an editor or git
/// cannot change it, and through sides that are for other dialects.
pub fn checksum(revision: &Revision, dialect: &str) -> String {
    let mut hash = Sha256::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        hash.update(direction.word());
        hash.update("\n");
        hash.update(normalised(revision.side_text(direction, dialect).unwrap_or_default()));
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn normalised(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or_default();
    lines[first..].iter().map(|line| format!("{line}\n")).collect()
}
