use super::*;
use crate::ServerSecrets;
use crate::testing::Counting;
use domain::id::hex;

fn server() -> ServerSecrets {
    ServerSecrets::generate(&mut Counting(1))
}

fn sealed(plain: &[u8]) -> (Vec<u8>, AnswerKey) {
    seal(&mut Counting(7), &server().sealing_public, plain).unwrap()
}

fn worked(letter: &[u8], bits: u8) -> Vec<u8> {
    let mut from = 0;
    loop {
        match work(id(letter), bits, from, 100) {
            Ok(nonce) => return posted(nonce, letter),
            Err(next) => from = next,
        }
    }
}

#[test]
fn a_letter_opens_at_the_server_and_its_answer_with_whoever_wrote_it() {
    let (server, other) = (server(), ServerSecrets::generate(&mut Counting(2)));
    let (letter, key) = sealed(b"Rosa Quintero");
    assert!(!letter.windows(4).any(|window| window == b"Rosa"));
    assert_eq!(sealed_to(&letter), Some(short_digest(&server.sealing_public)));
    let (plain, theirs) = open(&server.sealing, &letter).unwrap();
    assert_eq!((&plain[..], *theirs), (&b"Rosa Quintero"[..], *key));
    assert_eq!(open(&other.sealing, &letter).err(), Some(SealError::Damaged));
    let told = answer(&mut Counting(9), &server.signing, id(&letter), Fate::Taken, Some((&theirs, b"seen")));
    let told = told.unwrap();
    let (fate, rest) = read_answer(&told, &server.signing.public(), id(&letter)).unwrap();
    assert_eq!((fate, &read_told(&key, id(&letter), rest).unwrap()[..]), (Fate::Taken, &b"seen"[..]));
    assert_eq!(read_answer(&told, &other.signing.public(), id(&letter)), Err(SealError::WrongSignature));
    assert_eq!(read_answer(&told, &server.signing.public(), [0; 16]), Err(SealError::WrongSignature));
    assert_eq!(read_told(&Zeroizing::new([1; 32]), id(&letter), rest).err(), Some(SealError::Damaged));
}

#[test]
fn every_fate_is_told_as_it_was_given() {
    let server = server();
    for fate in [Fate::Taken, Fate::Later, Fate::MoreWork(20), Fate::OtherKey, Fate::Refused] {
        let bytes = answer(&mut Counting(9), &server.signing, [5; 16], fate, None).unwrap();
        assert_eq!(read_answer(&bytes, &server.signing.public(), [5; 16]), Ok((fate, &[][..])));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read_answer(&changed, &server.signing.public(), [5; 16]).is_err(), "byte {at}");
            assert!(read_answer(&bytes[..at], &server.signing.public(), [5; 16]).is_err());
        }
    }
}

#[test]
fn work_is_asked_for_and_bound_to_its_letter() {
    let (letter, _) = sealed(b"x");
    let (other, _) = seal(&mut Counting(8), &server().sealing_public, b"x").unwrap();
    let posted = worked(&letter, 12);
    assert_eq!(received(&posted, 12), Ok((id(&letter), &letter[..])));
    let moved = [&posted[..8], &other[..]].concat();
    assert_eq!(received(&moved, 12), Err((id(&other), Fate::MoreWork(12))));
    assert_eq!(received(b"short", 0).unwrap_err().1, Fate::Refused);
    assert_eq!(received(&vec![0; LETTER_LIMIT + 1], 0).unwrap_err().1, Fate::Refused);
    assert!(is_enough(&[0, 0, 0x10], 19) && !is_enough(&[0, 0, 0x10], 20) && is_enough(&[0xff], 0));
}

#[test]
fn what_was_changed_on_the_way_does_not_open() {
    let server = server();
    let (letter, _) = sealed(b"x");
    for at in (0..letter.len()).step_by(37).chain([letter.len() - 1]) {
        let mut changed = letter.clone();
        changed[at] ^= 1;
        assert!(open(&server.sealing, &changed).is_err(), "byte {at}");
        assert!(open(&server.sealing, &letter[..at]).is_err());
    }
}

/// As first released. Never edit: phones that were not updated write so.
#[test]
fn the_first_released_forms_stay_readable() {
    let server = server();
    let (letter, key) = sealed(b"Ana");
    assert_eq!(hex(&short_digest(&letter)), KEPT.0);
    let bytes =
        answer(&mut Counting(9), &server.signing, id(&letter), Fate::MoreWork(18), Some((&key, b"y")));
    assert_eq!(hex(&short_digest(&bytes.unwrap())), KEPT.1);
    assert_eq!(work(id(&letter), 10, 0, u32::MAX).map(|nonce| hex(&nonce)), Ok(KEPT.2.to_owned()));
}
const KEPT: (&str, &str, &str) =
    ("b86460d5f27d54865b6ea4daa43a49b3", "357f16b7abd11feacd66f52c9fcafb0b", "000000000000011a");
