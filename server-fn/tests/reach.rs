//! Who may state what, told over real HTTP: every change is judged where the record stands and where it comes to.
//! What is out of somebody's reach is parked, never dropped, and enters when rights change.

mod office;

use api::server::client::Device;
use domain::{Change, Field, Kind, Op, Role, Value};
use office::*;
use seal::Verdict;

type Told = (Verdict, &'static str);

const ACCEPTED: Told = (Verdict::Accepted, "");
const OUT: Told = (Verdict::Parked, "out_of_reach");

async fn told(device: &Device, changes: Vec<Change>, wanted: Told) {
    let (verdict, reason) = state(device, changes).await;
    assert_eq!((verdict, reason.as_str()), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_does_so_for_their_own_organisation_at_any_of_its_sites_and_for_no_other() {
    let server = Server::start().await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    for (site, organisation, wanted) in [
        ("meteti", "", ACCEPTED),
        ("david", "", ACCEPTED),
        ("david", "HIAS", ACCEPTED),
        ("meteti", "NRC", OUT),
        ("georgetown", "HIAS", OUT),
        // No such organisation: it is that of who registers.
        ("meteti", "NADIE", ACCEPTED),
    ] {
        let mut family = family(&device, site, &["Amina"]);
        let organisation = Op { field: Field::OWNER_ORG, value: Value::text(organisation), replaces: vec![] };
        family.changes[0].ops.push(organisation);
        told(&device, family.changes, wanted).await;
    }
    assert_eq!(Holder::of(&device).await.names().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_organisation_holds_is_neither_amended_nor_added_to_nor_taken() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Supervisor, "meteti", "NRC").await;
    let ids = register(&ours, "meteti", &["Amina"]).await;
    let own = register(&theirs, "meteti", &["Sara"]).await;
    let moved = change(ids[1], Kind::INDIVIDUAL, &[(Field::GROUP, Value::Ref(own[0]))]);
    let need = hanging(Kind::NEED, ids[1], &[(Field::NEED_CODE, text("X-PE"))]);
    let joins = change(record_id(), Kind::INDIVIDUAL, &[(Field::GROUP, Value::Ref(ids[0]))]);
    let phone = change(ids[1], Kind::INDIVIDUAL, &[(Field::PHONE, text("6000-0000"))]);
    let takes = change(ids[0], Kind::GROUP, &[(Field::OWNER_ORG, text("NRC"))]);
    for changes in [moved, need.clone(), joins, phone.clone(), takes] {
        told(&theirs, vec![changes], OUT).await;
    }
    // One change out of reach keeps the whole entry: it is taken over whole or not at all.
    told(&theirs, vec![change(own[1], Kind::INDIVIDUAL, &[(Field::PHONE, text("6111"))]), phone], OUT).await;
    let held = Holder::of(&ours).await;
    assert!(!held.says(b"6000-0000") && held.held.len() == 3);
    assert!(!Holder::of(&theirs).await.says(b"6111"));
    assert_eq!(server.office.ledger().counts().unwrap().parked, 6);
    // Each left a line in the log of deeds, once, however often it is judged again.
    server.office.rejudge().unwrap();
    let refused = |row: &&api::server::ledger::AuditLink| {
        row.row.what == api::server::audit::What::StatementRefused.code()
    };
    let audit = server.office.ledger().audit_chain(0, 1_000).unwrap();
    assert_eq!(audit.iter().filter(refused).count(), 6);

    // What is handed over to them they may, and what waited enters.
    enter(&ours, vec![change(ids[0], Kind::GROUP, &[(Field::OWNER_ORG, text("NRC"))])]).await;
    told(&ours, vec![need], OUT).await;
    assert!(server.office.rejudge().unwrap() >= 5);
    assert!(Holder::of(&theirs).await.says(b"6111"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_not_see_they_do_not_replace_and_what_they_know_they_add() {
    let server = Server::start().await;
    let caseworker = server.device(Role::Caseworker, "meteti").await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let ids = register(&caseworker, "meteti", &["Amina"]).await;
    let need = entry(
        &counsellor,
        vec![hanging(
            Kind::NEED,
            ids[1],
            &[(Field::NEED_CODE, text("SV-VA")), (Field::NEED_STATE, text("open"))],
        )],
    );
    let id = need.changes[0].record;
    let envelope = counsellor.seal(&need).unwrap();
    counsellor.deliver(vec![envelope]).await.unwrap();
    let op = |field, value: &str| Op { field, value: text(value), replaces: vec![need.id] };
    let amends = |op| vec![Change { record: id, kind: Kind::NEED, ops: vec![op] }];
    told(&caseworker, amends(op(Field::NEED_STATE, "closed")), OUT).await;
    told(&caseworker, amends(op(Field::NEED_CODE, "X-PE")), OUT).await;
    // A colleague who was away adds what they heard; they replace nothing.
    told(&caseworker, vec![change(id, Kind::NEED, &[(Field::NEED_NOTE, text("oyó"))])], ACCEPTED).await;
    // And it moves with its person, whoever moves them: what it hangs on is no secret to them.
    let owner = Op { field: Field::OWNER, value: Value::Ref(ids[0]), replaces: vec![need.id] };
    told(&caseworker, amends(owner), ACCEPTED).await;
    told(&counsellor, amends(op(Field::NEED_STATE, "closed")), ACCEPTED).await;
    // What is for few on a person is amended by those few, and by whoever said it.
    let said = |value: &str, replaces: Vec<domain::EntryId>| {
        vec![Change {
            record: ids[1],
            kind: Kind::INDIVIDUAL,
            ops: vec![Op { field: Field::RELIGION, value: text(value), replaces }],
        }]
    };
    let first = entry(&counsellor, said("una", vec![]));
    counsellor.deliver(vec![counsellor.seal(&first).unwrap()]).await.unwrap();
    told(&caseworker, said("otra", vec![first.id]), OUT).await;
    let own = entry(&caseworker, said("mía", vec![]));
    caseworker.deliver(vec![caseworker.seal(&own).unwrap()]).await.unwrap();
    told(&caseworker, said("corregida", vec![own.id]), ACCEPTED).await;
    told(&counsellor, said("la una", vec![first.id, own.id]), ACCEPTED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_person_is_changed_by_those_named_on_them_alone() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let named = server.device(Role::Caseworker, "meteti").await;
    let other = server.device(Role::Supervisor, "meteti").await;
    let ids = register(&counsellor, "meteti", &["Omar", "Amina"]).await;
    let (group, amina) = (ids[0], ids[2]);
    let seal = |value| vec![change(amina, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, value)])];
    // For nobody, or without oneself: nobody locks others out, or a person away.
    let nobody = (Verdict::Parked, "sealed_for_nobody");
    told(&counsellor, seal(Value::Codes(vec!["nadie".into()])), nobody).await;
    told(&counsellor, seal(Value::Codes(vec![])), nobody).await;
    told(&other, seal(users(&[&counsellor])), OUT).await;
    told(&counsellor, seal(users(&[&counsellor, &named])), ACCEPTED).await;

    let phone = || vec![change(amina, Kind::INDIVIDUAL, &[(Field::PHONE, text("6000"))])];
    let paper = || vec![change(record_id(), Kind::DOCUMENT, &[(Field::HOLDER, Value::Ref(amina))])];
    let need = || vec![hanging(Kind::NEED, amina, &[(Field::NEED_CODE, text("X-PE"))])];
    let out = || vec![change(amina, Kind::INDIVIDUAL, &[(Field::GROUP, Value::Ref(group))])];
    for changes in [phone(), paper(), need(), out(), seal(users(&[&counsellor, &named, &other]))] {
        told(&other, changes, OUT).await;
    }
    for changes in [phone(), paper(), need()] {
        told(&named, changes, ACCEPTED).await;
    }
    // The rest of the family is everybody's as before.
    told(&other, vec![change(group, Kind::GROUP, &[(Field::ADDRESS, text("aquí"))])], ACCEPTED).await;
    let held = Holder::of(&named).await;
    told(&named, vec![instead(held.get(amina), Field::SEALED_FOR, Value::Nothing)], ACCEPTED).await;
    // What waited for that, but not what would seal the person for others alone.
    assert_eq!(server.office.rejudge().unwrap(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_seals_away_who_speaks_for_a_group_or_everybody_there_is_in_it() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let ids = register(&counsellor, "meteti", &["Omar", "Amina", "Leila"]).await;
    let [group, omar, amina, leila] = [0, 1, 2, 3].map(|at: usize| ids[at]);
    let seal = |person| change(person, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, users(&[&counsellor]))]);
    let focal = (Verdict::Parked, "seals_focal_point");
    let alone = (Verdict::Parked, "seals_only_person");
    told(&counsellor, vec![seal(omar)], focal).await;
    told(&counsellor, vec![seal(amina), seal(leila), seal(omar)], alone).await;
    told(&counsellor, vec![seal(amina)], ACCEPTED).await;
    // Who speaks for nobody any more, and is then the last one there is.
    let held = Holder::of(&counsellor).await;
    let nobody = instead(held.get(group), Field::FOCAL_POINT, Value::Nothing);
    told(&counsellor, vec![nobody], ACCEPTED).await;
    told(&counsellor, vec![seal(omar), seal(leila)], alone).await;
    told(&counsellor, vec![seal(leila)], ACCEPTED).await;
    told(&counsellor, vec![seal(omar)], alone).await;
    // At once, by one delivery: the first of the two counts.
    let two = register(&counsellor, "meteti", &["Sara", "Nur"]).await;
    let held = Holder::of(&counsellor).await;
    let nobody = instead(held.get(two[0]), Field::FOCAL_POINT, Value::Nothing);
    told(&counsellor, vec![nobody], ACCEPTED).await;
    let both = [two[1], two[2]].map(|person| {
        let entry = entry(&counsellor, vec![seal(person)]);
        counsellor.seal(&entry).unwrap()
    });
    let receipts = counsellor.deliver(both.to_vec()).await.unwrap();
    let told = receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect::<Vec<_>>();
    assert_eq!(told, [(Verdict::Accepted, ""), alone]);
    // Nor by taking somebody out of their group at once, to where nobody is.
    let nowhere = [(Field::GROUP, Value::Ref(record_id())), (Field::SEALED_FOR, users(&[&counsellor]))];
    let held = Holder::of(&counsellor).await;
    let away = state(&counsellor, vec![held.get(two[2]).change(nowhere).unwrap()]).await;
    assert_eq!((away.0, away.1.as_str()), alone);
    // Nor two at the same moment, each the other one of the group.
    for _ in 0..10 {
        let ids = register(&counsellor, "meteti", &["Rosa", "Nour"]).await;
        let held = Holder::of(&counsellor).await;
        enter(&counsellor, vec![instead(held.get(ids[0]), Field::FOCAL_POINT, Value::Nothing)]).await;
        let (one, other) =
            tokio::join!(state(&counsellor, vec![seal(ids[1])]), state(&counsellor, vec![seal(ids[2])]),);
        let entered = [one.0, other.0].iter().filter(|verdict| **verdict == Verdict::Accepted).count();
        assert_eq!(entered, 1, "{one:?} {other:?}");
    }
    // Every one of them stands in the log, with what was refused.
    let lines = |id: [u8; 16]| {
        let filter = api::server::ledger::AuditFilter { subject: Some(id), ..Default::default() };
        let links = server.office.ledger().audit(&filter, None, 10).unwrap();
        links.iter().map(|link| (link.row.what, link.row.enrolment)).collect::<Vec<_>>()
    };
    let sealing = api::server::audit::What::SealingChanged.code();
    for person in [amina, leila, two[1]] {
        assert_eq!(lines(person.0), [(sealing, Some(counsellor.enrolment))]);
    }
    assert!(lines(omar.0).is_empty() && lines(two[2].0).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_on_by_its_readers_and_a_supervisor_says_who_these_are() {
    let server = Server::start().await;
    let writer = server.device(Role::Counsellor, "meteti").await;
    let reader = server.device(Role::Caseworker, "meteti").await;
    let supervisor = server.device(Role::Supervisor, "david").await;
    let other = server.device(Role::Counsellor, "meteti").await;
    let elsewhere = server.device_of(Role::Supervisor, "meteti", "NRC").await;
    let ids = register(&writer, "meteti", &["Amina"]).await;
    let note = hanging(
        Kind::NOTE,
        ids[1],
        &[(Field::NOTE_SEALED, text("a")), (Field::NOTE_READERS, users(&[&writer]))],
    );
    let id = note.record;
    enter(&writer, vec![note]).await;
    let states = |field, value| vec![change(id, Kind::NOTE, &[(field, value)])];
    for device in [&reader, &other, &supervisor, &elsewhere] {
        told(device, states(Field::NOTE_SEALED, text("b")), OUT).await;
        told(device, states(Field::NOTE_WRAPS, text("b")), OUT).await;
        told(device, states(Field::OWNER, Value::Ref(ids[0])), OUT).await;
    }
    for device in [&reader, &other, &elsewhere] {
        told(device, states(Field::NOTE_READERS, users(&[device])), OUT).await;
    }
    told(&supervisor, states(Field::NOTE_READERS, users(&[&reader])), ACCEPTED).await;
    told(&reader, states(Field::NOTE_WRAPS, text("b")), ACCEPTED).await;
    told(&reader, states(Field::NOTE_SEALED, text("c")), ACCEPTED).await;
    told(&supervisor, states(Field::NOTE_SEALED, text("d")), OUT).await;
}
