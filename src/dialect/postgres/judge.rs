//! The server as judge: it is given both expressions for a table like the one they are about, and
//! what it makes of them is compared. The table is a temporary one of the same columns, in a
//! transaction that is rolled back, so that no table of a user is locked or even looked at. A role
//! or a server that cannot make one plans a query instead, which writes nothing.

use std::collections::BTreeSet;

use super::Postgres;
use super::expr::{Scope, form};
use super::types::quote;
use crate::dialect::judge::{Inquiry, Judgement, Kind, Question, Row, Verdict};
use crate::sql::{Syntax, TokenKind, literal, tokens, unquote};

/// How all questions are asked.
pub(super) fn inquiry(postgres: &Postgres, questions: &[Question]) -> Inquiry {
    let (known, postgres) = (questions.to_vec(), postgres.clone());
    let asked: Vec<serde_json::Value> = questions.iter().map(asked).collect();
    let asked = literal(&serde_json::Value::from(asked).to_string());
    // A literal with backslashes reads the same whatever the session's settings.
    let asked =
        if asked.contains('\\') { format!(" E{}", asked.replace('\\', "\\\\")) } else { asked };
    let block = BLOCK.replace("{asked}", &asked);
    Inquiry {
        statements: vec![format!("DO {}", dollar_quoted(&block))],
        probes: Vec::new(),
        ask: ASK.to_owned(),
        read: Box::new(move |rows| judgement(&postgres, &known, rows)),
    }
}

/// The text between dollar quotes whose tag it does not contain.
fn dollar_quoted(text: &str) -> String {
    let mut tag = "$judge$".to_owned();
    while text.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("{tag}{text}{tag}")
}

/// The columns, what makes the expression part of the table, and how it is read back.
fn asked(question: &Question) -> serde_json::Value {
    let (put, read, bare) = match &question.kind {
        Kind::Default { ty } => {
            (["ALTER COLUMN autogen_value SET DEFAULT (", ")"], DEFAULT, ty.as_str())
        }
        Kind::Generated { ty } => {
            (["DROP COLUMN autogen_value, ADD COLUMN autogen_value ", ""], DEFAULT, ty.as_str())
        }
        Kind::Check | Kind::Predicate | Kind::Index => {
            (["ADD CONSTRAINT autogen_value CHECK (", ")"], CHECK, "boolean")
        }
        Kind::Type => (["DROP COLUMN autogen_value, ADD COLUMN autogen_value ", ""], TYPE, ""),
    };
    let [before, after] = match &question.kind {
        Kind::Generated { ty } => {
            [format!("{}{ty} GENERATED ALWAYS AS (", put[0]), ") STORED".to_owned()]
        }
        _ => put.map(str::to_owned),
    };
    let value = if bare.is_empty() { "integer" } else { bare };
    let columns = mentioned(question);
    let spelled = |form: fn(&str, &str) -> String| {
        let all = columns.iter().map(|(name, ty)| form(&quote(name), ty));
        all.collect::<Vec<_>>().join(", ")
    };
    let made = spelled(|name, ty| format!("{name} {ty}, "));
    let planned = spelled(|name, ty| format!("NULL::{ty} AS {name}, "));
    let text = |sql: &str| match question.kind {
        // Every type can be asked whether it is NULL.
        Kind::Index => format!("({sql}\n) IS NULL"),
        _ => sql.to_owned(),
    };
    serde_json::json!({
        "columns": format!("{made}autogen_value {value}").replace(", , ", ", "),
        "before": before,
        "after": format!("\n{after}"),
        "read": format!("{}{}{}", read[0], TREE.replace('%', read[1]), read[2]),
        "plan": match question.kind {
            Kind::Type => ["NULL::".to_owned(), String::new()],
            _ => ["CAST((".to_owned(), format!("\n) AS {})", unlimited(bare))],
        },
        "from": format!("{planned}NULL AS autogen_value").replace(", , ", ", "),
        // Plans do not show collations.
        "hidden": collates(question),
        "texts": [text(&question.author), text(&question.reported)],
    })
}

fn collates(question: &Question) -> bool {
    let mut words = [&question.author, &question.reported]
        .into_iter()
        .flat_map(|text| tokens(text, Syntax::POSTGRES).map(|token| &text[token.range]));
    words.any(|word| word.eq_ignore_ascii_case("collate"))
}

/// The type without its modifier: a written cast cuts off what storing refuses.
fn unlimited(ty: &str) -> String {
    super::type_name::TypeName::parse(ty).map_or_else(|| ty.to_owned(), |ty| ty.bare().to_string())
}

/// The columns that one of the two speaks of: types of others may not be there yet.
fn mentioned(question: &Question) -> Vec<&(String, String)> {
    let mut names = BTreeSet::new();
    for text in [&question.author, &question.reported] {
        for token in tokens(text, Syntax::POSTGRES) {
            let word = &text[token.range.clone()];
            match token.kind {
                TokenKind::Word => names.insert(word.to_lowercase()),
                TokenKind::Quoted => names.insert(unquote(word)),
                _ => false,
            };
        }
    }
    let defaults = matches!(question.kind, Kind::Default { .. } | Kind::Type);
    question.columns.iter().filter(|(name, _)| !defaults && names.contains(name)).collect()
}

/// What the server keeps of it, without how and where it was written.
const TREE: &str = r"pg_catalog.regexp_replace(%::text,
  ':(\w*location|list_start|list_end|\w*format) -?\d+', '', 'g')";

const DEFAULT: [&str; 3] = [
    "SELECT coalesce((SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef \
     WHERE adrelid = 'pg_temp.autogen_judge'::pg_catalog.regclass), 'NULL'), ",
    "adbin",
    " FROM pg_catalog.pg_class LEFT JOIN pg_catalog.pg_attrdef ON adrelid = pg_class.oid \
     WHERE pg_class.oid = 'pg_temp.autogen_judge'::pg_catalog.regclass",
];
const CHECK: [&str; 3] = [
    "SELECT pg_catalog.pg_get_expr(conbin, conrelid), ",
    "conbin",
    " FROM pg_catalog.pg_constraint WHERE contype = 'c' \
     AND conrelid = 'pg_temp.autogen_judge'::pg_catalog.regclass",
];
const TYPE: [&str; 3] = [
    "SELECT pg_catalog.format_type(atttypid, atttypmod), ",
    "NULL",
    " FROM pg_catalog.pg_attribute WHERE attname = 'autogen_value' AND NOT attisdropped \
     AND attrelid = 'pg_temp.autogen_judge'::pg_catalog.regclass",
];

/// Each question is answered in a subtransaction that is undone, which also lets its locks go.
/// What the server reports is given to it again until that changes nothing any more.
const BLOCK: &str = r"
DECLARE
  question json;
  said text;
  given text;
  refusal text;
  answers text[];
  result text[] := '{}';
  planned boolean := false;
  line text;
  tree text;
BEGIN
  PERFORM set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true),
    set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true), set_config('client_min_messages', 'error', true);
  BEGIN
    CREATE TEMPORARY TABLE autogen_judge ();
    RAISE EXCEPTION SQLSTATE 'AU000';
  EXCEPTION
    WHEN SQLSTATE 'AU000' THEN NULL;
    WHEN read_only_sql_transaction OR insufficient_privilege THEN planned := true;
  END;
  FOR question IN SELECT value FROM json_array_elements({asked}::json) LOOP
    answers := '{}';
    tree := NULL;
    refusal := NULL;
    BEGIN
      IF NOT planned THEN
        EXECUTE 'CREATE TEMPORARY TABLE autogen_judge (' || (question->>'columns') || ')';
      END IF;
      FOR said IN SELECT value FROM json_array_elements_text(question->'texts') LOOP
        FOR pass IN 1..4 LOOP
          given := said;
          BEGIN
            IF planned THEN
              said := NULL;
              FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) SELECT '
                || (question->'plan'->>0) || given || (question->'plan'->>1)
                || ' FROM (SELECT ' || (question->>'from') || ' OFFSET 0) AS autogen_judge'
              LOOP
                said := coalesce(said, substring(line FROM '^ *Output: (.*)$'));
              END LOOP;
            ELSE
              EXECUTE 'ALTER TABLE pg_temp.autogen_judge ' || (question->>'before') || given
                || (question->>'after');
              EXECUTE question->>'read' INTO said, tree;
            END IF;
            RAISE EXCEPTION SQLSTATE 'AU000';
          EXCEPTION WHEN SQLSTATE 'AU000' THEN NULL;
          END;
          EXIT WHEN planned OR said IS NULL OR said = given;
        END LOOP;
        answers := answers || tree
          || CASE WHEN planned AND (question->>'hidden')::boolean THEN NULL ELSE said END;
      END LOOP;
      RAISE EXCEPTION SQLSTATE 'AU000';
    EXCEPTION
      WHEN SQLSTATE 'AU000' THEN NULL;
      WHEN query_canceled OR out_of_memory OR lock_not_available THEN RAISE;
      WHEN OTHERS THEN refusal := SQLERRM;
    END;
    result := result || json_build_array(refusal, planned, answers[2], answers[4],
      coalesce(answers[1] = answers[3], false))::text;
  END LOOP;
  PERFORM set_config('autogen.answers', '[' || array_to_string(result, ',') || ']', true);
END
";

const ASK: &str = "SELECT value->>0, value->>1, value->>2, value->>3, value->>4 \
     FROM pg_catalog.json_array_elements(pg_catalog.current_setting('autogen.answers')::json)";

/// The answers: why the server refuses, whether it had to plan, what it makes of each of the two,
/// and whether that is the same to itself.
fn judgement(postgres: &Postgres, questions: &[Question], rows: &[Row]) -> Judgement {
    let verdict = |(at, question): (usize, &Question)| match rows.get(at).map(Vec::as_slice) {
        Some([Some(refusal), ..]) => Verdict::Refused(refusal.clone()),
        Some([None, _, _, _, Some(alike)]) if alike == "true" => Verdict::Same,
        Some([None, _, Some(author), Some(reported), _])
            if same(postgres, question, author, reported) =>
        {
            Verdict::Same
        }
        _ => Verdict::Different,
    };
    let planned = rows.iter().any(|row| row.get(1).is_some_and(|it| it.as_deref() == Some("true")));
    Judgement {
        verdicts: questions.iter().enumerate().map(verdict).collect(),
        note: planned.then(|| {
            "this role may not create temporary tables here, or the server is read-only: \
             expressions were compared as the server plans them"
                .to_owned()
        }),
    }
}

/// One function has two spellings where the grammar has words for it, also for the server.
fn same(postgres: &Postgres, question: &Question, author: &str, reported: &str) -> bool {
    if author == reported {
        return true;
    }
    let assigned = match &question.kind {
        Kind::Type => return false,
        Kind::Default { ty } | Kind::Generated { ty } => Some(ty.clone()),
        Kind::Check | Kind::Predicate | Kind::Index => None,
    };
    let scope = Scope {
        columns: question.columns.iter().cloned().collect(),
        assigned,
        enums: BTreeSet::new(),
        namespace: postgres.home.clone().into_owned(),
        version: postgres.version,
    };
    form(author, &scope) == form(reported, &scope)
}
