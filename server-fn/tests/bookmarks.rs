//! How far a device has collected and as whom: eviction page by page, cursors that are lost or of others, the directory,
//! and ledgers from before there were places.

mod office;

use api::server::client::Device;
use domain::{Field, Kind, Role};
use office::*;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_dropped_is_told_page_by_page_and_goes_on_where_a_line_broke() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    for _ in 0..5 {
        let envelopes = (0..40).map(|_| device.seal(&family(&device, "meteti", &["Amina"])).unwrap());
        device.deliver(envelopes.collect()).await.unwrap();
    }
    let mut holder = Holder::of(&device).await;
    let all = holder.ids();
    assert_eq!(all.len(), 600);
    server.office.set_user(device.user, Role::Auditor, "meteti", false).unwrap();
    let (mut told, mut pages) = (BTreeSet::new(), 0);
    loop {
        // Each answer is lost once and asked for again.
        drop(device.client.collect(&holder.cursor, 4096).await.unwrap());
        let collected = device.client.collect(&holder.cursor, 4096).await.unwrap();
        let page =
            seal::page::Page::open(&collected.page, &device.keys, device.enrolment, &device.server.signing);
        told.extend(page.unwrap().evicted.unwrap());
        (holder.cursor, pages) = (collected.cursor.to_vec(), pages + 1);
        assert!(collected.page.len() <= 4096);
        if !collected.more {
            break;
        }
    }
    assert_eq!((told, pages), (all, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_the_device_that_it_was_given_to_and_says_nothing() {
    let server = Server::start().await;
    let [one, other] =
        [server.device(Role::Caseworker, "meteti").await, server.device(Role::Caseworker, "meteti").await];
    let ids = register(&one, "meteti", &["Amina"]).await;
    let mut holder = Holder::of(&one).await;
    let cursor = holder.cursor.clone();
    assert!(holder.collect(&one).await.is_empty());
    assert_eq!(holder.cursor, cursor, "nothing new, and the same to the byte");
    assert!(!cursor.windows(2).any(|window| window == b"PA"));
    // Another device begins at the beginning with it, and so does one whose cursor was changed in any place.
    for (device, at) in [(&other, None), (&one, Some(0)), (&one, Some(20)), (&one, Some(cursor.len() - 1))] {
        let mut cursor = cursor.clone();
        if let Some(at) = at {
            cursor[at] ^= 1;
        }
        let mut anew = Holder { cursor, room: 64 * 1024, ..Holder::default() };
        anew.collect(device).await;
        assert_eq!((anew.ids(), anew.evicted.len()), (set(&ids), 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_their_cursor_is_told_all_the_same_what_to_drop() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "meteti").await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let before = register(&counsellor, "meteti", &["Antes", "Otra"]).await;
    let seal = |id| vec![change(id, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, users(&[&counsellor]))])];
    enter(&counsellor, seal(before[2])).await;
    let ids = register(&counsellor, "meteti", &["Amina", "Omar"]).await;
    let mut holder = Holder::of(&device).await;
    // Somebody is sealed, and somebody changes their place, while the cursor gets lost.
    enter(&counsellor, seal(ids[2])).await;
    holder.cursor = Vec::new();
    holder.collect(&device).await;
    assert!(holder.evicted.contains(&ids[2]) && !holder.says(&ids[2].0));
    assert!(!holder.evicted.contains(&before[2]), "of whom they never knew");
    assert_eq!(holder.held.len(), 6);
    server.office.set_user(device.user, Role::Caseworker, "georgetown", false).unwrap();
    holder.cursor = Vec::new();
    holder.collect(&device).await;
    assert!(holder.held.is_empty() && !holder.evicted.contains(&before[2]));
    // And what was granted to a role comes back to it.
    server.office.set_user(device.user, Role::Caseworker, "meteti", false).unwrap();
    holder.cursor = vec![1, 2, 3];
    holder.collect(&device).await;
    assert_eq!(holder.held.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_names_those_of_ones_organisation_and_operation_and_is_told_when_it_changes() {
    let server = Server::start().await;
    let me = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let counsellor = server.device_of(Role::Counsellor, "panama", "HIAS").await;
    for (role, site, organisation) in
        [(Role::Counsellor, "panama", "NRC"), (Role::Counsellor, "georgetown", "HIAS")]
    {
        server.device_of(role, site, organisation).await;
    }
    let mut holder = Holder::of(&me).await;
    let people = |holder: &Holder| {
        let people = holder.directory.as_ref().unwrap().people.iter();
        people.map(|person| (person.user, person.devices.len())).collect::<BTreeSet<_>>()
    };
    assert_eq!(people(&holder), [(me.user, 1), (counsellor.user, 1)].into());
    let told =
        holder.directory.as_ref().unwrap().people.iter().find(|it| it.user == counsellor.user).unwrap();
    assert_eq!((told.name.as_str(), told.site.as_str()), ("Staff of panama", "panama"));
    assert_eq!(*told.devices[0].inbox, counsellor.keys.public().unwrap().inbox);
    assert!(holder.collect(&me).await.is_empty());
    server.office.set_revoked(counsellor.enrolment, true).unwrap();
    assert_eq!(holder.collect(&me).await.len(), 1);
    assert_eq!(people(&holder), [(me.user, 1), (counsellor.user, 0)].into());
    let verifier = server.device_of(Role::Verifier, "meteti", "HIAS").await;
    assert!(Holder::of(&verifier).await.directory.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_from_before_there_were_places_is_placed_and_what_went_too_far_is_taken_back() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let counsellor = server.device(Role::Counsellor, "panama").await;
    let ids = register(&device, "meteti", &["Amina", "Omar"]).await;
    let need = hanging(Kind::NEED, ids[1], &[(Field::NEED_CODE, text("SV-VA"))]);
    let person = change(ids[2], Kind::INDIVIDUAL, &[(Field::RELIGION, text("MARCA"))]);
    let secret = need.record;
    enter(&counsellor, vec![need, person]).await;
    let (kept, root) = (device.to_bytes().unwrap(), server.office.keyring().fingerprint);
    let identity = server.office.ledger().identity();
    let newest = server.office.ledger().newest().unwrap();
    let data = server.stop().await;
    as_of_version(&data, 2);

    // Opened halfway once before: it goes on.
    drop(crate::office::open(&data).unwrap());
    let beside = crate::office::beside(&data);
    beside.execute("DELETE FROM marks WHERE name = 'places 1'", []).unwrap();
    beside
        .execute("UPDATE records SET made_by = NULL, group_id = NULL, site = '' WHERE kind <> 1", [])
        .unwrap();
    drop(beside);
    let server = Server::over(data.clone(), None, api::server::Site::Absent).await;
    for (id, row) in ids.iter().zip(server.office.ledger().records(&ids).unwrap()) {
        assert_eq!((row.id, row.home.site.as_str(), row.home.group), (*id, "meteti", Some(ids[0])));
        assert_eq!(row.made_by, Some(device.user));
    }
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    // The cursor of a device of then: epoch, number, digest of the operation.
    let reach = &seal::short_digest(b"reach 1 PA")[..8];
    let cursor = [&identity.epoch[..], &newest.to_be_bytes(), reach].concat();
    let mut holder = Holder { cursor, room: 64 * 1024, ..Holder::default() };
    holder.collect(&device).await;
    assert_eq!(holder.evicted, set(&[secret, ids[2]]), "what it held more of than is for it");
    assert_eq!((holder.ids(), holder.says(b"MARCA")), (set(&ids), false));
    assert!(holder.collect(&device).await.is_empty());

    // The office names its organisation: what nobody held is then of whoever began it.
    for user in [device.user, counsellor.user] {
        set_organisation(&server.data, user, "HIAS");
    }
    assert!(server.office.settle_places().unwrap());
    assert!(!server.office.settle_places().unwrap());
    holder.collect(&device).await;
    assert_eq!(holder.ids(), set(&ids));
    drop(server);
    let _ = std::fs::remove_dir_all(data);
}
