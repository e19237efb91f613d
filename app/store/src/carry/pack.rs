//! Everything that waits here, as parcels in a file. The rows stay as they are.

use crate::mailbox::Mailbox;
use crate::rows::{self, CapsuleRow, EnvelopeRow};
use crate::tables::Table;
use crate::transaction::Query;
use crate::{ItemKey, StoreError};
use domain::VaultId;
use minicbor::bytes::ByteVec;
use seal::carried::{self, File, Kind};
use seal::{Parcel, Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// What a parcel in a file weighs at most, unless one envelope alone weighs more: what is spoilt on the way costs no more
/// than that, and it goes out in one piece on most lines.
const PARCEL: usize = 16 * 1024;

/// Work made ready to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The bytes of the file, or of the code.
    pub bytes: Vec<u8>,
    /// Entries in it, carried ones too.
    pub entries: usize,
    /// Drafts in it.
    pub drafts: usize,
}

/// An envelope that waits.
struct Loose {
    item: ItemKey,
    vault: VaultId,
    saved_at: u64,
    envelope: ByteVec,
    capsule: Vec<u8>,
}

/// Parcels that grow.
#[derive(Default)]
struct Growing {
    parts: Vec<Vec<u8>>,
    parcel: Parcel,
    capsules: BTreeSet<Vec<u8>>,
    weight: usize,
    entries: usize,
    drafts: usize,
}

impl Growing {
    /// What one more envelope adds to the parcel.
    fn more(&self, loose: &Loose, capsules: &BTreeMap<Vec<u8>, Vec<u8>>) -> usize {
        let capsule = if self.capsules.contains(&loose.capsule) {
            0
        } else {
            capsules.get(&loose.capsule).map_or(0, |bytes| bytes.len() + 3)
        };
        loose.envelope.len() + 5 + capsule
    }

    fn put(&mut self, loose: &Loose, capsules: &BTreeMap<Vec<u8>, Vec<u8>>) {
        self.weight += self.more(loose, capsules);
        if let Some(bytes) = capsules.get(&loose.capsule).filter(|_| !self.capsules.contains(&loose.capsule))
        {
            self.parcel.capsules.push(bytes.clone());
            self.capsules.insert(loose.capsule.clone());
        }
        self.parcel.envelopes.push(loose.envelope.to_vec());
        match loose.item.purpose() {
            Purpose::Entry => self.entries += 1,
            Purpose::Draft => self.drafts += 1,
            Purpose::Reads => {}
        }
    }

    fn close(&mut self) {
        if !self.parcel.envelopes.is_empty() {
            self.parts.push(core::mem::take(&mut self.parcel).to_bytes());
            self.capsules.clear();
            self.weight = 0;
        }
    }

    fn file(mut self, office: [u8; 16]) -> Packed {
        self.close();
        let file = File { kind: Kind::Work, office, parts: self.parts, whole: true };
        Packed { bytes: file.to_bytes(), entries: self.entries, drafts: self.drafts }
    }
}

impl Mailbox {
    /// Everything that waits on this device, drafts included, whoever saved it: as one file for another device. `None`
    /// when nothing waits. Nothing leaves the outbox for it.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn pack_work(&self) -> Result<Option<Packed>, StoreError> {
        let (loose, capsules, office) = self.loose().await?;
        if loose.is_empty() {
            return Ok(None);
        }
        let mut growing = Growing::default();
        for loose in &loose {
            let is_full = growing.weight + growing.more(loose, &capsules) > PARCEL
                || growing.parcel.envelopes.len() as u64 >= seal::parcel::LIMIT;
            if is_full {
                growing.close();
            }
            growing.put(loose, &capsules);
        }
        Ok(Some(growing.file(office)))
    }

    /// The same as several small ones, each of at most so many bytes, for screens. Readings do not go this way: nobody
    /// would hold a camera still for them. Gives how many items are too large for it, too.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn pack_for_screens(&self, most: usize) -> Result<(Vec<Packed>, usize), StoreError> {
        let (loose, capsules, office) = self.loose().await?;
        let room = most.saturating_sub(File::frame() + File::weight(16));
        let (mut screens, mut growing, mut too_large) = (Vec::new(), Growing::default(), 0);
        for loose in loose.iter().filter(|loose| loose.item.purpose() != Purpose::Reads) {
            if Growing::default().more(loose, &capsules) > room {
                too_large += 1;
                continue;
            }
            if growing.weight + growing.more(loose, &capsules) > room {
                screens.push(core::mem::take(&mut growing).file(office));
            }
            growing.put(loose, &capsules);
        }
        if !growing.parcel.envelopes.is_empty() {
            screens.push(growing.file(office));
        }
        Ok((screens, too_large))
    }

    /// What waits, in the order in which it would be sent; capsules by id; the office's mark.
    #[allow(clippy::type_complexity)] // Three things that are read at one moment.
    async fn loose(&self) -> Result<(Vec<Loose>, BTreeMap<Vec<u8>, Vec<u8>>, [u8; 16]), StoreError> {
        let office = self.office_mark().await?.unwrap_or_default();
        let read = self.database().read(&[Query::all(Table::Outbox), Query::all(Table::Capsules)]).await?;
        let [outbox, capsules] = read.try_into().unwrap_or_default();
        let mut loose: Vec<Loose> = outbox
            .into_iter()
            .filter_map(|(key, bytes)| {
                let row: EnvelopeRow = rows::read(Table::Outbox, &bytes).ok()?;
                let item = ItemKey::from_key(&key).filter(|_| !row.is_delivered())?;
                let EnvelopeRow { vault, saved_at, envelope, capsule, .. } = row;
                Some(Loose { item, vault, saved_at, envelope, capsule: capsule.to_vec() })
            })
            .collect();
        loose.sort_by_key(|it| (super::is_carried(it.vault), it.item.purpose().code(), it.saved_at, it.item));
        let capsules = capsules.into_iter().filter_map(|(key, bytes)| {
            let row: CapsuleRow = rows::read(Table::Capsules, &bytes).ok()?;
            Some((key, row.bytes.to_vec()))
        });
        Ok((loose, capsules.collect(), office))
    }

    /// How files name the office of this device. `None` when nobody has joined; zeros where an earlier version did not
    /// note the root.
    pub(super) async fn office_mark(&self) -> Result<Option<[u8; 16]>, StoreError> {
        let posts = self.posts().await?;
        if posts.is_empty() {
            return Ok(None);
        }
        let root = posts.iter().find_map(|post| post.row.root.as_ref()?.as_slice().try_into().ok());
        Ok(Some(root.map(|root: [u8; 32]| carried::office(&root)).unwrap_or_default()))
    }
}
