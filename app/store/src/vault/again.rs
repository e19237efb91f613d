//! A referral that was to be sent and was refused is not lost: what was typed and chosen for it is a draft again.

use super::{Session, Vault};
use crate::rows::{self, DraftRow};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Expected};
use crate::{StoreError, clock};
use domain::service::Referral;
use domain::service::referral::{Fresh, ReferralDraft, Status, WrittenFrom};
use domain::{EntryId, Field, Kind, Record, RecordId, Subject};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// What a referral was written from.
#[derive(Default)]
struct Sources {
    others: Vec<Record>,
    rows: Vec<Record>,
    parent: Option<Record>,
}

impl Vault {
    /// Adds to a batch a draft of every referral that refused entries were to send, unless it is being written on
    /// already. It lies where the referral's page looks for it.
    pub(super) async fn write_again(
        &self,
        session: &Session,
        refused: &BTreeSet<EntryId>,
        records: &BTreeSet<RecordId>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let ids: Vec<RecordId> = records.iter().copied().collect();
        for record in self.records(&ids).await? {
            let Some(referral) = Referral::of(&record) else { continue };
            let was_sent = |(status, stated): (Status, &domain::record::Stated)| {
                status == Status::Sent && refused.contains(&stated.entry)
            };
            if !referral.standing().is_some_and(was_sent) {
                continue;
            }
            let id = ReferralDraft::id_over(Some(record.id), self.identity().enrolment);
            let key = tables::of_vault(self.identity().vault, &id.0);
            if self.get(Table::Drafts, &key).await?.is_some() {
                continue;
            }
            let now = clock::now_ms();
            let fresh = Fresh {
                record: record.id,
                entry: EntryId::fresh(now, clock::random()),
                consent: RecordId::fresh(now, clock::random()),
                number: clock::random(),
                code: clock::random(),
            };
            let Sources { others, rows, parent } = self.sources_of(referral).await?;
            let from = WrittenFrom { others: &others, rows: &rows, parent: parent.as_ref() };
            let Some(draft) = ReferralDraft::again(&record, fresh, &from) else { continue };
            let page = match draft.owner {
                Some(owner) => format!("refer/people/{owner}/refer?draft={}", record.id),
                None => format!("refer/refer?draft={}", record.id),
            };
            let face = draft.owner.and_then(|owner| self.faces(&[owner]).remove(&owner));
            let told = || domain::name::display_name(&draft.told.given, &draft.told.surname, "");
            let row = DraftRow {
                bytes: draft.to_bytes().into(),
                title: face.map_or_else(told, |face| face.name),
                form: page,
                step: 1,
                at: now,
            };
            let plain = Zeroizing::new(seal::pack(&Zeroizing::new(rows::write(&row))));
            batch.require(Table::Drafts, key.clone(), Expected::Absent);
            batch.put(Table::Drafts, key.clone(), session.cipher.seal(Table::Drafts, &key, now, &plain)?);
        }
        Ok(())
    }

    async fn sources_of(&self, referral: Referral<'_>) -> Result<Sources, StoreError> {
        let mut sources = Sources::default();
        if let Some(parent) = referral.parent() {
            sources.parent = self.record(parent).await?;
        }
        let Some(owner) = referral.owner() else { return Ok(sources) };
        let Some(about) = self.record(owner).await? else { return Ok(sources) };
        // What hangs on a group is about whoever speaks for it, as the form has it.
        let person = match about.kind {
            Kind::GROUP => Subject::of(&about).reference(Field::FOCAL_POINT),
            _ => Some(owner),
        };
        let group = match about.kind {
            Kind::GROUP => Some(owner),
            _ => Subject::of(&about).reference(Field::GROUP),
        };
        if let Some(person) = person {
            sources.rows = self.rows_of(person).await?;
            sources.rows.retain(|row| matches!(row.kind, Kind::DOCUMENT | Kind::NEED));
        }
        if let Some(group) = group {
            sources.others = self.members(group).await?;
            sources.others.retain(|other| Some(other.id) != person);
        }
        Ok(sources)
    }
}

/// Whether all that records tell of an entry is that a referral was received.
pub(super) fn says_only_received(records: &[Record], entry: EntryId) -> bool {
    let of_one = |record: &Record| -> Vec<bool> {
        let of_field = |field: Field| {
            let known = record.known(field).filter(move |stated| stated.entry == entry);
            known.map(move |stated| {
                field == Field::REFERRAL_STATUS && stated.value.as_text() == Some(Status::Received.code())
            })
        };
        record.fields().flat_map(of_field).collect()
    };
    let said: Vec<bool> = records.iter().flat_map(of_one).collect();
    !said.is_empty() && said.into_iter().all(|is_it| is_it)
}
