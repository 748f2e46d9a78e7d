//! The derives as the compiler sees them: what compiles, and where its complaints stand.
//! `TRYBUILD=overwrite` blesses.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
