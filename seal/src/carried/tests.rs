use super::*;
use domain::id::hex;
use proptest::prelude::*;

fn file(parts: &[&[u8]]) -> File {
    let parts = parts.iter().map(|part| part.to_vec()).collect();
    File { kind: Kind::Work, office: office(&[7; 32]), parts, whole: true }
}

#[test]
fn what_is_carried_comes_back_as_it_was() {
    for kind in [Kind::Work, Kind::Receipts] {
        let made = File { kind, ..file(&[b"one", b"", &[9; 3000]]) };
        assert_eq!(File::from_bytes(&made.to_bytes()), Ok(made.clone()));
        assert!(is_one(&made.to_bytes()));
        let weighs: usize = made.parts.iter().map(|part| File::weight(part.len())).sum();
        assert_eq!(made.to_bytes().len(), File::frame() + weighs);
    }
    let empty = file(&[]);
    assert_eq!(File::from_bytes(&empty.to_bytes()), Ok(empty));
}

#[test]
fn of_half_a_file_that_half_is_read_and_it_is_not_taken_for_whole() {
    let made = file(&[&[1; 100], &[2; 100], &[3; 100]]);
    let bytes = made.to_bytes();
    for end in 0..bytes.len() {
        let whole_parts = end.saturating_sub(HEAD) / File::weight(100);
        match File::from_bytes(&bytes[..end]) {
            Ok(read) => {
                assert!(!read.whole, "cut at {end}");
                assert_eq!(read.parts, made.parts[..whole_parts.min(3)], "cut at {end}");
                assert!(whole_parts > 0);
            }
            Err(why) => {
                assert_eq!(whole_parts, 0, "cut at {end}");
                let is_begun = end >= START.len() + 4;
                assert_eq!(why, if is_begun { SealError::Damaged } else { SealError::Malformed });
            }
        }
    }
}

#[test]
fn one_spoilt_byte_costs_the_part_it_is_in_and_no_other() {
    let made = file(&[&[1; 50], &[2; 60], &[3; 70]]);
    let bytes = made.to_bytes();
    let mut places = Vec::new();
    let mut from = HEAD;
    for part in &made.parts {
        places.push(from..from + File::weight(part.len()));
        from += File::weight(part.len());
    }
    for at in HEAD..bytes.len() {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x15;
        let read = File::from_bytes(&spoilt).unwrap();
        assert!(!read.whole, "byte {at}");
        let left: Vec<_> = made
            .parts
            .iter()
            .zip(&places)
            .filter(|(_, place)| !place.contains(&at))
            .map(|(part, _)| part)
            .collect();
        assert_eq!(read.parts.iter().collect::<Vec<_>>(), left, "byte {at}");
    }
}

#[test]
fn another_file_a_later_one_and_an_endless_one_are_told_apart() {
    for other in [&b""[..], b"PK\x03\x04", b"amparo-", b"amparo-note\x01", b"<html>Sign in</html>"] {
        assert_eq!(File::from_bytes(other), Err(SealError::Malformed));
    }
    let mut later = file(&[b"x"]).to_bytes();
    later[START.len() + 4] = 2;
    assert_eq!(File::from_bytes(&later), Err(SealError::UnknownVersion));
    // Marks alone, each of which would have to be looked at.
    let mut marks = file(&[b"x"]).to_bytes();
    marks.truncate(HEAD);
    marks.extend(PART.repeat(1_000_000));
    assert_eq!(File::from_bytes(&marks), Err(SealError::Damaged));
}

#[test]
fn answers_read_back() {
    for answer in [Answer::Keys(vec![1, 2]), Answer::Receipts { parcel: [4; 32], receipts: vec![5; 80] }] {
        assert_eq!(Answer::from_bytes(&answer.to_bytes()), Ok(answer));
    }
    assert_eq!(Answer::from_bytes(&[2, 1]), Err(SealError::Malformed));
    assert_eq!(Answer::from_bytes(&[3, 1]), Err(SealError::UnknownVersion));
}

proptest! {
    #[test]
    fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..40usize) {
        let _ = File::from_bytes(&bytes);
        let begun = [&file(&[]).to_bytes()[..HEAD.min(cut + 12)], &bytes].concat();
        let _ = File::from_bytes(&begun);
        let _ = Answer::from_bytes(&bytes);
    }
}

/// Never edited: files lie on sticks and phones for months, and devices of different versions exchange them.
#[test]
fn the_kept_sample_is_read_for_ever() {
    assert_eq!(hex(&file(&[b"a parcel", b"another"]).to_bytes()), KEPT_WORK);
    let keys = Answer::Keys(b"keys".to_vec()).to_bytes();
    let said = Answer::Receipts { parcel: [1; 32], receipts: b"receipts".to_vec() }.to_bytes();
    let receipts = File { kind: Kind::Receipts, ..file(&[&keys, &said]) };
    assert_eq!(hex(&receipts.to_bytes()), KEPT_RECEIPTS);
}

const KEPT_WORK: &str = "616d7061726f2d776f726b01004a4a87c53ff7920fb6d9b9670e9b71a750434c00000008ab29b2898ff1f54261207061\
    7263656ca750434c00000007ae448ac86c4e8e4d616e6f74686572a7454e44000000022220e307204c821f";
const KEPT_RECEIPTS: &str = "616d7061726f2d7263707401004a4a87c53ff7920fb6d9b9670e9b71a750434c00000005bd198820d5f3d065016b6579\
    73a750434c0000002982cac5619af088c602010101010101010101010101010101010101010101010101010101010101\
    01017265636569707473a7454e44000000021f7a80bb4813ec59";
