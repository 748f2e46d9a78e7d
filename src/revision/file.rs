//! A revision file read from top to bottom: header, sides, directives. Statements are left whole.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use autogen_model::{Diagnostic, Place, Source};

use super::directive::{self, Directive};
use super::header::{self, Fault, Header};
use super::{Direction, Item, Revision, Script, Sides};

/// Reads a revision from its file, which was found under `folder`. The statements are not looked
/// at; see `parse_whole`.
pub fn parse(source: Arc<Source>, folder: &Path) -> Result<Revision, Vec<Diagnostic>> {
    let (revision, faults) = read(&source, folder);
    match faults.is_empty() {
        true => Ok(revision),
        false => Err(diagnostics(&source, faults)),
    }
}

/// As `parse`, with what could be read of a file that has faults: others may stand on it.
pub(super) fn parse_leniently(source: Arc<Source>, folder: &Path) -> (Revision, Vec<Diagnostic>) {
    let (revision, faults) = read(&source, folder);
    (revision, diagnostics(&source, faults))
}

/// Reads a revision with its statements, and reports everything that is wrong with the file.
/// A side that names no dialect is read as the default dialect's.
pub fn parse_whole(
    source: Arc<Source>,
    folder: &Path,
    default_dialect: &str,
) -> Result<(Revision, Sides), Vec<Diagnostic>> {
    let (revision, mut faults) = read(&source, folder);
    let sides = revision.read_sides(default_dialect, &mut faults);
    match faults.is_empty() {
        true => Ok((revision, sides)),
        false => Err(diagnostics(&source, faults)),
    }
}

/// Complaints in the order of the file.
pub(super) fn diagnostics(source: &Arc<Source>, mut faults: Vec<Fault>) -> Vec<Diagnostic> {
    faults.sort_by_key(|fault| (fault.range.start, fault.range.end));
    let place = |range| Place { source: Arc::clone(source), range };
    let with_place = faults.into_iter().map(|fault| {
        let report = Diagnostic::new(fault.message).at(place(fault.range), "");
        fault.help.into_iter().fold(report, Diagnostic::help)
    });
    with_place.collect()
}

fn read(source: &Arc<Source>, folder: &Path) -> (Revision, Vec<Fault>) {
    let text = source.text.as_str();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut faults = Vec::new();
    if text[start..].trim().is_empty() {
        let fault = Fault::new(start..text.len(), "the file is empty");
        faults.push(fault.help("`autogen revision -m \"..\" --empty` writes one to fill in"));
        return (revision(source, folder, Header::default(), Vec::new()), faults);
    }
    let (lines, end) = header_lines(text, start);
    let (header, mut complaints) = header::read(text, &lines);
    faults.append(&mut complaints);
    if header.id.is_none() {
        let first = directive::lines(text, start).next().unwrap_or(start..start);
        let fault = Fault::new(first, "the file does not say which revision it is");
        faults.push(fault.help("add a line `-- Revision: <id>` to the comment at its top"));
    }
    let scripts = body(text, end, &mut faults);
    (revision(source, folder, header, scripts), faults)
}

fn revision(source: &Arc<Source>, folder: &Path, header: Header, scripts: Vec<Script>) -> Revision {
    Revision {
        id: header.id.unwrap_or_default(),
        message: header.message,
        parents: header.parents,
        labels: header.labels,
        depends_on: header.depends_on,
        replaces: header.replaces,
        created: header.created,
        extra: header.extra,
        path: source.path.clone(),
        folder: folder.to_owned(),
        source: Arc::clone(source),
        places: header.places,
        scripts,
    }
}

/// The comment and blank lines at the top, and where they end.
fn header_lines(text: &str, start: usize) -> (Vec<Range<usize>>, usize) {
    let mut lines = Vec::new();
    for line in directive::lines(text, start) {
        let content = &text[line.clone()];
        let comment = directive::comment(content).is_some() || content.trim().is_empty();
        if !comment || directive::body(content).is_some() {
            return (lines, line.start);
        }
        lines.push(line);
    }
    (lines, text.len())
}

/// Reads the sides. Complains, too, about SQL or a missing side.
fn body(text: &str, start: usize, faults: &mut Vec<Fault>) -> Vec<Script> {
    let mut reader = Reader {
        text,
        scripts: Vec::new(),
        seen: BTreeSet::new(),
        open: None,
        from: start,
        faults,
    };
    for line in directive::lines(text, start) {
        let Some(body) = directive::body(&text[line.clone()]) else { continue };
        let range = line.start + indent(&text[line.clone()])..line.end;
        reader.flush(line.start);
        match body.and_then(directive::parse) {
            Ok(directive) => reader.directive(directive, range, line.end),
            Err(mistake) => {
                if let Some(direction) = mistake.side {
                    reader.broken_side(direction, range.clone());
                }
                reader.faults.push(Fault::new(range, mistake.message).help(mistake.help));
            }
        }
        reader.from = line.end;
    }
    reader.finish();
    let Reader { scripts, .. } = reader;
    let upgrade = scripts.iter().any(|script| script.direction == Direction::Upgrade);
    if !upgrade {
        let end = text.trim_end().len();
        let last = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let fault = Fault::new(last..end, "the file has no upgrade side");
        faults.push(fault.help("add a line `-- autogen: upgrade` above its statements"));
    }
    scripts
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

struct Reader<'a, 'f> {
    text: &'a str,
    scripts: Vec<Script>,
    /// The sides that were opened.
    seen: BTreeSet<(Direction, Option<String>)>,
    /// The `statement` that is not ended yet.
    open: Option<Range<usize>>,
    /// Where the text began that no directive has ended yet.
    from: usize,
    faults: &'f mut Vec<Fault>,
}

impl Reader<'_, '_> {
    /// Gives the text up to here to the side that it belongs to.
    fn flush(&mut self, end: usize) {
        let range = self.from..end;
        self.from = end;
        let Some(script) = self.scripts.last_mut() else {
            return self.stray(range);
        };
        script.text.end = end;
        if self.open.is_some() {
            script.items.push(Item::Block(range));
        } else if !self.text[range.clone()].trim().is_empty() {
            script.items.push(Item::Text(range));
        }
    }

    /// Text before the first side may be comments only.
    fn stray(&mut self, range: Range<usize>) {
        let sql = directive::lines(&self.text[..range.end], range.start).find(|line| {
            let content = &self.text[line.clone()];
            !content.trim().is_empty() && directive::comment(content).is_none()
        });
        if let Some(line) = sql {
            let fault = Fault::new(line, "SQL before the first side");
            self.faults.push(fault.help("add a line `-- autogen: upgrade` above it"));
        }
    }

    fn directive(&mut self, directive: Directive, range: Range<usize>, line_end: usize) {
        if let Some(opened) = self.open.take() {
            if directive == Directive::End {
                return;
            }
            self.not_ended(opened);
        }
        if let Directive::Side(direction, dialect) = directive {
            return self.side(direction, dialect, range, line_end);
        }
        let Some(script) = self.scripts.last_mut() else {
            let message = format!("`{}` stands before the first side", directive.word());
            let fault = Fault::new(range, message);
            self.faults.push(fault.help("a side begins with `-- autogen: upgrade`"));
            return;
        };
        script.text.end = line_end;
        match directive {
            Directive::Statement => self.open = Some(range),
            Directive::End => {
                let fault = Fault::new(range, "`end` without a `statement` before it");
                self.faults.push(fault.help("`-- autogen: statement` opens what `end` closes"));
            }
            Directive::Irreversible(_) if script.direction == Direction::Upgrade => {
                let fault = Fault::new(range, "only a downgrade can be irreversible");
                self.faults.push(fault.help("put it under `-- autogen: downgrade`"));
            }
            _ => script.items.push(Item::Directive(directive, range)),
        }
    }

    fn side(
        &mut self,
        direction: Direction,
        dialect: Option<String>,
        range: Range<usize>,
        line_end: usize,
    ) {
        if !self.seen.insert((direction, dialect.clone())) {
            let of = dialect.as_ref().map(|name| format!(" for {name}")).unwrap_or_default();
            let message = format!("a second {} side{of}", direction.word());
            let fault = Fault::new(range.clone(), message);
            self.faults.push(fault.help("join the two; `-- autogen: step` separates their parts"));
        }
        let text = line_end..line_end;
        self.scripts.push(Script { direction, dialect, text, items: Vec::new() });
    }

    /// A side whose directive cannot be read still begins here.
    fn broken_side(&mut self, direction: Direction, range: Range<usize>) {
        let text = range.end..range.end;
        // A name that no dialect has, so that it is never taken for a second side.
        let dialect = Some(format!("unknown {}", range.start));
        self.scripts.push(Script { direction, dialect, text, items: Vec::new() });
    }

    fn not_ended(&mut self, opened: Range<usize>) {
        // What it holds is nobody's fault.
        if let Some(script) = self.scripts.last_mut() {
            script.items.pop_if(|item| matches!(item, Item::Block(_)));
        }
        let fault = Fault::new(opened, "`statement` is not ended before the next directive");
        self.faults.push(fault.help("add a line `-- autogen: end` below the statement"));
    }

    fn finish(&mut self) {
        self.flush(self.text.len());
        if let Some(opened) = self.open.take() {
            let fault = Fault::new(opened, "`statement` is not ended");
            self.faults.push(fault.help("add a line `-- autogen: end` below the statement"));
        }
    }
}
