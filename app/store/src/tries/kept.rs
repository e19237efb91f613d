//! The kept sample of the row that counts wrong passphrases, never edited.

use super::*;
use crate::rows::kept::is_kept;

#[test]
fn the_row_of_wrong_tries_stays_readable() {
    let row = TriesRow { count: 1, last: 2, emptied_at: 3, left: true, staff_code: "MET-01".into() };
    is_kept(&row, "a500010102020303f504664d45542d3031");
}
