//! What the stories need: an office with its server, and people to register.

use crate::database::{Database, Home, WhenMissing};
use crate::store::{NewVault, Store};
use crate::{Line, Note, StoreError, Trouble, Vault};
use domain::{Change, EnrolmentId, Entry, EntryId, Field, Kind, Op, Record, RecordId, UserId, Value};
use seal::page::{Author, Page};
use seal::{
    Address, Ask, Attachment, CapsuleId, EnrolmentKeys, Envelope, Holding, Holdings, Kdf, Load, Opener,
    Parcel, Receipt, Receipts, RootKey, ServerSecrets, Signed, Verdict, short_digest,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use zeroize::Zeroizing;

/// Nothing here ever waits, so that polling once is enough.
pub fn now<T>(deed: impl Future<Output = T>) -> T {
    match pin!(deed).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("something waited"),
    }
}

pub const STRETCHED: [u8; 32] = [7; 32];

/// A server as the store sees it: it opens what is delivered and hands out pages.
pub struct Office {
    pub root: RootKey,
    pub secrets: ServerSecrets,
    /// From when its keys are said to be valid.
    pub keys_from: Cell<u64>,
    /// Pairs that it had before, and keeps for what was sealed to them.
    pub former: RefCell<Vec<ServerSecrets>>,
    pub epoch: Cell<[u8; 16]>,
    pub capsules: RefCell<BTreeMap<CapsuleId, Vec<u8>>>,
    pub entries: RefCell<BTreeMap<EntryId, Entry>>,
    pub drafts: RefCell<Vec<Vec<u8>>>,
    pub pages: RefCell<Vec<Vec<u8>>>,
    pub parcels: RefCell<Vec<usize>>,
    /// What goes wrong next: asked before a parcel is taken, and after.
    pub before: RefCell<Vec<Trouble>>,
    pub after: RefCell<Vec<Trouble>>,
    /// Given to the next entry instead of being accepted.
    pub verdict: Cell<Option<Verdict>>,
    /// What is said of the next envelope, whatever becomes of it.
    pub reason: Cell<&'static str>,
    /// An answer that is not the server's.
    pub portal: Cell<bool>,
    /// Envelopes for which a parcel fails as a whole.
    pub poison: RefCell<Vec<(Vec<u8>, Trouble)>>,
    /// Orders by deposit token, and what devices said of themselves.
    pub orders: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub reports: RefCell<Vec<crate::mailbox::Report>>,
    /// Readings that came.
    pub reads: RefCell<Vec<seal::Reads>>,
    /// Exports that it was told of.
    pub exports: RefCell<Vec<seal::Exported>>,
    /// The checkpoint it gives out, what was handed back, and whether it answers to that.
    pub checkpoint: RefCell<Option<Vec<u8>>>,
    pub echoed: RefCell<Vec<Vec<u8>>>,
    pub deaf: Cell<bool>,
    /// Chunks it holds.
    pub chunks: RefCell<BTreeMap<Address, Vec<u8>>>,
    /// How many it takes at most.
    pub chunk_room: Cell<usize>,
    /// What came, in order.
    pub log: RefCell<Vec<Came>>,
    /// Done when the next load of chunks has come and before it is answered.
    pub meanwhile: RefCell<Option<Box<dyn FnOnce()>>>,
    /// After so many loads the line is cut, before or after the server took the next in.
    pub cut_after: Cell<Option<(usize, bool)>>,
}

/// Something that came to the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// So many envelopes.
    Parcel(usize),
    /// A question about so many chunks.
    Question(usize),
    /// So many chunks.
    Load(usize),
}

impl Office {
    pub fn new() -> Self {
        let mut rng = crate::clock::rng();
        Self {
            root: RootKey::generate(&mut rng),
            secrets: ServerSecrets::generate(&mut rng),
            keys_from: Default::default(),
            former: Default::default(),
            epoch: Cell::new([1; 16]),
            capsules: Default::default(),
            entries: Default::default(),
            drafts: Default::default(),
            pages: Default::default(),
            parcels: Default::default(),
            before: Default::default(),
            after: Default::default(),
            verdict: Default::default(),
            reason: Default::default(),
            portal: Default::default(),
            poison: Default::default(),
            orders: Default::default(),
            reports: Default::default(),
            reads: Default::default(),
            exports: Default::default(),
            checkpoint: Default::default(),
            echoed: Default::default(),
            deaf: Default::default(),
            chunks: Default::default(),
            chunk_room: Cell::new(usize::MAX),
            log: Default::default(),
            meanwhile: Default::default(),
            cut_after: Default::default(),
        }
    }

    pub fn server_keys(&self) -> Vec<u8> {
        self.root.vouch(&self.secrets, self.keys_from.get(), u64::MAX).to_bytes()
    }

    /// Enrols somebody on a device.
    pub fn enrol(&self, store: &Store, number: u8) -> (Vault, [u8; 32]) {
        self.try_enrol(store, number).unwrap()
    }

    /// Enrols somebody who has a device already on one more.
    pub fn enrol_again(&self, store: &Store, number: u8, whose: &Vault) -> (Vault, [u8; 32]) {
        self.enrol_as(store, number, whose.identity().user.0[0] - 100).unwrap()
    }

    pub fn try_enrol(&self, store: &Store, number: u8) -> Result<(Vault, [u8; 32]), StoreError> {
        self.enrol_as(store, number, number)
    }

    fn enrol_as(&self, store: &Store, number: u8, who: u8) -> Result<(Vault, [u8; 32]), StoreError> {
        let keys = EnrolmentKeys::generate(&mut crate::clock::rng());
        let inbox = keys.public().unwrap().inbox;
        let enrolled = api::Enrolled {
            enrolment: vec![number; 16],
            user: vec![who + 100; 16],
            name: format!("Rosa {who}"),
            staff_code: format!("R{who}"),
            role: 1,
            site: "meteti".into(),
            deposit_token: vec![number; 32],
            server_keys: self.server_keys(),
            epoch: self.epoch.get().to_vec(),
        };
        let new = NewVault {
            enrolled,
            keys,
            root: self.root.fingerprint(),
            stretched: Box::new(Zeroizing::new(STRETCHED)),
            kdf: Kdf::FLOOR,
            salt: [3; 16],
        };
        Ok((now(store.create_vault(new))?, inbox))
    }

    /// Lays a page ready for an enrolment.
    pub fn lay_out(&self, vault: &Vault, inbox: &[u8; 32], records: Vec<Record>) {
        let total = records.len() as u64;
        let author = Author { user: UserId([55; 16]), name: "Luis".into(), site: "panama".into() };
        let page = Page { records, authors: vec![author], total, ..Page::default() };
        let enrolment = vault.identity().enrolment;
        let mut rng = crate::clock::rng();
        self.pages.borrow_mut().push(page.seal(&mut rng, &self.secrets.signing, enrolment, inbox).unwrap());
    }

    fn take(&self, envelope: &[u8]) -> Verdict {
        let Ok(read) = Envelope::read(envelope) else { return Verdict::Unreadable };
        let Some(capsule) = self.capsules.borrow().get(&read.header.capsule).cloned() else {
            return Verdict::CapsuleMissing;
        };
        let opens = |secrets: &ServerSecrets| {
            let opener = Opener::new(secrets.sealing.clone());
            opener.open(&capsule).and_then(|incoming| incoming.open(&read)).ok()
        };
        let former = self.former.borrow();
        let Some(plain) = core::iter::once(&self.secrets).chain(former.iter()).find_map(opens) else {
            return Verdict::Unreadable;
        };
        let signed = Signed::from_bytes(&plain).unwrap();
        if read.header.purpose == seal::Purpose::Draft {
            self.drafts.borrow_mut().push(seal::signed::read_draft(&signed.body).unwrap().2);
            return Verdict::Accepted;
        }
        if read.header.purpose == seal::Purpose::Reads {
            if let Some(verdict) = self.verdict.take() {
                return verdict;
            }
            match seal::Exported::from_body(&signed.body) {
                Ok(exported) => self.exports.borrow_mut().push(exported),
                Err(_) => self.reads.borrow_mut().push(seal::Reads::from_body(&signed.body).unwrap()),
            }
            return Verdict::Accepted;
        }
        let entry = Entry::from_bytes(&signed.body).unwrap();
        if let Some(verdict) = self.verdict.take() {
            return verdict;
        }
        match self.entries.borrow_mut().insert(entry.id, entry) {
            Some(_) => Verdict::AlreadyHere,
            None => Verdict::Accepted,
        }
    }
}

impl Line for Office {
    async fn deliver(&self, _: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
        if let Some(trouble) = self.before.borrow_mut().pop() {
            return Err(trouble);
        }
        if self.portal.get() {
            return Ok(b"<html>Sign in to the hotel</html>".to_vec());
        }
        self.parcels.borrow_mut().push(bytes.len());
        let parcel = Parcel::from_bytes(bytes).unwrap();
        self.log.borrow_mut().push(Came::Parcel(parcel.envelopes.len()));
        for (envelope, trouble) in self.poison.borrow().iter() {
            if parcel.envelopes.contains(envelope) {
                return Err(*trouble);
            }
        }
        for capsule in &parcel.capsules {
            self.capsules.borrow_mut().insert(CapsuleId::of(capsule), capsule.clone());
        }
        let items = parcel.envelopes.iter().map(|envelope| {
            let verdict = self.take(envelope);
            Receipt { envelope: short_digest(envelope), verdict, reason: self.reason.take().to_owned() }
        });
        let receipts = Receipts {
            epoch: self.epoch.get(),
            items: items.collect(),
            checkpoint: self.checkpoint.borrow().clone(),
        };
        match self.after.borrow_mut().pop() {
            Some(trouble) => Err(trouble),
            None => Ok(receipts.to_bytes(&self.secrets.signing, bytes)),
        }
    }

    async fn echo(&self, _: &[u8], checkpoint: &[u8]) -> Result<Vec<u8>, Trouble> {
        let latest =
            self.checkpoint.borrow().clone().filter(|_| !self.deaf.get()).ok_or(Trouble::NoAnswer)?;
        self.echoed.borrow_mut().push(checkpoint.to_vec());
        Ok(latest)
    }

    async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
        Ok(Office::server_keys(self))
    }

    async fn standing(&self, token: &[u8], report: crate::mailbox::Report) -> Result<Vec<u8>, Trouble> {
        self.reports.borrow_mut().push(report);
        self.orders.borrow().get(token).cloned().ok_or(Trouble::DepositRefused)
    }

    async fn chunks_lacking(&self, _: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
        if self.portal.get() {
            return Ok(b"<html>Sign in to the hotel</html>".to_vec());
        }
        let ask = Ask::from_bytes(bytes).unwrap();
        self.log.borrow_mut().push(Came::Question(ask.addresses.len()));
        let held = |address: &Address| self.chunks.borrow().contains_key(address);
        let of = |address| (address, if held(&address) { Holding::Held } else { Holding::Lacking });
        let holdings =
            Holdings { epoch: self.epoch.get(), items: ask.addresses.into_iter().map(of).collect() };
        Ok(holdings.to_bytes(&self.secrets.signing, bytes))
    }

    async fn chunks_put(&self, _: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
        if self.portal.get() {
            return Ok(b"<html>Sign in to the hotel</html>".to_vec());
        }
        let cut = self.cut_after.get();
        if let Some((left, _)) = cut {
            self.cut_after.set(left.checked_sub(1).zip(cut.map(|(_, after)| after)));
        }
        if cut == Some((0, false)) {
            return Err(Trouble::NoAnswer);
        }
        let load = Load::from_bytes(bytes).unwrap();
        self.log.borrow_mut().push(Came::Load(load.chunks.len()));
        let mut items = Vec::new();
        for sealed in load.chunks {
            let address = Address::of(&sealed);
            let mut chunks = self.chunks.borrow_mut();
            let fits = chunks.len() < self.chunk_room.get();
            if fits {
                chunks.insert(address, sealed);
            }
            items.push((address, if fits { Holding::Held } else { Holding::NoRoom }));
        }
        if let Some(deed) = self.meanwhile.take() {
            deed();
        }
        if cut == Some((0, true)) {
            return Err(Trouble::NoAnswer);
        }
        let holdings = Holdings { epoch: self.epoch.get(), items };
        Ok(holdings.to_bytes(&self.secrets.signing, bytes))
    }

    async fn chunks_get(&self, addresses: &[Address], room: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        if let Some(trouble) = self.before.borrow_mut().pop() {
            return Err(trouble);
        }
        if self.portal.get() {
            return Ok(vec![b"<html>Sign in to the hotel</html>".to_vec()]);
        }
        let (chunks, mut size) = (self.chunks.borrow(), 0);
        let found = addresses.iter().filter_map(|address| chunks.get(address));
        let fits = |sealed: &&Vec<u8>| {
            let is_first = size == 0;
            size += sealed.len();
            is_first || size <= room as usize
        };
        Ok(found.take_while(fits).cloned().collect())
    }

    async fn collect(&self, cursor: &[u8], _: u32) -> Result<api::Collected, Trouble> {
        let at = cursor.first().copied().unwrap_or(0);
        let pages = self.pages.borrow();
        let page = pages.get(usize::from(at)).cloned();
        let next = at + u8::from(page.is_some());
        Ok(api::Collected {
            page: page.unwrap_or_default().into(),
            cursor: vec![next].into(),
            more: usize::from(next) < pages.len(),
            epoch: self.epoch.get().to_vec().into(),
            signer: self.secrets.signing.public().to_vec().into(),
        })
    }
}

/// A device with nothing on it.
pub fn device() -> (Store, Database) {
    let database = now(Database::open(Home::Vault, WhenMissing::Create)).unwrap();
    let store = Store::over(database.clone(), now(crate::Reference::open()).unwrap());
    (store, database)
}

pub fn id(number: u8) -> RecordId {
    RecordId([number; 16])
}

pub fn note(person: &str) -> Note {
    Note { person: person.into(), act: "registered".into(), record: id(1) }
}

/// An entry that registers somebody in a group.
pub fn registers(vault: &Vault, entry: u8, person: u8, name: &str) -> Entry {
    let text = |field, text: &str| Op { field, value: Value::Text(text.into()), replaces: vec![] };
    let link = |field, to: u8| Op { field, value: Value::Ref(id(to)), replaces: vec![] };
    let identity = vault.identity();
    let change = |record, kind, ops| Change { record: id(record), kind, ops };
    Entry {
        id: EntryId([entry; 16]),
        author: identity.user,
        enrolment: identity.enrolment,
        at: 1_790_000_000_000 + u64::from(entry),
        changes: vec![
            change(
                200,
                Kind::GROUP,
                vec![text(Field::GROUP_REF, "KX7M42P2"), link(Field::FOCAL_POINT, person)],
            ),
            change(person, Kind::INDIVIDUAL, vec![text(Field::GIVEN_NAMES, name), link(Field::GROUP, 200)]),
        ],
    }
}

/// An entry that registers somebody with a photo.
pub fn registers_with(vault: &Vault, number: u8, photo: &Attachment) -> Entry {
    let mut entry = registers(vault, number, number, "Amina");
    let value = Value::Text(photo.to_text());
    entry.changes[1].ops.push(Op { field: Field::PHOTO, value, replaces: vec![] });
    entry
}

/// So many bytes that could be a photo's.
pub fn picture(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * at % 251) as u8).collect()
}

/// An entry that corrects somebody's name.
pub fn renames(vault: &Vault, entry: u8, record: &Record, name: &str) -> Entry {
    let identity = vault.identity();
    let change = record.change([(Field::GIVEN_NAMES, Value::Text(name.into()))]).unwrap();
    Entry {
        id: EntryId([entry; 16]),
        author: identity.user,
        enrolment: identity.enrolment,
        at: 1_790_000_100_000 + u64::from(entry),
        changes: vec![change],
    }
}

/// Somebody whom a colleague registered elsewhere.
pub fn colleagues(number: u64, name: &str) -> Record {
    let record = RecordId::fresh(1_780_000_000_000 + number, {
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        bytes
    });
    let op = Op { field: Field::GIVEN_NAMES, value: Value::Text(name.into()), replaces: vec![] };
    let entry = Entry {
        id: EntryId::fresh(1_780_000_000_000 + number, [9; 10]),
        author: UserId([55; 16]),
        enrolment: EnrolmentId([56; 16]),
        at: 1_780_000_000_000,
        changes: vec![Change { record, kind: Kind::INDIVIDUAL, ops: vec![op] }],
    };
    let mut made = Record::new(record, Kind::INDIVIDUAL);
    made.apply(&entry);
    made
}

pub fn given_name(record: &Record) -> &str {
    record.shown(Field::GIVEN_NAMES).and_then(Value::as_text).unwrap_or_default()
}

/// An entry of a vault that states this of one record; what stands there now is replaced.
pub fn states(vault: &Vault, entry: u8, record: &Record, wanted: &[(Field, &str)]) -> Entry {
    let identity = vault.identity();
    let wanted = wanted.iter().map(|(field, text)| (*field, Value::Text((*text).into())));
    Entry {
        id: EntryId([entry; 16]),
        author: identity.user,
        enrolment: identity.enrolment,
        at: 1_790_000_200_000 + u64::from(entry),
        changes: vec![record.change(wanted).unwrap()],
    }
}

/// A referral that a colleague sent, about nobody whose record lies here.
pub fn referral(number: u8) -> Record {
    let text = |field, text: &str| Op { field, value: Value::Text(text.into()), replaces: vec![] };
    let ops = vec![
        text(Field::REFERRAL_STATUS, "sent"),
        text(Field::REFERRAL_SECTOR, "health"),
        text(Field::REFERRAL_TO, "MINSA"),
        text(Field::REFERRAL_REASON, "a story"),
        text(Field::REFERRAL_SHARED, "a name and a phone"),
    ];
    made(Kind::REFERRAL, number, ops)
}

/// A record that a colleague made.
pub fn made(kind: Kind, number: u8, ops: Vec<Op>) -> Record {
    let mut made = Record::new(id(number), kind);
    made.apply(&Entry {
        id: EntryId::fresh(1_780_000_000_000, [number; 10]),
        author: UserId([55; 16]),
        enrolment: EnrolmentId([56; 16]),
        at: 1_780_000_000_000,
        changes: vec![Change { record: id(number), kind, ops }],
    });
    made
}

/// A text that is shown of a record.
pub fn shown(record: &Record, field: Field) -> &str {
    record.shown(field).and_then(Value::as_text).unwrap_or_default()
}

/// The same vault, unlocked anew.
pub fn unlocked(store: &Store, vault: &Vault) -> Vault {
    let vaults = now(store.vaults()).unwrap();
    let info = vaults.into_iter().find(|info| info.id == vault.identity().vault).unwrap();
    now(store.unlock(&info, &STRETCHED)).unwrap()
}

/// A round of the line, and everything that came taken in.
pub fn collect(office: &Office, store: &Store, vault: &Vault) {
    now(crate::round::run(&store.mailbox(), office, crate::Budget::PAGE)).unwrap();
    now(vault.fold_inbox(100)).unwrap();
}
