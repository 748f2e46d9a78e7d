//! The text of a case: commands, and what they print.

/// A command and what is expected of it; what stands before the first has no command.
struct Block {
    command: String,
    /// What stands before the command: the names of where it holds.
    mark: String,
    /// The lines as they are written.
    written: Vec<String>,
}

/// A case, as it holds for a dialect.
pub(crate) struct Transcript {
    head: Vec<String>,
    blocks: Vec<Block>,
    dialect: &'static str,
    /// Whether the case is not for this dialect.
    pub(crate) is_left_out: bool,
}

const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// What stands before a line that holds for some dialects alone, and the rest of it.
fn marked(line: &str) -> (&str, &str) {
    let Some((mark, rest)) = line.split_once('|') else { return ("", line) };
    let is_mark = mark.split(' ').all(|name| DIALECTS.contains(&name));
    match is_mark {
        true => (mark, rest.strip_prefix(' ').unwrap_or(rest)),
        false => ("", line),
    }
}

fn holds(mark: &str, dialect: &str) -> bool {
    mark.is_empty() || mark.split(' ').any(|name| name == dialect)
}

impl Transcript {
    pub(crate) fn parse(text: &str, dialect: &'static str) -> Self {
        let mut case = Self { head: Vec::new(), blocks: Vec::new(), dialect, is_left_out: false };
        for line in text.lines() {
            let (mark, rest) = marked(line);
            if let Some(names) = line.strip_prefix("# Only on ") {
                case.is_left_out =
                    !names.trim_end_matches('.').split(" and ").any(|it| it == dialect);
            }
            match (rest.strip_prefix("$ "), case.blocks.last_mut()) {
                (Some(command), _) => case.blocks.push(Block {
                    command: command.to_owned(),
                    mark: mark.to_owned(),
                    written: Vec::new(),
                }),
                (None, Some(block)) => block.written.push(line.to_owned()),
                (None, None) => case.head.push(line.to_owned()),
            }
        }
        case
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| holds(&block.mark, self.dialect))
    }

    /// The commands that hold, each with the lines of a file that it writes.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.blocks().map(|block| {
            let lines = block.written.iter().filter_map(|line| {
                let (mark, rest) = marked(line);
                rest.strip_prefix("> ").filter(|_| holds(mark, self.dialect))
            });
            (block.command.as_str(), lines.collect())
        })
    }

    /// Says where what was printed is not what is expected.
    pub(crate) fn compare(&self, said: &[Vec<String>], dialect: &str) -> Result<(), String> {
        let blesses = std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite");
        if dialect == "sqlite" && blesses {
            return Ok(());
        }
        let mut faults = String::new();
        for (block, said) in self.blocks().zip(said) {
            let expected: Vec<&str> = block.expected(self.dialect);
            let fits = expected.len() == said.len()
                && expected.iter().zip(said).all(|(pattern, line)| is_like(line, pattern));
            if !fits {
                faults.push_str(&format!("\n$ {}\n", block.command));
                let lines = |sign: &str, lines: &[&str]| -> String {
                    lines.iter().map(|line| format!("{sign} {line}\n")).collect()
                };
                faults.push_str(&lines("-", &expected));
                let said: Vec<&str> = said.iter().map(String::as_str).collect();
                faults.push_str(&lines("+", &said));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The case with what was printed in the place of what was expected, where that does not depend
    /// on the database.
    pub(crate) fn blessed(&self, said: &[Vec<String>]) -> String {
        let mut said = said.iter();
        let mut text: String = self.head.iter().map(|line| format!("{line}\n")).collect();
        for block in &self.blocks {
            let mark =
                if block.mark.is_empty() { String::new() } else { format!("{}| ", block.mark) };
            text.push_str(&format!("{mark}$ {}\n", block.command));
            let new = holds(&block.mark, self.dialect).then(|| said.next()).flatten();
            let keeps = block.written.iter().any(|line| !marked(line).0.is_empty());
            let expected = block.expected(self.dialect);
            match new {
                Some(new) if !keeps && !same(&expected, new) => {
                    let remarks = |line: &&String| line.starts_with(['#', '>']);
                    let kept = block.written.iter().filter(|line| line.starts_with("> "));
                    text.extend(kept.map(|line| format!("{line}\n")));
                    text.extend(new.iter().map(|line| format!("{line}\n")));
                    text.push('\n');
                    let rest = block.written.iter().filter(remarks);
                    let rest = rest.filter(|line| line.starts_with('#'));
                    text.extend(rest.map(|line| format!("{line}\n")));
                }
                _ => text.extend(block.written.iter().map(|line| format!("{line}\n"))),
            }
        }
        text.trim_end().to_owned() + "\n"
    }
}

fn same(expected: &[&str], said: &[String]) -> bool {
    expected.len() == said.len() && expected.iter().zip(said).all(|(one, two)| is_like(two, one))
}

impl Block {
    fn expected(&self, dialect: &str) -> Vec<&str> {
        let lines = self.written.iter().map(|line| marked(line));
        let lines = lines.filter(|(mark, _)| holds(mark, dialect)).map(|(_, line)| line);
        lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '>'])).collect()
    }
}

/// Whether a line is what the pattern says.
fn is_like(line: &str, pattern: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}
