//! The kept sample of a family's row, never edited.

use super::super::FamilyRow;
use crate::rows::kept::is_kept;
use minicbor::bytes::ByteVec;

#[test]
fn the_row_of_a_family_stays_readable() {
    let row = FamilyRow {
        slot: ByteVec::from(vec![1; 4]),
        number: 2,
        begun: 3,
        changed: 4,
        sent: true,
        tries: 5,
        tried_at: 6,
        draft: ByteVec::from(vec![7; 4]),
        posted: true,
        ever: Some(true),
    };
    is_kept(&row, "aa00440101010101020203030404f50505060607440707070708f509f5");
}
