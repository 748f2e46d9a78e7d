//! Text to the parser's tree.

use sqlparser::ast::Expr;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Word};

/// Nesting beyond this is compared token by token: deep trees would exhaust the stack.
const DEPTH: usize = 200;
/// So are chains of more operators than this, which are as deep as they are long.
const OPERATORS: usize = 400;

/// Reads an expression. `None` for what the parser does not know.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let dialect = PostgreSqlDialect {};
    let mut tokens: Vec<Token> = Tokenizer::new(&dialect, text).tokenize().ok()?;
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    if tokens.iter().filter(|token| is_operator(token)).count() > OPERATORS {
        return None;
    }
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(DEPTH).with_tokens(spelled_out(tokens));
    let parsed = parser.parse_expr().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(parsed)
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::IS),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen => false,
        _ => true,
    }
}

/// Words of the grammar that the parser does not know, as those that it does.
fn spelled_out(tokens: Vec<Token>) -> Vec<Token> {
    let mut result = Vec::with_capacity(tokens.len());
    for token in tokens {
        match &token {
            Token::Word(Word { value, quote_style: None, .. })
                if value.eq_ignore_ascii_case("isnull") =>
            {
                result.extend(["IS", "NULL"].map(Token::make_keyword));
            }
            _ => result.push(token),
        }
    }
    result
}
