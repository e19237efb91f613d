//! Replays the kept corpora of `fuzz/`: real samples of every form, and what once brought a decoder down.

#[allow(dead_code)]
#[path = "../../fuzz/src/decoders.rs"]
mod decoders;

use decoders::{DECODERS, DEVICE, NOTE, USER, device, server};
use domain::*;
use seal::elsewhere;
use seal::page::{self, Page};
use seal::*;
use seal::{Place, note};
use std::fs;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

fn files(decoder: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(corpus().join(decoder)).unwrap_or_else(|_| panic!("{decoder} has no corpus"));
    let mut files: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn no_decoder_falls_over_anything_that_was_kept() {
    for (name, decode) in DECODERS {
        assert!(!files(name).is_empty(), "{name} has no corpus");
        for file in files(name) {
            let bytes = fs::read(&file).unwrap();
            println!("{}", file.display());
            decode(&bytes);
            // Nor over what a line could make of it.
            for at in 0..bytes.len().min(300) {
                decode(&bytes[..at]);
                let mut other = bytes.clone();
                other[at] ^= 1 << (at % 8);
                decode(&other);
            }
        }
    }
}

#[test]
fn every_corpus_is_of_a_decoder_and_small() {
    let mut names: Vec<String> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    // Only the server reads what passkeys send: its corpus is for the program of `fuzz/` alone.
    let ours: Vec<&String> = names.iter().filter(|name| *name != "passkey").collect();
    assert_eq!(ours, DECODERS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for name in names {
        let bytes: u64 = files(&name).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(bytes < 64 * 1024, "{name}: {bytes} bytes");
    }
}

/// Draws the same numbers every time, so that samples made anew are the same.
struct Counting(u64);

impl rand_core::TryRng for Counting {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Counting {}

fn sample_entry() -> Entry {
    let (group, person) = (RecordId([2; 16]), RecordId([3; 16]));
    let op = |field, value| Op { field, value, replaces: vec![] };
    let name = Value::Text("Amina".into());
    let changes = vec![
        Change {
            record: group,
            kind: Kind::GROUP,
            ops: vec![
                op(Field::SITE, Value::Text("meteti".into())),
                op(Field::FOCAL_POINT, Value::Ref(person)),
            ],
        },
        Change {
            record: person,
            kind: Kind::INDIVIDUAL,
            ops: vec![
                op(Field::GROUP, Value::Ref(group)),
                Op { field: Field::GIVEN_NAMES, value: name, replaces: vec![EntryId([9; 16])] },
                op(Field::SEALED_FOR, Value::Codes(vec![domain::id::hex(&USER.0)])),
            ],
        },
    ];
    Entry { id: EntryId([4; 16]), author: USER, enrolment: DEVICE, at: 1_700_000_000_000, changes }
}

fn keep(decoder: &str, name: &str, bytes: &[u8]) {
    let folder = corpus().join(decoder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

/// Writes the samples that the corpora began with. What else lies there is left alone.
#[test]
#[ignore = "writes into fuzz/corpus: cargo test -p amparo-seal --test corpus -- --ignored"]
fn samples_are_made_anew() {
    let rng = &mut Counting(1);
    let records = keep_records();
    keep_envelopes(rng);
    keep_pages(rng, records);
    keep_keys(rng);
    keep_texts(rng);
}

fn keep_records() -> Vec<Record> {
    let entry = sample_entry();
    keep("entry", "family", &entry.to_bytes());
    let of = |change: &Change| {
        let mut record = Record::new(change.record, change.kind);
        record.apply(&entry);
        record
    };
    let records: Vec<Record> = entry.changes.iter().map(of).collect();
    for (name, record) in ["group", "person"].iter().zip(&records) {
        keep("record", name, &minicbor::to_vec(record).unwrap());
    }
    let renamed = records[1].change([(Field::GIVEN_NAMES, Value::Text("Aminata".into()))]).unwrap();
    let mut with_past = records[1].clone();
    with_past.apply(&Entry { id: EntryId([5; 16]), changes: vec![renamed], ..entry });
    keep("record", "person_with_a_past", &minicbor::to_vec(&with_past).unwrap());
    records
}

fn keep_envelopes(rng: &mut Counting) {
    let (key, keys) = (server(), device());
    let signed = Signed::entry(&keys, &sample_entry()).to_bytes();
    keep("signed", "entry", &signed);
    keep("signed", "draft_body", &Signed::draft(&keys, DraftId([6; 16]), 7, b"state").body);
    let secrets = ServerSecrets::generate(rng);
    let outgoing = Outgoing::begin(rng, &secrets.sealing_public).unwrap();
    keep("capsule", "capsule", outgoing.capsule().1);
    let envelope = outgoing.seal(rng, Purpose::Entry, EnvelopeId([7; 16]), DEVICE, 1, &signed).unwrap();
    keep("envelope", "entry", &envelope);
    keep("parcel", "one", &Parcel { capsules: vec![vec![1; 20]], envelopes: vec![envelope] }.to_bytes());
    keep("parcel", "none", &Parcel::default().to_bytes());
    let item = Receipt { envelope: [1; 16], verdict: Verdict::Parked, reason: "role_lost".into() };
    let receipts = Receipts { epoch: [3; 16], items: vec![item], checkpoint: Some(vec![1, 2, 3]) };
    keep("receipt", "parked", &receipts.to_bytes(&key, b"parcel")[64..]);
    let reading = Reading { record: RecordId([3; 16]), at: 1_700_000_000_000, why: Why::from_code(1) };
    let reads = Reads { batch: [8; 16], enrolment: DEVICE, items: vec![reading] };
    keep("reads", "one", &reads.sign(&keys).body);

    let photo = Attachment::seal(rng, Media::JPEG, &[5; 100]).unwrap();
    keep("attachment", "photo", photo.reference.to_text().as_bytes());
    let addresses = photo.reference.addresses().to_vec();
    keep("holdings", "ask", &Ask { nonce: [1; 16], addresses: addresses.clone() }.to_bytes());
    keep("holdings", "load", &Load { nonce: [1; 16], chunks: vec![vec![1; 30]] }.to_bytes());
    let holdings = Holdings { epoch: [3; 16], items: vec![(addresses[0], Holding::Held)] };
    keep("holdings", "answer", &holdings.to_bytes(&key, b"request")[64..]);
}

fn keep_pages(rng: &mut Counting, records: Vec<Record>) {
    let (key, inbox) = (server(), device().public().unwrap().inbox);
    let directory = Directory::default();
    keep("directory", "nobody", &minicbor::to_vec(&directory).unwrap());
    let author = page::Author { user: USER, name: "Rosa".into(), site: "meteti".into() };
    let grant = page::Grant { group: RecordId([2; 16]), until: 1_800_000_000_000, emergency: true };
    let page = Page {
        records,
        authors: vec![author.clone()],
        total: 2,
        evicted: Some(vec![RecordId([8; 16])]),
        grants: Some(vec![grant]),
        directory: Some(directory),
    };
    keep("page", "whole", &minicbor::to_vec(&page).unwrap());
    keep("page", "sealed", &page.seal(rng, &key, DEVICE, &inbox).unwrap());
    let log = AuditPage { people: vec![author], next: Some(4), ..AuditPage::default() };
    keep("answer", "log", &minicbor::to_vec(&log).unwrap());
    keep(
        "answer",
        "query",
        &minicbor::to_vec(AuditQuery { from: Some(1), ..AuditQuery::default() }).unwrap(),
    );
    let sealed = answer::seal(&"Rosa".to_owned(), rng, &key, (DEVICE, &inbox), &[6; 16]).unwrap();
    keep("answer", "sealed", &sealed);
    let order = Order { enrolment: DEVICE, deed: Deed::Wipe, at: 1, epoch: [9; 16].into(), serial: 5 };
    keep("order", "wipe", &minicbor::to_vec(order).unwrap());
    let (entries_head, audit_head) = ([4; 32], [6; 32]);
    let checkpoint = Checkpoint {
        epoch: [1; 16],
        at: 2,
        entries_seq: 3,
        entries_head,
        audit_seq: 5,
        audit_head,
        serial: 7,
    };
    keep("checkpoint", "one", &checkpoint.to_bytes(&key)[64..]);
    let changed = vec![OfficeTable { name: "lists".into(), text: "list,code,label_es\nsex,X,Otro\n".into() }];
    keep("tables", "signed", &minicbor::to_vec(&OfficeTables { revision: 7, changed }).unwrap());
}

fn keep_keys(rng: &mut Counting) {
    let slot = Slot::wrap(rng, VaultId([1; 16]), Kdf::FLOOR, [4; 16], &[2; 32], &[8; 32]).unwrap();
    keep("slot", "passphrase", &slot.to_bytes());
    let locker = Locker::new(zeroize::Zeroizing::new([4; 32]), [8; 16]);
    keep("row", "sealed", &locker.seal(rng, Place { table: 1, key: b"row" }, 3, b"Amina").unwrap());
    let (root, secrets) = (RootKey::from_bytes(&[6; 32]), ServerSecrets::generate(rng));
    keep("server_keys", "vouched", &root.vouch(&secrets, 1, 2).to_bytes());
    keep("server_keys", "request", &KeyRequest::write(&secrets, 3));
    let invitation = Invitation { code: [0xfb; 16], root: root.fingerprint() };
    keep("invitation", "link", format!("https://amparo.example/enrol#{}\n", invitation.to_text()).as_bytes());
}

fn keep_texts(rng: &mut Counting) {
    let reader = note::Reader { user: USER, enrolment: DEVICE, inbox: device().public().unwrap().inbox };
    let (key, sealed) = note::seal(rng, NOTE, "Cuenta que…".as_bytes()).unwrap();
    let wraps = note::wrap(rng, NOTE, &key, &[reader]).unwrap();
    keep("note", "sealed", format!("{sealed}\n{wraps}").as_bytes());
    keep("tables", "by_hand", b"list;code;label_es;retired\r\nsex;X;\"Otro; otra\";\r\n");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../public/tables");
    for name in ["fields", "rules"] {
        let text = fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
        keep("tables", name, text.split_inclusive('\n').take(4).collect::<String>().as_bytes());
    }
    keep("text", "reference", b"9RY3-4TU9");
    let wanted =
        domain::elsewhere::Wanted { names: "Amina Haddad".into(), year: Some(1990), number: String::new() };
    let asked = elsewhere::Question::Exists(wanted);
    keep("question", "exists", &minicbor::to_vec(asked).unwrap());
    let request = [4; 16].into();
    let asked = elsewhere::Question::Answer { request, days: 7, reason: "Family reunion".into() };
    keep("question", "answer", &minicbor::to_vec(asked).unwrap());
    let told = elsewhere::Told::Found(elsewhere::Found::default());
    keep("question", "nobody", &minicbor::to_vec(told).unwrap());
    keep("text", "condition", b"sex=F age>=10");
    let slip: Vec<u8> = (0..=255).collect();
    keep("frames", "still", frames::still(&slip).unwrap().as_bytes());
    let sequence = frames::Sequence::new(&slip).unwrap();
    let texts = [0, 2, 3].map(|nth| sequence.frame(nth));
    keep("frames", "sequence", texts.join("\n").as_bytes());
}
