//! The kept sample of the directory's row, never edited.

use super::*;
use crate::rows::kept::is_kept;
use seal::directory::{DeviceKey, Person};

#[test]
fn the_row_of_the_directory_stays_readable() {
    let device = DeviceKey {
        enrolment: EnrolmentId([1; 16]),
        inbox: [2; 32].into(),
        verifying: [3; 32].into(),
        since: 4,
    };
    let person = Person {
        user: UserId([5; 16]),
        name: "Ana Ríos".into(),
        role: 1,
        site: "meteti".into(),
        organisation: "HIAS".into(),
        team: "t1".into(),
        devices: vec![device],
    };
    let seen = Seen {
        enrolment: EnrolmentId([1; 16]),
        inbox: [2; 32].into(),
        verifying: [3; 32].into(),
        user: UserId([5; 16]),
        at: 6,
    };
    let row = KnownRow { people: Directory { people: vec![person] }, seen: vec![seen] };
    is_kept(
        &row,
        "\
         a200a10081a70050050505050505050505050505050505050169416e612052c3ad6f73020103666d6574657469046448\
         494153056274310681a40050010101010101010101010101010101010158200202020202020202020202020202020202\
         020202020202020202020202020202025820030303030303030303030303030303030303030303030303030303030303\
         030303040181a50050010101010101010101010101010101010158200202020202020202020202020202020202020202\
         020202020202020202020202025820030303030303030303030303030303030303030303030303030303030303030303\
         50050505050505050505050505050505050406",
    );
}
