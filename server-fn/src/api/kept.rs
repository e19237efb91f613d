//! Kept samples of what is asked and answered over the line, never edited: builds of any age ask and read in these forms,
//! and pass over what a later version adds.

use super::*;
use domain::id::hex;
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;
use server_fn::codec::CborEncoding;
use server_fn::{Decodes, Encodes};

fn bytes(byte: u8) -> ByteBuf {
    ByteBuf::from(vec![byte; 2])
}

/// A sample is written as it was kept, and what was kept is read, with one more part that nobody knows.
fn is_kept<T: Serialize + DeserializeOwned>(sample: &T, kept: &str) {
    let written = |it: &T| hex(&CborEncoding::encode(it).unwrap());
    assert_eq!(written(sample), kept);
    let plain: Vec<u8> =
        (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let read = |bytes: Vec<u8>| -> T { CborEncoding::decode(bytes.into()).unwrap() };
    assert_eq!(written(&read(plain.clone())), kept);
    if matches!(plain[0], 0xa0..=0xb6) {
        let later = [&[plain[0] + 1], &plain[1..], b"\x65later\xf5"].concat();
        assert_eq!(written(&read(later)), kept);
    }
}

#[test]
fn what_a_tablet_asks_all_its_life_stays_readable() {
    is_kept(
        &deliver::Deliver { token: bytes(1), parcel: bytes(2) },
        "a265746f6b656e4201016670617263656c420202",
    );
    is_kept(&collect_as::CollectAs { cursor: bytes(1), room: 2 }, "a266637572736f7242010164726f6f6d02");
    is_kept(&collect::Collect { cursor: bytes(1), room: 2 }, "a266637572736f7242010164726f6f6d02");
    is_kept(&sign_in::Challenge { enrolment: bytes(1) }, "a169656e726f6c6d656e74420101");
    is_kept(
        &sign_in::SignIn { enrolment: bytes(1), challenge: bytes(2), signature: bytes(3) },
        "\
         a369656e726f6c6d656e74420101696368616c6c656e6765420202697369676e6174757265420303",
    );
    let request = enrol::EnrolRequest { code: vec![1; 2], verifying: vec![2; 2], inbox: vec![3; 2] };
    is_kept(
        &enrol::Enrol { request },
        "\
         a16772657175657374a364636f646542010169766572696679696e6742020265696e626f78420303",
    );
}

#[test]
fn what_a_tablet_is_answered_stays_readable() {
    let enrolled = enrol::Enrolled {
        enrolment: vec![1; 2],
        user: vec![2; 2],
        name: "Ana Ríos".into(),
        staff_code: "MET-01".into(),
        role: 1,
        site: "meteti".into(),
        deposit_token: vec![3; 2],
        server_keys: vec![4; 2],
        epoch: vec![5; 2],
    };
    is_kept(
        &enrolled,
        "\
         a969656e726f6c6d656e744201016475736572420202646e616d6569416e612052c3ad6f736a73746166665f636f6465\
         664d45542d303164726f6c65016473697465666d65746574696d6465706f7369745f746f6b656e4203036b7365727665\
         725f6b6579734204046565706f6368420505",
    );
    let signed_in =
        sign_in::SignedIn { epoch: bytes(1), role: 2, site: "meteti".into(), server_keys: bytes(3) };
    is_kept(
        &signed_in,
        "\
         a46565706f636842010164726f6c65026473697465666d65746574696b7365727665725f6b657973420303",
    );
    let collected = collect::Collected {
        page: bytes(1),
        cursor: bytes(2),
        more: true,
        epoch: bytes(3),
        signer: bytes(4),
    };
    is_kept(
        &collected,
        "\
         a5647061676542010166637572736f72420202646d6f7265f56565706f6368420303667369676e6572420404",
    );
}

#[test]
fn errors_keep_their_names() {
    use error::ApiError as E;
    let all = [
        E::InvitationUnknown,
        E::InvitationUsed,
        E::InvitationExpired,
        E::NotSignedIn,
        E::DepositRefused,
        E::Malformed,
        E::TooLarge,
        E::NotHere,
        E::Refused,
        E::PasskeyNeeded,
        E::Unavailable,
        E::NoAnswer,
    ];
    for (error, kept) in all.iter().zip("71496e7669746174696f6e556e6b6e6f776e 6e496e7669746174696f6e55736564 71496e7669746174696f6e45787069726564 6b4e6f745369676e6564496e 6e4465706f73697452656675736564 694d616c666f726d6564 68546f6f4c61726765 674e6f7448657265 6752656675736564 6d506173736b65794e6565646564 6b556e617661696c61626c65 684e6f416e73776572".split(' ')) {
        is_kept(error, kept);
    }
}

#[test]
fn what_passkeys_and_administration_ask_stays_readable() {
    let asked = passkeys::PasskeyAsked {
        challenge: bytes(1),
        domain: "a.example".into(),
        user: bytes(2),
        known: vec![bytes(3)],
    };
    is_kept(
        &asked,
        "\
         a4696368616c6c656e676542010166646f6d61696e69612e6578616d706c656475736572420202656b6e6f776e814203\
         03",
    );
    let made = passkeys::PasskeyMade { client_data: bytes(1), attestation: bytes(2), signature: bytes(3) };
    is_kept(
        &made,
        "\
         a36b636c69656e745f646174614201016b6174746573746174696f6e420202697369676e6174757265420303",
    );
    let shown = passkeys::PasskeyShown {
        credential: bytes(1),
        client_data: bytes(2),
        authenticator_data: bytes(3),
        signature: bytes(4),
    };
    is_kept(
        &shown,
        "\
         a46a63726564656e7469616c4201016b636c69656e745f646174614202027261757468656e74696361746f725f646174\
         61420303697369676e6174757265420404",
    );
    is_kept(
        &passkeys::PasskeyInfo { credential: bytes(1), added_at: 2, shown_at: 3 },
        "a36a63726564656e7469616c4201016861646465645f6174026873686f776e5f617403",
    );
    let details = staff::StaffDetails {
        name: "Ana Ríos".into(),
        staff_code: "MET-01".into(),
        role: 1,
        site: "meteti".into(),
        organisation: "HIAS".into(),
        team: "t1".into(),
    };
    is_kept(
        &details,
        "\
         a6646e616d6569416e612052c3ad6f736a73746166665f636f6465664d45542d303164726f6c65016473697465666d65\
         746574696c6f7267616e69736174696f6e6448494153647465616d627431",
    );
    is_kept(
        &staff::Outcome { faults: vec![("site".into(), "unknown".into())], entered: 2 },
        "a2666661756c74738182647369746567756e6b6e6f776e67656e746572656402",
    );
    let item = staff::KeptItem {
        seq: 1,
        id: bytes(2),
        quarantined: true,
        reason: "role_lost".into(),
        received_at: 3,
    };
    is_kept(
        &item,
        "\
         a563736571016269644202026b71756172616e74696e6564f566726561736f6e69726f6c655f6c6f73746b7265636569\
         7665645f617403",
    );
}

/// What a tablet reports of itself, as builds of before this release did.
#[test]
fn a_report_of_before_is_read() {
    let kept = "a366756e73656e74016c6f6c646573745f686f757273026776657273696f6e65302e312e30";
    let plain: Vec<u8> =
        (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let read: staff::Report = CborEncoding::decode(plain.into()).unwrap();
    assert_eq!((read.unsent, read.oldest_hours, read.version.as_str(), read.carried), (1, 2, "0.1.0", 0));
}
