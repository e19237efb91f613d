use super::*;
use proptest::prelude::*;

fn sample(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Characters that fit a code of version 11 at level M in alphanumeric mode (ISO/IEC 18004, table 7).
const VERSION_11_M: usize = 366;

#[test]
fn a_still_code_kept_from_the_first_version_reads_for_ever() {
    // Never edited.
    let kept = "AMPARO1:%69 VD92EX0";
    assert_eq!(still(b"Hello!!").as_deref(), Some(kept));
    assert_eq!(Gathering::new().take(kept), Gathered::Done(b"Hello!!".to_vec()));
}

#[test]
fn frames_kept_from_the_first_version_read_for_ever() {
    // Never edited: three pieces, of which the second was missed, and two sums.
    let kept = include_str!("kept.txt");
    let bytes = sample(600);
    let sequence = Sequence::new(&bytes).unwrap();
    let written: Vec<String> = [0, 2, 3, 4, 5, 70_000].map(|nth| sequence.frame(nth)).into();
    assert_eq!(kept.lines().collect::<Vec<_>>(), written);
    let mut gathering = Gathering::new();
    assert!(kept.lines().any(|frame| gathering.take(frame) == Gathered::Done(bytes.clone())));
}

#[test]
fn a_still_code_holds_one_to_800_bytes() {
    for length in [1, 2, 799, 800] {
        let text = still(&sample(length)).unwrap();
        assert_eq!(Gathering::new().take(&text), Gathered::Done(sample(length)));
    }
    assert_eq!(still(&[]), None);
    assert_eq!(still(&sample(801)), None);
    // 800 bytes fit a code of version 20 at level L, 23 at level M.
    assert_eq!(still(&sample(800)).unwrap().len(), 1208);
}

#[test]
fn a_sequence_holds_one_byte_to_64_kib_and_no_frame_outgrows_its_code() {
    for length in [1, 220, 221, 801, 5000, LONGEST] {
        let (bytes, mut gathering) = (sample(length), Gathering::new());
        let sequence = Sequence::new(&bytes).unwrap();
        let pieces = sequence.pieces();
        assert_eq!(pieces, length.div_ceil(PIECE));
        for nth in 0..pieces as u32 {
            let frame = sequence.frame(nth);
            assert!(frame.len() <= VERSION_11_M, "{length}: {}", frame.len());
            let have = nth as usize + 1;
            let expected = match have == pieces {
                true => Gathered::Done(bytes.clone()),
                false => Gathered::More { have, of: pieces },
            };
            assert_eq!(gathering.take(&frame), expected, "{length}");
            if have < pieces {
                assert_eq!(gathering.take(&frame), expected, "the same once more");
            }
        }
    }
    assert!(Sequence::new(&[]).is_none());
    assert!(Sequence::new(&sample(LONGEST + 1)).is_none());
}

/// Frames beyond the pieces that it takes on average when this many of a hundred are missed: `from` is where a reader
/// joins.
fn overhead(length: usize, missed: u64, from: u32) -> f64 {
    const TIMES: u32 = 100;
    let mut extra = 0;
    for time in 0..TIMES {
        let mut bytes = sample(length);
        bytes[..4].copy_from_slice(&time.to_be_bytes());
        let sequence = Sequence::new(&bytes).unwrap();
        let (mut gathering, mut seen) = (Gathering::new(), 0);
        let mut draw = u64::from(time) + 1;
        for nth in from.. {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if (draw >> 33) % 100 < missed {
                continue;
            }
            seen += 1;
            if let Gathered::Done(whole) = gathering.take(&sequence.frame(nth)) {
                assert_eq!(whole, bytes);
                break;
            }
        }
        extra += seen - sequence.pieces();
    }
    extra as f64 / f64::from(TIMES)
}

#[test]
fn it_takes_two_frames_more_than_there_are_pieces_whatever_is_missed() {
    for length in [900, 6000] {
        assert_eq!(overhead(length, 0, 0), 0.0);
        for (missed, from) in [(10, 0), (50, 0), (90, 0), (0, 7), (30, 1000), (0, u32::MAX - 500)] {
            let extra = overhead(length, missed, from);
            println!("{length} bytes, {missed} % missed, from {from}: {extra:.2} frames");
            assert!(extra < 2.2, "{length} bytes, {missed} % missed, from {from}: {extra}");
        }
    }
}

#[test]
fn two_phones_before_one_camera_do_not_spoil_each_other() {
    let (one, other) = (sample(3000), sample(2999));
    let sequences = [&one, &other].map(|bytes| Sequence::new(bytes).unwrap());
    let (mut gathering, mut done) = (Gathering::new(), Vec::new());
    for nth in 0..14 {
        for sequence in &sequences {
            match gathering.take(&sequence.frame(nth)) {
                Gathered::Done(bytes) => done.push(bytes),
                told => assert_eq!(told, Gathered::More { have: nth as usize + 1, of: 14 }),
            }
        }
    }
    assert_eq!(done, [one, other]);
}

#[test]
fn what_is_gathered_side_by_side_is_bounded() {
    let mut gathering = Gathering::new();
    for length in 60_000..60_040 {
        gathering.take(&Sequence::new(&sample(length)).unwrap().frame(0));
        assert!(gathering.sequences.len() <= BESIDE);
    }
}

#[test]
fn frames_that_do_not_add_up_are_told_and_forgotten() {
    // Well-formed frames of one made-up sequence: what comes out is not what the digest says.
    let cut = Cut { whole: [7; WHOLE], length: 400 };
    let frame = |nth: u32, fill: u8| {
        let sum = vec![fill; cut.piece()];
        let mut frame = [&cut.whole[..], &399_u16.to_be_bytes(), &nth.to_be_bytes(), &sum].concat();
        frame.extend(short::<CHECK>(&frame));
        text(FRAME_MARK, &frame)
    };
    let mut gathering = Gathering::new();
    assert_eq!(gathering.take(&frame(0, 1)), Gathered::More { have: 1, of: 2 });
    assert_eq!(gathering.take(&frame(1, 2)), Gathered::Torn);
    assert_eq!(gathering.take(&frame(0, 1)), Gathered::More { have: 1, of: 2 });
}

#[test]
fn other_codes_later_ones_and_torn_ones_are_told_apart() {
    let frame = Sequence::new(&sample(900)).unwrap().frame(1);
    let long = format!("{FRAME_MARK}{}", "0".repeat(3000));
    let still_too_long = text(STILL_MARK, &sample(801));
    for (text, told) in [
        ("", Gathered::NotOurs),
        ("9RY3-4TU9", Gathered::NotOurs),
        ("https://example.org/AMPARO1:", Gathered::NotOurs),
        ("AMPARO", Gathered::NotOurs),
        ("AMPARO1", Gathered::NotOurs),
        ("AMPARO0:BB8", Gathered::NotOurs),
        ("AMPARO2", Gathered::NotOurs),
        ("AMPAROé2:", Gathered::NotOurs),
        ("AMPARO99999999999:BB8", Gathered::NotOurs),
        ("AMPARO2:anything", Gathered::Newer),
        ("AMPARO2/", Gathered::Newer),
        ("AMPARO13:BB8", Gathered::Newer),
        ("AMPARO1:", Gathered::Torn),
        ("AMPARO1:bb8", Gathered::Torn),
        ("AMPARO1/", Gathered::Torn),
        ("AMPARO1/BB8", Gathered::Torn),
        (&frame[..frame.len() - 3], Gathered::Torn),
        (&long, Gathered::Torn),
        (&still_too_long, Gathered::Torn),
    ] {
        assert_eq!(Gathering::new().take(text), told, "{text}");
    }
    for at in FRAME_MARK.len()..frame.len() {
        let mut other = frame.clone().into_bytes();
        other[at] = if other[at] == b'0' { b'1' } else { b'0' };
        let told = Gathering::new().take(std::str::from_utf8(&other).unwrap());
        assert_eq!(told, Gathered::Torn, "character {at}");
    }
}

proptest! {
    #[test]
    fn frames_in_any_order_and_with_any_missing_complete(
        bytes in prop::collection::vec(any::<u8>(), 1..6000),
        mut order in Just((0_u32..400).collect::<Vec<_>>()).prop_shuffle(),
        seen in 60_usize..400,
    ) {
        let sequence = Sequence::new(&bytes).unwrap();
        order.truncate(seen);
        let mut gathering = Gathering::new();
        let mut before = 0;
        let done = order.iter().find_map(|nth| match gathering.take(&sequence.frame(*nth)) {
            Gathered::Done(whole) => Some(whole),
            Gathered::More { have, of } => {
                assert!(have >= before && have < of && of == sequence.pieces());
                before = have;
                None
            }
            other => panic!("{other:?}"),
        });
        // At most 28 pieces: sixty frames that are not enough come less often than once in four thousand million times.
        prop_assert_eq!(done, Some(bytes));
    }

    #[test]
    fn no_text_brings_it_down(texts in prop::collection::vec("(AMPARO[0-9]{0,2}[:/])?[0-9A-Z $%*+./:-]{0,60}|.{0,40}", 0..20)) {
        let mut gathering = Gathering::new();
        for text in texts {
            gathering.take(&text);
        }
    }

    #[test]
    fn no_frame_with_a_right_check_brings_it_down(frames in prop::collection::vec((0_u8..3, 0_u16..900, any::<u32>(), 0_usize..230), 0..40)) {
        let mut gathering = Gathering::new();
        for (whole, length, nth, piece) in frames {
            let cut = Cut { whole: [whole; WHOLE], length: usize::from(length) + 1 };
            let sum = sample(if piece > 200 { piece } else { cut.piece() });
            let mut frame = [&cut.whole[..], &length.to_be_bytes(), &nth.to_be_bytes(), &sum].concat();
            frame.extend(short::<CHECK>(&frame));
            gathering.take(&text(FRAME_MARK, &frame));
        }
    }
}
