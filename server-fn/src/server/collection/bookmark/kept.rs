//! The kept sample of a cursor before it is sealed, never edited: devices hold cursors of this form.

use super::*;
use domain::id::hex;

#[test]
fn a_cursor_stays_readable_with_what_a_later_version_adds() {
    let place = Place { operation: "PA".into(), organisation: "HIAS".into(), ..Place::default() };
    let view = View { role: 1, place, groups: vec![RecordId([2; 16])], rules: [3; 8], before: false };
    let bookmark = Bookmark {
        epoch: [4; 16],
        after: 5,
        began: 6,
        view: view.clone(),
        evicting: Some(Evicting { views: vec![view], groups: Some(vec![RecordId([7; 16])]), at: 8, from: 9 }),
        opening: Some(Opening { groups: vec![RecordId([10; 16])], at: 11 }),
        judged: 12,
        directory: [13; 8],
        grants: [14; 8],
    };
    let kept = "\
         a90050040404040404040404040404040404040105020603a5000101a400625041016448494153026003600281500202\
         02020202020202020202020202020348030303030303030304f404a40081a5000101a400625041016448494153026003\
         60028150020202020202020202020202020202020348030303030303030304f401815007070707070707070707070707\
         0707070208030905a20081500a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a010b060c07480d0d0d0d0d0d0d0d08480e0e0e0e\
         0e0e0e0e";
    let bytes = minicbor::to_vec(&bookmark).unwrap();
    assert_eq!(hex(&bytes), kept);
    assert_eq!(minicbor::decode::<Bookmark>(&bytes).unwrap(), bookmark);
    let later = [&[bytes[0] + 1], &bytes[1..], &[0x18, 0xc8, 0xf5]].concat();
    assert_eq!(minicbor::decode::<Bookmark>(&later).unwrap(), bookmark);
}
