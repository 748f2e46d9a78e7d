//! What holds for any graph, tried on random ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use autogen::revision::{self, Graph, Identifier, Revision, Selection, Target};
use autogen_model::Source;
use libtest_mimic::{Failed, Trial};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestRng, TestRunner};

/// A revision that stands on some of those before it.
#[derive(Clone, Debug)]
struct Node {
    parents: Vec<Index>,
    needs: Vec<Index>,
    labelled: bool,
    day: u8,
}

type Test = fn() -> Result<(), Failed>;

/// A graph, what is applied of it, and a place in it.
type Situation = (Graph, BTreeSet<String>, String);

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 9] = [
        ("an_upgrade_is_the_missing_ancestors_in_order", upgrades),
        ("the_order_does_not_depend_on_the_files", stable),
        ("a_downgrade_leaves_nothing_hanging", downgrades),
        ("down_and_up_again_is_the_same", there_and_back),
        ("the_current_revisions_stand_apart", antichain),
        ("a_stamp_is_what_the_runs_would_leave", stamps),
        ("a_branch_has_the_labels_that_name_it", labels),
        ("no_text_makes_the_resolver_panic", any_text),
        ("what_an_identifier_says_is_read_again", read_again),
    ];
    tests.map(|(name, test)| Trial::test(format!("property::{name}"), test)).into()
}

fn run<S: Strategy>(
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) -> Result<(), Failed> {
    // The same cases in every run: a failure that comes and goes helps nobody.
    let config = ProptestConfig { failure_persistence: None, cases: 1000, ..Default::default() };
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, random).run(&strategy, test).map_err(|e| e.to_string().into())
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (vec(any::<Index>(), 0..3), vec(any::<Index>(), 0..2), any::<bool>(), 0..3_u8);
    let node = node.prop_map(|(parents, needs, labelled, day)| Node {
        parents,
        // Most revisions depend on none.
        needs: needs.into_iter().filter(|_| day == 0).collect(),
        labelled,
        day,
    });
    vec(node, 1..16)
}

/// A graph with a set of applied revisions that has no gap, and the id of one revision.
fn situation() -> impl Strategy<Value = Situation> {
    (nodes(), vec(any::<Index>(), 0..4), any::<Index>()).prop_map(|(nodes, applied, place)| {
        let graph = Graph::new(revisions(&nodes)).expect("the graph fits");
        let id = |index: &Index| format!("r{}", index.index(nodes.len()));
        let heads: Vec<String> = applied.iter().map(id).collect();
        let applied = graph.ancestors(&heads);
        (graph, applied, id(&place))
    })
}

fn revisions(nodes: &[Node]) -> Vec<Revision> {
    let each = nodes.iter().enumerate().map(|(at, node)| {
        let names = |indexes: &[Index]| -> BTreeSet<String> {
            let below = indexes.iter().filter(|_| at > 0);
            below.map(|index| format!("r{}", index.index(at))).collect()
        };
        let (parents, needs) = (names(&node.parents), names(&node.needs));
        let mut text = format!("-- R\n--\n-- Revision: r{at}\n");
        for (key, names) in [("Revises", &parents), ("Depends on", &needs)] {
            if !names.is_empty() {
                let names = Vec::from_iter(names.iter().cloned()).join(", ");
                let _ = writeln!(text, "-- {key}: {names}");
            }
        }
        if node.labelled {
            let _ = writeln!(text, "-- Labels: l{at}");
        }
        let _ = writeln!(text, "-- Created: 2026-01-0{}\n-- autogen: upgrade", node.day + 1);
        let source = Arc::new(Source::new(format!("r{at}.sql"), text));
        revision::parse(source, Path::new("")).expect("the file reads")
    });
    each.collect()
}

fn ids(revisions: &[&Revision]) -> Vec<String> {
    revisions.iter().map(|it| it.id.clone()).collect()
}

/// Whether nothing of a set lacks what it stands on.
fn is_closed(graph: &Graph, set: &BTreeSet<String>) -> bool {
    graph.ancestors(&Vec::from_iter(set.clone())) == *set
}

fn upgrades() -> Result<(), Failed> {
    run(situation(), |(graph, applied, place)| {
        let target = Target::at([place.clone()]);
        let path = ids(&graph.upgrade_path(&applied, &target));
        let wanted = graph.ancestors(&[place]);
        let missing: BTreeSet<String> = wanted.difference(&applied).cloned().collect();
        prop_assert_eq!(&BTreeSet::from_iter(path.clone()), &missing);
        prop_assert_eq!(path.len(), missing.len(), "one of them comes twice");
        let mut done = applied;
        for id in path {
            done.insert(id);
            prop_assert!(is_closed(&graph, &done), "out of order");
        }
        Ok(())
    })
}

fn stable() -> Result<(), Failed> {
    run((nodes(), any::<Index>()), |(nodes, turn)| {
        let first = revisions(&nodes);
        let mut second = first.clone();
        second.rotate_left(turn.index(nodes.len()));
        second.reverse();
        let order =
            |revisions| Graph::new(revisions).map(|it| ids(&Vec::from_iter(it.revisions())));
        prop_assert_eq!(order(first).ok(), order(second).ok());
        Ok(())
    })
}

fn downgrades() -> Result<(), Failed> {
    run((situation(), 0..4_usize), |((graph, applied, place), kind)| {
        let words =
            [place.clone(), "base".to_owned(), format!("{place}@base"), format!("{place}-1")];
        let identifier = Identifier::parse(&words[kind]).expect("an identifier");
        let target = graph.resolve(&identifier, &applied).expect("it is there");
        let mut left = applied.clone();
        for id in ids(&graph.downgrade_path(&applied, &target)) {
            prop_assert!(left.remove(&id), "not applied, or twice");
            prop_assert!(is_closed(&graph, &left), "{} leaves something hanging", id);
        }
        if target.undo.is_empty() && kind < 2 {
            let above = graph.descendants(&target.revisions);
            let stays = |id: &String| target.revisions.contains(id) || !above.contains(id);
            let stays = |id: &String| kind == 0 && stays(id);
            prop_assert!(left.iter().all(stays), "something above is left: {:?}", left);
        }
        Ok(())
    })
}

fn there_and_back() -> Result<(), Failed> {
    run(situation(), |(graph, applied, place)| {
        let heads = Target::at(ids(&graph.current(&applied)));
        let gone = graph.downgrade_path(&applied, &Target::at([place]));
        let gone = BTreeSet::from_iter(ids(&gone));
        let left: BTreeSet<String> = applied.difference(&gone).cloned().collect();
        let back = BTreeSet::from_iter(ids(&graph.upgrade_path(&left, &heads)));
        prop_assert_eq!(&back, &gone);
        Ok(())
    })
}

fn antichain() -> Result<(), Failed> {
    run((situation(), any::<Index>()), |((graph, mut applied, place), _)| {
        // A gap makes no difference.
        applied.remove(&place);
        let current = ids(&graph.current(&applied));
        for id in &current {
            let mut below = graph.ancestors(std::slice::from_ref(id));
            below.remove(id);
            prop_assert!(current.iter().all(|other| !below.contains(other)));
        }
        prop_assert!(applied.is_subset(&graph.ancestors(&current)));
        Ok(())
    })
}

/// To stamp is to downgrade and upgrade, without running anything.
fn stamps() -> Result<(), Failed> {
    run(situation(), |(graph, applied, place)| {
        let target = Target::at([place]);
        let stamping = graph.stamping(&applied, &applied, std::slice::from_ref(&target), false);
        let stamping = stamping.expect("one target overlaps with none");
        let gone = BTreeSet::from_iter(ids(&graph.downgrade_path(&applied, &target)));
        prop_assert_eq!(&stamping.removed, &gone);
        let mut after: BTreeSet<String> = applied.difference(&gone).cloned().collect();
        after.extend(ids(&stamping.added));
        prop_assert!(is_closed(&graph, &after));
        prop_assert!(graph.ancestors(&target.revisions).is_subset(&after));
        let purged = graph.stamping(&applied, &applied, std::slice::from_ref(&target), true);
        let purged = purged.expect("one target overlaps with none");
        prop_assert_eq!(
            BTreeSet::from_iter(ids(&purged.added)),
            graph.ancestors(&target.revisions)
        );
        Ok(())
    })
}

fn labels() -> Result<(), Failed> {
    run(situation(), |(graph, _, place)| {
        let all = graph.branch_labels();
        for label in graph.labels() {
            let members = graph.branch(label).expect("a label has a branch");
            let said = all.iter().filter(|(_, labels)| labels.contains(label));
            prop_assert_eq!(said.map(|(id, _)| (*id).to_owned()).collect::<BTreeSet<_>>(), members);
        }
        let one = graph.label_of(&place);
        let own = all.get(place.as_str());
        prop_assert_eq!(own.is_some(), one.is_some());
        prop_assert!(one.is_none_or(|one| own.is_some_and(|labels| labels.contains(one))));
        Ok(())
    })
}

fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "head",
        "heads",
        "base",
        "current",
        "r",
        "r1",
        "r2",
        "r12",
        "l0",
        "l1",
        "l3",
        "@",
        "@",
        ":",
        "+",
        "-",
        "1",
        "2",
        "99",
        "9223372036854775808",
        "-9223372036854775808",
        " ",
        "é",
        "\u{200b}",
        "..",
        "HEAD",
        ",",
    ];
    let pieces = vec(proptest::sample::select(pieces.to_vec()), 0..7).prop_map(|it| it.concat());
    prop_oneof![pieces, any::<String>()]
}

fn any_text() -> Result<(), Failed> {
    run((situation(), text()), |((graph, applied, _), text)| {
        let Ok(selection) = Selection::parse(&text) else { return Ok(()) };
        let _ = graph.selected(&selection, &applied);
        let Selection::One(one) = selection else { return Ok(()) };
        if let Ok(target) = graph.resolve(&one, &applied) {
            let named = target.revisions.iter().chain(&target.undo);
            prop_assert!(named.clone().all(|id| graph.get(id).is_some()));
            let _ = graph.refuse_downgrade(&applied, &target);
            let mut left = applied.clone();
            for id in ids(&graph.downgrade_path(&applied, &target)) {
                left.remove(&id);
            }
            prop_assert!(is_closed(&graph, &left), "`{}` leaves something hanging", text);
            let targets = [target, Target::at(["r0"])];
            let _ = graph.stamping(&applied, &applied, &targets, false);
        }
        Ok(())
    })
}

fn read_again() -> Result<(), Failed> {
    run(text(), |text| {
        if let Ok(one) = Identifier::parse(&text) {
            let again = Identifier::parse(&one.to_string());
            prop_assert_eq!(again.ok(), Some(one));
        }
        Ok(())
    })
}
