//! What a database knows of a thing beside what it is: its owner, who may use it, who stands on it.

use serde::{Deserialize, Serialize};

/// What no model says of a thing, but what it must have again when it is made anew.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The owner, as SQL, where it is not who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What others may do (`USAGE TO somebody`), where anything was ever said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
    /// What security providers say of it: provider and label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(String, String)>,
    /// What needs it and is not read, in the words of the database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
}

impl Standing {
    /// Whether there is nothing to know.
    pub fn is_empty(&self) -> bool {
        self.owner.is_none()
            && self.grants.is_none()
            && self.labels.is_empty()
            && self.used_by.is_empty()
    }
}

/// It makes no difference between two things.
impl PartialEq for Standing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Standing {}
