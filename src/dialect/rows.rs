//! What a query of a catalog answered: rows of text, without an allocation for each value.

/// The rows of one query.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    text: String,
    /// Where each value ends, and whether it is one: NULL ends where it starts.
    values: Vec<(usize, bool)>,
    width: usize,
}

impl Rows {
    /// Adds a row; all rows of a query are equally wide.
    pub fn push<'v>(&mut self, row: impl IntoIterator<Item = Option<&'v str>>) {
        let before = self.values.len();
        for value in row {
            self.text.push_str(value.unwrap_or_default());
            self.values.push((self.text.len(), value.is_some()));
        }
        self.width = self.values.len() - before;
    }

    /// The rows, each to be read from left to right.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cells<'_>> {
        let width = self.width.max(1);
        self.values.chunks(width).enumerate().map(move |(at, values)| {
            let start = (at * width).checked_sub(1).map_or(0, |before| self.values[before].0);
            Cells { text: &self.text, start, values: values.iter() }
        })
    }
}

impl<'v> FromIterator<&'v [Option<&'v str>]> for Rows {
    fn from_iter<I: IntoIterator<Item = &'v [Option<&'v str>]>>(rows: I) -> Self {
        let mut all = Self::default();
        rows.into_iter().for_each(|row| all.push(row.iter().copied()));
        all
    }
}

/// The values of a row that are not read yet. What is not there reads as NULL, and NULL as the
/// empty value of what is asked for.
#[derive(Clone, Debug)]
pub(super) struct Cells<'r> {
    text: &'r str,
    start: usize,
    values: std::slice::Iter<'r, (usize, bool)>,
}

impl<'r> Cells<'r> {
    /// The next value.
    pub(super) fn maybe(&mut self) -> Option<&'r str> {
        let (end, is_some) = *self.values.next()?;
        let value = self.text.get(self.start..end);
        self.start = end;
        value.filter(|_| is_some)
    }

    /// The next value, which the catalogs never leave out.
    pub(super) fn text(&mut self) -> &'r str {
        self.maybe().unwrap_or_default()
    }

    /// The next value as a character; a space where there is none.
    #[cfg(feature = "postgres")]
    pub(super) fn letter(&mut self) -> char {
        self.maybe().and_then(|value| value.chars().next()).unwrap_or(' ')
    }

    /// The next value as a number.
    pub(super) fn number<N: std::str::FromStr + Default>(&mut self) -> N {
        self.maybe().and_then(|value| value.parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_back_what_they_were_given() {
        let given: [&[Option<&str>]; 3] = [
            &[Some("7"), None, Some("t"), Some("é")],
            &[Some(""), Some("x"), None, Some("9")],
            &[None, Some("NULL"), Some("f"), Some("3 4")],
        ];
        let rows: Rows = given.into_iter().collect();
        let read: Vec<Vec<Option<&str>>> =
            rows.iter().map(|mut cells| (0..4).map(|_| cells.maybe()).collect()).collect();
        assert_eq!(read, given);
        let mut first = rows.iter().next().unwrap();
        assert_eq!((first.number::<u8>(), first.letter(), first.text()), (7, ' ', "t"));
        assert_eq!((first.text(), first.maybe(), first.text()), ("é", None, ""));
        assert_eq!(Rows::default().iter().count(), 0);
    }
}
