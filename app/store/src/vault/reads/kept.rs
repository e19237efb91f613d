//! The kept sample of readings that wait, never edited.

use super::*;
use crate::rows::kept::is_kept;

#[test]
fn the_row_of_readings_stays_readable() {
    let item = ReadingRow { record: RecordId([1; 16]), at: 2, why: 3 };
    is_kept(
        &PendingRow { batch: Some([4; 16].into()), items: vec![item] },
        "\
         a200500404040404040404040404040404040401818350010101010101010101010101010101010203",
    );
}
