//! Random expressions: what the server makes of one has its form, and those of one form have one
//! value in every row.

use autogen::dialect::judge::{Kind, Row};
use autogen::dialect::mysql::Mysql;
use sqlx::MySqlConnection;
use tokio::runtime::Runtime;

use super::dice::Dice;
use super::expressions::{Case, Text, settled};
use super::formed;
use super::live::{ask, judged, shown};
use super::mysql::execute;
use super::templates::{EDITS, TEMPLATES};

/// How many expressions are made for values, and how many changes of each.
const EXPRESSIONS: usize = 24_000;
const CHANGES: usize = 12;

/// How many are given to the server to report.
const REPORTED: usize = 3_000;

/// How many columns stand in one table or query.
const BATCH: usize = 25;

const ROWS: &str = "\
    INSERT INTO probe (a, a2, g, s, n, f, b, b2, c, t, vb, o, e, d, dt, dt6, tm, y, j, `order`, \
      `key`) VALUES \
    (1, 2, 1, 1, 1.25, 0.5, 'a', '1', 'a', '{}', 'a', 1, 'x', '2020-01-01', \
      '2020-01-01 10:00:00', '2020-01-01 10:00:00.5', '10:00', 2020, '{\"a\": 1}', 3, 'a'), \
    (2, 2, 2, 0, 2.5, 1e1, 'A', 'a', 'A', 'x', 'A', 0, 'y', '2020-01-31', \
      '2020-02-29 23:59:59', '2020-02-29 23:59:59.999999', '-1:00', 1999, '{\"a\": \"x\"}', 0, 'x%'), \
    (-7, 3, 0, -7, -0.01, -2, 'a ', '', 'b', '[1]', '', 1, 'x', '2019-12-31', \
      '2020-01-01 00:00:00', '2020-01-01 00:00:00', '0:00', 2021, '[]', -1, 'ä'), \
    (0, 0, 5, 2, 0, 0, '1', 'x%', '1', '', '1', 0, NULL, '2020-02-29', NULL, NULL, NULL, NULL, \
      'true', NULL, '\\\\'), \
    (NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'y', NULL, \
      '2021-01-01 12:00:00', '2021-01-01 12:00:00', '12:00', 2000, NULL, 1, NULL), \
    (2, NULL, 9, 5, 99.99, 2.5, '2.50', 'it''s', 'it', 'a', '2', 1, 'x', '2020-01-01', \
      '2020-01-01 10:00:00', '2020-01-01 10:00:00.001', '10:00', 2020, '\"a\"', 2, 'x_y')";

/// What the server reports of random expressions has their form.
pub(crate) fn reported(
    runtime: &Runtime,
    connection: &mut MySqlConnection,
    mysql: &Mysql,
) -> Vec<String> {
    let form = formed(mysql);
    let mut dice = Dice::new(7, TEMPLATES);
    let texts: Vec<String> = (0..REPORTED).map(|number| dice.text(number, 3)).collect();
    let (mut wrong, mut open, mut read) = (Vec::new(), Vec::new(), 0);
    for some in texts.chunks(BATCH) {
        let told = match runtime.block_on(told(connection, some)) {
            Ok(told) => told,
            Err(_) => {
                let each = some.iter().map(|text| {
                    let one = std::slice::from_ref(text);
                    runtime.block_on(told(connection, one)).unwrap_or_default().pop()
                });
                each.map(Option::unwrap_or_default).collect()
            }
        };
        for (text, said) in some.iter().zip(told).filter(|(_, said)| !said.is_empty()) {
            read += 1;
            if form(text) != form(&said) {
                open.push((case(text), said));
            }
        }
    }
    if read < REPORTED / 2 || open.len() > read / 50 {
        wrong.push(format!("of {REPORTED} {read} were taken and {} had another form", open.len()));
        let each = open.iter().take(20);
        wrong.extend(each.map(|(case, said)| {
            let sql = &case.first.sql;
            format!("{sql}\n    {said}\n    {}\n    {}", form(sql), form(said))
        }));
    }
    // What forms do not tell the server does.
    wrong.extend(settled(&open, |asked| runtime.block_on(judged(connection, mysql, asked))));
    wrong
}

fn case(text: &str) -> Case {
    let kind = Kind::Generated { ty: "text".into() };
    Case { place: text.to_owned(), kind, first: Text::plain(text), others: Vec::new() }
}

/// What the server says of these as columns.
async fn told(connection: &mut MySqlConnection, texts: &[String]) -> Result<Vec<String>, String> {
    let columns: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| format!("`x{at}` text GENERATED ALWAYS AS ({text}) VIRTUAL"))
        .collect();
    let said = shown(connection, &columns).await?;
    let expression = |at: usize| {
        let line = said.lines().find_map(|line| line.split_once(&format!("`x{at}` text ")))?.1;
        let line = line.strip_suffix(',').unwrap_or(line);
        let expression = line.split_once("GENERATED ALWAYS AS ")?.1;
        expression.strip_suffix(" VIRTUAL").map(str::to_owned)
    };
    Ok((0..texts.len()).map(|at| expression(at).unwrap_or_default()).collect())
}

/// Random expressions, changed; what has one form must have one value.
pub(crate) fn sound(
    runtime: &Runtime,
    connection: &mut MySqlConnection,
    mysql: &Mysql,
) -> Vec<String> {
    if let Err(error) = runtime.block_on(execute(connection, ROWS)) {
        return vec![error];
    }
    let form = formed(mysql);
    let mut dice = Dice::new(11, TEMPLATES);
    let mut pairs = Vec::new();
    for number in 0..EXPRESSIONS {
        let text = dice.text(number, 3);
        pairs.extend(dice.pair(&text, (EDITS, CHANGES), &form));
    }
    let (mut wrong, mut computed) = (Vec::new(), 0);
    for some in pairs.chunks(BATCH) {
        let values = match runtime.block_on(values(connection, some)) {
            Ok(values) => values,
            Err(_) => some
                .iter()
                .flat_map(|pair| {
                    let one = std::slice::from_ref(pair);
                    runtime
                        .block_on(values(connection, one))
                        .unwrap_or_else(|_| vec![Vec::new(); 2])
                })
                .collect(),
        };
        for (pair, both) in some.iter().zip(values.chunks(2)) {
            let [one, two] = both else { continue };
            computed += usize::from(!one.is_empty());
            if one != two {
                wrong.push(format!("{} | {}\n    {one:?}\n    {two:?}", pair.0, pair.1));
            }
        }
    }
    if computed < 4_000 {
        wrong.push(format!("only {computed} of {} pairs were computed", pairs.len()));
    }
    wrong
}

/// The values of the pairs in every row: first the one, then the other of each.
async fn values(
    connection: &mut MySqlConnection,
    pairs: &[(String, String)],
) -> Result<Vec<Row>, String> {
    let all: Vec<String> =
        pairs.iter().flat_map(|(one, two)| [format!("({one})"), format!("({two})")]).collect();
    let sql = format!("SELECT {} FROM probe ORDER BY g, a2, y", all.join(", "));
    let rows = ask(connection, &sql).await?;
    Ok((0..all.len())
        .map(|at| rows.iter().map(|row| row.get(at).cloned().flatten()).collect())
        .collect())
}
