//! The form of the files: kept for ever.

use crate::journal::frames;
use crate::journal::lines::{Held, Line, Made, file};
use proptest::prelude::*;
use road::marks::Mark;
use std::collections::BTreeMap;

fn framed(bodies: &[Vec<u8>]) -> Vec<u8> {
    let (mut bytes, mut tail) = frames::begin(7);
    for body in bodies {
        assert!(frames::append(&mut bytes, &mut tail, body));
    }
    assert_eq!(tail.size, bytes.len());
    bytes
}

fn bodies() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)
}

/// Where each frame ends.
fn ends(bodies: &[Vec<u8>]) -> Vec<usize> {
    bodies
        .iter()
        .scan(16, |end, body| {
            *end += 20 + body.len();
            Some(*end)
        })
        .collect()
}

proptest! {
    #[test]
    fn any_prefix_of_a_file_reads_as_a_prefix_of_its_frames(bodies in bodies()) {
        let (bytes, ends) = (framed(&bodies), ends(&bodies));
        for cut in 0..=bytes.len() {
            let read = frames::read(&bytes[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            match read {
                None => prop_assert!(cut < 16),
                Some(read) => {
                    prop_assert_eq!(read.bodies, &bodies[..whole]);
                    prop_assert_eq!(read.whole, cut == 16 || ends.contains(&cut));
                    prop_assert_eq!(read.tail.size, if whole == 0 { 16 } else { ends[whole - 1] });
                }
            }
        }
    }

    #[test]
    fn any_garbled_byte_cuts_the_file_before_the_frame_it_lies_in(bodies in bodies(), flip in 1..=255_u8) {
        let (bytes, ends) = (framed(&bodies), ends(&bodies));
        for at in 0..bytes.len() {
            let mut garbled = bytes.clone();
            garbled[at] ^= flip;
            let whole = ends.iter().filter(|end| **end <= at).count();
            match frames::read(&garbled) {
                None => prop_assert!(at < 8),
                // A number in the head is part of the chain.
                Some(read) => prop_assert_eq!(read.bodies, &bodies[..if at < 16 { 0 } else { whole }]),
            }
        }
    }

    #[test]
    fn whatever_stands_in_a_frame_is_read_or_kept_as_it_lies(bodies in bodies()) {
        let held = Held::read(&framed(&bodies)).unwrap();
        let known = |body: &Vec<u8>| minicbor::decode::<Line>(body).is_ok();
        prop_assert_eq!(held.unknown.len(), bodies.iter().filter(|body| !known(body)).count());
        prop_assert!(held.whole);
    }

    #[test]
    fn a_frame_that_was_taken_from_elsewhere_does_not_hold(bodies in bodies()) {
        prop_assume!(bodies.len() >= 2);
        let (bytes, ends) = (framed(&bodies), ends(&bodies));
        // Without its first frame.
        let without = [&bytes[..16], &bytes[ends[0]..]].concat();
        prop_assert_eq!(frames::read(&without).unwrap().bodies.len(), 0);
    }
}

#[test]
fn a_body_that_is_too_large_is_not_written() {
    let (mut bytes, mut tail) = frames::begin(1);
    let before = (bytes.clone(), tail);
    assert!(!frames::append(&mut bytes, &mut tail, &vec![0; frames::LARGEST + 1]));
    assert_eq!((bytes, tail), before);
}

/// Made by the first version. Never edit it: tablets hold such files.
const KEPT: &str = "414d5041524f4a3100000000000000030000000c82008308436b657943726f775d2ba1000e1378ac6b312c7f1b2ea7d3\
                    0000000b8200830c4373657142000990909ea181dacea54387b0a9a511183700000007820282\
                    19abcd095b70abf1db090e7e6a744da60b8c068f00000003820380054609562c20f46f4a059046caa975b1";

#[test]
fn a_file_of_the_first_version_reads_as_it_did() {
    let rows = BTreeMap::from([((8, b"key".to_vec()), b"row".to_vec()), ((12, b"seq".to_vec()), vec![0, 9])]);
    let mark = Mark { made: 0xabcd, reached: 9 };
    let Made { bytes, tail, left_out } = file(3, rows.iter(), Some(mark), &[]);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, KEPT);
    assert!(left_out.is_empty());
    let mut held = Held::read(&bytes).unwrap();
    assert_eq!((held.number, held.mark, held.complete, held.whole), (3, Some(mark), true, true));
    assert_eq!((&held.rows, held.tail), (&rows, tail));

    // Appended to, by this version and by a later one.
    let (mut more, mut end) = (bytes, tail);
    assert!(frames::append(&mut more, &mut end, &Line::gone(&(8, b"key".to_vec())).to_bytes()));
    assert!(frames::append(&mut more, &mut end, b"\x82\x18\x63\x80"));
    held = Held::read(&more).unwrap();
    assert_eq!(held.rows.len(), 1);
    assert_eq!(held.unknown, [b"\x82\x18\x63\x80".to_vec()]);
    assert!(held.dead > 0);
}
