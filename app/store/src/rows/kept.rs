//! Kept samples of rows, never edited: devices hold rows of these forms. Each reads for ever, and with something more
//! that a later version wrote.

use super::*;
use domain::id::hex;
use domain::{DraftId, EnrolmentId, RecordId, UserId, VaultId};

/// A sample is written as it was kept, and what was kept is read, with what a later version may have added.
pub(crate) fn is_kept<T: Encode<()> + for<'b> Decode<'b, ()>>(sample: &T, kept: &str) {
    assert_eq!(hex(&write(sample)), kept);
    let bytes: Vec<u8> =
        (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let read = |bytes: &[u8]| minicbor::decode::<T>(bytes).map(|row| hex(&write(&row)));
    assert_eq!(read(&bytes).unwrap(), kept);
    // A map of fewer than 23 parts, with one more of a number that nobody has given yet.
    if matches!(bytes[0], 0xa0..=0xb6) {
        let later = [&[bytes[0] + 1], &bytes[1..], &[0x18, 0xc8, 0xf5]].concat();
        assert_eq!(read(&later).unwrap(), kept);
    }
}

fn bytes(byte: u8) -> ByteVec {
    ByteVec::from(vec![byte; 2])
}

#[test]
fn the_rows_of_vaults_stay_readable() {
    let row = VaultRow {
        slots: vec![bytes(1), bytes(2)],
        staff_code: "MET-01".into(),
        identity: bytes(3),
        created: 1_782_000_000_000,
    };
    is_kept(&row, "a4008242010142020201664d45542d303102420303031b0000019ee77a1c00");
    let identity = IdentityRow {
        enrolment: EnrolmentId([1; 16]),
        user: UserId([2; 16]),
        name: "Ana Ríos".into(),
        role: 1,
        site: "meteti".into(),
        root: bytes(4),
        server_keys: bytes(5),
        keys: bytes(6),
    };
    is_kept(
        &identity,
        "\
         a80050010101010101010101010101010101010150020202020202020202020202020202020269416e612052c3ad6f73\
         030104666d6574657469054204040642050507420606",
    );
}

#[test]
fn the_rows_of_posts_stay_readable() {
    let row = PostRow {
        enrolment: EnrolmentId([1; 16]),
        deposit_token: bytes(1),
        server: bytes(2),
        epoch: bytes(3),
        cursor: bytes(4),
        collected_at: 5,
        signed_in_at: 6,
        began_anew_at: 7,
        root: Some(bytes(8)),
        server_keys: Some(bytes(9)),
        order: 10,
        ordered: 1,
        ordered_at: 12,
        checkpoint: Some(bytes(13)),
        echoed_at: 14,
        former: vec![bytes(15)],
        keys_from: 16,
        heard_all_at: 17,
    };
    is_kept(
        &row,
        "\
         b20050010101010101010101010101010101010142010102420202034203030442040405050606070708420808094209\
         090a0a0b010c0c0d420d0d0e0e0f81420f0f10101111",
    );
}

#[test]
fn the_rows_of_what_waits_stay_readable() {
    let row = EnvelopeRow {
        envelope: bytes(1),
        vault: VaultId([2; 16]),
        capsule: bytes(3),
        saved_at: 4,
        state: 2,
        verdict: 3,
        reason: "role_lost".into(),
        tries: 7,
        last_try: 8,
        note: bytes(9),
        not_before: 10,
        settled_at: 11,
        epoch: bytes(12),
        forgotten: true,
    };
    is_kept(
        &row,
        "\
         ae00420101015002020202020202020202020202020202024203030304040205030669726f6c655f6c6f737407070808\
         094209090a0a0b0b0c420c0c0df5",
    );
    is_kept(&CapsuleRow { bytes: bytes(1), held: true, made_at: 2 }, "a30042010101f50202");
    let row = ChunkRow {
        vault: VaultId([1; 16]),
        file: bytes(2),
        index: 3,
        at: 4,
        draft: Some(DraftId([5; 16])),
        not_before: 6,
        epoch: Some(bytes(7)),
    };
    is_kept(
        &row,
        "\
         a70050010101010101010101010101010101010142020202030304045005050505050505050505050505050505050606\
         420707",
    );
    let row = DraftRow { bytes: bytes(1), title: "Ana".into(), form: "case/1".into(), step: 2, at: 3 };
    is_kept(&row, "a5004201010163416e610266636173652f3103020403");
    let row = NoteRow {
        person: "Ana".into(),
        act: "registered".into(),
        record: RecordId([1; 16]),
        records: vec![RecordId([1; 16]), RecordId([2; 16])],
    };
    is_kept(
        &row,
        "\
         a40063416e61016a72656769737465726564025001010101010101010101010101010101038250010101010101010101\
         010101010101015002020202020202020202020202020202",
    );
}
