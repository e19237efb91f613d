//! Where what was sent to a desk goes when people, desks and records move, when what was opened is closed again, when it
//! is referred on, and when it is taken back; and what the log says of what was sent without consent.

mod desks;
mod markers;
mod office;

use api::server::client::Device;
use desks::*;
use domain::elsewhere::Wanted;
use domain::service::Status;
use domain::{Change, Field, Kind, RecordId, Role, Value};
use office::*;
use seal::AuditQuery;
use seal::elsewhere::{Ground, Question};

/// An organisation to which the tables give no desk.
const NO_DESK: &str = "MIDES";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_desk_or_organisation_holds_what_is_for_them_there_and_the_tables_say_where_a_desk_is()
 {
    let story = Story::begin().await;
    let id = story.referred().await;
    let mut told = Told::of(&story.desk).await;
    assert_eq!(told.holder.ids(), set(&[id]));
    let server = &story.server;
    server.office.set_user(story.desk.user, Role::Caseworker, "meteti", false).unwrap();
    told.collect(&story.desk).await;
    assert_eq!((told.holder.evicted.clone(), told.holder.held.len()), (set(&[id]), 0));
    server.office.set_user(story.desk.user, Role::Caseworker, "panama", false).unwrap();
    told.collect(&story.desk).await;
    assert_eq!(told.holder.ids(), set(&[id]));
    server.office.set_user(story.desk.user, Role::Verifier, "panama", false).unwrap();
    told.collect(&story.desk).await;
    assert_eq!((told.holder.evicted.clone(), told.holder.held.len()), (set(&[id]), 0));

    // The desk moves to Metetí: it leaves one and comes to the other.
    let (mut here, mut there) = (Told::of(&story.focal).await, Told::of(&story.elsewhere).await);
    assert_eq!((here.holder.held.len(), there.holder.held.len()), (1, 0));
    put_desks(server, "code,institution,site\nonpar_panama,ONPAR,meteti\n");
    here.collect(&story.focal).await;
    there.collect(&story.elsewhere).await;
    assert_eq!((here.holder.evicted.clone(), here.holder.held.len()), (set(&[id]), 0));
    assert_eq!((there.holder.ids(), there.told()), (set(&[id]), shared()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_record_after_a_hand_over_may_take_it_back_and_the_desk_keeps_it_till_then() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let mut told = Told::of(&story.desk).await;
    let theirs = story.server.device_of(Role::Counsellor, "panama", "NRC").await;
    let handed = [(Field::OWNER_ORG, text("NRC"))];
    enter(&story.hias, vec![change(story.group, Kind::GROUP, &handed)]).await;
    told.collect(&story.desk).await;
    assert_eq!((told.holder.ids(), told.holds(), told.holder.evicted.len()), (set(&[id]), shared(), 0));
    let cancels = [change(id, Kind::REFERRAL, &[(Field::REFERRAL_STATUS, text("cancelled"))])];
    assert_eq!(state(&story.hias, cancels.to_vec()).await, parked("out_of_reach"));
    story.takes(&theirs, id, &[status(Status::Cancelled)]).await;
    told.collect(&story.desk).await;
    assert!(told.holds().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_of_others_and_is_closed_again_leaves_what_was_sent_to_the_desk() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let mut told = Told::of(&story.desk).await;
    let wanted =
        Wanted { names: format!("{} {}", SHARED[0], KEPT[0]), year: Some(1991), number: String::new() };
    let found = story.desk.ask_elsewhere(&Question::Exists(wanted)).await.unwrap();
    let seal::elsewhere::Told::Found(found) = found else { panic!("{found:?}") };
    let (handle, reason) = (found.people[0].handle.clone(), "Está en el hospital con su hijo".to_owned());
    let opened = Question::BreakGlass { handle, ground: Ground::Life, reason };
    story.desk.ask_elsewhere(&opened).await.unwrap();
    told.collect(&story.desk).await;
    assert!(told.holder.held.len() > 4 && told.holder.get(id).shown(Field::OWNER).is_some());
    let database = crate::office::beside(&story.server.data);
    database.execute("UPDATE grants SET from_at = 1, until_at = 2", []).unwrap();
    told.collect(&story.desk).await;
    assert_eq!((told.holder.ids(), told.holds()), (set(&[id]), shared()));
    assert!(told.holder.get(id).shown(Field::OWNER).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_is_given_its_first_desk_collects_nothing_anew_and_receives_from_then_on() {
    let story = Story::begin().await;
    let server = &story.server;
    let here = server.device_of(Role::Caseworker, "panama", NO_DESK).await;
    let there = server.device_of(Role::Caseworker, "meteti", NO_DESK).await;
    let ids = register(&here, "panama", &["Amina", "Omar"]).await;
    let (mut at_desk, mut aside) = (Told::of(&here).await, Told::of(&there).await);
    put_desks(server, &first_desk("panama"));
    for (told, device) in [(&mut at_desk, &here), (&mut aside, &there)] {
        told.collect(device).await;
        assert_eq!((told.holder.came.len(), told.holder.evicted.len()), (0, 0));
        assert_eq!(told.holder.ids(), set(&ids));
    }
    let mut values = sent(NO_DESK, "first", "HIAS", &items());
    values.extend([
        (Field::REFERRAL_OVERRIDE, text("legal_duty")),
        (Field::REFERRAL_OVERRIDE_NOTE, text("Lo manda la ley")),
    ]);
    let referral = hanging(Kind::REFERRAL, story.mother, &values);
    let id = referral.record;
    enter(&story.counsellor, vec![referral]).await;
    at_desk.collect(&here).await;
    aside.collect(&there).await;
    assert_eq!((at_desk.holder.came.clone(), at_desk.told()), (set(&[id]), shared()));
    assert!(aside.holder.came.is_empty() && !aside.names(id));
    // With the cursor lost, and the desk moved meanwhile, it is dropped all the same.
    put_desks(server, &first_desk("meteti"));
    at_desk.holder.cursor.clear();
    at_desk.collect(&here).await;
    assert_eq!(at_desk.holder.ids(), set(&ids));
    aside.collect(&there).await;
    assert!(aside.names(id));
}

/// A referral of nobody's record, with what was agreed noted in it.
fn on_the_slip(to: (&str, &str), from: &str, other: &[(Field, Value)]) -> Change {
    let mut values = sent(to.0, to.1, from, &items());
    values.extend([
        (Field::REFERRAL_CONSENT_STATE, text("yes")),
        (Field::REFERRAL_CONSENT_FORM, text("spoken")),
    ]);
    values.retain(|(field, _)| other.iter().all(|(known, _)| known != field));
    values.extend(other.iter().filter(|(_, value)| *value != Value::Nothing).cloned());
    change(record_id(), Kind::REFERRAL, &values)
}

const TO_HIAS: (&str, &str) = ("HIAS", "hias_meteti");
const TO_UNHCR: (&str, &str) = ("UNHCR", "unhcr_panama");

/// What they are handed who held it, and whoever begins anew: nothing of the person, in no answer's bytes.
async fn holds_nothing_of_the_person(told: &mut Told, device: &Device, id: RecordId) {
    let raw = told.collect(device).await;
    assert!(words(&raw).is_empty() && told.holds().is_empty());
    assert!(told.holder.evicted.contains(&id) && told.holder.held.contains_key(&id));
    let anew = Told::of(device).await;
    assert!(anew.told().is_empty() && anew.holder.held.contains_key(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_no_record_and_began_a_referral_loses_what_it_shared_once_it_is_taken_back() {
    let story = Story::begin().await;
    let officer = story.server.device_of(Role::BorderOfficer, "meteti", "SNM").await;
    for (device, from) in [(&officer, "SNM"), (&story.focal, "ONPAR")] {
        for taken_back in [status(Status::Cancelled), (Field::REFERRAL_CONSENT_STATE, "withdrawn")] {
            let begun = on_the_slip(TO_HIAS, from, &[]);
            let id = begun.record;
            enter(device, vec![begun]).await;
            let (mut mine, mut theirs) = (Told::of(device).await, Told::of(&story.hias).await);
            assert!(mine.told().is_superset(&shared()) && theirs.told().is_superset(&shared()));
            story.takes(device, id, &[taken_back]).await;
            holds_nothing_of_the_person(&mut mine, device, id).await;
            theirs.collect(&story.hias).await;
            assert!(words(&minicbor::to_vec(theirs.holder.get(id)).unwrap()).is_empty());
        }
    }
    // Nor what went back, once the person takes back what the first one rests on.
    let first = story.referred().await;
    let parent = [
        (Field::REFERRAL_PARENT, Value::Ref(first)),
        (Field::REFERRAL_CONSENT_STATE, Value::Nothing),
        (Field::REFERRAL_CONSENT_FORM, Value::Nothing),
    ];
    let back = on_the_slip(TO_HIAS, "ONPAR", &parent);
    let id = back.record;
    enter(&story.focal, vec![back]).await;
    let mut mine = Told::of(&story.focal).await;
    assert!(words(&minicbor::to_vec(mine.holder.get(id)).unwrap()).is_superset(&shared()));
    story.takes(&story.counsellor, story.consent, &[(Field::CONSENT_DECISION, "withdrawn")]).await;
    holds_nothing_of_the_person(&mut mine, &story.focal, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_received_a_referral_refers_on_what_it_says_with_the_consent_noted_in_it() {
    let story = Story::begin().await;
    let first = story.referred().await;
    let counsellor = story.server.device_of(Role::Counsellor, "panama", "ONPAR").await;
    let third = story.server.device_of(Role::ReferralFocalPoint, "panama", "UNHCR").await;
    story.takes(&counsellor, first, &[status(Status::Accepted)]).await;
    let parent = (Field::REFERRAL_PARENT, Value::Ref(first));
    let onward = |from: &str, other: &[(Field, Value)]| {
        on_the_slip(TO_UNHCR, from, &[std::slice::from_ref(&parent), other].concat())
    };
    let nothing = |field| (field, Value::Nothing);
    let more = sent("UNHCR", "unhcr_panama", "ONPAR", &[(Field::SURNAME1, KEPT[0])]);
    let of_more = [Field::REFERRAL_SHARED, Field::REFERRAL_FIELDS_SHARED];
    let more: Vec<_> = more.into_iter().filter(|(field, _)| of_more.contains(field)).collect();
    for (what, device, referral) in [
        ("names no parent", &counsellor, on_the_slip(TO_UNHCR, "ONPAR", &[])),
        ("says more than it was told", &counsellor, onward("ONPAR", &more)),
        ("nobody agreed", &counsellor, onward("ONPAR", &[nothing(Field::REFERRAL_CONSENT_STATE)])),
        ("nobody says how", &counsellor, onward("ONPAR", &[nothing(Field::REFERRAL_CONSENT_FORM)])),
        ("by who sent it", &story.counsellor, onward("HIAS", &[])),
    ] {
        assert_eq!(state(device, vec![referral]).await, parked("no_consent"), "{what}");
    }
    assert!(Told::of(&third).await.holder.held.is_empty());
    for device in [&counsellor, &story.desk] {
        let referral = onward("ONPAR", &[]);
        let id = referral.record;
        enter(device, vec![referral]).await;
        let told = Told::of(&third).await;
        assert_eq!((told.holder.ids().contains(&id), told.told()), (true, shared()));
    }
    // Of what was taken back they tell nobody.
    story.takes(&story.counsellor, story.consent, &[(Field::CONSENT_DECISION, "withdrawn")]).await;
    story.takes(&story.hias, first, &[status(Status::Cancelled)]).await;
    assert_eq!(state(&counsellor, vec![onward("ONPAR", &[])]).await, parked("consent_withdrawn"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_without_consent_stands_in_the_log_once_with_its_ground_and_no_word_more() {
    let story = Story::begin().await;
    let auditor = story.server.device(Role::Auditor, "meteti").await;
    let grounds =
        [(Field::REFERRAL_OVERRIDE, text("life_at_risk")), (Field::REFERRAL_OVERRIDE_NOTE, text(KEPT[6]))];
    // Each has a number of its own.
    let values = || [&sent("ONPAR", "onpar_panama", "HIAS", &items())[..], &grounds[..]].concat();
    let without = hanging(Kind::REFERRAL, story.mother, &values());
    let id = without.record;
    // Neither who may not, nor what is only written, nor what rests on a consent after all.
    let refused = hanging(Kind::REFERRAL, story.mother, &values());
    assert_eq!(state(&story.hias, vec![refused]).await, parked("may_not_override"));
    let draft = with_status(&values(), "draft");
    enter(&story.counsellor, vec![hanging(Kind::REFERRAL, story.mother, &draft)]).await;
    let agreed = [&story.sent()[..], &grounds[..]].concat();
    enter(&story.counsellor, vec![hanging(Kind::REFERRAL, story.mother, &agreed)]).await;
    story.referred().await;
    enter(&story.counsellor, vec![without]).await;
    story.server.office.rejudge().unwrap();
    let page = auditor.audit(&AuditQuery::default(), None, 200).await.unwrap();
    let lines: Vec<_> = page.lines.iter().filter(|line| line.key == "sent_without_consent").collect();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.user, line.subject.map(|id| *id)), (Some(story.counsellor.user), Some(id.0)));
    assert_eq!((line.reason.as_str(), line.words.as_str()), ("life_at_risk", ""));
}

fn with_status(values: &[(Field, Value)], status: &str) -> Vec<(Field, Value)> {
    let other = values.iter().filter(|(field, _)| *field != Field::REFERRAL_STATUS).cloned();
    other.chain([(Field::REFERRAL_STATUS, text(status))]).collect()
}

fn put_desks(server: &Server, text: &str) {
    let cabinet = api::server::tables::Cabinet::of(&server.data);
    cabinet.put("desks", text).unwrap();
}

/// A table with a desk of it at a site.
fn first_desk(site: &str) -> String {
    let columns = "code,institution,site,label_es,sectors,languages,answers";
    format!("{columns}\nfirst,{NO_DESK},{site},MIDES,rsd,es,account\n")
}
