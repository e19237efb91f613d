//! What people must decide: several values of one thing, stated by people who had not seen each other's. A list over
//! everybody on this device, and a page for each record, field by field.

mod at_home;
mod banner;
mod choice;
mod field;
mod list;
mod one;
mod removed;
mod saying;

pub use at_home::{AtHome, Link, counted};
pub use banner::{InConflict, Mark, StandsBeside};
pub use list::Conflicts;
pub use one::Decide;

use crate::forms::Forms;
use crate::pages::reading::Reader;
use domain::conflict::{Told, told};
use domain::{Field, Kind, RecordId};
use std::collections::BTreeMap;
use store::{Disputed, StoreError, Vault};

/// Whether conflicts in records of a kind are for people to decide here. Applications, appointments and sealed notes
/// have rules of their own for what several said of them at once, and places of their own where that is shown.
#[must_use]
pub fn is_decided_here(kind: Kind) -> bool {
    !matches!(kind, Kind::APPLICATION | Kind::AGENDA | Kind::NOTE) && kind.key().is_some()
}

/// What waits on this device, as far as it is for whoever reads.
#[derive(Clone, Debug, Default, PartialEq)]
struct Waiting {
    /// Records of which they see something that is in conflict, with fields that they see. The gravest first: those in
    /// which no value holds until somebody decides.
    listed: Vec<Disputed>,
    /// How many other records there are.
    reserved: u64,
}

impl Waiting {
    /// Only records of which a line alone does not tell that they see something are opened.
    async fn of(vault: &Vault, forms: Forms, reader: Reader) -> Result<Waiting, StoreError> {
        let found = vault.conflicts().await?.into_iter().filter(|it| is_decided_here(it.kind));
        let sees = |kind, field| forms.sight(reader.role, reader.user, |sight| sight.always(kind, field));
        let (mut listed, mut unsure) = (Vec::new(), Vec::new());
        for it in found {
            let fields: Vec<Field> =
                it.fields.iter().copied().filter(|field| sees(it.kind, *field)).collect();
            if fields.is_empty() {
                unsure.push(it);
            } else {
                listed.push(Disputed { fields, ..it });
            }
        }
        let ids: Vec<RecordId> = unsure.iter().map(|it| it.record).collect();
        let opened = vault.records(&ids).await?;
        let mut seen: BTreeMap<RecordId, Told> = opened
            .iter()
            .map(|record| (record.id, told(record.conflicts(), |it| reader.sees(forms, record, it))))
            .collect();
        let mut reserved = 0;
        for it in unsure {
            // One that does not open, or was decided meanwhile, is none.
            let Some(told) = seen.remove(&it.record) else { continue };
            if !told.fields.is_empty() {
                listed.push(Disputed { fields: told.fields, ..it });
            } else if told.reserved != 0 {
                reserved += 1;
            }
        }
        let is_grave = |it: &Disputed| told(it.fields.iter().copied(), |_| true).grave;
        listed.sort_by_key(|it| (!is_grave(it), core::cmp::Reverse(it.record)));
        Ok(Waiting { listed, reserved })
    }
}
