//! Services of everybody on this device, for lists, boards and counts; and what those show of people.

use super::evict::gone_of;
use super::{ItemKey, Vault};
use crate::rows::{self, EnvelopeRow, NoteRow, PostRow};
use crate::tables::Table;
use crate::transaction::{Batch, Expected, Query};
use crate::{Hit, StoreError};
use domain::service::Brief;
use domain::{Kind, RecordId};
use seal::Purpose;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl Vault {
    /// Every need, assistance, session, referral and distribution on this device, in no order; amended originals
    /// included. Kept until something changes.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and when the browser does not answer.
    pub async fn services(&self) -> Result<Rc<Vec<Brief>>, StoreError> {
        self.make_lines_tell().await?;
        self.with(|open| open.index.services())
    }

    /// Sees to it that lines tell what lists need of them, as far as an earlier version wrote them.
    pub(super) async fn make_lines_tell(&self) -> Result<(), StoreError> {
        while let Some(segment) = self.with(|open| open.index.lacking_services())? {
            self.renew_lines(segment).await?;
        }
        Ok(())
    }

    /// Writes the lines of a block anew: an earlier version wrote them, which did not say what services are. Done once.
    async fn renew_lines(&self, segment: u32) -> Result<(), StoreError> {
        let (session, vault) = (self.session()?, self.identity().vault);
        let (rows, gone) = self.block_rows(&session, segment, gone_of(vault)).await?;
        if rows::read_number(gone.as_deref()) != self.with(|open| open.gone)? {
            // Another page dropped something of it.
            return self.refresh().await;
        }
        if !rows.opened {
            return self.with(|open| open.index.give_up_services(segment));
        }
        let lines = rows.lines();
        // Another page may have done it.
        if !rows.tells(&session, &lines) {
            let mut batch = Batch::relaxed();
            batch.require(Table::Counters, gone_of(vault), Expected::as_read(gone));
            self.rewrite_lines(&session, rows, &lines, &mut batch)?;
            // Overtaken, or a full device: for now they hold as they were read.
            let _ = self.database.commit(batch).await;
        }
        self.with(|open| {
            open.index.add_segment(segment, lines);
            if open.index.lacking_services() == Some(segment) {
                open.index.give_up_services(segment);
            }
        })
    }

    /// The services that concern any of these people or groups, with the referrals that go on from one of them: only
    /// who holds the first referral knows whom those are about.
    ///
    /// # Errors
    /// As [`Self::services`].
    pub async fn services_about(&self, ids: &[RecordId]) -> Result<Vec<Brief>, StoreError> {
        let all = self.services().await?;
        let mut about: BTreeSet<RecordId> =
            all.iter().filter(|brief| ids.iter().any(|id| brief.concerns(*id))).map(|it| it.record).collect();
        let goes_on = |brief: &&Brief| brief.kind() == Kind::REFERRAL && brief.follows.is_some();
        let answers: Vec<&Brief> = all.iter().filter(goes_on).collect();
        // An answer may have an answer.
        let mut before = usize::MAX;
        while before != about.len() {
            before = about.len();
            let more = answers.iter().filter(|it| it.follows.is_some_and(|first| about.contains(&first)));
            let more: Vec<RecordId> = more.map(|it| it.record).collect();
            about.extend(more);
        }
        Ok(all.iter().filter(|brief| about.contains(&brief.record)).cloned().collect())
    }

    /// Every group of which something lies on this device, in no order.
    #[must_use]
    pub fn groups(&self) -> Vec<RecordId> {
        self.with(|open| open.index.groups()).unwrap_or_default()
    }

    /// What a list shows of people and groups. Those of whom nothing lies here are left out.
    #[must_use]
    pub fn faces(&self, ids: &[RecordId]) -> BTreeMap<RecordId, Hit> {
        let of = |id: &RecordId, open: &super::Open| Some((*id, open.index.face(*id)?));
        self.with(|open| ids.iter().filter_map(|id| of(id, open)).collect()).unwrap_or_default()
    }

    /// Records of which this user saved something here that has not been delivered.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and when the browser does not answer.
    pub async fn unsent_records(&self) -> Result<BTreeSet<RecordId>, StoreError> {
        let (session, vault) = (self.session()?, self.identity().vault);
        let read = self.database.read(&[Query::all(Table::Outbox)]).await?;
        let mut unsent = BTreeSet::new();
        for (key, row) in read.into_iter().flatten() {
            let Some(item) = ItemKey::from_key(&key).filter(|item| item.purpose() == Purpose::Entry) else {
                continue;
            };
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &row) else { continue };
            if row.vault != vault || row.is_delivered() || row.note.is_empty() {
                continue;
            }
            let opened = session.cipher.open(Table::Outbox, &item.in_outbox(), &row.note).ok();
            let note = opened.and_then(|(_, plain)| rows::read::<NoteRow>(Table::Outbox, &plain).ok());
            unsent.extend(note.into_iter().flat_map(NoteRow::about));
        }
        Ok(unsent)
    }

    /// When this device last heard everything new from the server, milliseconds since 1970; `None` for never.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn collected_at(&self) -> Result<Option<u64>, StoreError> {
        let Some(post) = self.get(Table::Posts, &self.identity().vault.0.to_vec()).await? else {
            return Ok(None);
        };
        let post: PostRow = rows::read(Table::Posts, &post)?;
        Ok(Some(post.heard_all_at).filter(|at| *at > 0))
    }
}

#[cfg(test)]
mod tests;
