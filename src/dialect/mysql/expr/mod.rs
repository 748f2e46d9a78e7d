//! What expressions mean, as text for comparison.

use std::collections::BTreeMap;

use super::Mysql;
use crate::schema::Type;

/// The form by which an expression is compared; `None` where it is compared by its text.
pub fn form(_mysql: &Mysql, _text: &str, _columns: &BTreeMap<String, Type>) -> Option<String> {
    None
}
