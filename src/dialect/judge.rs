//! Whether two expressions mean the same, asked of a server: the words of question and answer.

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The default of a column of that type.
    Default {
        /// The type.
        ty: String,
    },
    /// What computes a column of that type.
    Generated {
        /// The type.
        ty: String,
    },
    /// The condition of a check.
    Check,
    /// The condition of a partial index or of an exclusion.
    Predicate,
    /// An expression that is indexed.
    Index,
    /// No expression but a type.
    Type,
}

/// Do these two mean the same?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The columns of the table as it will be, with their types as SQL.
    pub columns: Vec<(String, String)>,
    /// What the two are.
    pub kind: Kind,
    /// What the models say.
    pub author: String,
    /// What the database reported.
    pub reported: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They mean the same.
    Same,
    /// They do not, as far as the server tells.
    Different,
    /// The server takes one of them not at all; it says why.
    Refused(String),
}

/// A row as the driver gives it.
pub type Row = Vec<Option<String>>;

/// What makes a judgement of rows.
pub type Read = Box<dyn Fn(&[Row]) -> Judgement>;

/// What is tried by itself: the server may refuse it without harm to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is tried.
    pub make: String,
    /// The query that tells what became of it.
    pub ask: String,
    /// What takes it away again, and whatever is left of it when it failed.
    pub unmake: String,
}

/// How a server is asked several questions at once: in a transaction that is rolled back.
pub struct Inquiry {
    /// What is run first.
    pub statements: Vec<String>,
    /// What is tried then. Each gives a row: nothing and what the query tells, or why it is refused.
    pub probes: Vec<Probe>,
    /// The query that gives the other answers; empty where the probes give all.
    pub ask: String,
    /// Reads them.
    pub read: Read,
}

/// The answers to several questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// In the order of the questions.
    pub verdicts: Vec<Verdict>,
    /// What made the answers less sure than they could be.
    pub note: Option<String>,
}
