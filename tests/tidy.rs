//! The rules of the house. Each rule is a function over files, is tried on a bad file beside its
//! definition, and is run here over the whole repository.

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/wiring.rs"]
mod wiring;

use tree::{Complaint, File};

/// Runs a rule that looks at one file at a time.
fn each(rule: fn(&File) -> Vec<Complaint>) {
    report(tree::read().iter().flat_map(rule).collect());
}

/// Runs a rule that looks at all files together.
fn all(rule: fn(&[File]) -> Vec<Complaint>) {
    report(rule(&tree::read()));
}

fn report(mut complaints: Vec<Complaint>) {
    complaints.sort();
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn imports_go_downwards() {
    each(imports::levels);
}

#[test]
fn drivers_stay_in_their_rooms() {
    each(imports::drivers);
}

#[test]
fn the_core_names_no_database() {
    each(imports::dialects_by_name);
}

#[test]
fn the_core_is_pure() {
    each(imports::purity);
}

#[test]
fn printing_goes_through_one_file() {
    each(imports::printing);
}

#[test]
fn functions_are_short() {
    each(shape::functions);
}

#[test]
fn files_are_short() {
    each(shape::file_length);
}

#[test]
fn every_module_says_what_it_is_for() {
    each(shape::purpose);
}

#[test]
fn nothing_unfinished_is_left() {
    each(shape::leftovers);
}

#[test]
fn nothing_has_hash_order() {
    each(shape::hash_order);
}

#[test]
fn dialects_keep_step() {
    all(wiring::dialects_in_step);
}

#[test]
fn every_case_has_its_expectation() {
    all(wiring::expectations);
}

#[test]
fn every_case_is_run() {
    all(wiring::cases_are_run);
}

#[test]
fn every_file_is_reached() {
    all(wiring::files_are_reached);
}

#[test]
fn no_test_is_switched_off() {
    all(wiring::targets_are_found);
}

#[test]
fn the_map_is_short() {
    all(wiring::map_length);
}
