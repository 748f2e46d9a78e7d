//! Nobody reads what the program prints: that is no fault of the run.

use super::place::{Place, says};
use super::tests;

tests!(a_reader_who_has_seen_enough_is_no_fault, a_run_goes_on_when_nobody_reads);

fn revisions(place: &Place) {
    for number in 0..40 {
        let (id, parent) = (
            format!("r{number:02}"),
            match number {
                0 => String::new(),
                _ => format!("r{:02}", number - 1),
            },
        );
        place.revision(&id, &parent, "SELECT 1;", "SELECT 1;");
    }
}

async fn a_reader_who_has_seen_enough_is_no_fault(place: Place) {
    revisions(&place);
    let said = place.shell("autogen history --format json | head -1");
    assert_eq!((said.code, said.text.as_str()), (Some(0), "{\n"));
}

async fn a_run_goes_on_when_nobody_reads(place: Place) {
    revisions(&place);
    for line in [
        "autogen -v upgrade r20 2>&1 | true",
        "autogen -v upgrade --format json 2>&- | true",
        "autogen downgrade base >&- 2>&-",
        "autogen -v upgrade head 2>&1 >/dev/null | head -2",
    ] {
        let said = place.shell(line);
        assert_eq!(said.code, Some(0), "{line}: {}", said.text);
    }
    says(&place.runs(&["upgrade"]), &["Nothing to do: the database is at r39"]);
    let done = place.log().await.iter().filter(|line| line.ends_with(" Done")).count();
    assert_eq!(done, 120);
}
