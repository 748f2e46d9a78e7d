//! What PostgreSQL writes into a value: truths, numbers of objects, arrays.

pub use crate::dialect::rows::Rows;

pub(super) use crate::dialect::rows::Cells;

/// An object's number in the catalogs.
pub(super) type Oid = u32;

impl Cells<'_> {
    /// The next value as a truth.
    pub(super) fn flag(&mut self) -> bool {
        self.maybe() == Some("t")
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
    fn values_are_read_by_what_they_are() {
        let row: &[Option<&str>] = &[Some("7"), Some("t"), Some("{1,2}"), Some("3 4"), None];
        let rows: Rows = [row].into_iter().collect();
        let mut cells = rows.iter().next().unwrap();
        assert_eq!((cells.oid(), cells.flag()), (7, true));
        assert_eq!((cells.numbers::<i16>(), cells.numbers::<i16>()), (vec![1, 2], vec![3, 4]));
        assert_eq!(cells.maybe_list(), None);
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
