//! What is refused of a referral for good, and what only seems to be wrong: consents taken back elsewhere and late, desks
//! that nobody is at, numbers that are taken, colleagues who were faster, and people who move.

mod desks;
mod markers;
mod office;

use api::server::client::Device;
use desks::*;
use domain::elsewhere::Wanted;
use domain::service::{Referral, Status};
use domain::{Change, Entry, Field, Kind, Record, RecordId, Role, Value};
use office::*;
use seal::Verdict;
use seal::elsewhere::{Ground, Question};

const AGREED: Field = Field::CONSENT_DECISION;

/// What ONPAR sends back to HIAS of what it was told, resting on nothing else.
fn back(first: RecordId) -> Change {
    let mut values = sent("HIAS", "hias_meteti", "ONPAR", &items());
    values.push((Field::REFERRAL_PARENT, Value::Ref(first)));
    change(record_id(), Kind::REFERRAL, &values)
}

fn with(mut values: Vec<(Field, Value)>, field: Field, value: Value) -> Vec<(Field, Value)> {
    values.retain(|(other, _)| *other != field);
    values.push((field, value));
    values
}

/// States something at a time by the clock of whoever does.
async fn enter_at(device: &Device, at: u64, changes: Vec<Change>) {
    let entry = Entry { at, ..entry(device, changes) };
    let receipts = device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
    assert!(receipts.items.iter().all(|item| item.verdict == Verdict::Accepted), "{receipts:?}");
}

fn now() -> u64 {
    api::server::now_ms()
}

fn take_back(consent: RecordId) -> Vec<Change> {
    vec![change(consent, Kind::CONSENT, &[(AGREED, text("withdrawn"))])]
}

fn put_desks(server: &Server, text: &str) {
    api::server::tables::Cabinet::of(&server.data).put("desks", text).unwrap();
}

fn set_received(server: &Server, ago: u64) {
    let database = crate::office::beside(&server.data);
    let at = i64::try_from(now() - ago).unwrap();
    database.execute("UPDATE envelopes SET received_at = $1 WHERE state = 2", [at]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_back_once_the_consent_of_what_it_answers_was_taken_back_and_what_went_back_falls_with_it()
 {
    let story = Story::begin().await;
    // By its own consent, and by another one of hers for the same institution, recorded since.
    for by_another in [false, true] {
        let (first, other) = (story.referred().await, story.referred().await);
        let went = back(first);
        let id = went.record;
        enter(&story.focal, vec![went]).await;
        let mut hias = Told::of(&story.hias).await;
        assert!(hias.holder.get(id).shown(Field::REFERRAL_SHARED).is_some());
        if by_another {
            let again = [&story.agreed()[..2], &[(AGREED, text("withdrawn"))]].concat();
            enter(&story.counsellor, vec![change(record_id(), Kind::CONSENT, &again)]).await;
        } else {
            story.takes(&story.counsellor, story.consent, &[(AGREED, "withdrawn")]).await;
        }
        // The status of the first says nothing of it.
        assert_eq!(Referral::of(&story.held(&story.hias, first).await).unwrap().status(), Status::Sent);
        hias.collect(&story.hias).await;
        let focal = Told::of(&story.focal).await;
        assert!(focal.holds().is_empty() && hias.holder.evicted.contains(&id));
        for parent in [first, other] {
            assert_eq!(state(&story.focal, vec![back(parent)]).await, parked("consent_withdrawn"));
        }
        if !by_another {
            // She agrees again, later.
            let yes = [(AGREED, "yes")];
            story.takes(&story.counsellor, story.consent, &yes).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_before_she_agreed_and_arrives_late_takes_nothing_back() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let old = [&story.agreed()[..2], &[(AGREED, text("withdrawn"))]].concat();
    let hour = 60 * 60 * 1000;
    enter_at(&story.counsellor, now() - hour, vec![change(record_id(), Kind::CONSENT, &old)]).await;
    let mut desk = Told::of(&story.desk).await;
    assert_eq!(desk.holds(), shared());
    story.takes(&story.desk, id, &[status(Status::Accepted)]).await;
    // What is taken back since does.
    enter_at(&story.counsellor, now() + hour, vec![change(record_id(), Kind::CONSENT, &old)]).await;
    desk.collect(&story.desk).await;
    assert!(desk.holds().is_empty());
    // The desk says that it has read of it, though the referral itself says nothing.
    assert_eq!(Referral::of(&story.held(&story.hias, id).await).unwrap().status(), Status::Accepted);
    story.takes(&story.desk, id, &[(Field::REFERRAL_WITHDRAWN_SEEN, "2026-11-22T09:00")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_consent_back_ends_what_rests_on_it_at_any_time_and_nothing_else() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let done =
        [&[status(Status::Accepted)][..], &[status(Status::Closed), (Field::REFERRAL_OUTCOME, "served")]];
    for said in done {
        story.takes(&story.desk, id, said).await;
    }
    let unrelated = [
        (Field::OWNER, Value::Ref(story.mother)),
        (Field::CONSENT_PURPOSE, text("share_unhcr")),
        (AGREED, text("withdrawn")),
    ];
    let cancels = instead(&story.held(&story.hias, id).await, Field::REFERRAL_STATUS, text("cancelled"));
    let unrelated = change(record_id(), Kind::CONSENT, &unrelated);
    assert_eq!(state(&story.hias, vec![unrelated, cancels.clone()]).await, parked("step_not_allowed"));
    let both = [take_back(story.consent), vec![cancels]].concat();
    assert_eq!(state(&story.hias, both).await, ACCEPTED());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_desk_of_another_operation_or_to_one_that_is_gone() {
    let story = Story::begin().await;
    let officer = story.server.device_of(Role::BorderOfficer, "georgetown", "SNM").await;
    let slip = |to: &str, desk: &str| {
        let values = sent(to, desk, "SNM", &items());
        let values = with(values, Field::REFERRAL_CONSENT_STATE, text("yes"));
        change(record_id(), Kind::REFERRAL, &with(values, Field::REFERRAL_CONSENT_FORM, text("spoken")))
    };
    assert_eq!(state(&officer, vec![slip("ONPAR", "onpar_panama")]).await, parked("step_lacks"));
    // One that is of every site has people there too.
    enter(&officer, vec![slip("UNICEF", "unicef_panama")]).await;

    let sends = || vec![hanging(Kind::REFERRAL, story.mother, &story.sent())];
    for (last, retired, outcome) in [
        ("2000-01-01", "", parked("step_lacks")),
        ("2000-01-01", "0", parked("step_lacks")),
        ("", "1", parked("step_lacks")),
        ("2999-01-01", "0", ACCEPTED()),
    ] {
        let row =
            format!("code,institution,site,valid_to,retired\nonpar_panama,ONPAR,panama,{last},{retired}\n");
        put_desks(&story.server, &row);
        assert_eq!(state(&story.hias, sends()).await, outcome, "{last} {retired}");
    }
    // What was sent before its last day is answered after it.
    let id = story.referred().await;
    put_desks(&story.server, "code,institution,site,retired\nonpar_panama,ONPAR,panama,1\n");
    story.takes(&story.desk, id, &[status(Status::Accepted)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_refused_stays_refused_whatever_changes_and_what_may_wait_waits_a_day() {
    let story = Story::begin().await;
    let grounds =
        [(Field::REFERRAL_OVERRIDE, text("legal_duty")), (Field::REFERRAL_OVERRIDE_NOTE, text("Así"))];
    let without = [&sent("ONPAR", "onpar_panama", "HIAS", &items())[..], &grounds[..]].concat();
    let without = hanging(Kind::REFERRAL, story.mother, &without);
    assert_eq!(state(&story.hias, vec![without.clone()]).await, parked("may_not_override"));
    // They may now; what they were told stays so.
    story.server.office.set_user(story.hias.user, Role::Counsellor, "meteti", false).unwrap();
    assert_eq!(
        (story.server.office.rejudge().unwrap(), story.server.office.judge_at_start().unwrap()),
        (0, 0)
    );

    let agrees = |to: &str| {
        let values = [
            (Field::OWNER, Value::Ref(story.mother)),
            (Field::CONSENT_PURPOSE, text("referral")),
            (Field::CONSENT_ORGANISATION, text(to)),
            (AGREED, text("yes")),
        ];
        change(record_id(), Kind::CONSENT, &values)
    };
    for (to, desk, ago, entered) in [("UNHCR", "unhcr_panama", 23, 1), ("NRC", "nrc_panama", 25, 0)] {
        let consent = agrees(to);
        let mut values = sent(to, desk, "HIAS", &items());
        values.push((Field::REFERRAL_CONSENT, Value::Ref(consent.record)));
        let waits = hanging(Kind::REFERRAL, story.mother, &values);
        assert_eq!(state(&story.counsellor, vec![waits]).await, parked("no_consent"));
        enter(&story.hias, vec![consent]).await;
        set_received(&story.server, ago * 60 * 60 * 1000);
        assert_eq!(story.server.office.rejudge().unwrap(), entered, "{to}");
        assert_eq!(story.server.office.judge_at_start().unwrap(), 0, "{to}");
    }
    assert!(Told::of(&story.desk).await.holder.held.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_of_two_who_accept_does_not_end_it_and_to_have_read_it_late_is_no_fault() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let (desk, focal) = (Holder::of(&story.desk).await, Holder::of(&story.focal).await);
    enter(&story.focal, vec![instead(focal.get(id), Field::REFERRAL_STATUS, text("accepted"))]).await;
    // What the other one stated without a line: each goes on from their own before.
    let mut theirs: Record = desk.get(id).clone();
    for said in [
        vec![(Field::REFERRAL_STATUS, text("accepted"))],
        vec![(Field::REFERRAL_STATUS, text("in_progress"))],
        vec![(Field::REFERRAL_STATUS, text("closed")), (Field::REFERRAL_OUTCOME, text("served"))],
    ] {
        let made = entry(&story.desk, vec![theirs.change(said).unwrap()]);
        theirs.apply(&made);
        let receipts = story.desk.deliver(vec![story.desk.seal(&made).unwrap()]).await.unwrap();
        assert_eq!(receipts.items[0].reason, "step_taken");
    }
    assert_eq!(Referral::of(&story.held(&story.hias, id).await).unwrap().status(), Status::Accepted);
    // A tablet says by itself that it was opened.
    let read = instead(desk.get(id), Field::REFERRAL_STATUS, text("received"));
    assert_eq!(state(&story.desk, vec![read]).await, ACCEPTED());
    for device in [&story.hias, &story.desk, &story.focal] {
        let status = Referral::of(&story.held(device, id).await).unwrap().status();
        assert_eq!(status, Status::Accepted);
    }
    // It does not put back what stands, and whoever was first goes on from what they said.
    let puts_back = instead(&story.held(&story.desk, id).await, Field::REFERRAL_STATUS, text("received"));
    assert_eq!(state(&story.desk, vec![puts_back]).await, parked("step_not_allowed"));
    story.takes(&story.focal, id, &[status(Status::Closed), (Field::REFERRAL_OUTCOME, "served")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_has_a_number_of_its_own_and_who_opens_a_family_of_others_is_told_no_code() {
    let story = Story::begin().await;
    let sent = story.sent();
    let number = sent.iter().find(|(field, _)| *field == Field::REFERRAL_REF).unwrap().1.clone();
    let referral = hanging(Kind::REFERRAL, story.mother, &sent);
    let id = referral.record;
    // A draft takes no number from anybody.
    let draft = [(Field::REFERRAL_STATUS, text("draft")), (Field::REFERRAL_REF, number.clone())];
    enter(&story.hias, vec![hanging(Kind::REFERRAL, story.mother, &draft)]).await;
    enter(&story.hias, vec![referral]).await;
    let twice = hanging(Kind::REFERRAL, story.mother, &with(story.sent(), Field::REFERRAL_REF, number));
    assert_eq!(state(&story.hias, vec![twice]).await, parked("step_lacks"));

    let neighbour = story.server.device_of(Role::Counsellor, "panama", "NRC").await;
    let wanted =
        Wanted { names: format!("{} {}", SHARED[0], KEPT[0]), year: Some(1991), number: String::new() };
    let found = neighbour.ask_elsewhere(&Question::Exists(wanted)).await.unwrap();
    let seal::elsewhere::Told::Found(found) = found else { panic!("{found:?}") };
    let (handle, reason) = (found.people[0].handle.clone(), "Está en el hospital con su hijo".to_owned());
    neighbour.ask_elsewhere(&Question::BreakGlass { handle, ground: Ground::Life, reason }).await.unwrap();
    let opened = Holder::of(&neighbour).await;
    let opened = opened.get(id);
    assert!(opened.shown(Field::REFERRAL_TO).is_some());
    for field in [Field::REFERRAL_CODE, Field::REFERRAL_SHARED] {
        assert!(opened.known(field).next().is_none(), "{field:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_hangs_where_it_did_but_goes_along_when_its_family_goes_into_another() {
    let story = Story::begin().await;
    let other = register(&story.hias, "meteti", &["Amina"]).await;
    let agreed = with(story.agreed().to_vec(), Field::OWNER, Value::Ref(story.group));
    let consent = change(record_id(), Kind::CONSENT, &agreed);
    let values = with(story.sent(), Field::REFERRAL_CONSENT, Value::Ref(consent.record));
    let referral = hanging(Kind::REFERRAL, story.group, &values);
    let id = referral.record;
    enter(&story.hias, vec![consent]).await;
    enter(&story.hias, vec![referral]).await;
    let there = *other.iter().find(|it| is_group(&story, **it)).unwrap();
    for owner in [story.mother, there] {
        let moved = instead(&story.held(&story.hias, id).await, Field::OWNER, Value::Ref(owner));
        assert_eq!(state(&story.hias, vec![moved]).await, parked("shared_otherwise"));
    }
    let moved = instead(&story.held(&story.hias, id).await, Field::OWNER, Value::Ref(there));
    let gone = change(story.group, Kind::GROUP, &[(Field::MERGED_INTO, Value::Ref(there))]);
    enter(&story.hias, vec![gone, moved]).await;
    assert_eq!(Told::of(&story.desk).await.holds(), shared());
}

fn is_group(story: &Story, id: RecordId) -> bool {
    let database = crate::office::beside(&story.server.data);
    let kind = "SELECT kind FROM records WHERE id = $1";
    database.query_row(kind, [id.0], |row| row.get::<_, u16>(0)).unwrap() == Kind::GROUP.0
}
