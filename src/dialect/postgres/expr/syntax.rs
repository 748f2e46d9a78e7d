//! Text to the parser's tree, with PostgreSQL's own precedences, which the parser knows but in part.

use std::any::TypeId;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, ObjectName, TrimWhereField, TypedString, UnaryOperator, Value,
};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer, Word};

/// Nesting beyond this is compared token by token: deep trees would exhaust the stack.
const DEPTH: usize = 60;
/// So are chains of more operators than this, which are as deep as they are long.
const OPERATORS: usize = 150;

/// Where the parser fails it tries again at every word that could have been a name, within each
/// that is around it: two to this power times.
const GUESSES: usize = 10;

/// How tight signs, other operators, `BETWEEN` and `IS` bind.
const SIGN: u8 = 125;
const OTHER: u8 = 70;
const BETWEEN: u8 = 60;
const IS: u8 = 40;

/// Reads an expression. `None` for what the parser does not know.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let mut tokens: Vec<Token> = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize().ok()?;
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    if chained(&tokens) > OPERATORS || guesses(&tokens) > GUESSES {
        return None;
    }
    // The parser forgets how precise such a constant is.
    let precise = |pair: &[Token]| is_word(&pair[0], "interval") && pair[1] == Token::LParen;
    if tokens.windows(2).any(precise) {
        return None;
    }
    let tokens = tokens.into_iter().flat_map(unjoined).collect();
    let dialect = Expressions {};
    let mut parser = Parser::new(&dialect).with_recursion_limit(DEPTH).with_tokens(tokens);
    let parsed = parser.parse_expr().ok()?;
    (parser.peek_token_ref().token == Token::EOF).then_some(parsed)
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, .. })
        if value.eq_ignore_ascii_case(word))
}

/// How deep words that begin an expression of their own stand within each other.
fn guesses(tokens: &[Token]) -> usize {
    let (mut open, mut depth, mut pending, mut most) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket => {
                open.push(pending);
                depth += pending;
                pending = 0;
            }
            Token::RParen | Token::RBracket => {
                depth -= open.pop().unwrap_or(0).min(depth);
                pending = 0;
            }
            Token::Word(word) if word.quote_style.is_none() => match word.keyword {
                Keyword::CASE => {
                    open.push(1);
                    depth += 1;
                }
                Keyword::END => depth -= open.pop().unwrap_or(0).min(depth),
                Keyword::AND | Keyword::OR | Keyword::IN | Keyword::ANY | Keyword::ALL => {
                    pending = 0;
                }
                Keyword::WHEN | Keyword::THEN | Keyword::ELSE | Keyword::NoKeyword => pending = 0,
                _ => pending += 1,
            },
            _ => pending = 0,
        }
        most = most.max(depth + pending);
    }
    most
}

/// How many operators follow one another, each with what is before it as its operand.
fn chained(tokens: &[Token]) -> usize {
    // In each group that is open: conditions that are joined, and operators since the last.
    let mut open = vec![(0_usize, 0_usize)];
    let (mut around, mut most) = (0_usize, 0_usize);
    for token in tokens {
        let groups = open.len();
        let Some((joined, operators)) = open.last_mut() else { break };
        match token {
            Token::LParen | Token::LBracket => {
                *operators += usize::from(*token == Token::LBracket);
                around += *joined + *operators;
                open.push((0, 0));
            }
            Token::RParen | Token::RBracket if groups > 1 => {
                open.pop();
                let (joined, operators) = open.last().copied().unwrap_or_default();
                around = around.saturating_sub(joined + operators);
            }
            Token::Comma => (*joined, *operators) = (0, 0),
            Token::Word(word) if matches!(word.keyword, Keyword::AND | Keyword::OR) => {
                (*joined, *operators) = (*joined + 1, 0);
            }
            Token::Word(word) => *operators += usize::from(word.keyword == Keyword::IS),
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period => {}
            _ => *operators += 1,
        }
        let (joined, operators) = open.last().copied().unwrap_or_default();
        most = most.max(around + joined + operators);
    }
    most
}

/// A sign behind an operator is no part of it, but where the operator has a sign of another kind.
fn unjoined(token: Token) -> Vec<Token> {
    let Token::CustomBinaryOperator(name) = &token else { return vec![token] };
    let special = name.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']);
    let bare = name.trim_end_matches(['+', '-']);
    if special || bare.is_empty() || bare.len() == name.len() {
        return vec![token];
    }
    let mut tokens = Tokenizer::new(&PostgreSqlDialect {}, bare).tokenize().unwrap_or_default();
    tokens.extend(name[bare.len()..].chars().map(|sign| match sign {
        '+' => Token::Plus,
        _ => Token::Minus,
    }));
    tokens
}

/// PostgreSQL as the parser knows it, but for what it reads otherwise than the server.
#[derive(Debug)]
struct Expressions {}

macro_rules! as_postgres {
    ($($name:ident)+) => {
        $(fn $name(&self) -> bool {
            PostgreSqlDialect {}.$name()
        })+
    };
}

impl Dialect for Expressions {
    as_postgres! {
        supports_unicode_string_literal allow_extract_custom allow_extract_single_quotes
        supports_factorial_operator supports_bitwise_shift_operators

        supports_nested_comments supports_string_escape_constant
        supports_numeric_literal_underscores supports_array_typedef_with_brackets
        supports_geometric_types supports_notnull_operator supports_interval_options
        supports_comma_separated_trim supports_xml_expressions supports_group_by_expr
        supports_filter_during_aggregation
    }

    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        PostgreSqlDialect {}.is_reserved_for_identifier(keyword)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(precedence)
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        match &parser.peek_token_ref().token {
            Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
            | Token::DoubleTilde
            | Token::DoubleTildeAsterisk
            | Token::ExclamationMarkDoubleTilde
            | Token::ExclamationMarkDoubleTildeAsterisk => Some(Ok(OTHER)),
            token if is_word(token, "isnull") => Some(Ok(IS)),
            _ => PostgreSqlDialect {}.get_next_precedence(parser),
        }
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        let [first, second] = [0, 1].map(|at| parser.peek_nth_token_ref(at).token.clone());
        let signed = |op| Some((op, SIGN));
        let other = |op| Some((op, OTHER));
        let prefix = match &first {
            Token::Minus => signed(UnaryOperator::Minus),
            Token::Plus => signed(UnaryOperator::Plus),
            Token::Tilde => other(UnaryOperator::BitwiseNot),
            Token::AtSign => other(UnaryOperator::PGAbs),
            Token::PGSquareRoot => other(UnaryOperator::PGSquareRoot),
            Token::PGCubeRoot => other(UnaryOperator::PGCubeRoot),
            Token::DoubleExclamationMark => other(UnaryOperator::PGPrefixFactorial),
            _ => None,
        };
        if let Some((op, precedence)) = prefix {
            parser.advance_token();
            let operand = parser.parse_subexpr(precedence);
            return Some(operand.map(|expr| Expr::UnaryOp { op, expr: expr.into() }));
        }
        match (&first, &second) {
            (_, Token::LParen) if is_word(&first, "trim") => trimmed(parser),
            // A constant of a type that is no word of the grammar.
            (Token::Word(word), Token::SingleQuotedString(text))
                if word.keyword == Keyword::NoKeyword || word.quote_style.is_some() =>
            {
                let data_type = DataType::Custom(
                    ObjectName::from(vec![word.clone().into_ident(parser.peek_token_ref().span)]),
                    Vec::new(),
                );
                let value = Value::SingleQuotedString(text.clone()).with_empty_span();
                parser.advance_token();
                parser.advance_token();
                Some(Ok(Expr::TypedString(TypedString {
                    data_type,
                    value,
                    uses_odbc_syntax: false,
                })))
            }
            _ => None,
        }
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        left: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let left = || Box::new(left.clone());
        if is_word(&parser.peek_token_ref().token, "isnull") {
            parser.advance_token();
            return Some(Ok(Expr::IsNull(left())));
        }
        if parser.parse_keyword(Keyword::COLLATE) {
            let name = parser.parse_object_name(false);
            return Some(name.map(|collation| Expr::Collate { expr: left(), collation }));
        }
        if parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]) {
            let right = parser.parse_subexpr(IS);
            return Some(right.map(|right| Expr::IsDistinctFrom(left(), right.into())));
        }
        if parser.parse_keywords(&[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]) {
            let right = parser.parse_subexpr(IS);
            return Some(right.map(|right| Expr::IsNotDistinctFrom(left(), right.into())));
        }
        let negated = usize::from(is_word(&parser.peek_token_ref().token, "not"));
        let between = is_word(&parser.peek_nth_token_ref(negated).token, "between");
        if between && is_word(&parser.peek_nth_token_ref(negated + 1).token, "symmetric") {
            (0..negated + 2).for_each(|_| parser.advance_token());
            return Some(symmetric(parser, &left(), negated == 1));
        }
        None
    }
}

/// `TRIM(BOTH FROM a)`: without saying what.
fn trimmed(parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
    let side = [
        ("both", TrimWhereField::Both),
        ("leading", TrimWhereField::Leading),
        ("trailing", TrimWhereField::Trailing),
    ];
    let second = &parser.peek_nth_token_ref(2).token;
    let side = side.into_iter().find(|(word, _)| is_word(second, word)).map(|(_, side)| side);
    let from = 2 + usize::from(side.is_some());
    if !is_word(&parser.peek_nth_token_ref(from).token, "from") {
        return None;
    }
    (0..=from).for_each(|_| parser.advance_token());
    let read = |parser: &mut Parser<'_>| {
        let expr = parser.parse_expr()?;
        parser.expect_token(&Token::RParen)?;
        let (trim_what, trim_characters) = (None, None);
        Ok(Expr::Trim { expr: expr.into(), trim_where: side, trim_what, trim_characters })
    };
    Some(read(parser))
}

/// `BETWEEN SYMMETRIC`, in the words of the server.
fn symmetric(parser: &mut Parser<'_>, value: &Expr, negated: bool) -> Result<Expr, ParserError> {
    let one = parser.parse_subexpr(BETWEEN)?;
    parser.expect_keyword_is(Keyword::AND)?;
    let two = parser.parse_subexpr(BETWEEN)?;
    let join =
        |left: Expr, op, right: Expr| Expr::BinaryOp { left: left.into(), op, right: right.into() };
    let (inner, outer) = match negated {
        false => (BinaryOperator::And, BinaryOperator::Or),
        true => (BinaryOperator::Or, BinaryOperator::And),
    };
    let way = |low: &Expr, high: &Expr| {
        let (above, below) = match negated {
            false => (BinaryOperator::GtEq, BinaryOperator::LtEq),
            true => (BinaryOperator::Lt, BinaryOperator::Gt),
        };
        let low = join(value.clone(), above, low.clone());
        join(low, inner.clone(), join(value.clone(), below, high.clone()))
    };
    Ok(Expr::Nested(join(way(&one, &two), outer, way(&two, &one)).into()))
}
