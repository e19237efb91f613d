//! Administration, told over real HTTP: who sees and changes whom, invitations, orders to devices.

mod office;

use api::server::client::Device;
use api::server::{NewUser, now_ms, random};
use api::{ApiError, Report, StaffDetails};
use domain::{EnrolmentId, Field, Kind, Role, UserId, Value};
use office::*;
use seal::staff::{Member, StaffRoom};
use seal::{Deed, SealError, Verdict};

/// As if a passkey had been shown on every session of a device just now: passkeys have tests of their own.
fn elevate(server: &Server, device: &Device) {
    let database = crate::office::beside(&server.data);
    let update = "UPDATE sessions SET elevated_at = $1 WHERE enrolment_id = $2";
    let now = i64::try_from(now_ms()).unwrap();
    assert!(database.execute(update, (now, device.enrolment.0)).unwrap() > 0);
}

/// Somebody who looks after others, with a passkey shown.
async fn keeper(server: &Server, role: Role, site: &str) -> Device {
    let device = named(server, role, site, site).await;
    elevate(server, &device);
    device
}

/// A member of staff on a device, with a staff code of their own.
async fn named(server: &Server, role: Role, site: &str, code: &str) -> Device {
    let id = UserId::fresh(now_ms(), random());
    let user = NewUser {
        id,
        name: format!("Staff {code}"),
        staff_code: format!("{code}-{}", role.key()),
        role,
        site: site.to_owned(),
        organisation: String::new(),
        team: String::new(),
    };
    let text = server.office.invite(&user).unwrap().to_text();
    Device::enrol(&server.url, &text).await.unwrap()
}

fn details(code: &str, role: Role, site: &str) -> StaffDetails {
    let (name, staff_code) = (format!("New {code}"), code.to_owned());
    StaffDetails { name, staff_code, role: role.code(), site: site.to_owned(), ..StaffDetails::default() }
}

fn of(room: &StaffRoom, user: UserId) -> Option<&Member> {
    room.people.iter().find(|member| member.user == user)
}

fn wrong(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    faults.iter().map(|(field, wrong)| ((*field).to_owned(), (*wrong).to_owned())).collect()
}

fn report(unsent: u32, oldest_hours: u32) -> Report {
    Report { unsent, oldest_hours, version: "1.2.3".to_owned(), ..Report::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_of_meteti_sees_and_touches_nobody_of_panama() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let near = named(&server, Role::Caseworker, "meteti", "NEAR").await;
    let far = named(&server, Role::Caseworker, "panama", "FAR").await;
    let room = supervisor.staff_room().await.unwrap();
    assert!(of(&room, near.user).is_some_and(|member| member.mine && member.name == "Staff NEAR"));
    assert!(of(&room, supervisor.user).is_some_and(|member| !member.mine), "oneself is seen and not changed");
    assert!(of(&room, far.user).is_none());
    assert!(room.devices.iter().all(|device| device.enrolment != far.enrolment));
    assert!(room.devices.iter().any(|device| device.enrolment == near.enrolment));
    server.invite(Role::Caseworker, "panama");
    assert!(supervisor.staff_room().await.unwrap().invitations.is_empty());

    // Not theirs and not there at all: one answer, for every question.
    let before = server.office.ledger().heads().unwrap().audit_seq;
    let nobody = (UserId(random()), EnrolmentId(random()));
    let mut answers = Vec::new();
    for (user, enrolment) in [(far.user, far.enrolment), nobody] {
        let wished = details("X-1", Role::Caseworker, "meteti");
        let client = &supervisor.client;
        answers.push([
            client.change_person(user, wished).await.unwrap_err(),
            client.disable_person(user, true).await.unwrap_err(),
            supervisor.invite_device(user).await.unwrap_err(),
            client.order_device(enrolment, Deed::Revoke).await.unwrap_err(),
            client.order_device(enrolment, Deed::Nothing).await.unwrap_err(),
            client.take_over(enrolment).await.unwrap_err(),
            client.device_kept(enrolment, 0).await.unwrap_err(),
            client.withdraw_invitation(&user.0).await.unwrap_err(),
        ]);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().all(|answer| *answer == ApiError::NotHere));
    let lines = server.office.ledger().heads().unwrap().audit_seq - before;
    assert_eq!(lines, 16, "a line in the log for each");
    assert!(!server.office.ledger().member(far.enrolment).unwrap().unwrap().enrolment.revoked);

    // Nor is anybody put there, or a code told of that is taken there.
    let asked = details("FAR-caseworker", Role::Caseworker, "panama");
    let faults = supervisor.invite_person(asked).await.unwrap().faults;
    assert_eq!(faults.iter().map(|fault| fault.wrong.as_str()).collect::<Vec<_>>(), ["beyond"]);
    let moved = supervisor.client.change_person(near.user, details("N", Role::Caseworker, "panama")).await;
    assert_eq!(moved.unwrap().faults, wrong(&[("site", "beyond")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_without_a_part_in_it_are_refused_whatever_they_ask() {
    let server = Server::start().await;
    let colleague = named(&server, Role::Caseworker, "meteti", "C").await;
    for role in [Role::Caseworker, Role::Counsellor, Role::Verifier, Role::ReferralFocalPoint, Role::Auditor]
    {
        let device = keeper(&server, role, "meteti").await;
        let client = &device.client;
        for (user, enrolment) in
            [(colleague.user, colleague.enrolment), (UserId(random()), EnrolmentId(random()))]
        {
            let answers = [
                device.staff_room().await.unwrap_err(),
                device.invite_person(details("X", Role::Caseworker, "meteti")).await.unwrap_err(),
                device.invite_device(user).await.unwrap_err(),
                client.change_person(user, details("X", role, "meteti")).await.unwrap_err(),
                client.disable_person(user, true).await.unwrap_err(),
                client.withdraw_invitation(&user.0).await.unwrap_err(),
                client.order_device(enrolment, Deed::Wipe).await.unwrap_err(),
                client.device_kept(enrolment, 0).await.unwrap_err(),
                client.take_over(enrolment).await.unwrap_err(),
                client.put_place("teams", &[("code", "t")]).await.unwrap_err(),
            ];
            assert!(answers.iter().all(|answer| *answer == ApiError::Refused), "{role:?} {answers:?}");
        }
    }
    // A supervisor looks after people and devices, not after tables; and without a session there is nobody.
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let put = supervisor.client.put_place("teams", &[("code", "t")]).await;
    assert_eq!(put.unwrap_err(), ApiError::Refused);
    supervisor.client.forget_cookie();
    assert_eq!(supervisor.staff_room().await.unwrap_err(), ApiError::NotSignedIn);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_needs_a_passkey_and_what_shows_something_does_not() {
    let server = Server::start().await;
    let device = named(&server, Role::Administrator, "meteti", "A").await;
    let other = named(&server, Role::Caseworker, "meteti", "B").await;
    assert!(device.staff_room().await.is_ok());
    let client = &device.client;
    let answers = [
        device.invite_person(details("X", Role::Caseworker, "meteti")).await.unwrap_err(),
        device.invite_device(other.user).await.unwrap_err(),
        client.change_person(other.user, details("X", Role::Caseworker, "meteti")).await.unwrap_err(),
        client.disable_person(other.user, true).await.unwrap_err(),
        client.withdraw_invitation(&[0; 16]).await.unwrap_err(),
        client.order_device(other.enrolment, Deed::Revoke).await.unwrap_err(),
        client.take_over(other.enrolment).await.unwrap_err(),
        client.put_place("teams", &[("code", "t")]).await.unwrap_err(),
    ];
    assert!(answers.iter().all(|answer| *answer == ApiError::PasskeyNeeded), "{answers:?}");
    assert!(!server.office.ledger().member(other.enrolment).unwrap().unwrap().enrolment.revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_may_and_nobody_becomes_more_by_somebody_elses_invitation() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let administrator = keeper(&server, Role::Administrator, "meteti").await;
    for (at, role) in Role::ALL.into_iter().enumerate() {
        let asked = details(&format!("S-{at}"), role, "meteti");
        let given = supervisor.invite_person(asked).await.unwrap();
        let may = !matches!(role, Role::Supervisor | Role::Administrator | Role::Auditor) && !role.is_voice();
        assert_eq!(given.faults.is_empty(), may, "{role:?}");
        assert_eq!(given.text.is_empty(), !may);
        let asked = details(&format!("A-{at}"), role, "panama");
        let given = administrator.invite_person(asked).await.unwrap();
        // Nobody is a voice.
        assert_eq!(given.faults.is_empty(), !role.is_voice(), "{role:?}");
    }
    // Who may not give the role gets no invitation of somebody who has it, nor takes it away.
    for user in [administrator.user, named(&server, Role::Supervisor, "meteti", "S2").await.user] {
        assert_eq!(supervisor.invite_device(user).await.unwrap_err(), ApiError::Refused);
        let client = &supervisor.client;
        assert_eq!(client.disable_person(user, true).await.unwrap_err(), ApiError::Refused);
        let lowered = client.change_person(user, details("L", Role::Caseworker, "meteti")).await;
        assert_eq!(lowered.unwrap_err(), ApiError::Refused);
    }
    let worker = named(&server, Role::Caseworker, "meteti", "W").await;
    let raised = supervisor.client.change_person(worker.user, details("W", Role::Supervisor, "meteti")).await;
    assert_eq!(raised.unwrap().faults, wrong(&[("role", "beyond")]));
    // Another operation is nobody's here; a place that is none is the same.
    for site in ["georgetown", "nowhere"] {
        let given = administrator.invite_person(details("O", Role::Caseworker, site)).await.unwrap();
        assert_eq!((given.faults[0].field.as_str(), given.faults[0].wrong.as_str()), ("site", "unknown"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_their_own_role_and_the_last_administrator_stays() {
    let server = Server::start().await;
    let first = keeper(&server, Role::Administrator, "meteti").await;
    let lesser = details("meteti-administrator", Role::Caseworker, "meteti");
    let own = first.client.change_person(first.user, lesser.clone()).await.unwrap();
    assert_eq!(own.faults, wrong(&[("user", "own")]));
    let own = first.client.disable_person(first.user, true).await.unwrap();
    assert_eq!(own.faults, wrong(&[("user", "own")]));

    // Somebody who was invited and never joined is not yet somebody who can look after an office.
    let invited = first.invite_person(details("P-9", Role::Administrator, "panama")).await.unwrap();
    let second = Device::enrol(&server.url, &invited.text).await.unwrap();
    elevate(&server, &second);
    let waiting = second.invite_person(details("P-8", Role::Administrator, "panama")).await.unwrap();
    assert!(second.client.disable_person(first.user, true).await.unwrap().faults.is_empty());
    assert_eq!(first.staff_room().await.unwrap_err(), ApiError::NotSignedIn, "the session ended with it");
    assert!(second.client.disable_person(first.user, false).await.unwrap().faults.is_empty());

    // One of two may go; of two who disable each other at once, one stays.
    first.sign_in().await.unwrap();
    elevate(&server, &first);
    let (one, other) = tokio::join!(
        first.client.disable_person(second.user, true),
        second.client.disable_person(first.user, true),
    );
    let disabled = |user: UserId| server.office.ledger().users(&[user]).unwrap()[0].disabled;
    assert!(!(disabled(first.user) && disabled(second.user)), "{one:?} {other:?}");
    let (left, gone) = if disabled(first.user) { (&second, &first) } else { (&first, &second) };
    assert!(disabled(gone.user));

    // The one who is left is taken away by nobody, not even with the help of somebody who never joined.
    let third = Device::enrol(&server.url, &waiting.text).await.unwrap();
    elevate(&server, &third);
    server.office.set_revoked(third.enrolment, true).unwrap();
    let now = server.office.ledger().users(&[left.user]).unwrap().remove(0);
    let after = api::server::ledger::UserRow { disabled: true, ..now.clone() };
    let others = Some(vec![third.user, gone.user]);
    let alone = server.office.ledger().change_user(now, after, others.clone(), vec![], line()).unwrap();
    assert_eq!(alone, api::server::ledger::UserChange::NobodyLeft);
    // Nor is their last device that works, by two who order it of each other at once.
    let ledger = server.office.ledger();
    let lines = ledger.heads().unwrap().audit_seq;
    let order = ledger.order(left.enrolment, Deed::Wipe, now_ms(), others, Some(line())).unwrap();
    assert_eq!(order, api::server::ledger::Ordered::NobodyLeft);
    assert_eq!(ledger.heads().unwrap().audit_seq, lines, "what was not done is not written down");
    assert!(!ledger.member(left.enrolment).unwrap().unwrap().enrolment.revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_works_once_until_it_is_withdrawn_or_too_old() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let invited = supervisor.invite_person(details("MET-31", Role::Caseworker, "meteti")).await.unwrap();
    let days = (invited.expires_at - now_ms()) / 3_600_000;
    assert!((71..=72).contains(&days), "{days}");
    let room = supervisor.staff_room().await.unwrap();
    assert_eq!(room.invitations.len(), 1);
    assert_eq!(Some(room.invitations[0].user), invited.user);
    let device = Device::enrol(&server.url, &invited.text).await.unwrap();
    assert_eq!(device.enrolled.staff_code, "MET-31");
    assert!(supervisor.staff_room().await.unwrap().invitations.is_empty());
    let again = Device::enrol(&server.url, &invited.text).await.err();
    assert_eq!(again, Some(ApiError::InvitationUsed));
    let taken = supervisor.invite_person(details("met-31", Role::Caseworker, "meteti")).await.unwrap();
    assert_eq!((taken.faults[0].field.as_str(), taken.faults[0].wrong.as_str()), ("staff_code", "taken"));

    let another = supervisor.invite_device(device.user).await.unwrap();
    let id = supervisor.staff_room().await.unwrap().invitations[0].id.clone();
    assert!(!another.text.contains(&domain::id::hex(&id)));
    supervisor.client.withdraw_invitation(&id).await.unwrap();
    assert_eq!(Device::enrol(&server.url, &another.text).await.err(), Some(ApiError::InvitationExpired));
    assert_eq!(supervisor.client.withdraw_invitation(&id).await.unwrap_err(), ApiError::NotHere);

    // Disabling somebody ends what was sent to them.
    let third = supervisor.invite_device(device.user).await.unwrap();
    assert!(supervisor.client.disable_person(device.user, true).await.unwrap().faults.is_empty());
    assert_eq!(Device::enrol(&server.url, &third.text).await.err(), Some(ApiError::InvitationExpired));
    let fourth = supervisor.invite_device(device.user).await.unwrap();
    assert_eq!((fourth.text.as_str(), fourth.faults[0].wrong.as_str()), ("", "disabled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_said_beside_its_input() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Administrator, "meteti").await;
    let asked = StaffDetails {
        name: "  ".into(),
        staff_code: "x".repeat(25),
        role: 99,
        site: String::new(),
        organisation: "NOBODY".into(),
        team: "none".into(),
    };
    let faults = device.invite_person(asked).await.unwrap().faults;
    let told: Vec<(&str, &str)> =
        faults.iter().map(|fault| (fault.field.as_str(), fault.wrong.as_str())).collect();
    assert_eq!(
        told,
        [
            ("name", "missing"),
            ("staff_code", "too_long"),
            ("site", "missing"),
            ("organisation", "unknown"),
            ("team", "unknown"),
            ("role", "missing"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_opens_for_the_vault_that_asked_and_not_for_whoever_has_its_cookie() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Supervisor, "meteti").await;
    let other = keeper(&server, Role::Supervisor, "meteti").await;
    let nonce = [7; 16];
    let sealed = device.client.staff_room(&nonce).await.unwrap();
    assert!(!sealed.windows(5).any(|window| window == b"Staff"));
    assert!(device.opened::<StaffRoom>(&sealed, &nonce).is_ok());
    assert!(
        device.opened::<StaffRoom>(&sealed, &[8; 16]).is_err(),
        "an old answer is none to another question"
    );
    assert!(other.opened::<StaffRoom>(&sealed, &nonce).is_err());
    assert_eq!(device.client.staff_room(&[1; 15]).await.unwrap_err(), ApiError::Malformed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_hands_in_into_quarantine_and_what_it_handed_in_counts_when_it_is_taken_back() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let device = named(&server, Role::Caseworker, "meteti", "W").await;
    let reader = named(&server, Role::Caseworker, "meteti", "R").await;
    assert_eq!(device.standing(report(2, 50)).await.unwrap().deed, Deed::Nothing);
    assert!(supervisor.client.order_device(device.enrolment, Deed::Revoke).await.unwrap().faults.is_empty());
    let revoked = device.standing(report(2, 50)).await.unwrap();
    assert_eq!(revoked.deed, Deed::Revoke);
    assert!(revoked.is_news_after(0));
    assert_eq!(device.sign_in().await.unwrap_err(), ApiError::NotSignedIn);

    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let receipts = device.deliver(vec![envelope.clone()]).await.unwrap();
    let told = (receipts.items[0].verdict, receipts.items[0].reason.as_str());
    assert_eq!(told, (Verdict::Quarantined, "device_revoked"));
    assert!(Verdict::Quarantined.is_acknowledgement(), "the device lets go of it");
    let again = device.deliver(vec![envelope]).await.unwrap();
    assert_eq!(again.items[0].verdict, Verdict::Quarantined);
    assert!(all_records(&reader).await.is_empty());
    let seen = supervisor.staff_room().await.unwrap();
    let seen = seen.devices.iter().find(|seen| seen.enrolment == device.enrolment).unwrap();
    assert_eq!((seen.deed, seen.quarantined, seen.revoked_work, seen.parked), (Deed::Revoke, 1, 1, 0));
    let kept = supervisor.client.device_kept(device.enrolment, 0).await.unwrap();
    assert_eq!((kept.len(), kept[0].quarantined, kept[0].reason.as_str()), (1, true, "device_revoked"));
    assert!(supervisor.client.device_kept(device.enrolment, kept[0].seq).await.unwrap().is_empty());

    let back = supervisor.client.order_device(device.enrolment, Deed::Nothing).await.unwrap();
    assert_eq!((back.entered, back.faults.len()), (1, 0));
    assert!(supervisor.client.device_kept(device.enrolment, 0).await.unwrap().is_empty());
    assert_eq!(server.office.ledger().counts().unwrap().quarantined, 0);
    assert_eq!(names(&all_records(&reader).await), ["Amina"]);
    let taken_back = device.standing(report(0, 0)).await.unwrap();
    assert!(taken_back.deed == Deed::Nothing && taken_back.is_news_after(revoked.serial));
    assert!(!revoked.is_news_after(taken_back.serial), "the old order played again changes nothing");
    device.sign_in().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantined_entries_are_taken_over_by_somebody_who_answers_for_them_and_the_device_stays_revoked() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let device = named(&server, Role::Caseworker, "meteti", "W").await;
    let reader = named(&server, Role::Caseworker, "meteti", "R").await;
    supervisor.client.order_device(device.enrolment, Deed::Wipe).await.unwrap();
    assert_eq!(device.standing(report(0, 0)).await.unwrap().deed, Deed::Wipe);
    let envelopes = ["Amina", "Omar"].map(|name| device.seal(&family(&device, "meteti", &[name])).unwrap());
    device.deliver(envelopes.to_vec()).await.unwrap();
    // A restart judges nothing of it by itself.
    assert_eq!(server.office.judge_at_start().unwrap(), 0);
    assert!(all_records(&reader).await.is_empty());
    let taken = supervisor.client.take_over(device.enrolment).await.unwrap();
    assert_eq!((taken.entered, taken.faults.len()), (2, 0));
    assert_eq!(names(&all_records(&reader).await), ["Amina", "Omar"]);
    assert_eq!(device.standing(report(0, 0)).await.unwrap().deed, Deed::Wipe);
    let late = device.seal(&family(&device, "meteti", &["Leila"])).unwrap();
    assert_eq!(device.deliver(vec![late]).await.unwrap().items[0].verdict, Verdict::Quarantined);
    assert_eq!(supervisor.client.take_over(device.enrolment).await.unwrap().entered, 1);
    assert_eq!(supervisor.client.take_over(device.enrolment).await.unwrap().entered, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_touches_no_device_invitation_or_work_of_those_whose_role_they_could_not_give() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let client = &supervisor.client;
    for role in [Role::Administrator, Role::Auditor, Role::Supervisor] {
        let other = named(&server, role, "meteti", "O").await;
        let nobody = EnrolmentId(random());
        for enrolment in [other.enrolment, nobody] {
            for deed in [Deed::Revoke, Deed::Wipe, Deed::Nothing] {
                let answer = client.order_device(enrolment, deed).await;
                assert_eq!(answer.unwrap_err(), ApiError::NotHere, "{role:?} {deed:?}");
            }
            assert_eq!(client.take_over(enrolment).await.unwrap_err(), ApiError::NotHere);
        }
        assert!(!server.office.ledger().member(other.enrolment).unwrap().unwrap().enrolment.revoked);
        // They are seen as before.
        let room = supervisor.staff_room().await.unwrap();
        assert!(room.devices.iter().any(|device| device.enrolment == other.enrolment));
        assert!(client.device_kept(other.enrolment, 0).await.unwrap().is_empty());

        let (_, text) = server.invite(role, "meteti");
        let id = supervisor.staff_room().await.unwrap().invitations[0].id.clone();
        assert_eq!(client.withdraw_invitation(&id).await.unwrap_err(), ApiError::NotHere);
        assert!(Device::enrol(&server.url, &text).await.is_ok(), "the invitation still holds");
    }
    // A device of their own that was lost is theirs to revoke.
    let own = server.office.ledger().users(&[supervisor.user]).unwrap().remove(0);
    let again = NewUser {
        id: own.id,
        name: String::new(),
        staff_code: String::new(),
        role: Role::Supervisor,
        site: own.site,
        organisation: String::new(),
        team: String::new(),
    };
    let lost = server.office.invite(&again).unwrap().to_text();
    let lost = Device::enrol(&server.url, &lost).await.unwrap();
    assert!(client.order_device(lost.enrolment, Deed::Revoke).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_somebody_disabled_is_taken_over_whether_their_device_was_revoked_or_not() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let reader = named(&server, Role::Caseworker, "meteti", "R").await;
    let device = named(&server, Role::Caseworker, "meteti", "W").await;
    let sealed = |name| device.seal(&family(&device, "meteti", &[name])).unwrap();
    let client = &supervisor.client;
    assert!(client.disable_person(device.user, true).await.unwrap().faults.is_empty());
    let parked = device.deliver(vec![sealed("Amina")]).await.unwrap();
    assert_eq!(
        (parked.items[0].verdict, parked.items[0].reason.as_str()),
        (Verdict::Parked, "user_disabled")
    );
    let work = async || {
        let room = supervisor.staff_room().await.unwrap();
        let seen = room.devices.iter().find(|seen| seen.enrolment == device.enrolment).unwrap();
        (seen.parked, seen.quarantined, seen.revoked_work)
    };
    assert_eq!(work().await, (1, 0, 1));
    assert!(all_records(&reader).await.is_empty());
    assert_eq!(client.take_over(device.enrolment).await.unwrap().entered, 1);
    assert_eq!(names(&all_records(&reader).await), ["Amina"]);
    // Both disabled and revoked.
    device.deliver(vec![sealed("Nur")]).await.unwrap();
    client.order_device(device.enrolment, Deed::Revoke).await.unwrap();
    let apart = device.deliver(vec![sealed("Omar")]).await.unwrap();
    assert_eq!(apart.items[0].reason, "device_revoked");
    assert_eq!(work().await, (0, 2, 2));
    assert_eq!(client.take_over(device.enrolment).await.unwrap().entered, 2);
    assert_eq!(names(&all_records(&reader).await), ["Amina", "Nur", "Omar"]);
    // Neither is any less disabled or revoked for it.
    let member = server.office.ledger().member(device.enrolment).unwrap().unwrap();
    assert!(member.user.disabled && member.enrolment.revoked);
    let late = device.deliver(vec![sealed("Leila")]).await.unwrap();
    assert_eq!(late.items[0].verdict, Verdict::Quarantined);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_into_the_log_is_neither_changed_nor_ordered() {
    let server = Server::start().await;
    let administrator = keeper(&server, Role::Administrator, "meteti").await;
    let worker = named(&server, Role::Caseworker, "meteti", "W").await;
    let client = &administrator.client;
    refuse_lines(&server, true);
    let raised = client.change_person(worker.user, details("W", Role::Supervisor, "meteti")).await;
    assert_eq!(raised.unwrap_err(), ApiError::Unavailable);
    let disabled = client.disable_person(worker.user, true).await;
    assert_eq!(disabled.unwrap_err(), ApiError::Unavailable);
    let wiped = client.order_device(worker.enrolment, Deed::Wipe).await;
    assert_eq!(wiped.unwrap_err(), ApiError::Unavailable);
    refuse_lines(&server, false);
    let member = server.office.ledger().member(worker.enrolment).unwrap().unwrap();
    assert_eq!((member.user.role, member.user.disabled), (Role::Caseworker.code(), false));
    assert!(!member.enrolment.revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_asking_for_what_is_not_theirs_is_told_to_wait_and_does_not_fill_the_log() {
    let server = Server::start().await;
    let device = named(&server, Role::Caseworker, "meteti", "C").await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let lines = || server.office.ledger().heads().unwrap().audit_seq;
    let before = lines();
    let (mut waits, mut kept) = (0, 0);
    for _ in 0..130 {
        let refused = device.staff_room().await.unwrap_err();
        waits += u32::from(matches!(refused, ApiError::TooMany { .. }));
        let refused = supervisor.client.device_kept(EnrolmentId(random()), 0).await.unwrap_err();
        kept += u32::from(matches!(refused, ApiError::TooMany { .. }));
    }
    assert!(waits > 0 && kept > 0, "{waits} {kept}");
    assert_eq!(lines() - before, u64::from(260 - waits - kept), "a line for each that was answered");
    let asked = seal::AuditQuery::default();
    let refused = device.audit(&asked, None, 5).await.err();
    assert!(matches!(refused, Some(ApiError::TooMany { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_leaves_who_alone_knows_of_a_sealed_person_and_nobody_is_lost_when_they_are_gone() {
    let server = Server::start().await;
    let administrator = keeper(&server, Role::Administrator, "meteti").await;
    let knows = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
    let colleague = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let next = server.device_of(Role::Counsellor, "panama", "HIAS").await;
    let elsewhere = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    let home = family(&knows, "meteti", &["Omar", "Amina"]);
    let amina = home.changes[2].record;
    enter(&knows, home.changes).await;
    enter(&knows, vec![change(amina, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, users(&[&knows]))])]).await;

    let client = &administrator.client;
    let disabled = || client.disable_person(knows.user, true);
    assert_eq!(disabled().await.unwrap().faults, wrong(&[("user", "sealed_people")]));
    let as_of = |organisation: &str, site: &str, role| {
        let wished = StaffDetails { organisation: organisation.to_owned(), ..details("K", role, site) };
        client.change_person(knows.user, wished)
    };
    let moved = as_of("NRC", "meteti", Role::Counsellor).await.unwrap();
    assert_eq!(moved.faults, wrong(&[("organisation", "sealed_people")]));
    let other = as_of("HIAS", "meteti", Role::Verifier).await.unwrap();
    assert_eq!(other.faults, wrong(&[("role", "sealed_people")]));
    assert!(as_of("HIAS", "panama", Role::Counsellor).await.unwrap().faults.is_empty(), "they still know");

    // Somebody else is named, who is then the last one.
    enter(
        &knows,
        vec![change(amina, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, users(&[&colleague, &knows]))])],
    )
    .await;
    assert!(disabled().await.unwrap().faults.is_empty());
    let last = client.disable_person(colleague.user, true).await.unwrap();
    assert_eq!(last.faults, wrong(&[("user", "sealed_people")]));

    // They are gone all the same: a command on the server names others.
    server.office.set_user(colleague.user, Role::Caseworker, "meteti", true).unwrap();
    assert!(server.office.name_on_sealed(knows.user, colleague.user).is_err(), "who is disabled is no help");
    let none = server.office.name_on_sealed(elsewhere.user, colleague.user).unwrap();
    assert_eq!((none.people, none.elsewhere), (0, 1));
    let (mut holder, mut stranger) = (Holder::of(&next).await, Holder::of(&elsewhere).await);
    assert!(!holder.says(&amina.0));
    let named = server.office.name_on_sealed(next.user, colleague.user).unwrap();
    assert_eq!((named.people, named.elsewhere), (1, 0));
    assert_eq!(server.office.name_on_sealed(next.user, colleague.user).unwrap().people, 0, "once");
    holder.collect(&next).await;
    stranger.collect(&elsewhere).await;
    assert!(holder.says(&amina.0) && !stranger.says(&amina.0));
    // It stands in the log, and whoever was named may go on from there.
    let filter = api::server::ledger::AuditFilter { subject: Some(amina.0), ..Default::default() };
    let links = server.office.ledger().audit(&filter, None, 10).unwrap();
    let sealing = api::server::audit::What::SealingChanged.code();
    assert_eq!(links.iter().map(|link| link.row.what).collect::<Vec<_>>(), [sealing; 3]);
    assert_eq!(links[0].row.enrolment, None, "by nobody's device");
    enter(&next, vec![instead(holder.get(amina), Field::SEALED_FOR, Value::Nothing)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_revokes_the_device_at_hand_or_lets_themselves_in_again() {
    let server = Server::start().await;
    let administrator = keeper(&server, Role::Administrator, "meteti").await;
    let client = &administrator.client;
    let here = client.order_device(administrator.enrolment, Deed::Revoke).await.unwrap();
    assert_eq!(here.faults, wrong(&[("device", "own")]));
    // A second device of theirs that was lost may be revoked, and is given back by somebody else.
    let user = server.office.ledger().users(&[administrator.user]).unwrap().remove(0);
    let invitation = server
        .office
        .invite(&NewUser {
            id: user.id,
            name: String::new(),
            staff_code: String::new(),
            role: Role::Administrator,
            site: user.site,
            organisation: String::new(),
            team: String::new(),
        })
        .unwrap();
    let lost = Device::enrol(&server.url, &invitation.to_text()).await.unwrap();
    assert!(client.order_device(lost.enrolment, Deed::Revoke).await.unwrap().faults.is_empty());
    for refused in
        [client.order_device(lost.enrolment, Deed::Nothing).await, client.take_over(lost.enrolment).await]
    {
        assert_eq!(refused.unwrap().faults, wrong(&[("device", "own")]));
    }
    let other = keeper(&server, Role::Administrator, "panama").await;
    assert!(other.client.order_device(lost.enrolment, Deed::Nothing).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_nobody_elses_and_no_other_servers() {
    let (server, stranger) = (Server::start().await, Server::start().await);
    let device = named(&server, Role::Caseworker, "meteti", "A").await;
    let neighbour = named(&server, Role::Caseworker, "meteti", "B").await;
    let foreign = named(&stranger, Role::Caseworker, "meteti", "C").await;
    server.office.set_revoked(neighbour.enrolment, true).unwrap();
    stranger.office.set_revoked(foreign.enrolment, true).unwrap();
    let read = |bytes: &[u8]| seal::Order::from_bytes(bytes, &device.server.signing, device.enrolment);
    for (client, token) in [
        (&neighbour.client, &neighbour.enrolled.deposit_token),
        (&foreign.client, &foreign.enrolled.deposit_token),
    ] {
        let order = client.standing(token, report(0, 0)).await.unwrap();
        assert_eq!(read(&order), Err(SealError::WrongSignature));
    }
    assert_eq!(read(b"<html>Welcome to the hotel</html>"), Err(SealError::UnknownVersion));
    let own = device.client.standing(&device.enrolled.deposit_token, report(0, 0)).await.unwrap();
    assert_eq!(read(&own).map(|order| (order.deed, order.serial, order.at)), Ok((Deed::Nothing, 0, 0)));
    let unknown = device.client.standing(&[1; 32], report(0, 0)).await;
    assert_eq!(unknown.unwrap_err(), ApiError::DepositRefused);
    let odd = Report { version: "<script>".into(), ..Report::default() };
    let odd = device.client.standing(&device.enrolled.deposit_token, odd).await;
    assert_eq!(odd.unwrap_err(), ApiError::Malformed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_what_waits_on_a_device_and_since_when() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let device = named(&server, Role::Caseworker, "meteti", "W").await;
    let seen = async || {
        let room = supervisor.staff_room().await.unwrap();
        room.devices.into_iter().find(|seen| seen.enrolment == device.enrolment).unwrap()
    };
    assert_eq!(seen().await.report, None);
    device.standing(report(5, 80)).await.unwrap();
    let told = seen().await;
    let said = told.report.unwrap();
    assert_eq!((said.unsent, said.version.as_str()), (5, "1.2.3"));
    assert_eq!((said.at - said.oldest_at) / 3_600_000, 80);
    assert_eq!(told.heard_at, said.at);
    // The same again a moment later is not written again; something new is.
    device.standing(report(5, 80)).await.unwrap();
    assert_eq!(seen().await.report.unwrap().at, said.at);
    device.standing(report(0, 0)).await.unwrap();
    assert_eq!(seen().await.report.unwrap().unsent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_carries_for_others_is_told_apart_and_apps_of_before_say_nothing_of_it() {
    let server = Server::start().await;
    let supervisor = keeper(&server, Role::Supervisor, "meteti").await;
    let device = named(&server, Role::Caseworker, "meteti", "W").await;
    let seen = async || {
        let room = supervisor.staff_room().await.unwrap();
        let seen = room.devices.into_iter().find(|seen| seen.enrolment == device.enrolment).unwrap();
        seen.report.unwrap()
    };
    device.standing(Report { carried: 7, carried_oldest_hours: 50, ..report(2, 9) }).await.unwrap();
    let said = seen().await;
    let carried = said.carried.unwrap();
    assert_eq!((said.unsent, carried.number), (2, 7));
    assert_eq!((said.at - carried.oldest_at) / 3_600_000, 50);
    // It is news, also within the minutes in which the same is not written again.
    device.standing(report(2, 9)).await.unwrap();
    assert_eq!(seen().await.carried, None);
    // As an app of before says it, without the two figures.
    let read: Report = serde_json::from_str(r#"{"unsent":1,"oldest_hours":2,"version":"0.9"}"#).unwrap();
    assert_eq!((read.unsent, read.carried, read.carried_oldest_hours), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_sites_and_teams_are_added_and_changed_within_ones_operation() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Administrator, "meteti").await;
    let put = async |table: &str, cells: &[(&str, &str)]| device.client.put_place(table, cells).await;
    let faults = async |table: &str, cells: &[(&str, &str)]| put(table, cells).await.unwrap().faults;
    assert_eq!(faults("institutions", &[("code", "OWN"), ("label_es", "Nuestra")]).await, wrong(&[]));
    let site = [("code", "lajas"), ("operation", "PA"), ("name_es", "Lajas Blancas")];
    assert_eq!(faults("sites", &site).await, wrong(&[]));
    let team = [("code", "t1"), ("site", "lajas"), ("organisation", "OWN"), ("label_es", "Equipo 1")];
    assert_eq!(faults("teams", &team).await, wrong(&[]));
    // They count at once, for whoever is invited.
    let asked = StaffDetails {
        organisation: "OWN".into(),
        team: "t1".into(),
        ..details("LB-1", Role::Caseworker, "lajas")
    };
    assert!(device.invite_person(asked.clone()).await.unwrap().faults.is_empty());
    let elsewhere = StaffDetails { site: "meteti".into(), staff_code: "LB-2".into(), ..asked };
    let wrong_team = device.invite_person(elsewhere).await.unwrap().faults;
    assert_eq!((wrong_team.len(), wrong_team[0].field.as_str()), (1, "team"));

    assert_eq!(
        faults("institutions", &[("code", "A B"), ("label_es", "x")]).await,
        wrong(&[("code", "no_code")])
    );
    assert_eq!(faults("institutions", &[("code", "NEW")]).await, wrong(&[("label_es", "missing")]));
    assert_eq!(faults("teams", &[("code", "t2"), ("label_es", "x")]).await, wrong(&[("site", "missing")]));
    let nowhere = [("code", "t2"), ("label_es", "x"), ("site", "nowhere")];
    assert_eq!(faults("teams", &nowhere).await, wrong(&[("site", "unknown")]));
    let abroad = [("code", "far"), ("operation", "CO"), ("name_es", "x")];
    assert_eq!(faults("sites", &abroad).await, wrong(&[("operation", "unknown")]));
    let theirs = [("code", "georgetown"), ("name_es", "Mío")];
    assert_eq!(faults("sites", &theirs).await, wrong(&[("operation", "unknown")]));
    for (table, column) in [("fields", "code"), ("teams", "scope"), ("sites", "admin")] {
        assert_eq!(put(table, &[(column, "x")]).await.unwrap_err(), ApiError::Malformed);
    }
    // Changed: what is not said of a row stays, what is said takes its place.
    assert_eq!(faults("teams", &[("code", "t1"), ("label_en", "Team 1")]).await, wrong(&[]));
    assert_eq!(faults("teams", &[("code", "t1"), ("retired", "1")]).await, wrong(&[]));
    let sheet = std::fs::read_to_string(server.data.join("tables/teams.csv")).unwrap();
    let row = sheet.lines().find(|line| line.contains("t1")).unwrap();
    assert!(["lajas", "OWN", "Equipo 1", "Team 1", "1"].iter().all(|cell| row.contains(cell)), "{row}");
}
