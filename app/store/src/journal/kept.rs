//! Kept samples of the second copy and of what a recovery came to, never edited.

use super::lines::Line;
use super::recovery::Recovered;
use crate::rows::kept::is_kept;
use minicbor::bytes::ByteVec;

#[test]
fn lines_of_the_second_copy_stay_readable() {
    let bytes = |byte| ByteVec::from(vec![byte; 2]);
    is_kept(&Line::Put { table: 1, key: bytes(2), row: bytes(3) }, "82008301420202420303");
    is_kept(&Line::Gone { table: 1, key: bytes(2) }, "82018201420202");
    is_kept(&Line::Reached { made: 4, reached: 5 }, "8202820405");
    is_kept(&Line::Complete, "820380");
}

#[test]
fn what_a_recovery_came_to_stays_readable() {
    let recovered = Recovered { at: 1, all: true, entries: 2, drafts: 3, vaults: 4, to_join: 5, unknown: 6 };
    is_kept(&recovered, "a7000101f502020303040405050606");
}
