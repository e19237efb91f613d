//! The kept sample of the sealed part of a line of the log, never edited.

use super::*;
use domain::id::hex;

#[test]
fn the_sealed_part_of_a_line_stays_readable() {
    let detail = Detail {
        salt: Some([1; 16].into()),
        reason: "role_lost".into(),
        words: "por turno".into(),
        toward: Some([2; 16].into()),
        figure: 3,
        what: 4,
        at: 5,
        received_at: 6,
        enrolment: Some(EnrolmentId([7; 16])),
        subject: Some([8; 16].into()),
    };
    let kept = "\
         aa0050010101010101010101010101010101010169726f6c655f6c6f73740269706f72207475726e6f03500202020202\
         020202020202020202020204030504060507060850070707070707070707070707070707070950080808080808080808\
         08080808080808";
    let bytes = minicbor::to_vec(&detail).unwrap();
    assert_eq!(hex(&bytes), kept);
    assert_eq!(minicbor::decode::<Detail>(&bytes).unwrap(), detail);
    let later = [&[bytes[0] + 1], &bytes[1..], &[0x18, 0xc8, 0xf5]].concat();
    assert_eq!(minicbor::decode::<Detail>(&later).unwrap(), detail);
}
