//! Builds from before there were places go on for days after the server was brought up to date. They drop nothing,
//! whatever they are told: what is not for them has to go when the app is brought up to date too.

mod office;

use api::ApiError;
use api::server::client::Device;
use domain::{Field, Kind, RecordId, Role, UserId};
use office::*;
use seal::page::Page;

/// Collects as a build of then does: joins what comes, and passes over all else.
async fn collect_as_then(holder: &mut Holder, device: &Device) -> usize {
    let mut came = 0;
    loop {
        let collected = device.client.collect_as_before(&holder.cursor, holder.room).await.unwrap();
        if !collected.page.is_empty() {
            let page =
                Page::open(&collected.page, &device.keys, device.enrolment, &device.server.signing).unwrap();
            assert_eq!((page.evicted, page.grants, page.directory), (None, None, None));
            came += page.records.len();
            for record in page.records {
                let held = holder.held.entry(record.id).or_insert_with(|| record.clone());
                held.merge(&record);
            }
        }
        holder.cursor = collected.cursor.into_vec();
        if !collected.more {
            return came;
        }
    }
}

/// The cursor of a device of then: epoch, number, digest of the operation.
fn cursor_of_then(server: &Server, seq: u64) -> Vec<u8> {
    let reach = &seal::short_digest(b"reach 1 PA")[..8];
    [&server.office.ledger().identity().epoch[..], &seq.to_be_bytes(), reach].concat()
}

/// The same device at a server that was started again.
async fn again(server: &Server, (kept, root): (Vec<u8>, [u8; 32])) -> Device {
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    device
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_build_holds_of_what_is_not_for_it_goes_when_the_app_is_brought_up_to_date() {
    // Before: everything of the operation is for everybody, and three devices hold it.
    let server = Server::start().await;
    let (mut kept, mut everything) = (Vec::new(), Holder::default());
    for role in [Role::Caseworker, Role::Caseworker, Role::Caseworker, Role::Counsellor, Role::Counsellor] {
        let device = server.device(role, "meteti").await;
        kept.push((device.to_bytes().unwrap(), server.office.keyring().fingerprint));
    }
    let mut devices = Vec::new();
    for kept in &kept {
        devices.push(again(&server, kept.clone()).await);
    }
    let [_, _, _, ours, theirs] = &devices[..] else { panic!() };
    let ids = register(ours, "meteti", &["Amina", "Omar"]).await;
    let need = hanging(Kind::NEED, ids[1], &[(Field::NEED_CODE, text("SV-VA"))]);
    let person = change(ids[2], Kind::INDIVIDUAL, &[(Field::RELIGION, text("MARCA-UNO"))]);
    enter(ours, vec![need, person]).await;
    let other = register(theirs, "meteti", &["Ajena"]).await;
    for device in [ours, theirs] {
        everything.held.extend(Holder::of(device).await.held);
    }
    assert!(everything.says(b"MARCA-UNO") && everything.says(b"SV-VA") && everything.held.len() == 8);
    let newest = server.office.ledger().newest().unwrap();
    let cursor = cursor_of_then(&server, newest);

    // The server is brought up to date, and the office names its organisations.
    let data = server.stop().await;
    as_of_version(&data, 2);
    let database = crate::office::beside(&data);
    assert_eq!(database.execute("DELETE FROM marks WHERE name = 'places 1'", []).unwrap(), 1);
    drop(database);
    let staff: Vec<UserId> = devices.iter().map(|device| device.user).collect();
    drop(devices);
    let server = Server::over(data.clone(), None, api::server::Site::Absent).await;
    for user in &staff[..4] {
        set_organisation(&data, *user, "HIAS");
    }
    set_organisation(&data, staff[4], "NRC");
    assert!(server.office.settle_places().unwrap());
    let mut devices = Vec::new();
    for kept in kept {
        devices.push(again(&server, kept).await);
    }
    let [on_time, lost, moved, ours, theirs] = &devices[..] else { panic!() };
    let mut holders: Vec<Holder> = (0..3)
        .map(|_| Holder {
            held: everything.held.clone(),
            cursor: cursor.clone(),
            room: 64 * 1024,
            ..Holder::default()
        })
        .collect();

    // The app is not, and they collect on what is for them.
    let new = register(ours, "meteti", &["Nueva", "Sellada", "Vista"]).await;
    let open = hanging(Kind::NEED, new[1], &[(Field::NEED_CODE, text("X-PE"))]);
    let open_id = open.record;
    enter(ours, vec![open]).await;
    let foreign = register(theirs, "meteti", &["Desconocida"]).await;
    for (holder, device) in holders.iter_mut().zip(&devices) {
        assert!(collect_as_then(holder, device).await >= 6);
        assert_eq!(holder.cursor.len(), cursor.len(), "a cursor of then");
        assert!(holder.ids().contains(&open_id) && holder.ids().is_superset(&set(&new)));
        assert!(holder.ids().is_disjoint(&set(&foreign)), "what is not for them is not handed out");
        assert_eq!(collect_as_then(holder, device).await, 0);
    }
    // What they were handed is not for them any more; of this they hear nothing.
    let seal = [(Field::SEALED_FOR, users(&[ours]))];
    enter(ours, vec![change(new[2], Kind::INDIVIDUAL, &seal)]).await;
    let known = Holder::of(ours).await;
    let closed = known.get(open_id).change([(Field::NEED_CODE, text("SV-VA"))]).unwrap();
    enter(ours, vec![closed]).await;
    enter(ours, vec![change(new[3], Kind::INDIVIDUAL, &[(Field::RELIGION, text("MARCA-DOS"))])]).await;
    for (holder, device) in holders.iter_mut().zip(&devices) {
        collect_as_then(holder, device).await;
        assert!(holder.ids().contains(&new[2]) && holder.ids().contains(&other[1]), "they drop nothing");
        assert!(!holder.says(b"MARCA-DOS"));
    }
    // One is given to another organisation meanwhile, and collects there.
    set_organisation(&data, moved.user, "NRC");
    collect_as_then(&mut holders[2], moved).await;

    // The app is brought up to date. One has lost its cursor on that very day.
    holders[1].cursor = Vec::new();
    for (holder, device) in holders.iter_mut().zip([on_time, lost, moved]) {
        holder.collect(device).await;
        for mark in [&b"MARCA"[..], b"SV-VA"] {
            assert!(!holder.says(mark));
        }
        let mut anew = Holder { room: 64 * 1024, ..Holder::default() };
        anew.collect(device).await;
        assert_eq!(holder.held, anew.held, "what is for it, and no more");
        assert!(holder.collect(device).await.is_empty());
    }
    let ids = |holder: &Holder, of: &[RecordId]| holder.ids().intersection(&set(of)).count();
    for holder in &holders[..2] {
        assert_eq!((ids(holder, &other), ids(holder, &foreign)), (0, 0));
        assert!(!holder.ids().contains(&new[2]) && holder.ids().contains(&new[3]));
        assert!(!holder.ids().contains(&open_id) || holder.get(open_id).shown(Field::NEED_CODE).is_none());
    }
    assert_eq!((ids(&holders[2], &other), ids(&holders[2], &foreign)), (other.len(), foreign.len()));
    assert_eq!(ids(&holders[2], &new), 0);
    drop(server);
    let _ = std::fs::remove_dir_all(data);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_page_beside_a_new_one_is_told_nothing_and_takes_nothing_from_it() {
    let server = Server::start().await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let ours = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
    register(&ours, "meteti", &["Amina"]).await;
    let mut holder = Holder::of(&device).await;
    register(&ours, "meteti", &["Omar"]).await;
    let before = holder.cursor.clone();
    assert_eq!(collect_as_then(&mut holder, &device).await, 0);
    assert_eq!(holder.cursor, before);
    server.office.set_user(device.user, Role::Auditor, "meteti", false).unwrap();
    assert_eq!(collect_as_then(&mut holder, &device).await, 0);
    holder.collect(&device).await;
    assert_eq!((holder.held.len(), holder.evicted.len()), (0, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_joined_with_an_old_build_is_taken_care_of_too() {
    let server = Server::start().await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let ours = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    let ids = register(&ours, "meteti", &["Amina", "Omar"]).await;
    register(&theirs, "meteti", &["Ajena"]).await;
    let mut holder = Holder { room: 4096, ..Holder::default() };
    assert_eq!(collect_as_then(&mut holder, &device).await, ids.len());
    let seal = [(Field::SEALED_FOR, users(&[&ours]))];
    enter(&ours, vec![change(ids[2], Kind::INDIVIDUAL, &seal)]).await;
    collect_as_then(&mut holder, &device).await;
    for cursor in [Vec::new(), holder.cursor.clone()] {
        let mut updated = Holder { held: holder.held.clone(), cursor, room: 64 * 1024, ..Holder::default() };
        // Once more as then, with the cursor lost: what it may hold is not forgotten.
        collect_as_then(&mut updated, &device).await;
        updated.collect(&device).await;
        assert!(updated.evicted.contains(&ids[2]) && !updated.says(&ids[2].0));
        assert_eq!(updated.held.len(), ids.len() - 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_build_that_is_carried_to_another_operation_holds_nothing_of_the_first_once_it_is_up_to_date()
{
    let server = Server::start().await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let ours = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
    let there = server.device_of(Role::Counsellor, "georgetown", "HIAS").await;
    let here = register(&ours, "meteti", &["Amina", "Omar"]).await;
    let abroad = register(&there, "georgetown", &["Luz"]).await;
    let mut holder = Holder { room: 64 * 1024, ..Holder::default() };
    collect_as_then(&mut holder, &device).await;
    assert_eq!(holder.ids(), set(&here));
    server.office.set_user(device.user, Role::Caseworker, "georgetown", false).unwrap();
    collect_as_then(&mut holder, &device).await;
    assert_eq!(holder.held.len(), here.len() + abroad.len());
    holder.collect(&device).await;
    assert_eq!((holder.ids(), holder.evicted), (set(&abroad), set(&here)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_begins_at_the_beginning_all_day_is_asked_to_wait_and_all_others_are_served() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let other = server.device(Role::Caseworker, "meteti").await;
    register(&device, "meteti", &["Amina"]).await;
    let holder = Holder::of(&device).await;
    let mut served = 0;
    let refused = loop {
        match device.client.collect(&[], 4096).await {
            Ok(_) => served += 1,
            Err(error) => break error,
        }
        assert!(served < 100);
    };
    assert!(
        served >= 19 && matches!(refused, ApiError::TooMany { seconds } if seconds <= 180),
        "{refused:?}"
    );
    assert!(matches!(device.client.collect_as_before(&[], 4096).await, Err(ApiError::TooMany { .. })));
    // Who has come somewhere goes on.
    assert!(device.client.collect(&holder.cursor, 4096).await.is_ok());
    assert_eq!(Holder::of(&other).await.held.len(), 3);
}
