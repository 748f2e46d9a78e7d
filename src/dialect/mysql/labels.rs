//! The labels of an `enum` or a `set`, which stand in its type.

use super::type_name::{TypeName, quoted};

/// The labels that a type lists, in order; none where it is of another kind.
pub(super) fn of(ty: &str) -> Vec<String> {
    let lists = ["enum(", "set("].iter().any(|start| ty.starts_with(start));
    if lists { TypeName::parse(ty).labels } else { Vec::new() }
}

/// An enumerated type with these labels.
pub(super) fn spelled(labels: &[String]) -> String {
    let quoted = labels.iter().map(|label| quoted(label));
    format!("enum({})", quoted.collect::<Vec<_>>().join(","))
}
