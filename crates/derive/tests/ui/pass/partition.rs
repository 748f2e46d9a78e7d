//! What only PostgreSQL has is read by the macro as well, and a partition needs no columns.
#[derive(autogen_derive::Table)]
#[table(name = "events", schema = "public", primary_key(columns(id, at), include(kind)))]
#[table(check(expr = "id > 0", not_valid), postgres(partition_by = "RANGE (at)", row_security = false))]
struct Event {
    id: i64,
    at: i64,
    #[column(postgres(storage = "plain"))]
    kind: i64,
}

#[derive(autogen_derive::Table)]
#[table(name = "events_rest", postgres(partition_of = "events DEFAULT"))]
struct EventsRest {}

fn main() {
    let event = Event { id: 1, at: 2, kind: 3 };
    assert_eq!((Event::TABLE, Event::AT, event.id + event.at + event.kind), ("events", "at", 6));
    let _rest = EventsRest {};
    assert_eq!((EventsRest::TABLE, EventsRest::COLUMNS.len()), ("events_rest", 0));
}
