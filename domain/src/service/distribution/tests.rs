use super::*;
use crate::entry::Entry;
use crate::id::{EnrolmentId, UserId};
use crate::rules::trial::lists;
use crate::service::amount::AmountFault;
use proptest::prelude::*;
use time::macros::date;

const TODAY: Date = date!(2026 - 11 - 22);
const RECORD: RecordId = RecordId([9; 16]);

fn kit() -> Help {
    Help {
        code: "food_kit".into(),
        sector: "basic_needs".into(),
        unit: "kit".into(),
        decimals: 0,
        needs_amount: false,
        needs_proof: false,
    }
}

fn draft() -> DistributionDraft {
    let mut draft = DistributionDraft::new(RECORD, EntryId([8; 16]), TODAY);
    (draft.name, draft.code) = ("Alimentos en Metetí".into(), "food_kit".into());
    draft
}

fn family(number: u16) -> RecordId {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    RecordId(id)
}

fn listed(changes: Vec<Change>) -> Record {
    let mut record = Record::new(RECORD, Kind::DISTRIBUTION);
    for (at, change) in changes.into_iter().enumerate() {
        let mut id = EntryId([1; 16]);
        id.0[0] = 200 - at as u8;
        let (author, enrolment) = (UserId([9; 16]), EnrolmentId([8; 16]));
        record.apply(&Entry { id, author, enrolment, at: at as u64, changes: vec![change] });
    }
    record
}

#[test]
fn a_long_list_is_stated_in_parts_and_read_back_in_its_order() {
    let families_put: Vec<RecordId> = (0..1_000).rev().map(family).collect();
    let draft = DistributionDraft { families: families_put.clone(), ..draft() };
    let changes = draft.check(Some(&kit()), TODAY, &[]).unwrap();
    assert_eq!(changes.len(), 5);
    assert!(changes.iter().all(|change| change.record == RECORD && change.kind == Kind::DISTRIBUTION));
    let mut record = listed(changes);
    assert_eq!(families(&record), families_put);
    assert!(record.conflicts().is_empty());
    // Two tablets add to it, the same family too.
    for (at, walked_in) in [(20, family(5_000)), (21, family(3)), (22, family(5_000))] {
        let (author, enrolment) = (UserId([at; 16]), EnrolmentId([8; 16]));
        let changes = vec![added(RECORD, &[walked_in]).unwrap()];
        record.apply(&Entry { id: EntryId([at; 16]), author, enrolment, at: u64::from(at), changes });
    }
    assert_eq!(families(&record).len(), 1_001);
    assert_eq!(added(RECORD, &[]), None);
}

/// Drafts lie on tablets: this sample is never edited.
const KEPT: &str = "ab0050090909090909090909090909090909090150080808080808080808080808080808080274416c696d656e746f7320656e204d65746574c3ad0368666f6f645f6b69740461310560066007a400623232016231310264323032360400086009600a815000070000000000000000000000000000";

#[test]
fn a_kept_draft_stays_readable() {
    let mut draft = draft();
    draft.families.push(family(7));
    let bytes = draft.to_bytes();
    assert_eq!(crate::id::hex(&bytes), KEPT);
    assert_eq!(DistributionDraft::from_bytes(&bytes), Some(draft.clone()));
    assert!(!draft.is_empty());
}

#[test]
fn a_second_try_says_the_families_that_the_first_did_not_come_to_and_no_other() {
    let mut draft = draft();
    draft.families = (0..1_000).map(family).collect();
    // The device was full after two parts; then the list was changed before it was tried again.
    let mut saved = draft.check(Some(&kit()), TODAY, &[]).unwrap();
    saved.remove(0);
    saved.truncate(2);
    let held = listed(saved.clone());
    draft.families.retain(|it| *it != family(0) && *it != family(999));
    draft.families.extend((2_000..2_100).map(family));
    let again = draft.check(Some(&kit()), TODAY, &families(&held)).unwrap();
    let stated = families(&listed(again.clone()));
    assert_eq!(stated.len(), 998 + 100 - 400);
    let whole = families(&listed(saved.into_iter().chain(again).collect()));
    let of = |families: &[RecordId]| families.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!((of(&whole), whole.len()), (of(&draft.families), draft.families.len()));
    // All of them are there: only the header is missing.
    let header = draft.check(Some(&kit()), TODAY, &draft.families).unwrap();
    assert_eq!(header.len(), 1);
    let header = listed(header);
    assert!(families(&header).is_empty() && header.shown(Field::DISTRIBUTION_NAME).is_some());
}

#[test]
fn what_is_wrong_is_said_of_its_field() {
    let found = |change: fn(&mut DistributionDraft), families: &[RecordId]| {
        let mut draft = draft();
        draft.families = families.to_vec();
        change(&mut draft);
        let problems = draft.check(Some(&kit()), TODAY, &[]).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.field, problem.fault)).collect::<Vec<_>>()
    };
    let one = [family(1)];
    assert_eq!(found(|_| (), &one), []);
    assert_eq!(found(|it| it.name = " ".into(), &one), [(Field::DISTRIBUTION_NAME, GiftFault::Missing)]);
    assert_eq!(found(|it| it.code = "no".into(), &one), [(Field::DISTRIBUTION_TYPE, GiftFault::Missing)]);
    assert_eq!(
        found(|it| it.quantity = "-1".into(), &one),
        [(Field::DISTRIBUTION_QUANTITY, AmountFault::Negative.into())]
    );
    assert_eq!(
        found(|it| it.amount = "9 EUR".into(), &one),
        [(Field::DISTRIBUTION_AMOUNT, AmountFault::Foreign("EUR".into()).into())]
    );
    assert_eq!(found(|_| (), &[]), [(Field::DISTRIBUTION_LIST, GiftFault::Missing)]);
    let many: Vec<RecordId> = (0..=LIST_LIMIT as u16).map(family).collect();
    assert_eq!(found(|_| (), &many), [(Field::DISTRIBUTION_LIST, GiftFault::TooLong)]);
}

#[test]
fn what_was_given_counts_once_and_not_when_it_came_back() {
    let brief = |record: u8, owner: u8, state: &str, follows: Option<RecordId>| Brief {
        record: RecordId([record; 16]),
        kind: Kind::ASSISTANCE.0,
        owner: Some(RecordId([owner; 16])),
        stated_at: u64::from(record),
        state: state.into(),
        follows,
        ..Brief::default()
    };
    let here = Some(RECORD);
    let briefs = [
        brief(50, 1, "delivered", here),
        brief(51, 1, "delivered", here),
        brief(52, 2, "returned", here),
        brief(53, 3, "delivered", None),
        brief(54, 4, "part", here),
        brief(55, 5, "delivered", here),
        Brief { amends: Some(RecordId([55; 16])), ..brief(56, 5, "returned", here) },
    ];
    let given = given(&briefs, RECORD, lists());
    let of: Vec<(u8, u8)> = given.iter().map(|(person, brief)| (person.0[0], brief.record.0[0])).collect();
    assert_eq!(of, [(1, 50), (4, 54)]);
    // Said anew twice beside each other, it is one help still.
    let anew = |record| Brief { amends: Some(RecordId([54; 16])), ..brief(record, 4, "delivered", here) };
    let amended = [briefs[4].clone(), anew(60), anew(61)];
    assert_eq!(more_than_once(&amended, RECORD, lists()), BTreeSet::new());
    let newest = super::given(&amended, RECORD, lists())[&RecordId([4; 16])].record;
    assert_eq!(
        (newest, crate::service::board::newest(&amended, RecordId([54; 16]))),
        (anew(61).record, newest)
    );
    let twice = |briefs: &[Brief]| more_than_once(briefs, RECORD, lists()).into_iter().collect::<Vec<_>>();
    assert_eq!(twice(&briefs), [RecordId([1; 16])]);
    // Whom the second one covers too; and whoever is named twice in one received once.
    let covers =
        Brief { people: vec![RecordId([6; 16]), RecordId([4; 16])], ..brief(57, 6, "delivered", here) };
    assert_eq!(twice(&[briefs[4].clone(), covers.clone()]), [RecordId([4; 16])]);
    assert_eq!(twice(&[covers]), []);
}

#[test]
fn pasted_references_are_read_a_line_at_a_time() {
    let (first, second) = (GroupRef::fresh([1; 8]), GroupRef::fresh([2; 8]));
    let text = format!(
        "{first}\n\nno es\n  {},\r\n\"{second}\"\n{first}\n12345\n",
        second.to_string().to_lowercase()
    );
    let pasted = Pasted::parse(&text);
    assert_eq!(pasted.read, [(1, first), (4, second)]);
    assert_eq!(pasted.bad, [3, 7]);
}

proptest! {
    #[test]
    fn every_line_pasted_is_read_or_named_or_met_before(lines in proptest::collection::vec("\\PC{0,12}", 0..20)) {
        let pasted = Pasted::parse(&lines.join("\n"));
        let numbers: BTreeSet<usize> = pasted.bad.iter().copied().chain(pasted.read.iter().map(|it| it.0)).collect();
        prop_assert_eq!(numbers.len(), pasted.bad.len() + pasted.read.len());
        prop_assert!(numbers.iter().all(|number| (1..=lines.len()).contains(number)));
    }
}
