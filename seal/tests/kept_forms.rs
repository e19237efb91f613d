//! Kept samples of what lies inside sealed messages and has none beside its type, never edited. Each reads for ever, and
//! with something more that a later version wrote.

use domain::id::hex;
use domain::{
    Change, EnrolmentId, Entry, EntryId, Field, Kind, Op, Record, RecordId, UserId, Value, VaultId,
};
use minicbor::{Decode, Encode};
use seal::directory::{DeviceKey, Directory, Person};
use seal::page::{Author, Grant, Page};

fn is_kept<T: Encode<()> + for<'b> Decode<'b, ()>>(sample: &T, kept: &str) {
    let written = |it: &T| hex(&minicbor::to_vec(it).unwrap());
    assert_eq!(written(sample), kept);
    let bytes: Vec<u8> =
        (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect();
    assert_eq!(written(&minicbor::decode(&bytes).unwrap()), kept);
    let later = match bytes[0] {
        head @ 0xa0..=0xb6 => [&[head + 1], &bytes[1..], &[0x18, 0xc8, 0xf5]].concat(),
        head @ 0x80..=0x96 => [&[head + 1], &bytes[1..], &[0xf5]].concat(),
        _ => return,
    };
    assert_eq!(
        written(&minicbor::decode(&later).unwrap()),
        kept,
        "a later version's own part is passed over"
    );
}

fn directory() -> Directory {
    let device = DeviceKey {
        enrolment: EnrolmentId([1; 16]),
        inbox: [2; 32].into(),
        verifying: [3; 32].into(),
        since: 4,
    };
    let person = Person {
        user: UserId([5; 16]),
        name: "Ana Ríos".into(),
        role: 1,
        site: "meteti".into(),
        organisation: "HIAS".into(),
        team: "t1".into(),
        devices: vec![device],
    };
    Directory { people: vec![person] }
}

#[test]
fn the_directory_stays_readable() {
    is_kept(
        &directory(),
        "\
         a10081a70050050505050505050505050505050505050169416e612052c3ad6f73020103666d65746574690464484941\
         53056274310681a400500101010101010101010101010101010101582002020202020202020202020202020202020202\
         020202020202020202020202020258200303030303030303030303030303030303030303030303030303030303030303\
         0304",
    );
}

#[test]
fn what_a_page_tells_stays_readable() {
    let author = Author { user: UserId([1; 16]), name: "Ana Ríos".into(), site: "meteti".into() };
    let grant = Grant { group: RecordId([2; 16]), until: 3, emergency: true };
    let page = Page {
        records: vec![Record::new(RecordId([4; 16]), Kind::INDIVIDUAL)],
        authors: vec![author.clone()],
        total: 5,
        evicted: Some(vec![RecordId([6; 16])]),
        grants: Some(vec![grant]),
        directory: Some(directory()),
    };
    is_kept(
        &page,
        "\
         a6008185015004040404040404040404040404040404028080018183500101010101010101010101010101010169416e\
         612052c3ad6f73666d65746574690205038150060606060606060606060606060606060481a300500202020202020202\
         0202020202020202010302f505a10081a70050050505050505050505050505050505050169416e612052c3ad6f730201\
         03666d6574657469046448494153056274310681a4005001010101010101010101010101010101015820020202020202\
         020202020202020202020202020202020202020202020202020202582003030303030303030303030303030303030303\
         030303030303030303030303030304",
    );
    is_kept(&Page::default(), "a3008001800200");
    is_kept(&author, "83500101010101010101010101010101010169416e612052c3ad6f73666d6574657469");
}

/// The same numbers every time: samples are made with it, nothing else.
struct Counting(u64);

impl rand_core::TryRng for Counting {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| number as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 += 1;
        Ok(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        rand_core::utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

impl rand_core::TryCryptoRng for Counting {}

fn unhex(kept: &str) -> Vec<u8> {
    (0..kept.len() / 2).map(|at| u8::from_str_radix(&kept[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

#[test]
fn a_slot_of_the_first_form_opens_with_its_passphrase_for_ever() {
    let (vault, kdf, salt) = (VaultId([1; 16]), seal::Kdf::FLOOR, [2; 16]);
    let stretched = kdf.stretch("Uno dós tres", &salt).unwrap();
    let slot = seal::Slot::wrap(&mut Counting(1), vault, kdf, salt, &stretched, &[9; 32]).unwrap();
    let kept = "\
         890101194c000201500202020202020202020202020202020250d312a5af51ffe9f23efe9efa109cac364c2af894fe72\
         f36e3c3f74df7d583020f06611e3364061d55444bcc23ef4f5a9bf4ef120354dd2240bd478bdb7fb9b9059ecc3c19123\
         43ef8d8e0a3abeb444";
    assert_eq!(hex(&slot.to_bytes()), kept);
    let read = seal::Slot::from_bytes(&unhex(kept)).unwrap();
    let again = read.kdf.stretch("Uno dós tres", &read.salt).unwrap();
    assert_eq!(*read.open(vault, &again).unwrap(), [9; 32]);
}

#[test]
fn an_invitation_of_the_first_form_is_read_for_ever() {
    let invitation = seal::Invitation { code: [1; 16], root: [2; 32] };
    let kept = "AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC";
    assert_eq!(invitation.to_text(), kept);
    let read = seal::Invitation::parse(kept).unwrap();
    assert_eq!((read.code, read.root), (invitation.code, invitation.root));
}

#[test]
fn what_keys_of_the_first_form_signed_is_believed_for_ever() {
    let keys = seal::EnrolmentKeys::from_bytes(&[[1; 32], [2; 32]].concat()).unwrap();
    assert_eq!(keys.to_bytes()[..], [[1; 32], [2; 32]].concat());
    let op = Op { field: Field::GIVEN_NAMES, value: Value::text("Amina"), replaces: vec![EntryId([3; 16])] };
    let entry = Entry {
        id: EntryId([4; 16]),
        author: UserId([5; 16]),
        enrolment: EnrolmentId([6; 16]),
        at: 7,
        changes: vec![Change { record: RecordId([8; 16]), kind: Kind::INDIVIDUAL, ops: vec![op] }],
    };
    let kept = "\
         f4d3a7e64a78b413bcf6a70ac2c21c557fc3e25e018aa0f27eb6bf3f7fa79587b21e8d0b87f4590f96f2714733a71959\
         b12a44003ee110d6b5a5b2e611b6ee058601500404040404040404040404040404040450050505050505050505050505\
         0505050550060606060606060606060606060606060781835008080808080808080808080808080808028183182a6541\
         6d696e61815003030303030303030303030303030303";
    assert_eq!(hex(&seal::Signed::entry(&keys, &entry).to_bytes()), kept);
    assert_eq!(seal::Signed::from_bytes(&unhex(kept)).unwrap().to_bytes(), unhex(kept));
}
