//! Kept samples of forms that have none beside their type, never edited: devices and servers hold bytes of these. Each
//! reads for ever, and with something more that a later version wrote.

use domain::application::{State, Summary};
use domain::appointment::{Appointment, DayPart, Wish};
use domain::elsewhere::{Fault, Part, Sure, Wanted};
use domain::id::hex;
use domain::{Place, RecordId, Role, Standing, UserId};
use minicbor::{Decode, Encode};

fn is_kept<T: Encode<()> + for<'b> Decode<'b, ()>>(sample: &T, kept: &str) {
    let written = |it: &T| hex(&minicbor::to_vec(it).unwrap());
    assert_eq!(written(sample), kept);
    let bytes: Vec<u8> =
        (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect();
    assert_eq!(written(&minicbor::decode(&bytes).unwrap()), kept);
    if matches!(bytes[0], 0xa0..=0xb6) {
        let later = [&[bytes[0] + 1], &bytes[1..], &[0x18, 0xc8, 0xf5]].concat();
        assert_eq!(written(&minicbor::decode(&later).unwrap()), kept);
    }
}

#[test]
fn what_a_line_tells_of_an_application_stays_readable() {
    let summary = Summary {
        record: RecordId([1; 16]),
        reference: "KX7M42P2".into(),
        state: State::Taken,
        taken_by: vec![UserId([2; 16])],
        site: "metj".into(),
        marks: 3,
        people: 4,
        language: "es".into(),
        received: 5,
        slot: "s:1".into(),
        at: 6,
        slot_state: "given".into(),
        came: 7,
        walk_in: true,
        group: Some(RecordId([8; 16])),
        name: "Ana Ríos".into(),
    };
    is_kept(
        &summary,
        "\
         af00684b58374d3432503201020281500202020202020202020202020202020203646d65746a04030504066265730705\
         0863733a3109060a65676976656e0b070cf50d50080808080808080808080808080808080e69416e612052c3ad6f73",
    );
}

#[test]
fn wishes_and_appointments_stay_readable() {
    let wish = Wish {
        site: "PTY".into(),
        from: "2026-12-01".into(),
        until: "2026-12-05".into(),
        part: DayPart::Morning,
    };
    is_kept(&wish, "a40063505459016a323032362d31322d3031026a323032362d31322d30350301");
    let kept = Appointment {
        state: "kept".into(),
        site: "PTY".into(),
        at: "2026-12-01T09:20".into(),
        place: "Carpa 2".into(),
    };
    is_kept(
        &kept,
        "\
         a400646b65707401635054590270323032362d31322d30315430393a3230036743617270612032",
    );
}

#[test]
fn what_is_asked_elsewhere_stays_readable() {
    is_kept(
        &Wanted { names: "Ana Ríos".into(), year: Some(1991), number: "V-1".into() },
        "a30069416e612052c3ad6f73011907c70263562d31",
    );
    is_kept(&[Part::Names, Part::Born, Part::Number], "83000102");
    let faults = [
        Fault::Nothing,
        Fault::OneName,
        Fault::NoYear,
        Fault::NoSuchYear,
        Fault::NumberTooShort,
        Fault::Pattern,
        Fault::TooLong,
    ];
    is_kept(&faults, "8700010203040506");
    is_kept(&[Sure::Document, Sure::NamesAndYear, Sure::Similar], "83010203");
}

#[test]
fn who_somebody_is_stays_readable() {
    let place = Place {
        operation: "PA".into(),
        organisation: "HIAS".into(),
        site: "meteti".into(),
        team: "t1".into(),
    };
    is_kept(
        &Standing { user: UserId([1; 16]), role: Role::Counsellor, place },
        "\
         a3005001010101010101010101010101010101010202a40062504101644849415302666d657465746903627431",
    );
}
