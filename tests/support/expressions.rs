//! `fixtures/expressions`: the columns of a table, and which expressions about it mean the same. What
//! the tests of every dialect make of them is here; how a form is made and a server asked, they say.

use std::path::Path;

use autogen::dialect::judge::{Kind, Question, Verdict};

/// A line.
#[derive(Clone)]
pub(crate) struct Case {
    /// `check.txt:12`.
    pub(crate) place: String,
    /// What the expressions are.
    pub(crate) kind: Kind,
    /// The first one.
    pub(crate) first: Text,
    /// What the others are to it.
    pub(crate) others: Vec<(Relation, Text)>,
}

/// An expression, and the servers that know it.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) sql: String,
    /// What the server reports of it has another form, and the server must tell.
    pub(crate) judged: bool,
    /// What a server must be to take it: `since14`, `mariadb`.
    marks: Vec<String>,
}

/// Whether a server is what the mark says.
pub(crate) type Knows<'a> = &'a dyn Fn(&str) -> bool;

/// The form of an expression of that kind.
pub(crate) type Form<'a> = &'a dyn Fn(&Kind, &str) -> String;

impl Text {
    /// An expression that every server takes.
    pub(crate) fn plain(text: &str) -> Self {
        Self { sql: text.to_owned(), judged: false, marks: Vec::new() }
    }

    fn read(text: &str) -> Self {
        let mut read = Self::plain(text);
        while let Some((word, rest)) = read.sql.split_once(": ") {
            let numbered = |start: &str| {
                word.strip_prefix(start).is_some_and(|rest| rest.parse::<u16>().is_ok())
            };
            match word {
                "judged" => read.judged = true,
                "mysql" | "mariadb" => read.marks.push(word.to_owned()),
                _ if numbered("since") || numbered("until") => read.marks.push(word.to_owned()),
                _ => break,
            }
            read.sql = rest.trim().to_owned();
        }
        read
    }

    /// Whether such a server takes it.
    pub(crate) fn is_for(&self, knows: Knows<'_>) -> bool {
        self.marks.iter().all(|mark| knows(mark))
    }
}

/// What an expression is to the first of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// It means the same.
    Same,
    /// It means the same, and only a server can tell.
    Judged,
    /// It means something else.
    Different,
}

/// A file of the dialect's folder.
pub(crate) fn read(dialect: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expressions").join(dialect);
    std::fs::read_to_string(folder.join(name)).expect("the fixture can be read")
}

/// Lines that are neither empty nor comments, with their numbers.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    all.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The name of a column as it is written, and its type.
pub(crate) fn column(line: &str) -> (String, String) {
    let quote = line.chars().next().filter(|first| matches!(first, '"' | '`'));
    let end = match quote {
        Some(quote) => line[1..].find(quote).expect("a closed quote") + 2,
        None => line.find(' ').expect("a type"),
    };
    (line[..end].to_owned(), line[end..].trim().to_owned())
}

/// All lines of these files.
pub(crate) fn all(dialect: &str, files: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    for file in files {
        let text = read(dialect, file);
        let mut kind = Kind::Check;
        for (number, line) in lines(&text) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(head) if !line.contains(" ==") && !line.contains(" =!") => {
                    kind = kind_of(head)
                }
                _ => cases.push(case(format!("{file}:{number}"), kind.clone(), line)),
            }
        }
    }
    cases
}

fn kind_of(head: &str) -> Kind {
    match head.split_once(' ').unwrap_or((head, "")) {
        ("default", ty) => Kind::Default { ty: ty.into() },
        ("generated", ty) => Kind::Generated { ty: ty.into() },
        ("check", _) => Kind::Check,
        ("predicate", _) => Kind::Predicate,
        ("index", _) => Kind::Index,
        (other, _) => panic!("no kind of expression: {other}"),
    }
}

fn case(place: String, kind: Kind, line: &str) -> Case {
    const SIGNS: [(&str, Relation); 3] =
        [(" === ", Relation::Same), (" ~~~ ", Relation::Judged), (" =!= ", Relation::Different)];
    let next = |text: &str| {
        let found = SIGNS.iter().filter_map(|(sign, relation)| Some((text.find(sign)?, *relation)));
        found.min_by_key(|(at, _)| *at)
    };
    let mut rest = line;
    let mut relation = None;
    let mut texts = Vec::new();
    while let Some((at, found)) = next(rest) {
        texts.push((relation, Text::read(rest[..at].trim())));
        (relation, rest) = (Some(found), &rest[at + 5..]);
    }
    texts.push((relation, Text::read(rest.trim())));
    let mut texts = texts.into_iter();
    let (_, first) = texts.next().expect("a line has a first expression");
    let others = texts.filter_map(|(relation, text)| Some((relation?, text))).collect();
    Case { place, kind, first, others }
}

/// The pairs that such a server takes.
fn pairs<'a>(
    cases: &'a [Case],
    knows: Knows<'a>,
) -> impl Iterator<Item = (&'a Case, &'a str, Relation)> {
    cases.iter().filter(|case| case.first.is_for(knows)).flat_map(move |case| {
        let others = case.others.iter().filter(|(_, other)| other.is_for(knows));
        others.map(move |(relation, other)| (case, other.sql.as_str(), *relation))
    })
}

/// Different expressions have different forms; the same ones have one, but for those that only a
/// server can tell. How many of each there are follows: the same, the judged, the others.
pub(crate) fn relations(
    cases: &[Case],
    knows: Knows<'_>,
    form: Form<'_>,
) -> (Vec<String>, [usize; 3]) {
    let (mut wrong, mut counts) = (Vec::new(), [0; 3]);
    for (case, other, relation) in pairs(cases, knows) {
        counts[relation as usize] += 1;
        let (place, first) = (&case.place, &case.first.sql);
        let (expected, actual) = (form(&case.kind, first), form(&case.kind, other));
        if (expected == actual) != (relation == Relation::Same) {
            wrong.push(format!("{place}: {first}\n    {expected}\n    {other}\n    {actual}"));
        }
    }
    (wrong, counts)
}

/// What a server reports of an expression of that kind.
pub(crate) type Report<'a> = &'a mut dyn FnMut(&Kind, &str) -> Result<Option<String>, String>;

/// What a server said of an expression that only it can judge.
pub(crate) type Open = (Case, String);

/// What the server reports has the form of what it was given, and again when it is given that.
/// Nothing is reported of what is nothing.
pub(crate) fn reported(
    cases: &[Case],
    knows: Knows<'_>,
    form: Form<'_>,
    report: Report<'_>,
    is_nothing: &dyn Fn(&Kind, &str) -> bool,
) -> (Vec<String>, Vec<Open>) {
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    for case in cases {
        let others = case.others.iter().filter(|(relation, _)| *relation != Relation::Judged);
        for text in std::iter::once(&case.first).chain(others.map(|(_, text)| text)) {
            if !text.is_for(knows) {
                continue;
            }
            let given = form(&case.kind, &text.sql);
            let once = report(&case.kind, &text.sql);
            let twice = match &once {
                Ok(Some(said)) => report(&case.kind, said),
                _ => once.clone(),
            };
            let place = format!("{}: {}", case.place, text.sql);
            for said in [once, twice] {
                match said {
                    Ok(Some(said)) => {
                        let form = form(&case.kind, &said);
                        if text.judged {
                            let only = Case { first: text.clone(), ..case.clone() };
                            open.push((only, said.clone()));
                        }
                        if (form == given) == text.judged {
                            wrong.push(format!("{place}\n    {given}\n    {said}\n    {form}"));
                        }
                    }
                    Ok(None) if is_nothing(&case.kind, &text.sql) => {}
                    Ok(None) => wrong.push(format!("{place}: the server keeps nothing")),
                    Err(error) => wrong.push(format!("{place}: {error}")),
                }
            }
        }
    }
    (wrong, open)
}

/// What is asked about the pairs.
pub(crate) fn questions(columns: &[(String, String)], pairs: &[(&Case, &str)]) -> Vec<Question> {
    let bare = |name: &String| name.trim_matches(['"', '`']).to_owned();
    let columns: Vec<(String, String)> =
        columns.iter().map(|(name, ty)| (bare(name), ty.clone())).collect();
    let question = |(case, other): &(&Case, &str)| Question {
        columns: columns.clone(),
        kind: case.kind.clone(),
        author: case.first.sql.clone(),
        reported: (*other).to_owned(),
    };
    pairs.iter().map(question).collect()
}

/// Verdicts, and the note about them.
pub(crate) type Answer = Result<(Vec<Verdict>, Option<String>), String>;

/// By form or by judge the same are the same; by both the others are not.
pub(crate) fn verdicts(
    cases: &[Case],
    knows: Knows<'_>,
    form: Form<'_>,
    judge: impl FnOnce(&[(&Case, &str)]) -> Answer,
    noted: bool,
) -> Vec<String> {
    let pairs: Vec<(&Case, &str, Relation)> = pairs(cases, knows).collect();
    let asked: Vec<(&Case, &str)> = pairs.iter().map(|(case, other, _)| (*case, *other)).collect();
    let (verdicts, note) = match judge(&asked) {
        Ok(answer) => answer,
        Err(error) => return vec![error],
    };
    let mut wrong = Vec::new();
    if note.is_some() != noted {
        wrong.push(format!("the note is {note:?}"));
    }
    if verdicts.len() != pairs.len() {
        wrong.push(format!("{} verdicts on {} pairs", verdicts.len(), pairs.len()));
    }
    for ((case, other, relation), verdict) in pairs.iter().zip(verdicts) {
        let formed = form(&case.kind, &case.first.sql) == form(&case.kind, other);
        let same = verdict == Verdict::Same;
        let right = match relation {
            Relation::Same => formed || same,
            Relation::Judged => same,
            Relation::Different => !formed && verdict == Verdict::Different,
        };
        if !right {
            let (place, first) = (&case.place, &case.first.sql);
            wrong.push(format!("{place}: {first} | {other}: {verdict:?}"));
        }
    }
    wrong
}

/// What the server said of what it alone can judge is judged to be the same.
pub(crate) fn settled(
    open: &[Open],
    judge: impl FnOnce(&[(&Case, &str)]) -> Answer,
) -> Vec<String> {
    let asked: Vec<(&Case, &str)> = open.iter().map(|(case, said)| (case, &**said)).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    match judge(&asked) {
        Ok((verdicts, _)) => {
            let each = asked.iter().zip(verdicts).filter(|(_, it)| *it != Verdict::Same);
            each.map(|((case, said), it)| format!("{}: {said}: {it:?}", case.place)).collect()
        }
        Err(error) => vec![error],
    }
}
