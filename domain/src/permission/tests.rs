//! The table of rights in short; every combination stands in `domain/tests/permissions.rs`.

use super::*;
use crate::entry::{Change, Op};
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use crate::value::Value;

const ACTS: [Act; 5] = Act::ALL;

fn entry(kind: Kind, ops: usize) -> Entry {
    let op = Op { field: crate::Field::SITE, value: Value::Nothing, replaces: vec![] };
    Entry {
        id: EntryId([1; 16]),
        author: UserId([2; 16]),
        enrolment: EnrolmentId([3; 16]),
        at: 0,
        changes: vec![Change { record: RecordId([4; 16]), kind, ops: vec![op; ops] }],
    }
}

#[test]
fn the_table_is_as_agreed() {
    for (role, code, wanted) in [
        (Role::Caseworker, 1, true),
        (Role::Counsellor, 2, true),
        (Role::Supervisor, 3, true),
        (Role::Verifier, 4, false),
        (Role::ReferralFocalPoint, 5, false),
        (Role::Administrator, 6, false),
        (Role::Auditor, 7, false),
        (Role::BorderOfficer, 8, false),
        (Role::Slip, 9, false),
        (Role::Applicant, 10, false),
    ] {
        assert_eq!((role.code(), Role::from_code(code)), (code, Some(role)));
        assert_eq!(minicbor::to_vec(role).unwrap(), [code]);
        for act in ACTS {
            for kind in (1..=15).map(Kind) {
                let refers = [Role::ReferralFocalPoint, Role::BorderOfficer, Role::Slip].contains(&role);
                let says = role == Role::Applicant && kind == Kind::APPLICATION;
                let wanted = wanted || (refers && kind == Kind::REFERRAL) || says;
                assert_eq!(may(role, act, kind), wanted, "{role:?} {act:?} {kind:?}");
                assert!(Kind::ALL.contains(&kind));
            }
            assert!(!may(role, act, Kind(999)));
        }
    }
    assert_eq!(Role::from_code(0), None);
    assert_eq!(Role::from_code(11), None);
}

#[test]
fn who_sees_what_is_as_agreed() {
    // Public, restricted, confidential, need to know; need to know of one's own; may assess.
    for (role, wanted) in [
        (Role::Caseworker, [true, true, true, false, true, false]),
        (Role::Counsellor, [true, true, true, true, true, true]),
        (Role::Supervisor, [true, true, true, false, true, false]),
        (Role::Verifier, [true, false, false, false, false, false]),
        (Role::ReferralFocalPoint, [true, false, false, false, false, false]),
        (Role::Administrator, [true, false, false, false, false, false]),
        (Role::Auditor, [true, false, false, false, false, false]),
        (Role::BorderOfficer, [true, false, false, false, false, false]),
    ] {
        let seen = |class| sees(role, class, false);
        let told = [
            seen(Class::Public),
            seen(Class::Restricted),
            seen(Class::Confidential),
            seen(Class::NeedToKnow),
            sees(role, Class::NeedToKnow, true),
            may_assess(role),
        ];
        assert_eq!(told, wanted, "{role:?}");
    }
}

#[test]
fn an_entry_is_judged_by_every_change() {
    for kind in Kind::ALL {
        assert_eq!(judge(Role::Caseworker, &entry(*kind, 1)), Ok(()));
    }
    assert_eq!(judge(Role::Caseworker, &entry(Kind::GROUP, 0)), Err(Refusal::Empty));
    assert_eq!(judge(Role::Caseworker, &entry(Kind(999), 1)), Err(Refusal::UnknownKind(Kind(999))));
    for role in Role::ALL.into_iter().skip(3) {
        assert!(matches!(judge(role, &entry(Kind::GROUP, 1)), Err(Refusal::NotForThisRole { .. })));
    }
    let mut mixed = entry(Kind::GROUP, 1);
    mixed.changes.push(entry(Kind(999), 1).changes.remove(0));
    assert_eq!(judge(Role::Caseworker, &mixed), Err(Refusal::UnknownKind(Kind(999))));
}
