//! Logging a session, correcting it, counting it.

use super::*;
use crate::entry::{Change, Entry};
use crate::field::Field;
use crate::id::{EnrolmentId, EntryId, UserId, hex};
use crate::note::NoteDraft;
use crate::record::Record;
use crate::rules::trial::lists;
use crate::service::brief::minutes_of;
use crate::value::Value;
use crate::{CaseDraft, DateText};
use proptest::prelude::*;

const PERSON: RecordId = RecordId([1; 16]);
const OTHER: RecordId = RecordId([2; 16]);
const SESSION: RecordId = RecordId([7; 16]);
const TODAY: time::Date = time::macros::date!(2026 - 11 - 22);

fn now() -> i64 {
    minutes_of("2026-11-22T12:00").unwrap()
}

fn blank(owner: Option<RecordId>) -> SessionDraft {
    SessionDraft::new(SESSION, EntryId([8; 16]), owner, "2026-11-22T10:42".into())
}

/// A session with a person that says all that is needed.
fn plain() -> SessionDraft {
    let mut draft = blank(Some(PERSON));
    draft.topics = vec!["reception".into()];
    draft.outcomes = vec!["info_given".into()];
    draft.mode = "office".into();
    draft
}

fn day(text: &str) -> DateText {
    let mut parts = text.split('-').map(str::to_owned);
    let (year, month, day) = (parts.next().unwrap(), parts.next(), parts.next());
    DateText { year, month: month.unwrap_or_default(), day: day.unwrap_or_default(), ..DateText::default() }
}

fn full() -> SessionDraft {
    let mut draft = plain();
    draft.people = vec![OTHER, PERSON, OTHER];
    draft.heads = " 3 ".into();
    draft.topics = vec!["reception".into(), "gbv".into(), "housing".into(), "psychosocial".into()];
    draft.outcomes = vec!["referred".into(), "safety_plan".into()];
    draft.site = "meteti".into();
    draft.language = "hat".into();
    draft.interpreter = true;
    draft.minutes = "45".into();
    draft.next_step = "Llamar".into();
    draft.follow_up = day("2026-11-29");
    draft.follows = Some(RecordId([5; 16]));
    draft.narrative =
        Some(NoteDraft { text: "Ñu".into(), ..NoteDraft::new(OTHER, RecordId([9; 16]), EntryId([0; 16])) });
    draft
}

fn record(changes: &[Change]) -> Record {
    let mut record = Record::new(changes[0].record, Kind::SESSION);
    let (id, author, enrolment) = (EntryId([8; 16]), UserId([3; 16]), EnrolmentId([4; 16]));
    record.apply(&Entry { id, author, enrolment, at: 1_790_000_000_000, changes: changes.to_vec() });
    record
}

fn text(record: &Record, field: Field) -> &str {
    record.value(field).and_then(Value::as_text).unwrap_or_default()
}

#[test]
fn what_is_wrong_is_said_all_at_once_beside_its_field() {
    use SessionFault::*;
    type Spoil = fn(&mut SessionDraft);
    let table: &[(Spoil, &[SessionFault])] = &[
        (|_| {}, &[]),
        (|it| it.owner = None, &[Nobody]),
        (
            |it| {
                it.owner = None;
                it.heads = "0".into()
            },
            &[Nobody],
        ),
        (
            |it| {
                it.owner = None;
                it.heads = "1".into()
            },
            &[],
        ),
        (
            |it| {
                it.owner = None;
                it.people = vec![OTHER]
            },
            &[],
        ),
        (
            |it| {
                it.owner = None;
                it.heads = "uno".into()
            },
            &[Heads],
        ),
        (|it| it.heads = "2000".into(), &[]),
        (|it| it.heads = "2001".into(), &[Heads]),
        (|it| it.heads = "-1".into(), &[Heads]),
        (|it| it.people = (0..=u8::MAX).map(|at| RecordId([at; 16])).collect(), &[]),
        (
            |it| it.people = (0..=256_u16).map(|at| RecordId(u128::from(at).to_be_bytes())).collect(),
            &[TooManyPeople],
        ),
        (|it| it.topics.clear(), &[NoTopic]),
        (|it| it.outcomes.clear(), &[NoOutcome]),
        (|it| it.mode.clear(), &[NoMode]),
        (|it| it.minutes = "0".into(), &[Minutes]),
        (|it| it.minutes = "1".into(), &[]),
        (|it| it.minutes = "600".into(), &[]),
        (|it| it.minutes = "601".into(), &[Minutes]),
        (|it| it.minutes = "media hora".into(), &[Minutes]),
        (|it| it.date.clear(), &[NoDate]),
        (|it| it.date = "2026-02-30T10:00".into(), &[NoDate]),
        (|it| it.date = "2026-11-22T12:00".into(), &[]),
        (|it| it.date = "2026-11-22T12:01".into(), &[DateToCome]),
        (|it| it.date = "2025-01-01T08:00".into(), &[]),
        (|it| it.next_step = "ñ".repeat(STEP_LIMIT), &[]),
        (|it| it.next_step = "ñ".repeat(STEP_LIMIT + 1), &[NextStep]),
        (|it| it.follow_up = day("2026-11-22"), &[]),
        (|it| it.follow_up = day("2026-11-21"), &[FollowUpTooSoon]),
        (|it| it.follow_up = day("2026-11-31"), &[FollowUp]),
        (|it| it.follow_up = day("2026-12"), &[FollowUp]),
        (|it| it.follow_up.day = "3".into(), &[FollowUp]),
        (|it| it.narrative = full().narrative, &[]),
        (
            |it| {
                it.narrative =
                    full().narrative.map(|note| NoteDraft { text: "a".repeat(32 * 1024 + 1), ..note })
            },
            &[Narrative],
        ),
    ];
    for (row, (spoil, wanted)) in table.iter().enumerate() {
        let mut draft = plain();
        spoil(&mut draft);
        assert_eq!(draft.faults(now()), *wanted, "row {row}");
        assert_eq!(draft.change(lists(), now()).is_ok(), wanted.is_empty(), "row {row}");
    }
    let mut draft = blank(None);
    draft.minutes = "x".into();
    assert_eq!(draft.faults(now()), [Nobody, NoTopic, NoOutcome, NoMode, Minutes]);
    let fields: BTreeSet<Field> = SessionFault::ALL.iter().map(|fault| fault.field()).collect();
    assert_eq!(fields.len(), 10);
}

#[test]
fn a_session_says_everything_once_and_its_closest_topic_says_who_may_know_of_it() {
    let record = record(&[full().change(lists(), now()).unwrap()]);
    assert_eq!(text(&record, Field::SESSION_TYPE), "gbv");
    let codes = |field| record.value(field).and_then(Value::as_codes).unwrap().to_vec();
    assert_eq!(codes(Field::SESSION_TOPICS), ["reception", "housing", "psychosocial"]);
    assert_eq!(codes(Field::SESSION_PEOPLE), [PERSON, OTHER].map(|id| id.to_string()));
    assert_eq!(text(&record, Field::SESSION_FORM), "family");
    assert_eq!(text(&record, Field::SESSION_FOLLOW_UP_ON), "2026-11-29");
    assert_eq!(record.value(Field::SESSION_HEADS), Some(&Value::Int(3)));
    assert_eq!(record.value(Field::SESSION_MINUTES), Some(&Value::Int(45)));
    assert_eq!(record.value(Field::SESSION_NARRATIVE), Some(&Value::Ref(RecordId([9; 16]))));
    assert_eq!(record.value(Field::OWNER), Some(&Value::Ref(PERSON)));
    // Its narrative hangs on whom the session was held with, whatever the draft said, and is a narrative.
    let note = full().note().unwrap();
    assert_eq!((note.owner, note.topic.as_str()), (PERSON, "counselling"));
    // What nobody said is not stated.
    let plain = plain().change(lists(), now()).unwrap();
    let stated: Vec<Field> = plain.ops.iter().map(|op| op.field).collect();
    assert!(!stated.contains(&Field::SESSION_MINUTES) && !stated.contains(&Field::SESSION_INTERPRETER));
    assert!(plain.ops.iter().all(|op| op.value != Value::Nothing && op.replaces.is_empty()));
}

#[test]
fn a_group_session_hangs_on_nobody_and_holds_no_narrative() {
    let mut draft = full();
    draft.owner = None;
    let change = draft.change(lists(), now()).unwrap();
    assert!(change.ops.iter().all(|op| op.field != Field::OWNER && op.field != Field::SESSION_NARRATIVE));
    let record = record(&[change]);
    assert_eq!(text(&record, Field::SESSION_FORM), "group");
    let brief = Brief::of(&record).unwrap();
    assert_eq!((brief.owner, attendance(&brief)), (None, 5));
    // The next of a series can be planned like any other follow-up.
    assert_eq!(brief.due, minutes_of("2026-11-29").unwrap());
}

#[test]
fn a_correction_says_all_anew_and_names_what_it_corrects() {
    let original = record(&[full().change(lists(), now()).unwrap()]);
    let (id, entry) = (RecordId([17; 16]), EntryId([18; 16]));
    let draft = SessionDraft::amending(&original, id, entry, TODAY).unwrap();
    assert!(!draft.is_empty() && draft.faults(now()).is_empty());
    let change = draft.change(lists(), now()).unwrap();
    assert_eq!((change.record, change.kind), (id, Kind::SESSION));
    let corrected = record_of(&change);
    assert_eq!(corrected.value(Field::AMENDS), Some(&Value::Ref(SESSION)));
    for field in original.fields() {
        assert_eq!(corrected.values(field), original.values(field), "{field:?}");
    }
    assert!(SessionDraft::amending(&Record::new(id, Kind::NEED), id, entry, TODAY).is_none());
}

fn record_of(change: &Change) -> Record {
    record(core::slice::from_ref(change))
}

/// Drafts lie on tablets: this sample is never edited.
#[test]
fn a_kept_draft_is_read() {
    let kept = concat!(
        "b10050070707070707070707070707070707070150080808080808080808080808080808080250010101010101",
        "010101010101010101010383500202020202020202020202020202020250010101010101010101010101010101",
        "0150020202020202020202020202020202020463203320058469726563657074696f6e6367627667686f757369",
        "6e676c70737963686f736f6369616c06666f666669636507666d6574657469086368617409f50a6234350b7032",
        "3032362d31312d32325431303a34320c826872656665727265646b7361666574795f706c616e0d664c6c616d61",
        "720ea4006232390162313102643230323604000f500505050505050505050505050505050511a6005002020202",
        "020202020202020202020202015009090909090909090909090909090909025000000000000000000000000000",
        "00000003600463c391750580",
    );
    assert_eq!(hex(&full().to_bytes()), kept);
    assert_eq!(SessionDraft::from_bytes(&full().to_bytes()), Some(full()));
    assert_eq!(SessionDraft::from_bytes(b"rubbish"), None);
}

#[test]
fn a_draft_is_found_by_whom_it_is_about() {
    let mine = EnrolmentId([9; 16]);
    let ids = [
        SessionDraft::id_over(Some(PERSON), mine),
        SessionDraft::id_over(Some(OTHER), mine),
        SessionDraft::id_over(None, mine),
        CaseDraft::id_over(PERSON, mine),
        NoteDraft::id_over(PERSON, mine),
        SessionDraft::id_over(Some(PERSON), EnrolmentId([40; 16])),
        // What follows up one session is not what follows up another, nor the correction of it.
        SessionDraft::id_following(Some(PERSON), Some(SESSION), mine),
        SessionDraft::id_following(Some(PERSON), Some(OTHER), mine),
        SessionDraft::id_following(Some(OTHER), Some(SESSION), mine),
        SessionDraft::id_following(None, Some(SESSION), mine),
        SessionDraft::id_over(Some(SESSION), mine),
    ];
    assert_eq!(SessionDraft::id_following(Some(PERSON), None, mine), ids[0]);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_session_was_saved_before_only_where_it_says_the_same() {
    type Alter = fn(&mut SessionDraft);
    let saved = record_of(&full().change(lists(), now()).unwrap());
    let rows: &[(bool, Alter)] = &[
        (true, |_| {}),
        (true, |it| it.people.reverse()),
        (true, |it| it.next_step = " Llamar ".into()),
        (false, |it| it.next_step = "Visitar".into()),
        (false, |it| it.next_step.clear()),
        (false, |it| it.outcomes.push("closed".into())),
        (false, |it| it.minutes = "46".into()),
        (false, |it| it.narrative = None),
        (false, |it| it.record = OTHER),
    ];
    for (row, (same, change)) in rows.iter().enumerate() {
        let mut draft = full();
        change(&mut draft);
        let change = draft.change(lists(), now()).unwrap();
        assert_eq!(says_the_same(&saved, &change), *same, "row {row}");
    }
    // What says less than was saved does not say the same either.
    let more = full().change(lists(), now()).unwrap();
    assert!(!says_the_same(&record_of(&plain().change(lists(), now()).unwrap()), &more));
}

#[test]
fn what_says_something_else_than_was_saved_goes_on_as_another_session() {
    let mut draft = full();
    let (record, entry, note) = (RecordId([20; 16]), EntryId([21; 16]), RecordId([22; 16]));
    draft.begin_anew(record, entry, note);
    let told = draft.note().unwrap();
    assert_eq!((draft.record, draft.entry, told.record, told.entry), (record, entry, note, entry));
    assert_eq!(told.text, full().note().unwrap().text);
    let kept = SessionDraft { record: full().record, entry: full().entry, narrative: None, ..draft };
    assert_eq!(kept, SessionDraft { narrative: None, ..full() });
}

#[test]
fn a_narrative_that_is_taken_out_is_not_stated_and_comes_back_as_it_was() {
    let note = RecordId([22; 16]);
    let mut draft = full();
    draft.tell_narrative(false, note);
    assert_eq!(draft.note(), None);
    assert!(!blank_but(draft.put_aside.clone()).is_empty());
    let kept = SessionDraft::from_bytes(&draft.to_bytes()).unwrap();
    let change = kept.change(lists(), now()).unwrap();
    assert!(change.ops.iter().all(|op| op.field != Field::SESSION_NARRATIVE));
    let mut again = kept;
    again.tell_narrative(true, note);
    assert_eq!(again, full());
    // Of one that nothing was written of nothing stays.
    let mut empty = blank(Some(PERSON));
    empty.tell_narrative(true, note);
    assert_eq!(empty.narrative.as_ref().map(|it| it.record), Some(note));
    empty.tell_narrative(false, note);
    assert_eq!(empty, blank(Some(PERSON)));
}

fn blank_but(put_aside: Option<NoteDraft>) -> SessionDraft {
    SessionDraft { put_aside, ..blank(Some(PERSON)) }
}

#[test]
fn a_draft_is_worth_keeping_once_anything_was_said() {
    let mut draft = blank(Some(PERSON));
    (draft.mode, draft.language, draft.site) = ("office".into(), "spa".into(), "meteti".into());
    assert!(draft.is_empty());
    draft.topics.push("gbv".into());
    assert!(!draft.is_empty());
}

/// A session in a line: its number, what it amends, what it follows, when it was stated, when it is to be followed up.
fn line(number: u8, amends: u8, follows: u8, at: u64, due: i64) -> Brief {
    let id = |number: u8| (number != 0).then_some(RecordId([number; 16]));
    Brief {
        record: RecordId([number; 16]),
        kind: Kind::SESSION.0,
        owner: Some(PERSON),
        people: vec![PERSON, OTHER],
        heads: 10,
        minutes: 30,
        amends: id(amends),
        follows: id(follows),
        stated_at: at,
        due,
        ..Brief::default()
    }
}

fn numbers(briefs: Vec<&Brief>) -> Vec<u8> {
    briefs.iter().map(|brief| brief.record.0[0]).collect()
}

#[test]
fn a_session_counts_once_with_all_who_attended() {
    assert_eq!(attendance(&line(1, 0, 0, 0, 0)), 12);
    let nobody_came = Brief { more: "no_show".into(), ..line(1, 0, 0, 0, 0) };
    assert_eq!(attendance(&nobody_came), 0);
    assert_eq!(attendance(&Brief { kind: Kind::ASSISTANCE.0, ..line(1, 0, 0, 0, 0) }), 0);
    // 2 corrects 1, 3 corrects 2; 4 stands alone.
    let briefs = [line(1, 0, 0, 1, 0), line(2, 1, 0, 2, 0), line(3, 2, 0, 3, 0), line(4, 0, 0, 4, 0)];
    assert_eq!(numbers(standing(&briefs)), [3, 4]);
    assert_eq!(Tally::of(standing(&briefs)), Tally { sessions: 2, people: 24, minutes: 60 });
    assert_eq!(newest(&briefs, RecordId([1; 16])).unwrap().record, RecordId([3; 16]));
    assert!(newest(&briefs, RecordId([99; 16])).is_none());
}

#[test]
fn two_who_corrected_the_same_session_at_once_have_not_held_two() {
    let briefs = [line(1, 0, 0, 1, 0), line(3, 1, 0, 5, 0), line(2, 1, 0, 4, 0)];
    assert_eq!(numbers(standing(&briefs)), [3]);
    // The original may be on another device only.
    assert_eq!(numbers(standing(&briefs[1..])), [3]);
    // A ring, which only a forged statement makes, is one session too.
    assert_eq!(standing(&[line(1, 2, 0, 1, 0), line(2, 1, 0, 2, 0), line(3, 1, 0, 3, 0)]).len(), 1);
}

#[test]
fn a_follow_up_is_open_until_somebody_holds_it_whichever_of_a_chain_they_name() {
    let due = [line(1, 0, 0, 1, 900), line(2, 0, 0, 1, 100), line(3, 0, 0, 1, 0)];
    assert_eq!(numbers(to_follow_up(&due)), [2, 1]);
    let all = |more: &[Brief]| due.iter().chain(more).cloned().collect::<Vec<_>>();
    assert_eq!(numbers(to_follow_up(&all(&[line(4, 0, 2, 2, 0)]))), [1]);
    // Corrected after it was followed up, and followed up after it was corrected.
    assert_eq!(numbers(to_follow_up(&all(&[line(4, 0, 2, 2, 0), line(5, 2, 0, 3, 100)]))), [1]);
    assert_eq!(numbers(to_follow_up(&all(&[line(5, 2, 0, 3, 100), line(4, 0, 5, 4, 0)]))), [1]);
    // Corrected so that it needs none.
    assert_eq!(numbers(to_follow_up(&all(&[line(5, 2, 0, 3, 0)]))), [1]);
}

proptest! {
    #[test]
    fn no_bytes_break_a_draft(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = SessionDraft::from_bytes(&bytes);
    }

    /// Whatever amends whatever, each session stands at most once and each chain exactly once.
    #[test]
    fn whatever_amends_whatever_something_stands(links in proptest::collection::vec(0_u8..12, 1..12)) {
        let briefs: Vec<Brief> =
            (1..).zip(&links).map(|(number, amends)| line(number, *amends, 0, u64::from(number), 0)).collect();
        let stands = standing(&briefs);
        prop_assert!(!stands.is_empty());
        for brief in &briefs {
            let newest = newest(&briefs, brief.record).unwrap();
            prop_assert_eq!(stands.iter().filter(|it| it.record == newest.record).count(), 1);
        }
    }

    #[test]
    fn what_is_typed_is_refused_or_stated_as_typed(minutes in "[0-9]{0,5}", heads in "[0-9]{0,5}") {
        let mut draft = plain();
        (draft.minutes, draft.heads) = (minutes.clone(), heads.clone());
        if let Ok(change) = draft.change(lists(), now()) {
            let record = record_of(&change);
            let number = |field| match record.value(field) { Some(Value::Int(number)) => *number, _ => 0 };
            prop_assert_eq!(number(Field::SESSION_MINUTES), minutes.parse::<i64>().unwrap_or(0));
            prop_assert_eq!(number(Field::SESSION_HEADS), heads.parse::<i64>().unwrap_or(0));
        }
    }
}
