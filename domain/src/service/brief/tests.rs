use super::*;
use crate::entry::{Change, Entry, Op};
use crate::id::{EnrolmentId, EntryId, hex};
use proptest::prelude::*;

const ME: UserId = UserId([2; 16]);
/// 2026-11-22 15:42 UTC.
const AT: u64 = 1_795_362_120_000;

fn id(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn record(kind: Kind, fields: Vec<(Field, Value)>) -> Record {
    let ops = fields.into_iter().map(|(field, value)| Op { field, value, replaces: vec![] }).collect();
    let changes = vec![Change { record: id(7), kind, ops }];
    let mut record = Record::new(id(7), kind);
    record.apply(&Entry {
        id: EntryId([1; 16]),
        author: ME,
        enrolment: EnrolmentId([3; 16]),
        at: AT,
        changes,
    });
    record
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn people(numbers: &[u8]) -> Value {
    Value::Codes(numbers.iter().map(|number| id(*number).to_string()).collect())
}

fn read(brief: &Brief) -> Option<Brief> {
    Brief::from_bytes(&mut Codes::default(), brief.record, brief.kind(), brief.owner, &brief.to_bytes())
}

/// A record of each kind as the pages make it.
fn samples() -> Vec<Record> {
    let owner = (Field::OWNER, Value::Ref(id(9)));
    vec![
        record(
            Kind::NEED,
            vec![owner.clone(), (Field::NEED_CODE, text("medical")), (Field::NEED_STATE, text("open"))],
        ),
        record(
            Kind::SESSION,
            vec![
                owner.clone(),
                (Field::SESSION_TYPE, text("orientation")),
                (Field::SESSION_FORM, text("family")),
                (Field::SESSION_SITE, text("david")),
                (Field::SESSION_DATE, text("2026-11-22T10:42")),
                (Field::SESSION_FOLLOW_UP_ON, text("2026-12-01")),
                (Field::SESSION_PEOPLE, people(&[9, 10])),
                (Field::SESSION_MINUTES, Value::Int(40)),
                (Field::SESSION_OUTCOMES, Value::Codes(vec!["informed".into(), "referred".into()])),
            ],
        ),
        record(
            Kind::ASSISTANCE,
            vec![
                owner.clone(),
                (Field::ASSISTANCE_TYPE, text("hygiene_kit")),
                (Field::ASSISTANCE_STATUS, text("delivered")),
                (Field::ASSISTANCE_DATE, text("2026-11-22")),
                (Field::ASSISTANCE_COVERS, people(&[9, 10, 11])),
                (Field::ASSISTANCE_QUANTITY, text("1.5")),
                (Field::ASSISTANCE_AMOUNT, text("20.05")),
                (Field::ASSISTANCE_DISTRIBUTION, Value::Ref(id(12))),
                (Field::AMENDS, Value::Ref(id(13))),
            ],
        ),
        record(
            Kind::REFERRAL,
            vec![
                owner,
                (Field::REFERRAL_SECTOR, text("health")),
                (Field::REFERRAL_STATUS, text("sent")),
                (Field::REFERRAL_FROM, text("HIAS")),
                (Field::REFERRAL_TO, text("MINSA")),
                (Field::REFERRAL_DESK, text("minsa_david")),
                (Field::REFERRAL_URGENCY, text("urgent")),
                (Field::REFERRAL_SENT_AT, text("2026-11-22T10:42")),
                (Field::REFERRAL_DUE, text("2026-11-24T10:42")),
                (Field::REFERRAL_CONSENT_STATE, text("withdrawn")),
            ],
        ),
        record(
            Kind::DISTRIBUTION,
            vec![
                (Field::DISTRIBUTION_TYPE, text("food")),
                (Field::DISTRIBUTION_STATE, text("open")),
                (Field::DISTRIBUTION_SITE, text("meteti")),
                (Field::DISTRIBUTION_DATE, text("2026-11-23T08:00")),
            ],
        ),
    ]
}

#[test]
fn a_line_tells_what_lists_need_of_each_kind() {
    let briefs: Vec<Brief> = samples().iter().filter_map(Brief::of).collect();
    let [need, session, gift, referral, distribution] = briefs.as_slice() else { panic!("one each") };
    assert_eq!((need.code.as_str(), need.state.as_str(), need.owner), ("medical", "open", Some(id(9))));
    assert_eq!((need.by, need.stated_at, time_text(need.when).as_str()), (Some(ME), AT, "2026-11-22T15:42"));

    assert_eq!((session.state.as_str(), session.site.as_str()), ("family", "david"));
    assert_eq!([session.when, session.due].map(time_text), ["2026-11-22T10:42", "2026-12-01T00:00"]);
    assert_eq!((session.minutes, session.more.as_str()), (40, "informed referred"));
    assert_eq!(session.people, [id(9), id(10)]);

    assert_eq!(
        (gift.quantity, gift.cents, time_text(gift.when).as_str()),
        (1_500, 2_005, "2026-11-22T00:00")
    );
    assert_eq!((gift.follows, gift.amends), (Some(id(12)), Some(id(13))));
    assert!([9, 10, 11].iter().all(|person| gift.concerns(id(*person))) && !gift.concerns(id(12)));

    let ways = [&referral.from, &referral.to, &referral.desk, &referral.more].map(Code::as_str);
    assert_eq!(ways, ["HIAS", "MINSA", "minsa_david", "urgent"]);
    assert_eq!((referral.due - referral.when, referral.marks), (2 * DAY, WITHDRAWN));
    assert_eq!(referral.state, "sent");
    assert_eq!((distribution.owner, distribution.state.as_str()), (None, "open"));
    assert_eq!(Brief::of(&record(Kind::DOCUMENT, vec![])), None);
}

#[test]
fn of_what_is_not_told_a_line_claims_nothing() {
    for kind in [Kind::NEED, Kind::SESSION, Kind::REFERRAL] {
        let stub = record(kind, vec![(Field::OWNER, Value::Ref(id(9)))]);
        let brief = Brief::of(&stub).unwrap();
        assert_eq!((brief.code.as_str(), brief.state.as_str(), brief.marks), ("", "", 0), "{kind:?}");
    }
    // One that was sent and of which nothing of the person is told is marked: what that means hangs on who looks.
    let told = [
        (Field::REFERRAL_STATUS, text("accepted")),
        (Field::REFERRAL_SENT_AT, text("2026-11-22T10:42")),
        (Field::REFERRAL_SECTOR, text("health")),
    ];
    let marks =
        |stated: &[(Field, Value)]| Brief::of(&record(Kind::REFERRAL, stated.to_vec())).unwrap().marks;
    assert_eq!([marks(&told[..2]), marks(&told), marks(&told[..1])], [EMPTIED, 0, 0]);
    // One begun in the registration form has no state yet, and is known for a draft.
    let begun = record(Kind::REFERRAL, vec![(Field::REFERRAL_SECTOR, text("health"))]);
    assert_eq!(Brief::of(&begun).unwrap().state, "draft");
}

#[test]
fn what_is_no_line_is_read_as_none() {
    for brief in samples().iter().filter_map(Brief::of) {
        let bytes = brief.to_bytes();
        for end in 0..bytes.len() {
            let cut = Brief::from_bytes(
                &mut Codes::default(),
                brief.record,
                brief.kind(),
                brief.owner,
                &bytes[..end],
            );
            assert_eq!(cut, None);
        }
        // A later version's own part comes last.
        let mut later = vec![0x1a];
        let there: u32 = minicbor::decode(&bytes).unwrap();
        later.extend((there | 1 << 30).to_be_bytes());
        let mut rest = Decoder::new(&bytes);
        rest.u32().unwrap();
        later.extend(&bytes[rest.position()..]);
        later.extend([0x62, b'h', b'i']);
        let read = Brief::from_bytes(&mut Codes::default(), brief.record, brief.kind(), brief.owner, &later);
        assert_eq!(read, Some(brief));
    }
}

/// Kept samples, never edited: lines lie on devices.
#[test]
fn the_kept_lines_are_read_for_ever() {
    let briefs: Vec<Brief> = samples().iter().filter_map(Brief::of).collect();
    let written: Vec<String> = briefs.iter().map(|brief| hex(&brief.to_bytes())).collect();
    assert_eq!(written, KEPT);
    for (brief, kept) in briefs.into_iter().zip(KEPT) {
        let byte = |at| u8::from_str_radix(&kept[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..kept.len()).step_by(2).map(byte).collect();
        let read = Brief::from_bytes(&mut Codes::default(), brief.record, brief.kind(), brief.owner, &bytes);
        assert_eq!(read, Some(brief));
    }
}

const KEPT: &[&str] = &[
    "0d1b000001a203ebe1405002020202020202020202020202020202676d65646963616c646f70656e",
    "19457f1b000001a203ebe140500202020202020202020202020202020239012b6b6f7269656e746174696f6e6666616d\
     696c7919301e500a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a182865646176696471696e666f726d65642072656665727265\
     64",
    "1a0003826f1b000001a203ebe14050020202020202020202020202020202023903ad6b68796769656e655f6b69746964\
     656c69766572656458200a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b1905dc500c0c\
     0c0c0c0c0c0c0c0c0c0c0c0c0c0c500d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d1907d5",
    "1a0004781f1b000001a203ebe140500202020202020202020202020202020239012b666865616c74686473656e74190b\
     406448494153654d494e53416b6d696e73615f646176696466757267656e7401",
    "19040f1b000001a203ebe14050020202020202020202020202020202021903d264666f6f64646f70656e666d65746574\
     69",
];

prop_compose! {
    fn any_brief()(
        (kind, owner, by) in (0..5_usize, prop::option::of(0_u8..4), prop::option::of(any::<[u8; 16]>())),
        (stated_at, when, due) in (any::<u64>(), any::<i64>(), any::<i64>()),
        texts in prop::array::uniform7("[a-z_ ]{0,12}"),
        people in prop::collection::vec(0_u8..4, 0..5),
        (heads, minutes, quantity, cents, marks) in
            (any::<u32>(), any::<u32>(), any::<i64>(), any::<i64>(), 0_u8..4),
        (amends, follows) in (prop::option::of(0_u8..4), prop::option::of(0_u8..4)),
    ) -> Brief {
        let [code, state, site, from, to, desk, more] = texts.map(Code::from);
        Brief {
            record: id(7),
            kind: Brief::KINDS[kind].0,
            owner: owner.map(id),
            by: by.map(UserId),
            people: people.into_iter().map(id).collect(),
            amends: amends.map(id),
            follows: follows.map(id),
            stated_at, when, due, code, state, heads, minutes, quantity, cents, site, from, to, desk, more, marks,
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_as_it_was(brief in any_brief()) {
        prop_assert_eq!(read(&brief), Some(brief));
    }

    #[test]
    fn bytes_of_anybody_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Brief::from_bytes(&mut Codes::default(), id(1), Kind::NEED, Some(id(2)), &bytes);
    }
}
