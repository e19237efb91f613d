//! What somebody is handed as who they are, told over real HTTP: rights that shrink take back just what is no longer
//! for them, rights that grow bring what was missing, and what is not for somebody is in no page.

mod office;

use domain::{Field, Kind, Role, Value};
use office::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_lost_takes_everything_back_and_one_that_is_given_again_brings_it() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let ids = register(&device, "meteti", &["Amina", "Omar"]).await;
    let mut holder = Holder::of(&device).await;
    assert_eq!(holder.ids(), set(&ids));
    server.office.set_user(device.user, Role::Verifier, "meteti", false).unwrap();
    holder.collect(&device).await;
    assert_eq!((holder.evicted.clone(), holder.came.len(), holder.held.len()), (set(&ids), 0, 0));
    assert!(holder.collect(&device).await.is_empty(), "told once");
    server.office.set_user(device.user, Role::Counsellor, "meteti", false).unwrap();
    holder.collect(&device).await;
    assert_eq!((holder.evicted.len(), holder.ids()), (0, set(&ids)));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_operation_takes_back_the_former_ones_records_and_brings_its_own() {
    let server = Server::start().await;
    let moving = server.device(Role::Caseworker, "meteti").await;
    let there = server.device(Role::Caseworker, "georgetown").await;
    let here = register(&moving, "meteti", &["Amina"]).await;
    let others = register(&there, "georgetown", &["Leila"]).await;
    let mut holder = Holder::of(&moving).await;
    // Within the operation nothing changes: not a record is told again.
    server.office.set_user(moving.user, Role::Caseworker, "david", false).unwrap();
    holder.collect(&moving).await;
    assert_eq!((holder.evicted.len(), holder.came.len(), holder.ids()), (0, 0, set(&here)));
    server.office.set_user(moving.user, Role::Caseworker, "georgetown", false).unwrap();
    holder.collect(&moving).await;
    assert_eq!((holder.evicted.clone(), holder.ids()), (set(&here), set(&others)));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisation_takes_back_the_former_ones_records_even_those_one_made() {
    let server = Server::start().await;
    let [ours, colleague] = [
        server.device_of(Role::Caseworker, "meteti", "HIAS").await,
        server.device_of(Role::Caseworker, "panama", "HIAS").await,
    ];
    let theirs = server.device_of(Role::Supervisor, "meteti", "NRC").await;
    let hias = register(&ours, "meteti", &["Amina"]).await;
    let nrc = register(&theirs, "meteti", &["Leila"]).await;
    let mut holder = Holder::of(&ours).await;
    assert_eq!(holder.ids(), set(&hias));
    set_organisation(&server.data, ours.user, "NRC");
    holder.collect(&ours).await;
    assert_eq!((holder.evicted.clone(), holder.ids()), (set(&hias), set(&nrc)));
    assert_eq!(Holder::of(&colleague).await.ids(), set(&hias), "nobody else is touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_handed_over_leaves_whole_and_nobody_else_hears_of_it() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Caseworker, "panama", "NRC").await;
    let third = server.device_of(Role::Supervisor, "panama", "ACNUR").await;
    let ids = register(&ours, "meteti", &["Amina", "Omar"]).await;
    let stays = register(&ours, "meteti", &["Sara"]).await;
    let (mut from, mut to, mut other) =
        (Holder::of(&ours).await, Holder::of(&theirs).await, Holder::of(&third).await);
    let organisation = (Field::OWNER_ORG, text("NRC"));
    enter(&ours, vec![change(ids[0], Kind::GROUP, &[organisation])]).await;
    for holder in [(&mut from, &ours), (&mut to, &theirs), (&mut other, &third)] {
        holder.0.collect(holder.1).await;
    }
    assert_eq!((from.evicted.clone(), from.ids()), (set(&ids), set(&stays)));
    assert_eq!((to.evicted.len(), to.ids()), (0, set(&ids)));
    assert_eq!((other.evicted.len(), other.held.len()), (0, 0));
    assert_eq!((to.total, from.total), (4, 3));
    // Somebody who begins now is not told of what was never theirs to hold.
    let new = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let new = Holder::of(&new).await;
    assert_eq!((new.evicted.len(), new.ids()), (0, set(&stays)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_member_is_gone_from_everybody_who_is_not_named_with_all_that_hangs_on_them() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let named = server.device(Role::Caseworker, "panama").await;
    let other = server.device(Role::Supervisor, "meteti").await;
    let ids = register(&counsellor, "meteti", &["Amina", "Omar"]).await;
    let [group, amina, omar, paper] = ids[..] else { panic!() };
    let elsewhere = register(&counsellor, "meteti", &["Sara"]).await;
    let need = hanging(Kind::NEED, amina, &[(Field::NEED_CODE, text("X-PE"))]);
    let left = Value::Codes(vec![amina.to_string()]);
    let need_id = need.record;
    enter(&counsellor, vec![need, change(group, Kind::GROUP, &[(Field::PEOPLE_LEFT, left)])]).await;
    let adult = change(omar, Kind::INDIVIDUAL, &[(Field::RESPONSIBLE_ADULT, Value::Ref(amina))]);
    enter(&counsellor, vec![adult]).await;
    let (mut knows, mut does_not) = (Holder::of(&named).await, Holder::of(&other).await);
    assert!(does_not.says(&amina.0) && does_not.total == 8);

    // Somebody else speaks for the group: nobody is sealed who does.
    let speaks = instead(does_not.get(group), Field::FOCAL_POINT, Value::Ref(omar));
    enter(&counsellor, vec![speaks]).await;
    does_not.collect(&other).await;
    let seal = change(amina, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, users(&[&counsellor, &named]))]);
    enter(&counsellor, vec![seal]).await;
    does_not.collect(&other).await;
    assert_eq!(
        does_not.ids(),
        [&set(&[group, omar]), &set(&elsewhere)].into_iter().flatten().copied().collect()
    );
    // What is left of the group was dropped and came again, without the name; the other family was left alone.
    assert_eq!(does_not.evicted, set(&[group, amina, omar, paper, need_id]));
    assert_eq!((does_not.came.clone(), does_not.total), (set(&[group, omar]), 5));
    assert!(!does_not.says(&amina.0), "no reference, no list, no past");
    assert_eq!(does_not.get(group).value(Field::SITE), Some(&text("meteti")));
    knows.collect(&named).await;
    assert!(knows.says(&amina.0) && knows.total == 8);
    let past = |holder: &Holder| holder.get(group).known(Field::FOCAL_POINT).count();
    assert_eq!((past(&knows), past(&does_not)), (2, 1));

    // To somebody who comes new there never was anybody.
    let new = server.device(Role::Counsellor, "david").await;
    let new = Holder::of(&new).await;
    assert_eq!((new.total, new.held.len(), new.says(&amina.0), new.evicted.len()), (5, 5, false, 0));
    // What is added to the person is for the same people, and nobody else hears of it.
    let more = hanging(Kind::ASSISTANCE, amina, &[(Field::ASSISTANCE_TYPE, text("food"))]);
    enter(&named, vec![more]).await;
    does_not.collect(&other).await;
    assert_eq!((does_not.came.len(), does_not.evicted.len()), (0, 0));

    // One is taken off: gone from their device. Nobody is left on: everybody has it back.
    knows.collect(&named).await;
    let fewer = instead(knows.get(amina), Field::SEALED_FOR, users(&[&counsellor]));
    enter(&counsellor, vec![fewer]).await;
    knows.collect(&named).await;
    assert!(!knows.says(&amina.0) && knows.evicted.contains(&amina) && knows.ids().len() == 5);
    let mut all = Holder::of(&counsellor).await;
    let opened = instead(all.get(amina), Field::SEALED_FOR, Value::Nothing);
    enter(&counsellor, vec![opened]).await;
    for (holder, device) in [(&mut all, &counsellor), (&mut knows, &named), (&mut does_not, &other)] {
        holder.collect(device).await;
        assert_eq!((holder.held.len(), Holder::of(device).await.total), (9, 9));
        assert_eq!(past(holder), 2);
        assert_eq!(holder.get(omar).value(Field::RESPONSIBLE_ADULT), Some(&Value::Ref(amina)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_need_that_is_found_to_be_for_few_is_taken_back_from_those_who_may_not_know() {
    let server = Server::start().await;
    let reporter = server.device(Role::Caseworker, "meteti").await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let supervisor = server.device(Role::Supervisor, "meteti").await;
    let ids = register(&reporter, "meteti", &["Amina"]).await;
    let need = hanging(Kind::NEED, ids[1], &[(Field::NEED_CODE, text("X-PE"))]);
    let id = need.record;
    enter(&reporter, vec![need]).await;
    // One that was for few from the beginning: to a caseworker there is none.
    let secret = hanging(
        Kind::NEED,
        ids[1],
        &[(Field::NEED_CODE, text("SV-VA")), (Field::NEED_NOTE, text("MARCA-UNO"))],
    );
    let secret_id = secret.record;
    enter(&counsellor, vec![secret]).await;
    let mut holders = Vec::new();
    for device in [&reporter, &counsellor, &colleague, &supervisor] {
        holders.push(Holder::of(device).await);
    }
    assert_eq!([0, 1, 2, 3].map(|at: usize| holders[at].total), [4, 5, 4, 5]);
    let found =
        holders[1].get(id).change([(Field::NEED_CODE, text("SV-VA")), (Field::NEED_NOTE, text("MARCA-DOS"))]);
    enter(&counsellor, vec![found.unwrap()]).await;
    for (holder, device) in holders.iter_mut().zip([&reporter, &counsellor, &colleague, &supervisor]) {
        holder.collect(device).await;
    }
    let [reporter, counsellor, colleague, supervisor] = &holders[..] else { panic!() };
    assert!(counsellor.says(b"MARCA-DOS") && counsellor.evicted.is_empty());
    assert_eq!((colleague.evicted.clone(), colleague.held.contains_key(&id)), (set(&[id]), false));
    for told in [reporter, supervisor] {
        let stub = told.get(id);
        assert_eq!((told.evicted.clone(), stub.value(Field::NEED_CODE)), (set(&[id]), None));
        assert_eq!(stub.value(Field::OWNER), Some(&Value::Ref(ids[1])));
    }
    assert!(!reporter.held.contains_key(&secret_id) && supervisor.held.contains_key(&secret_id));
    for told in [reporter, colleague, supervisor] {
        assert!(!told.says(b"MARCA") && !told.says(b"SV-VA"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_somebody_is_in_none_of_their_pages_neither_as_it_stands_nor_as_it_was() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let caseworker = server.device(Role::Caseworker, "meteti").await;
    let author = server.device(Role::Caseworker, "panama").await;
    let neighbour = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    let verifier = server.device(Role::Verifier, "meteti").await;
    let ids = register(&author, "meteti", &["Amina"]).await;
    let said = |device, mark: &str| {
        let note =
            [(Field::SESSION_TYPE, text("reception")), (Field::SESSION_NOTE, text(&format!("{mark}-N")))];
        let person = change(ids[1], Kind::INDIVIDUAL, &[(Field::RELIGION, text(&format!("{mark}-R")))]);
        entry(device, vec![person, hanging(Kind::SESSION, ids[1], &note)])
    };
    let (theirs, mine) = (said(&counsellor, "CONSEJERA"), said(&author, "AUTORA"));
    enter(&counsellor, theirs.changes.clone()).await;
    enter(&author, mine.changes.clone()).await;
    // Stated by the counsellor, and replaced since.
    let session = theirs.changes[1].record;
    let held = Holder::of(&counsellor).await;
    enter(&counsellor, vec![instead(held.get(session), Field::SESSION_NOTE, text("NUEVA"))]).await;
    let mut nothing = 0;
    for (device, sees) in [
        (&counsellor, [true, true, true]),
        (&caseworker, [false, false, false]),
        (&author, [false, true, false]),
        (&neighbour, [false, false, false]),
        (&verifier, [false, false, false]),
    ] {
        let holder = Holder::of(device).await;
        let told = [&b"CONSEJERA"[..], b"AUTORA", b"NUEVA"].map(|mark| holder.says(mark));
        assert_eq!(told, sees);
        nothing += usize::from(holder.held.is_empty());
        if sees != [true; 3] && !holder.held.is_empty() {
            // What was left of the record is there, and what was taken out left no trace.
            let fields: Vec<Field> = holder.get(session).fields().collect();
            assert_eq!(fields, [Field::OWNER, Field::SESSION_TYPE]);
        }
    }
    assert_eq!(nothing, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_handed_to_its_readers_alone_and_a_supervisor_learns_that_there_is_one() {
    let server = Server::start().await;
    let writer = server.device(Role::Counsellor, "meteti").await;
    let reader = server.device(Role::Caseworker, "panama").await;
    let supervisor = server.device(Role::Supervisor, "meteti").await;
    let other = server.device(Role::Counsellor, "meteti").await;
    let ids = register(&writer, "meteti", &["Amina"]).await;
    let note = hanging(
        Kind::NOTE,
        ids[1],
        &[
            (Field::NOTE_TOPIC, text("gbv")),
            (Field::NOTE_SEALED, text("MARCA-NOTA")),
            (Field::NOTE_WRAPS, text("MARCA-LLAVE")),
            (Field::NOTE_READERS, users(&[&writer])),
        ],
    );
    let id = note.record;
    enter(&writer, vec![note]).await;
    let (mut granted, none) = (Holder::of(&reader).await, Holder::of(&other).await);
    let sees = Holder::of(&supervisor).await;
    assert!(Holder::of(&writer).await.says(b"MARCA-NOTA"));
    assert_eq!((sees.held.contains_key(&id), sees.says(b"MARCA"), sees.says(b"gbv")), (true, false, false));
    assert_eq!((none.held.contains_key(&id), none.total, sees.total), (false, 3, 4));

    // The supervisor names a colleague, who may read from then on and until they are taken off.
    let named = change(id, Kind::NOTE, &[(Field::NOTE_READERS, users(&[&reader]))]);
    enter(&supervisor, vec![named]).await;
    granted.collect(&reader).await;
    assert!(granted.says(b"MARCA-NOTA") && granted.says(b"MARCA-LLAVE"));
    let record = domain::SealedNote::of(granted.get(id)).unwrap();
    let off =
        domain::Change { record: id, kind: Kind::NOTE, ops: vec![record.taking_off(reader.user).unwrap()] };
    enter(&writer, vec![off]).await;
    granted.collect(&reader).await;
    assert_eq!((granted.evicted.clone(), granted.says(b"MARCA")), (set(&[id]), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_and_became_for_few_meanwhile_is_taken_back_all_the_same() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Supervisor, "meteti", "HIAS").await;
    let [stays, moves] = [
        server.device_of(Role::Caseworker, "meteti", "HIAS").await,
        server.device_of(Role::Caseworker, "meteti", "HIAS").await,
    ];
    let theirs = server.device_of(Role::Counsellor, "panama", "NRC").await;
    let ids = register(&ours, "meteti", &["Amina"]).await;
    let need = hanging(Kind::NEED, ids[1], &[(Field::NEED_CODE, text("X-PE"))]);
    let id = need.record;
    enter(&ours, vec![need]).await;
    let mut all = ids.clone();
    all.push(id);
    let (mut staying, mut moving) = (Holder::of(&stays).await, Holder::of(&moves).await);
    assert_eq!((staying.ids(), moving.ids()), (set(&all), set(&all)));
    // One hears of it where they are, the other after they went elsewhere themselves.
    set_organisation(&server.data, moves.user, "ACNUR");
    enter(&ours, vec![change(ids[0], Kind::GROUP, &[(Field::OWNER_ORG, text("NRC"))])]).await;
    let found = Holder::of(&theirs).await.get(id).change([(Field::NEED_CODE, text("SV-VA"))]);
    enter(&theirs, vec![found.unwrap()]).await;
    for (holder, device) in [(&mut staying, &stays), (&mut moving, &moves)] {
        holder.collect(device).await;
        assert_eq!((holder.evicted.clone(), holder.held.len()), (set(&all), 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_saved_and_handed_in_is_dropped_though_it_left_before_they_first_collected() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let colleague = server.device_of(Role::Supervisor, "meteti", "HIAS").await;
    let left = register(&ours, "meteti", &["Amina"]).await;
    let stays = register(&ours, "meteti", &["Sara"]).await;
    enter(&colleague, vec![change(left[0], Kind::GROUP, &[(Field::OWNER_ORG, text("NRC"))])]).await;
    let first = Holder::of(&ours).await;
    assert_eq!((first.evicted.clone(), first.ids()), (set(&left), set(&stays)));
    let other = Holder::of(&colleague).await;
    assert_eq!((other.evicted.len(), other.ids()), (0, set(&stays)), "who never held it is told nothing");
}
