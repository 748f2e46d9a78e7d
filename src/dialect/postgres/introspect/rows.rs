//! What a query answered: rows of text, without an allocation for each value.

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

/// An object's number in the catalogs.
pub(super) type Oid = u32;

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
    pub(super) fn letter(&mut self) -> char {
        self.maybe().and_then(|value| value.chars().next()).unwrap_or(' ')
    }

    /// The next value as a truth.
    pub(super) fn flag(&mut self) -> bool {
        self.maybe() == Some("t")
    }

    /// The next value as a number.
    pub(super) fn number<N: std::str::FromStr + Default>(&mut self) -> N {
        self.maybe().and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    /// The next value as an object's number.
    pub(super) fn oid(&mut self) -> Oid {
        self.number()
    }

    /// The next value as an array of texts.
    pub(super) fn list(&mut self) -> Vec<String> {
        self.maybe_list().unwrap_or_default()
    }

    /// The next value as an array of texts, if it is one.
    pub(super) fn maybe_list(&mut self) -> Option<Vec<String>> {
        self.maybe().map(array)
    }

    /// The next value as an array of texts, if it is one, in an order that no server decides.
    pub(super) fn sorted_list(&mut self) -> Option<Vec<String>> {
        let mut items = self.maybe_list()?;
        items.sort();
        Some(items)
    }

    /// The next value as numbers, in an array or a vector.
    pub(super) fn numbers<N: std::str::FromStr + Default>(&mut self) -> Vec<N> {
        let value = self.text().trim_matches(['{', '}']);
        let items = value.split([',', ' ']).filter(|item| !item.is_empty());
        items.map(|item| item.parse().unwrap_or_default()).collect()
    }
}

/// The items of an array of texts, as PostgreSQL writes it; NULL is an empty text.
pub(super) fn array(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut items = Vec::new();
    let (mut item, mut quoted, mut was_quoted) = (String::new(), false, false);
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => item.extend(letters.next()),
            '"' => (quoted, was_quoted) = (!quoted, true),
            ',' if !quoted => {
                items.push(item_of(std::mem::take(&mut item), was_quoted));
                was_quoted = false;
            }
            letter => item.push(letter),
        }
    }
    if !inner.is_empty() {
        items.push(item_of(item, was_quoted));
    }
    items
}

fn item_of(item: String, quoted: bool) -> String {
    if !quoted && item == "NULL" { String::new() } else { item }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_back_what_they_were_given() {
        let given: [&[Option<&str>]; 3] = [
            &[Some("7"), None, Some("t"), Some("é")],
            &[Some(""), Some("x"), None, Some("{1,2}")],
            &[None, Some("NULL"), Some("f"), Some("3 4")],
        ];
        let rows: Rows = given.into_iter().collect();
        let read: Vec<Vec<Option<&str>>> =
            rows.iter().map(|mut cells| (0..4).map(|_| cells.maybe()).collect()).collect();
        assert_eq!(read, given);
        let mut first = rows.iter().next().unwrap();
        assert_eq!((first.oid(), first.letter(), first.flag()), (7, ' ', true));
        assert_eq!((first.text(), first.maybe(), first.text()), ("é", None, ""));
        let last = rows.iter().skip(1).map(|mut cells| {
            let before = [cells.text(), cells.text(), cells.text()];
            (before.concat().len(), cells.numbers::<i16>())
        });
        assert_eq!(last.collect::<Vec<_>>(), [(1, vec![1, 2]), (5, vec![3, 4])]);
        assert_eq!(Rows::default().iter().count(), 0);
    }

    #[test]
    fn arrays_are_read_as_they_are_written() {
        let cases: [(&str, &[&str]); 5] = [
            ("{}", &[]),
            (
                "{fillfactor=70,autovacuum_enabled=false}",
                &["fillfactor=70", "autovacuum_enabled=false"],
            ),
            (r#"{"a,b","c\"d","e\\f"}"#, &["a,b", "c\"d", "e\\f"]),
            (r#"{"",NULL,"NULL"}"#, &["", "", "NULL"]),
            ("{é}", &["é"]),
        ];
        for (text, items) in cases {
            assert_eq!(array(text), items, "{text}");
        }
    }
}
