//! What lies on phones already stays readable.

use super::*;

/// A draft as first released. Never edit: phones hold drafts of this form.
#[test]
fn the_first_released_form_of_a_draft_stays_readable() {
    let mut kept = draft("Amina");
    kept.was_posted(3, &kept.application.clone());
    let Reply::Standing(told) = standing(3) else { panic!() };
    (kept.sent, kept.sent_at, kept.standing, kept.standing_at) = (3, 8, Some(told), 9);
    kept.wish = Some(domain::appointment::Wish { site: "PTY".into(), ..Default::default() });
    assert_eq!(domain::id::hex(&kept.to_bytes()), KEPT);
    let bytes = (0..KEPT.len() / 2).map(|at| u8::from_str_radix(&KEPT[at * 2..at * 2 + 2], 16).unwrap());
    assert_eq!(Draft::from_bytes(&bytes.collect::<Vec<_>>()), Ok(kept));
}
const KEPT: &str = "\
    ac00584088015005050505050505050505050505050505011b000001a3185c50006268748260600082840001f6a102d82701\
    84010200a21829624650182a65416d696e61018183011832820181a20061310400026b737465702f626f726e2d3103500909\
    0909090909090909090909090909045820040404040404040404040404040404040404040404040404040404040404040405\
    030650e3cf755167bfcd4d054157095eff182c0703080809a50000010302050363505459056a323032372d30352d32320a09\
    0ba40063505459016002600300";

/// A letter's row as first released. Never edit: the worker's script reads and writes it by offsets.
#[test]
fn the_rows_of_letters_keep_their_widths() {
    let row = LetterRow { posted: vec![1, 2], answer: None, tried_at: 3, sealed: vec![4] };
    let kept = "845a000000020102f61b00000000000000035a0000000104";
    assert_eq!(domain::id::hex(&row.to_bytes()), kept);
    assert_eq!(LetterRow::from_bytes(&row.to_bytes()), Ok(row.clone()));
    let row = LetterRow { answer: Some(vec![5]), ..row };
    let kept = "845a0000000201025a00000001051b00000000000000035a0000000104";
    assert_eq!(domain::id::hex(&row.to_bytes()), kept);
    assert_eq!(LetterRow::from_bytes(&row.to_bytes()), Ok(row.clone()));
    for end in 0..row.to_bytes().len() {
        assert!(LetterRow::from_bytes(&row.to_bytes()[..end]).is_err());
    }
}
