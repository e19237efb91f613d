//! Kept samples of the sealed part of a letter's row, never edited.

use super::*;
use crate::rows::kept::is_kept;

#[test]
fn the_sealed_part_of_a_letters_row_stays_readable() {
    let about = |purpose, said| About {
        key: ByteVec::from(vec![1; 4]),
        letter: ByteVec::from(vec![2; 4]),
        purpose,
        said,
    };
    is_kept(
        &about(Purpose::Application(7), Some(ByteVec::from(vec![3; 4]))),
        "a40044010101010144020202020282018107034403030303",
    );
    is_kept(&about(Purpose::Piece, None), "a300440101010101440202020202820280");
    is_kept(&about(Purpose::Ask, None), "a300440101010101440202020202820380");
}
