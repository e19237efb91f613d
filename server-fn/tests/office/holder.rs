//! A device that keeps what it collects, and drops what it is told to.

use super::*;
use seal::page::Page;
use std::collections::{BTreeMap, BTreeSet};

/// What a device holds.
#[derive(Default)]
pub struct Holder {
    pub held: BTreeMap<RecordId, Record>,
    pub cursor: Vec<u8>,
    pub room: u32,
    /// What the last round told: records that came, and those to be dropped.
    pub came: BTreeSet<RecordId>,
    pub evicted: BTreeSet<RecordId>,
    pub total: u64,
    pub directory: Option<seal::Directory>,
}

impl Holder {
    /// After a first collect.
    pub async fn of(device: &Device) -> Self {
        let mut holder = Self { room: 64 * 1024, ..Self::default() };
        holder.collect(device).await;
        holder
    }

    /// Collects what is new, and gives the pages.
    pub async fn collect(&mut self, device: &Device) -> Vec<Page> {
        let (pages, cursor) = device.collect(self.cursor.clone(), self.room).await.unwrap();
        (self.cursor, self.came, self.evicted) = (cursor, BTreeSet::new(), BTreeSet::new());
        for page in &pages {
            for id in page.evicted.iter().flatten() {
                self.held.remove(id);
                self.evicted.insert(*id);
            }
            for record in &page.records {
                self.came.insert(record.id);
                self.held
                    .entry(record.id)
                    .and_modify(|held| held.merge(record))
                    .or_insert_with(|| record.clone());
            }
            self.total = page.total;
            if page.directory.is_some() {
                self.directory.clone_from(&page.directory);
            }
        }
        pages
    }

    pub fn ids(&self) -> BTreeSet<RecordId> {
        self.held.keys().copied().collect()
    }

    pub fn names(&self) -> Vec<String> {
        names(&self.held.values().cloned().collect::<Vec<_>>())
    }

    pub fn get(&self, id: RecordId) -> &Record {
        &self.held[&id]
    }

    /// Whether some text, or an id, is anywhere in what is held.
    pub fn says(&self, bytes: &[u8]) -> bool {
        let hex = domain::id::hex(bytes);
        self.held.values().any(|record| {
            let held = minicbor::to_vec(record).unwrap();
            let has = |wanted: &[u8]| held.windows(wanted.len()).any(|window| window == wanted);
            has(bytes) || has(hex.as_bytes())
        })
    }
}

/// Delivers an entry with these changes; the verdict and its reason.
pub async fn state(device: &Device, changes: Vec<Change>) -> (seal::Verdict, String) {
    let envelope = device.seal(&entry(device, changes)).unwrap();
    let item = device.deliver(vec![envelope]).await.unwrap().items.remove(0);
    (item.verdict, item.reason)
}

/// The same, where it must be taken over.
pub async fn enter(device: &Device, changes: Vec<Change>) {
    assert_eq!(state(device, changes).await, (seal::Verdict::Accepted, String::new()));
}

/// A family of these names, entered.
pub async fn register(device: &Device, site: &str, names: &[&str]) -> Vec<RecordId> {
    let family = family(device, site, names);
    let ids = family.records().collect();
    enter(device, family.changes).await;
    ids
}

/// Ids without their order.
pub fn set(ids: &[RecordId]) -> BTreeSet<RecordId> {
    ids.iter().copied().collect()
}

/// Something that hangs on a person or a group.
pub fn hanging(kind: Kind, owner: RecordId, values: &[(Field, Value)]) -> Change {
    change(record_id(), kind, &[&[(Field::OWNER, Value::Ref(owner))], values].concat())
}

/// Users as a value.
pub fn users(devices: &[&Device]) -> Value {
    Value::Codes(devices.iter().map(|device| device.user.to_string()).collect())
}

/// A change that puts a value in the place of what stands in a record as it is held.
pub fn instead(record: &Record, field: Field, value: Value) -> Change {
    record.change([(field, value)]).unwrap()
}
