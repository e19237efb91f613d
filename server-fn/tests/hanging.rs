//! What hangs on whom: needs, consents and the rest on a person or a group, people on groups; and that all of it
//! goes along when somebody moves.

mod office;

use api::server::client::Device;
use domain::{Change, Entry, Field, Kind, Op, Record, RecordId, Role, Value};
use office::*;
use seal::Verdict;

const ACCEPTED: (Verdict, &str) = (Verdict::Accepted, "");

async fn deliver(device: &Device, changes: Vec<Change>) -> (Verdict, String) {
    let envelope = device.seal(&entry(device, changes)).unwrap();
    let item = device.deliver(vec![envelope]).await.unwrap().items.remove(0);
    (item.verdict, item.reason)
}

async fn register(device: &Device, site: &str, names: &[&str]) -> Entry {
    let family = family(device, site, names);
    device.deliver(vec![device.seal(&family).unwrap()]).await.unwrap();
    family
}

fn need(owner: RecordId, code: &str) -> Change {
    let values = [(Field::OWNER, Value::Ref(owner)), (Field::NEED_CODE, text(code))];
    change(record_id(), Kind::NEED, &values)
}

fn said(outcome: &(Verdict, String)) -> (Verdict, &str) {
    (outcome.0, outcome.1.as_str())
}

/// Codes of needs, sorted.
fn needs(records: &[Record]) -> Vec<&str> {
    let needs = records.iter().filter(|record| record.kind == Kind::NEED);
    let mut codes: Vec<&str> =
        needs.filter_map(|need| need.shown(Field::NEED_CODE).and_then(Value::as_text)).collect();
    codes.sort_unstable();
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_a_person_and_on_a_group_reaches_the_colleague() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let panama = server.device(Role::Counsellor, "panama").await;
    let elsewhere = server.device(Role::Caseworker, "georgetown").await;
    let family = register(&meteti, "meteti", &["Amina"]).await;
    let [group, person] = [0, 1].map(|at| family.changes[at].record);
    assert_eq!(said(&deliver(&meteti, vec![need(person, "DS-LM"), need(group, "FU-FR")]).await), ACCEPTED);
    // Each of the other kinds, on either.
    for kind in Kind::ALL.iter().filter(|kind| kind.owner_field() == Some(Field::OWNER)) {
        for owner in [person, group] {
            let change = change(record_id(), *kind, &[(Field::OWNER, Value::Ref(owner))]);
            assert_eq!(said(&deliver(&meteti, vec![change]).await), ACCEPTED);
        }
    }
    let records = all_records(&panama).await;
    assert_eq!(needs(&records), ["DS-LM", "FU-FR"]);
    assert_eq!(records.len(), 3 + 2 + 2 * 8);
    assert!(all_records(&elsewhere).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hangs_on_a_paper_or_a_need_and_an_unknown_kind_is_parked() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let family = register(&device, "meteti", &["Amina"]).await;
    let [person, paper] = [1, 2].map(|at| family.changes[at].record);
    let on_person = need(person, "DS-LM");
    let held = on_person.record;
    assert_eq!(said(&deliver(&device, vec![on_person]).await), ACCEPTED);
    let other_parent = (Verdict::Parked, "other_parent");
    assert_eq!(said(&deliver(&device, vec![need(paper, "DS-LM")]).await), other_parent);
    assert_eq!(said(&deliver(&device, vec![need(held, "DS-LM")]).await), other_parent);
    let on_need = change(record_id(), Kind::DOCUMENT, &[(Field::HOLDER, Value::Ref(held))]);
    assert_eq!(said(&deliver(&device, vec![on_need]).await), other_parent);
    let later = change(record_id(), Kind(999), &[(Field::OWNER, Value::Ref(person))]);
    assert_eq!(said(&deliver(&device, vec![later]).await), (Verdict::Parked, "unknown_kind"));
    assert_eq!(all_records(&device).await.len(), 4);
    let verifier = server.device(Role::Verifier, "panama").await;
    let refused = (Verdict::Parked, "role_lost");
    assert_eq!(said(&deliver(&verifier, vec![need(person, "DS-LM")]).await), refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_need_that_arrives_before_its_person_finds_its_place() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "panama").await;
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let whole = family(&georgetown, "georgetown", &["Amina"]);
    let [group, person] = [0, 1].map(|at| whole.changes[at].clone());
    let (on_person, on_group) = (need(person.record, "DS-LM"), need(group.record, "FU-FR"));
    for change in [on_person, on_group] {
        assert_eq!(said(&deliver(&device, vec![change]).await), ACCEPTED);
    }
    for change in [person, group] {
        assert_eq!(said(&deliver(&georgetown, vec![change]).await), ACCEPTED);
    }
    assert_eq!(needs(&all_records(&georgetown).await), ["DS-LM", "FU-FR"]);
    assert!(all_records(&device).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_moves_to_another_group_takes_papers_and_needs_along() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let from = register(&meteti, "meteti", &["Amina", "Omar"]).await;
    let to = register(&georgetown, "georgetown", &["Leila"]).await;
    let person = from.changes[1].record;
    let [left, joined] = [&from, &to].map(|family| family.changes[0].record);
    deliver(&meteti, vec![need(person, "DS-LM"), need(left, "FU-FR")]).await;
    let (_, cursor) = georgetown.collect(Vec::new(), 64 * 1024).await.unwrap();

    let moves = Op { field: Field::GROUP, value: Value::Ref(joined), replaces: vec![from.id] };
    let moves = Change { record: person, kind: Kind::INDIVIDUAL, ops: vec![moves] };
    assert_eq!(said(&deliver(&meteti, vec![moves]).await), ACCEPTED);
    let (pages, _) = georgetown.collect(cursor, 64 * 1024).await.unwrap();
    let came: Vec<Record> = pages.into_iter().flat_map(|page| page.records).collect();
    // The person, the paper and the need; the group's own need stays with the group.
    assert_eq!((names(&came), needs(&came), came.len()), (vec!["Amina".to_owned()], vec!["DS-LM"], 3));
    let stayed = all_records(&meteti).await;
    assert_eq!((names(&stayed), needs(&stayed)), (vec!["Omar".to_owned()], vec!["FU-FR"]));
    // And the record itself still tells where they were before.
    let moved = came.iter().find(|record| record.id == person).unwrap();
    let moved =
        moved.history().into_iter().flat_map(|event| event.steps).find(|step| !step.before.is_empty());
    assert_eq!(moved.unwrap().before[0].value, Value::Ref(left));
}
