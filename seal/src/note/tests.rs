use super::*;
use crate::testing::Counting;
use proptest::prelude::*;

const NOTE: RecordId = RecordId([9; 16]);
const SAID: &str = "Dijo que él la golpea. أخافه";

/// Keys of somebody on a device, and how others know them.
fn device(number: u8) -> (EnrolmentKeys, Reader) {
    let keys = EnrolmentKeys::generate(&mut Counting(u64::from(number) * 1_000));
    let inbox = keys.public().unwrap().inbox;
    (keys, Reader { user: UserId([number; 16]), enrolment: EnrolmentId([number + 100; 16]), inbox })
}

fn read(sealed: &str, wraps: &[&str], (keys, reader): &(EnrolmentKeys, Reader)) -> Result<String, SealError> {
    let wraps = wraps.iter().copied();
    let key = unwrap(NOTE, sealed, wraps, keys, reader.enrolment, reader.user)?;
    open(NOTE, sealed, &key).map(|text| String::from_utf8(text.to_vec()).unwrap())
}

#[test]
fn a_note_opens_for_its_readers_and_for_nobody_else() {
    let (mine, hers, theirs) = (device(1), device(2), device(3));
    let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
    let wraps = wrap(&mut Counting(2), NOTE, &key, &[mine.1, hers.1]).unwrap();
    assert_eq!(read(&sealed, &[&wraps], &mine).as_deref(), Ok(SAID));
    assert_eq!(read(&sealed, &[&wraps], &hers).as_deref(), Ok(SAID));
    assert_eq!(read(&sealed, &[&wraps], &theirs), Err(SealError::WrongKey));
    // Whoever takes another's name still lacks the key.
    let in_her_name = (device(3).0, hers.1);
    assert_eq!(read(&sealed, &[&wraps], &in_her_name), Err(SealError::Damaged));
    assert_eq!(read(&sealed, &[], &mine), Err(SealError::WrongKey));
    let devices = [mine.1, hers.1].map(|reader| (reader.user, reader.enrolment));
    assert_eq!(wrapped_for(&sealed, [wraps.as_str()]), devices.into());
    assert!(
        !sealed.contains("golpea") && !format!("{key:?}").contains(|letter: char| letter.is_ascii_digit())
    );
}

#[test]
fn letting_somebody_in_adds_a_wrap_and_taking_somebody_off_needs_another_key() {
    let (mine, hers, theirs) = (device(1), device(2), device(3));
    let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
    let first = wrap(&mut Counting(2), NOTE, &key, &[mine.1, hers.1]).unwrap();
    let added = wrap(&mut Counting(3), NOTE, &key, &[theirs.1]).unwrap();
    assert_eq!(read(&sealed, &[&first, &added], &theirs).as_deref(), Ok(SAID));
    assert_eq!(wrapped_for(&sealed, [first.as_str(), "rubbish", &added]).len(), 3);
    // Anew, for two of them.
    let (key, anew) = seal(&mut Counting(4), NOTE, SAID.as_bytes()).unwrap();
    let wraps = wrap(&mut Counting(5), NOTE, &key, &[mine.1, theirs.1]).unwrap();
    assert_eq!(read(&anew, &[&first, &added, &wraps], &theirs).as_deref(), Ok(SAID));
    assert_eq!(read(&anew, &[&first, &added, &wraps], &hers), Err(SealError::WrongKey));
    // The former key, which she may have kept, opens nothing of it.
    let kept = unwrap(NOTE, &sealed, [first.as_str()], &hers.0, hers.1.enrolment, hers.1.user).unwrap();
    assert_eq!(open(NOTE, &anew, &kept).err(), Some(SealError::WrongKey));
}

#[test]
fn nothing_of_a_note_serves_in_another_place() {
    let mine = device(1);
    let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
    let wraps = wrap(&mut Counting(2), NOTE, &key, &[mine.1]).unwrap();
    let other = RecordId([8; 16]);
    assert_eq!(open(other, &sealed, &key).err(), Some(SealError::Damaged));
    let elsewhere = unwrap(other, &sealed, [wraps.as_str()], &mine.0, mine.1.enrolment, mine.1.user);
    assert_eq!(elsewhere.err(), Some(SealError::Damaged));
    // The wrap of another text of the same note.
    let (_, anew) = seal(&mut Counting(3), NOTE, SAID.as_bytes()).unwrap();
    assert_eq!(read(&anew, &[&wraps], &mine), Err(SealError::WrongKey));
}

#[test]
fn every_changed_bit_is_found() {
    let mine = device(1);
    let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
    let wraps = wrap(&mut Counting(2), NOTE, &key, &[mine.1]).unwrap();
    for (text, is_text) in [(&sealed, true), (&wraps, false)] {
        let bytes = Base64UrlUnpadded::decode_vec(text).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = Base64UrlUnpadded::encode_string(&changed);
            let outcome =
                if is_text { read(&changed, &[&wraps], &mine) } else { read(&sealed, &[&changed], &mine) };
            assert!(outcome.is_err(), "byte {at}");
        }
        for end in 0..text.len() {
            let cut = &text[..end];
            assert!(
                (if is_text { read(cut, &[&wraps], &mine) } else { read(&sealed, &[cut], &mine) }).is_err()
            );
        }
    }
}

#[test]
fn its_length_tells_little_and_too_long_a_text_is_refused() {
    let length = |text: &str| seal(&mut Counting(1), NOTE, text.as_bytes()).unwrap().1.len();
    assert_eq!(length(""), length("A short one."));
    assert_eq!(
        length(""),
        length("Nothing of this text tells how long it is, whatever it says of whom and when.")
    );
    let longest = "a".repeat(LIMIT);
    let (key, sealed) = seal(&mut Counting(1), NOTE, longest.as_bytes()).unwrap();
    assert_eq!(open(NOTE, &sealed, &key).unwrap().as_slice(), longest.as_bytes());
    assert_eq!(
        seal(&mut Counting(1), NOTE, "a".repeat(LIMIT + 1).as_bytes()).err(),
        Some(SealError::NotSealed)
    );
    // What does not deflate fits too.
    let mut noise = String::new();
    let mut state = 7_u32;
    while noise.len() < LIMIT - 4 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push(char::from_u32(0x1_0000 + (state >> 12)).unwrap_or('x'));
    }
    let (key, sealed) = seal(&mut Counting(1), NOTE, noise.as_bytes()).unwrap();
    assert_eq!(open(NOTE, &sealed, &key).unwrap().as_slice(), noise.as_bytes());
    let many = vec![device(1).1; WRAPS_LIMIT + 1];
    assert_eq!(wrap(&mut Counting(2), NOTE, &key, &many).err(), Some(SealError::NotSealed));
}

/// Notes lie on tablets and on the server: this sample is never edited.
#[test]
fn a_kept_note_opens() {
    const SEALED: &str = "AWqdac2rrP9ryKwCR3yZyEhqTUCYXQ21Z4FCvKQJmNMk7F-mzB65UMTVCUqeLcLYrQNNdHtsQrW9YQW8bUpq31a4MlCpEorJ6c5SkrWdnx9Wl633iq3vyV_9_SrrGDwdUq3K1k-rLhBzFW1RF7G7R8bIpIDK2UjEOJqhBklurWw17GXjoAaSsn67Qv8ALjVqPEaa1xP9eyrq3BuMWlcwyazJ_zgUc9IIRCHDecHpjNTTyPZxSwGgq8DGYU2l7szMF4ucTaNZarPOalTjmCBBooaCllGGgfNOOSB02whQLfD5ju5I2BFrD-HvjIXUSaSuqrLTQ7T866iUHbrcdWFEf1vC7WcuvplAPpLeHb0ns7doccOSnEJjZmPK_z7ojsr_HnyINpsMaWRtPnon2C06gI0";
    const WRAPS: &str = "AWqdac2rrP9ryKwCR3yZyEhqTUCYXQ21Z4FCvKQJmNMkZWVlZWVlZWVlZWVlZWVlZQEBAQEBAQEBAQEBAQEBAQE9EOu85pSUqSDwv9eCYP5uoDj1957eNGm45TzTYiiGZd2J1XuMiEfs1O_JmNQrOULj_ywRqjxCnT_WNJ-bLPZnSG-R2JSbla6MkWesljq6dw";
    let mine = device(1);
    assert_eq!(read(SEALED, &[WRAPS], &mine).as_deref(), Ok(SAID));
    let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
    assert_eq!(
        (sealed.as_str(), wrap(&mut Counting(2), NOTE, &key, &[mine.1]).as_deref()),
        (SEALED, Ok(WRAPS))
    );
}

proptest! {
    #[test]
    fn any_text_comes_back(text in ".{0,400}") {
        let mine = device(1);
        let (key, sealed) = seal(&mut Counting(1), NOTE, text.as_bytes()).unwrap();
        let wraps = wrap(&mut Counting(2), NOTE, &key, &[mine.1]).unwrap();
        prop_assert_eq!(read(&sealed, &[&wraps], &mine), Ok(text));
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..700), version in any::<bool>()) {
        let mut bytes = bytes;
        if let (true, Some(first)) = (version, bytes.first_mut()) {
            *first = VERSION;
        }
        let text = Base64UrlUnpadded::encode_string(&bytes);
        let (key, sealed) = seal(&mut Counting(1), NOTE, SAID.as_bytes()).unwrap();
        prop_assert!(open(NOTE, &text, &key).is_err());
        prop_assert!(read(&sealed, &[&text], &device(1)).is_err());
        prop_assert!(read(&text, &[&text], &device(1)).is_err());
        prop_assert!(wrapped_for(&sealed, [text.as_str()]).is_empty());
    }
}
