//! An attachment opens from its own chunks with its own reference, and from nothing else.

use super::*;
use crate::testing::Counting;
use domain::{Change, EnrolmentId, EntryId, Field, Kind, Op, RecordId, UserId};
use proptest::prelude::*;

fn picture(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

fn sealed(size: usize) -> SealedAttachment {
    Attachment::seal(&mut Counting(size as u64), Media::JPEG, &picture(size)).unwrap()
}

#[test]
fn any_size_opens_to_the_same_bytes_from_chunks_of_at_most_32_kib() {
    for (size, chunks) in [(1, 1), (PLAIN, 1), (PLAIN + 1, 2), (200_000, 7), (LIMIT, 33)] {
        let SealedAttachment { reference, chunks: made } = sealed(size);
        assert_eq!((made.len(), reference.addresses().len(), reference.size()), (chunks, chunks, size));
        assert!(made.iter().all(|chunk| (CHUNK_FLOOR..=CHUNK_LIMIT).contains(&chunk.len())));
        assert_eq!(reference.open(&made).unwrap(), picture(size));
        assert_eq!(Attachment::parse(&reference.to_text()), Some(reference));
    }
    for size in [0, LIMIT + 1] {
        let outcome = Attachment::seal(&mut Counting(1), Media::JPEG, &picture(size));
        assert_eq!(outcome, Err(SealError::NotSealed));
    }
}

#[test]
fn no_chunk_can_be_left_out_moved_changed_or_taken_from_another() {
    let SealedAttachment { reference, chunks } = sealed(100_000);
    let damaged = Err(SealError::Damaged);
    assert_eq!(reference.open(&chunks[..3]), damaged);
    assert_eq!(reference.open(&[&chunks[..], &chunks[..1]].concat()), damaged);
    let mut moved = chunks.clone();
    moved.swap(0, 1);
    assert_eq!(reference.open(&moved), damaged);
    for at in [0, 1, 32_767] {
        let mut changed = chunks.clone();
        changed[0][at] ^= 1;
        assert_eq!(reference.open(&changed), damaged);
    }
    // Even when the addresses are made to fit, the cipher tells.
    let mut forged = reference.clone();
    forged.addresses.swap(0, 1);
    assert_eq!(forged.open(&moved), damaged);
    let mut shorter = reference.clone();
    shorter.addresses.truncate(3);
    shorter.size = (3 * PLAIN) as u32;
    assert_eq!(shorter.open(&chunks[..3]), damaged);
    let mut other = reference;
    other.key = Zeroizing::new([1; 32]);
    assert_eq!(other.open(&chunks), damaged);
}

#[test]
fn the_same_picture_twice_looks_like_two() {
    let one = Attachment::seal(&mut Counting(1), Media::WEBP, &picture(100)).unwrap();
    let other = Attachment::seal(&mut Counting(9), Media::WEBP, &picture(100)).unwrap();
    assert_ne!(one.chunks, other.chunks);
    assert_ne!(one.reference.addresses(), other.reference.addresses());
    assert!(!format!("{:?}", one.reference).contains(&domain::id::hex(&one.reference.key[..])));
}

#[test]
fn what_is_no_reference_of_this_version_is_none() {
    let text = sealed(40_000).reference.to_text();
    assert_eq!(text.len(), 136);
    let bytes = Base64UrlUnpadded::decode_vec(&text).unwrap();
    let with = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] = byte;
        Base64UrlUnpadded::encode_string(&changed)
    };
    let twice = [&bytes[..HEAD + 32], &bytes[HEAD..HEAD + 32]].concat();
    for wrong in [
        String::new(),
        "Amina".into(),
        text[..text.len() - 1].into(),
        format!("{text}A"),
        format!("{text}=="),
        format!(" {text}"),
        with(0, 2),
        // A size of other chunks, of none, of too many.
        with(3, 1),
        with(2, 0xff),
        with(4, 0),
        Base64UrlUnpadded::encode_string(&twice),
        Base64UrlUnpadded::encode_string(&bytes[..HEAD]),
        "A".repeat(1_000_000),
    ] {
        assert_eq!(Attachment::parse(&wrong), None, "{}", wrong.len());
    }
    assert_eq!(Attachment::parse(&with(1, 77)).unwrap().media(), Media(77), "kept, though not shown");
}

#[test]
fn an_entry_tells_which_attachments_it_states() {
    let reference = sealed(10).reference;
    let op = |field, value| Op { field, value, replaces: vec![] };
    let ops = vec![
        op(Field::GIVEN_NAMES, Value::Text("Amina".into())),
        // No place for one: not counted as stated.
        op(Field::SURNAME1, Value::Text(sealed(11).reference.to_text())),
        op(Field(10_000), Value::Text(sealed(12).reference.to_text())),
        op(Field::PHOTO, Value::Text(reference.to_text())),
    ];
    let mut entry = Entry {
        id: EntryId([1; 16]),
        author: UserId([2; 16]),
        enrolment: EnrolmentId([3; 16]),
        at: 0,
        changes: vec![Change { record: RecordId([4; 16]), kind: Kind::INDIVIDUAL, ops }],
    };
    assert_eq!(stated_by(&entry), std::slice::from_ref(&reference));
    let ops = &mut entry.changes[0].ops;
    ops.extend(vec![op(Field::PHOTO, Value::Text(reference.to_text())); 100]);
    assert_eq!(stated_by(&entry).len(), STATED_LIMIT);
}

proptest! {
    #[test]
    fn any_text_is_read_or_not_and_what_is_read_is_written_the_same(text in any::<String>()) {
        if let Some(reference) = Attachment::parse(&text) {
            prop_assert_eq!(reference.to_text(), text);
        }
    }

    #[test]
    fn any_bytes_in_the_right_letters_are_read_or_not(
        head in (0_u8..3, any::<u8>(), 0_u32..100_000, any::<[u8; 32]>()),
        addresses in proptest::collection::vec(any::<[u8; 32]>(), 0..5),
        rest in proptest::collection::vec(any::<u8>(), 0..3),
    ) {
        let (version, media, size, key) = head;
        let bytes = [&[version, media][..], &size.to_be_bytes(), &key, &addresses.concat(), &rest].concat();
        let text = Base64UrlUnpadded::encode_string(&bytes);
        let read = Attachment::parse(&text);
        let sound = version == 1 && rest.is_empty() && size > 0 && addresses.len() as u32 == chunks_of(size);
        prop_assert_eq!(read.is_some(), sound);
        prop_assert_eq!(read.map_or(text.clone(), |read| read.to_text()), text);
    }

    #[test]
    fn whatever_was_sealed_opens(plain in proptest::collection::vec(any::<u8>(), 1..70_000)) {
        let SealedAttachment { reference, chunks } =
            Attachment::seal(&mut Counting(3), Media::PNG, &plain).unwrap();
        prop_assert_eq!(reference.open(&chunks).unwrap(), plain);
    }
}

/// A reference and its chunk as first released. Never edit: records and shelves hold these forms.
#[test]
fn the_first_released_form_stays_readable() {
    let text =
        "AQEAAAAGqOBT-svNu_G9XJ55hUfzj9LY6Pg-wSou51QzePg6Ysyr-d0JiVrvnFaxi2XwRfWjh2oq-UIP-wSFBT2A1Ex-ag";
    let chunk = "58ccb68f30bcc7e69c51bf1f4654965a5c1732cb2990";
    let made = Attachment::seal(&mut Counting(7), Media::JPEG, b"a face").unwrap();
    assert_eq!((made.reference.to_text().as_str(), domain::id::hex(&made.chunks[0]).as_str()), (text, chunk));
    let kept: Vec<u8> = chunk
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(Attachment::parse(text).unwrap().open(&[kept]).unwrap(), b"a face");
}
