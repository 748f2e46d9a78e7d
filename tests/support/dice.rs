//! Random expressions that are the same in every run, and ways to change them a little.

/// What expressions are made of: templates for numbers, strings, conditions and moments, in which
/// each `#` is a number, `$` a string, `?` a condition and `@` a moment.
pub(crate) type Templates = [&'static [&'static str]; 4];

/// Random numbers that are the same in every run.
pub(crate) struct Dice {
    state: u64,
    templates: Templates,
}

impl Dice {
    pub(crate) fn new(seed: u64, templates: Templates) -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15 ^ seed, templates }
    }

    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or(0) % sides.max(1)
    }

    /// One of the templates of that kind, filled. At the bottom only those that need nothing.
    pub(crate) fn text(&mut self, kind: usize, depth: usize) -> String {
        let templates = self.templates[kind % self.templates.len()];
        let plain = |it: &&&str| {
            !["# ", "#,", "#)", "$ ", "$,", "$)", "? ", "?,", "?)", "@ ", "@)"]
                .iter()
                .any(|hole| it.contains(hole))
                && !it.ends_with(['#', '$', '?', '@'])
        };
        let leaves: Vec<&&str> = templates.iter().filter(plain).collect();
        let template = match depth == 0 || self.throw(4) == 0 {
            true => leaves[self.throw(leaves.len())],
            false => &templates[self.throw(templates.len())],
        };
        if leaves.contains(&template) {
            return (*template).to_owned();
        }
        let mut text = String::new();
        for part in template.chars() {
            match ['#', '$', '?', '@'].iter().position(|hole| *hole == part) {
                Some(kind) => text += &self.text(kind, depth - 1),
                None => text.push(part),
            }
        }
        text
    }

    /// Texts, changed a few times, that have the form of what they were made of, with that.
    pub(crate) fn pair(
        &mut self,
        text: &str,
        (edits, changes): (&[(&str, &str)], usize),
        form: &dyn Fn(&str) -> String,
    ) -> Vec<(String, String)> {
        let first = form(text);
        let mut pairs = Vec::new();
        let mut other = text.to_owned();
        for _ in 0..changes {
            let (edit, place) = (self.throw(1_000), self.throw(5));
            let Some(next) = edited(&other, edits[edit % edits.len()], place) else { continue };
            if form(&next) == first && next != text {
                pairs.push((text.to_owned(), next.clone()));
                other = next;
            } else if self.throw(2) == 0 {
                text.clone_into(&mut other);
            }
        }
        pairs
    }
}

/// The text with one thing changed at one place.
fn edited(text: &str, (from, to): (&str, &str), place: usize) -> Option<String> {
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let at = *places.get(place % places.len().max(1))?;
    Some(format!("{}{to}{}", &text[..at], &text[at + from.len()..]))
}
