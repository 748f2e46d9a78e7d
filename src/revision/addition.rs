//! Where a new revision is to stand: everything that is wrong with it is said before it is written.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::identifier::Selection;
use super::{name_fault, new_id};
use crate::error::{Error, Kind, Result};

/// Where a new revision is asked to stand.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// The revision to stand on, as an identifier; none for the head.
    pub head: Option<String>,
    /// It may stand on a revision that others stand on already.
    pub splice: bool,
}

impl Addition {
    /// Whether only the database can tell where it is to stand.
    pub fn is_about_database(&self) -> Result<bool> {
        let head = self.head.as_deref().unwrap_or("head");
        Ok(Selection::parse(head)?.is_about_database())
    }
}

impl Graph {
    /// The id of a new revision.
    pub fn id_of_new(&self, asked: Option<&str>) -> Result<String> {
        let Some(id) = asked else { return new_id() };
        if let Some(fault) = name_fault(id) {
            return Err(Error::new(Kind::Usage, format!("the id `{id}`: {fault}")));
        }
        if let Some(known) = self.file(id) {
            let message = format!("revision {id} exists already: {}", known.path.display());
            return Err(Error::new(Kind::Usage, message).help("leave out --rev-id for a new one"));
        }
        match self.labelled(id) {
            None => Ok(id.to_owned()),
            Some(known) => {
                let message = format!("`{id}` is a label already, of revision {}", known.id);
                Err(Error::new(Kind::Usage, message).help("choose another id"))
            }
        }
    }

    /// The parents of a new revision: one, or none for a base.
    pub fn parents_of_new(
        &self,
        addition: &Addition,
        applied: &BTreeSet<String>,
    ) -> Result<Vec<String>> {
        let head = addition.head.as_deref().unwrap_or("head");
        let identifier = Selection::parse(head)?.one()?;
        let parents = self.resolve(&identifier, applied)?.revisions;
        if parents.len() > 1 {
            let message = format!("`{head}` means {}", parents.join(" and "));
            return Err(Error::new(Kind::Usage, message)
                .help("name the one to stand on; `autogen merge` joins several"));
        }
        if parents.is_empty() && identifier.branch.is_some() {
            let message = format!("`{head}` leaves no revision to stand on");
            return Err(
                Error::new(Kind::Usage, message).help("say `base` to begin a history of its own")
            );
        }
        self.refuse_fork(&parents, addition.splice)?;
        Ok(parents)
    }

    /// Refuses to stand on a revision that has others on it already, unless that is meant.
    pub fn refuse_fork(&self, parents: &[String], splice: bool) -> Result<()> {
        let forks = |id: &&String| !self.children(id).is_empty();
        match parents.iter().find(forks).filter(|_| !splice) {
            Some(id) => Err(Error::new(Kind::Usage, format!("revision {id} is not a head"))
                .help("`autogen heads` lists the heads")
                .help("to begin a branch there, say --splice as well")),
            None => Ok(()),
        }
    }

    /// The labels of a new revision.
    pub fn labels_of_new(&self, id: &str, labels: &[String]) -> Result<Vec<String>> {
        let mut checked: Vec<String> = Vec::new();
        for label in labels {
            let refused = |why: String| {
                Error::new(Kind::Usage, format!("`{label}` cannot be a label: {why}"))
            };
            if let Some(fault) = name_fault(label) {
                return Err(Error::new(Kind::Usage, format!("the label `{label}`: {fault}")));
            }
            if label == id {
                return Err(refused("it is the id of the new revision".to_owned()));
            }
            if self.get(label).is_some() {
                return Err(refused("it is the id of a revision".to_owned()));
            }
            if let Some(known) = self.labelled(label) {
                return Err(refused(format!("revision {} carries it already", known.id))
                    .help("a label belongs to one revision; choose another"));
            }
            if !checked.contains(label) {
                checked.push(label.clone());
            }
        }
        Ok(checked)
    }

    /// The dependencies of a new revision: labels as they are, because they move with their
    /// branch; ids in full.
    pub fn dependencies_of_new(&self, words: &[String]) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for word in words {
            let found = match self.labelled(word) {
                Some(_) => vec![word.clone()],
                None => self.dependency(word)?,
            };
            for name in found {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    fn dependency(&self, word: &str) -> Result<Vec<String>> {
        let identifier = Selection::parse(word)?.one()?;
        if identifier.is_about_database() {
            let message = format!("`{word}` is not the same on every database");
            return Err(Error::new(Kind::Usage, message).help("name an id or a label to depend on"));
        }
        let found = self.resolve(&identifier, &BTreeSet::new())?.revisions;
        match found.is_empty() {
            false => Ok(found),
            true => Err(Error::new(Kind::Usage, format!("`{word}` is no revision to depend on"))
                .help("name an id or a label")),
        }
    }
}
