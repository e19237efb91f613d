//! Every decoder of bytes from outside, as something that takes any bytes: by its name, which is that of its program and
//! of the folder of its corpus.
//!
//! What is behind a signature is signed here with a key of our own, so that made-up bytes get past it, as those of a
//! breached server or of a colleague's broken device would. Whatever is read is also used: written again, joined with
//! itself, asked for its history. None of it may panic, take long or take much memory, and what was read must be
//! readable again from what is written of it.
//!
//! `fuzz_targets` run these on nightly Rust for as long as one likes; `seal/tests/corpus.rs` replays the kept corpora on
//! stable Rust.

use domain::{DraftId, EnrolmentId, Entry, GroupRef, Record, RecordId, Strokes, UserId, overlay, rules};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use seal::frames::{Gathered, Gathering, Sequence};
use seal::page::Page;
use seal::server_keys::SigningSecret;
use seal::{
    Ask, Attachment, Checkpoint, EnrolmentKeys, Envelope, Holdings, Invitation, KeyRequest, Load, Locker,
    OfficeTables, Opener, Order, Parcel, PasskeySlot, Place, Reads, Receipts, RootKey, ServerKeys,
    ServerSecrets, Signed, Slot, note,
};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::OnceLock;

/// The form of a journal's file. It lies with the store, which is no library of these programs.
#[path = "../../app/store/src/journal/frames.rs"]
mod journal_frames;

/// Takes any bytes.
pub type Decoder = fn(&[u8]);

/// All of them.
pub const DECODERS: &[(&str, Decoder)] = &[
    ("answer", answer),
    ("attachment", attachment),
    ("capsule", capsule),
    ("carried", carried),
    ("checkpoint", checkpoint),
    ("directory", directory),
    ("entry", entry),
    ("envelope", envelope),
    ("frames", frames),
    ("holdings", holdings),
    ("invitation", invitation),
    ("journal", journal),
    ("note", sealed_note),
    ("order", order),
    ("page", page),
    ("parcel", parcel),
    ("question", question),
    ("reads", reads),
    ("receipt", receipt),
    ("record", record),
    ("row", row),
    ("server_keys", server_keys),
    ("signed", signed),
    ("slot", slot),
    ("tables", tables),
    ("text", text),
];

/// The server's signing key here.
pub fn server() -> SigningSecret {
    SigningSecret::from_bytes(&[7; 32])
}

/// All secrets of a server.
pub fn secrets() -> &'static ServerSecrets {
    static SECRETS: OnceLock<ServerSecrets> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let bytes = [&[7; 32][..], &[0; seal::envelope::SEALING_KEY], &[3; 32]].concat();
        ServerSecrets::from_bytes(&bytes).expect("so many bytes are secrets")
    })
}

/// Keys of a device.
pub fn device() -> EnrolmentKeys {
    EnrolmentKeys::from_bytes(&[9; 64]).expect("64 bytes are keys")
}

/// The device's enrolment.
pub const DEVICE: EnrolmentId = EnrolmentId([5; 16]);
/// Whose device it is.
pub const USER: UserId = UserId([2; 16]);
/// The note that is read.
pub const NOTE: RecordId = RecordId([1; 16]);

/// Signature, then body: how most signed messages look.
fn signed_by_server(label: &str, bound: &[u8], body: &[u8]) -> Vec<u8> {
    [&server().sign(label, &[bound, body].concat())[..], body].concat()
}

/// Reads CBOR; what can be read is written, and reads as the same again.
fn cbor<T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let read: T = minicbor::decode(bytes).ok()?;
    let written = minicbor::to_vec(&read).expect("what was read can be written");
    assert_eq!(minicbor::decode::<T>(&written).expect("what was written can be read"), read);
    Some(read)
}

/// An envelope as the server takes it apart before it knows anything of it.
pub fn envelope(data: &[u8]) {
    if let Ok(envelope) = Envelope::read(data) {
        let _ = envelope.header.capsule;
    }
}

/// A capsule: what opens the envelopes of a session.
pub fn capsule(data: &[u8]) {
    static OPENER: OnceLock<Opener> = OnceLock::new();
    let opener = OPENER.get_or_init(|| Opener::new(zeroize::Zeroizing::new(vec![3; 32])));
    let _ = opener.open(data);
}

/// An entry, as it comes out of an envelope.
pub fn entry(data: &[u8]) {
    let Ok(entry) = Entry::from_bytes(data) else { return };
    assert_eq!(Entry::from_bytes(&entry.to_bytes()).as_ref(), Ok(&entry));
    let _ = seal::attachment::stated_by(&entry);
    for id in entry.records() {
        let kind = entry.changes.iter().find(|change| change.record == id).map(|change| change.kind);
        let mut record = Record::new(id, kind.expect("a record of the entry has a change"));
        record.apply(&entry);
        use_record(record);
    }
}

/// A record, as pages and rows hold it.
pub fn record(data: &[u8]) {
    if let Some(record) = cbor::<Record>(data) {
        use_record(record);
    }
}

fn use_record(record: Record) {
    let mut joined = record.clone();
    joined.merge(&record);
    assert_eq!(joined, record, "a record joined with itself is itself");
    for field in record.fields() {
        let _ = (record.value(field), record.shown(field), record.values(field));
    }
    let _ = (record.conflicts(), record.history(), record.is_blank(), record.authors());
    for entry in record.entries() {
        let _ = record.undo(entry);
    }
    let _ = domain::note::readers(&record);
    let _ = domain::sealed_member::known_to(&record);
}

/// A parcel: envelopes and capsules on their way.
pub fn parcel(data: &[u8]) {
    if let Ok(parcel) = Parcel::from_bytes(data) {
        assert_eq!(Parcel::from_bytes(&parcel.to_bytes()), Ok(parcel));
    }
}

/// A file that people carry between devices: what came whole is written again, and its parts are read.
pub fn carried(data: &[u8]) {
    use seal::carried::{Answer, File};
    let Ok(file) = File::from_bytes(data) else { return };
    let again = File { whole: true, ..file.clone() };
    assert_eq!(File::from_bytes(&again.to_bytes()), Ok(again));
    for part in &file.parts {
        let _ = Parcel::from_bytes(part);
        if let Ok(Answer::Receipts { parcel, receipts }) = Answer::from_bytes(part) {
            let _ = Receipts::of_parcel(&receipts, &server().public(), &parcel);
        }
    }
}

/// Receipts, as the server signs them.
pub fn receipt(data: &[u8]) {
    let (key, parcel) = (server(), b"parcel");
    let _ = Receipts::from_bytes(data, &key.public(), parcel);
    let signed = signed_by_server("amparo/receipts/1", &seal::digest(parcel), data);
    if let Ok(receipts) = Receipts::from_bytes(&signed, &key.public(), parcel) {
        let again = receipts.to_bytes(&key, parcel);
        assert_eq!(Receipts::from_bytes(&again, &key.public(), parcel), Ok(receipts));
    }
}

/// Questions about chunks, loads of them, and the server's answer.
pub fn holdings(data: &[u8]) {
    if let Ok(ask) = Ask::from_bytes(data) {
        assert_eq!(Ask::from_bytes(&ask.to_bytes()), Ok(ask));
    }
    if let Ok(load) = Load::from_bytes(data) {
        assert_eq!(Load::from_bytes(&load.to_bytes()), Ok(load));
    }
    let (key, request) = (server(), b"request");
    let signed = signed_by_server("amparo/chunks/1", &seal::digest(request), data);
    let _ = Holdings::from_bytes(&signed, &key.public(), request);
}

/// A page, sealed as anybody could who knows the inbox key, and as the server writes it.
pub fn page(data: &[u8]) {
    let _ = Page::open(data, &device(), DEVICE, &server().public());
    if let Some(page) = cbor::<Page>(data) {
        page.records.into_iter().for_each(use_record);
    }
    let _ = seal::unpack(data, 64 * 1024);
}

/// The list of people, devices and keys that comes in a page.
pub fn directory(data: &[u8]) {
    let _ = cbor::<seal::Directory>(data);
}

/// Answers to single questions: who works here, the audit.
pub fn answer(data: &[u8]) {
    let _ = seal::answer::open::<String>(data, &device(), DEVICE, &server().public(), &[6; 16]);
    let _ = cbor::<seal::staff::StaffRoom>(data);
    let _ = cbor::<seal::AuditPage>(data);
    let _ = cbor::<seal::AuditQuery>(data);
}

/// What somebody asks about people registered elsewhere, sealed to the server, and what it answers.
pub fn question(data: &[u8]) {
    let _ = seal::question::key_of(data);
    let _ = seal::question::open(secrets(), data, DEVICE);
    let _ = cbor::<seal::elsewhere::Question>(data);
    let _ = cbor::<seal::elsewhere::Told>(data);
    let _ = cbor::<seal::elsewhere::Book>(data);
}

/// An order to a device.
pub fn order(data: &[u8]) {
    let key = server();
    let _ = Order::from_bytes(data, &key.public(), DEVICE);
    let signed = [&[1][..], &key.sign("amparo/order/1", data), data].concat();
    if let Ok(order) = Order::from_bytes(&signed, &key.public(), DEVICE) {
        let again = order.sign(&key).expect("what was read can be written");
        assert_eq!(Order::from_bytes(&again, &key.public(), DEVICE), Ok(order));
    }
}

/// A checkpoint, which devices echo.
pub fn checkpoint(data: &[u8]) {
    let key = server();
    let _ = Checkpoint::from_bytes(data, &key.public());
    if let Ok(checkpoint) =
        Checkpoint::from_bytes(&signed_by_server("amparo/checkpoint/1", &[], data), &key.public())
    {
        assert_eq!(Checkpoint::from_bytes(&checkpoint.to_bytes(&key), &key.public()), Ok(checkpoint));
    }
}

/// What a device tells of records that were opened on it.
pub fn reads(data: &[u8]) {
    let _ = Reads::from_body(data);
    let _ = seal::Exported::from_body(data);
}

/// Signed bodies: entries, drafts.
pub fn signed(data: &[u8]) {
    if let Ok(signed) = Signed::from_bytes(data) {
        assert_eq!(signed.to_bytes(), data);
        let _ = signed.verify(&seal::keys::NOBODY, seal::signed::ENTRY);
    }
    if let Ok((draft, _, state)) = seal::signed::read_draft(data) {
        let _ = (DraftId::from_slice(&draft.0), state.len());
    }
}

/// A slot: the vault's key under a passphrase or a passkey.
pub fn slot(data: &[u8]) {
    if let Ok(slot) = Slot::from_bytes(data) {
        assert_eq!(Slot::from_bytes(&slot.to_bytes()), Ok(slot.clone()));
        let _ = slot.open(domain::VaultId([1; 16]), &[2; 32]);
    }
    let _ = PasskeySlot::from_bytes(data);
}

/// A sealed row, as it lies in a browser's store or in the server's database.
pub fn row(data: &[u8]) {
    let locker = Locker::new(zeroize::Zeroizing::new([4; 32]), [8; 16]);
    let place = Place { table: 1, key: b"row" };
    let _ = (
        seal::locker::key_of(data),
        locker.open(place, data).is_ok(),
        locker.take_apart(place, data).is_ok(),
    );
}

/// The server's public keys, and what it sends to where the root is.
pub fn server_keys(data: &[u8]) {
    let root = RootKey::from_bytes(&[6; 32]);
    let _ = ServerKeys::from_bytes(data, &root.fingerprint());
    let _ = ServerKeys::claimed_root(data);
    let _ = KeyRequest::read(data);
    let signed = signed_by_server("amparo/key-request/1", &[], data);
    let _ = KeyRequest::read(&signed);
}

/// What refers to a picture, as a record states it.
pub fn attachment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(attachment) = Attachment::parse(&text) {
        assert_eq!(attachment.to_text(), text);
        let _ = attachment.open(&[data]);
    }
}

/// An invitation: a link, a code that was read aloud, whatever a camera found.
pub fn invitation(data: &[u8]) {
    if let Ok(invitation) = Invitation::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(Invitation::parse(&invitation.to_text()), Ok(invitation));
    }
}

/// A sealed note and, on the lines after it, the wraps of its key, as a record states them.
pub fn sealed_note(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (sealed, wraps) = text.split_once('\n').unwrap_or((&text, ""));
    let _ = note::wrapped_for(sealed, wraps.lines());
    if let Ok(key) = note::unwrap(NOTE, sealed, wraps.lines(), &device(), DEVICE, USER) {
        let _ = note::open(NOTE, sealed, &key);
    }
}

/// The tables of an office, as they come signed and as somebody made them by hand.
pub fn tables(data: &[u8]) {
    let key = server();
    let _ = OfficeTables::from_bytes(data, &key.public());
    let content = [&[0][..], data].concat();
    let signed = [&[1][..], &key.sign("amparo/tables/1", &content), &content].concat();
    let _ = OfficeTables::from_bytes(&signed, &key.public());
    let text = String::from_utf8_lossy(data);
    let nothing = BTreeMap::new();
    for table in ["fields", "lists", "rules", "institutions", "teams", "desks"] {
        let _ = overlay::check(table, &text, &nothing, &nothing);
    }
    let sheet = overlay::Sheet::read(&text);
    let _ = overlay::Sheet::read(&sheet.to_text());
    let _ = domain::Catalogue::read(&sheet.rows);
    let _ = rules::RuleTable::read(&sheet.rows);
    let _ = rules::days::Holidays::read(&sheet.rows);
    let _ = rules::Lists::read(|_| sheet.rows.clone());
    for desk in domain::service::Desk::read(&sheet.rows) {
        let _ = desk.dialled();
    }
}

/// Short texts that are typed, scanned or kept: references, signatures, conditions, ids.
pub fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(reference) = GroupRef::parse(&text) {
        assert_eq!(GroupRef::parse(&reference.to_string()), Ok(reference));
    }
    let _ = Strokes::parse(&text);
    let _ = domain::condition::Condition::parse(&text);
    let _ = RecordId::parse(&text);
    let _ = domain::id::from_hex::<32>(&text);
    let _ = seal::slot::normal(&text);
    let _ = minicbor::decode::<ByteVec>(data);
}

/// The texts of QR codes, one a line, as a camera reads them one after the other.
pub fn frames(data: &[u8]) {
    let Ok(texts) = std::str::from_utf8(data) else { return };
    let mut gathering = Gathering::new();
    for text in texts.lines() {
        match gathering.take(text) {
            Gathered::Done(bytes) => {
                assert!(!bytes.is_empty() && bytes.len() <= seal::frames::LONGEST);
                let still = seal::frames::still(&bytes);
                let first = Sequence::new(&bytes).map(|sequence| sequence.frame(0));
                // What was read is written in the same form again.
                let text = if text.starts_with("AMPARO1:") { still } else { first };
                let again = text.map(|text| Gathering::new().take(&text));
                assert!(matches!(again, Some(Gathered::Done(_) | Gathered::More { .. })));
            }
            Gathered::More { have, of } => assert!(have < of && of <= seal::frames::LONGEST),
            Gathered::NotOurs | Gathered::Newer | Gathered::Torn => {}
        }
    }
}

/// A file of the journal as a tablet that lost its power left it: what holds of it is written again byte for byte.
pub fn journal(data: &[u8]) {
    use journal_frames::{append, begin, read};
    if let Some(found) = read(data) {
        let (mut bytes, mut tail) = begin(found.number);
        for body in &found.bodies {
            assert!(append(&mut bytes, &mut tail, body));
        }
        assert_eq!(tail, found.tail);
        assert_eq!(data.get(..tail.size), Some(&bytes[..]));
        assert_eq!(found.whole, tail.size == data.len());
    }
    // The chain lets few made-up bytes past it, so that they are given frames of their own, cut off and changed.
    let Some((&at, bodies)) = data.split_first() else { return };
    let (mut bytes, mut tail) = begin(u64::from(at));
    let bodies: Vec<&[u8]> = bodies.chunks(usize::from(at % 32) + 1).collect();
    for body in &bodies {
        assert!(append(&mut bytes, &mut tail, body));
    }
    let hurt = usize::from(at) * 7 % bytes.len();
    for torn in [false, true] {
        let mut file = bytes.clone();
        if torn {
            file.truncate(hurt);
        } else if let Some(byte) = file.get_mut(hurt) {
            *byte ^= 1;
        }
        let held = read(&file).map(|found| found.bodies.len()).unwrap_or_default();
        assert!(held < bodies.len().max(1));
        assert!(read(&file).is_none_or(|found| found.bodies == bodies[..held]));
    }
}
