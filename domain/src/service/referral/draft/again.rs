//! A referral that the server refused is written on: everything that was typed and chosen for it is a draft again.

use super::{Fresh, ReferralDraft};
use crate::field::Field;
use crate::record::Record;
use crate::service::Referral;
use crate::service::referral::{Item, OF_GROUP, Shared};
use crate::value::Value;
use std::collections::BTreeSet;

/// What a referral was written from, as far as it is at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct WrittenFrom<'a> {
    /// The others of the person's group.
    pub others: &'a [Record],
    /// Papers and needs of the person.
    pub rows: &'a [Record],
    /// The referral that it goes on from.
    pub parent: Option<&'a Record>,
}

impl ReferralDraft {
    /// Goes on with a referral that was to be sent and was refused, as `record` told it before. On what it rests is asked
    /// anew, but for the ground of doing without. `fresh` gives the entry: the refused one is never sent again.
    #[must_use]
    pub fn again(record: &Record, fresh: Fresh, from: &WrittenFrom<'_>) -> Option<Self> {
        let mut draft = Self::from_record(record, fresh)?;
        let referral = Referral::of(record)?;
        referral.text(Field::REFERRAL_OVERRIDE).clone_into(&mut draft.ground);
        referral.text(Field::REFERRAL_OVERRIDE_NOTE).clone_into(&mut draft.explanation);
        let shared = referral.shared().unwrap_or_default();
        let told = from.parent.and_then(Referral::of).and_then(Referral::shared).unwrap_or_default();
        let items = (0_u16..).zip(&told.items).filter(|(_, item)| shared.items.contains(item));
        draft.items = items.map(|(at, _)| at).collect();
        let of_rows = [Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER, Field::NEED_CODE];
        let rows = from.rows.iter().filter(|row| {
            let says: Vec<&Value> = of_rows.iter().flat_map(|field| row.values(*field)).collect();
            let is_told = |value: &&Value| {
                of_rows.iter().any(|field| shared.values(0, *field).any(|told| told == *value))
            };
            !says.is_empty() && says.iter().all(is_told)
        });
        draft.rows = rows.map(|row| row.id).collect();
        let part = |person: u8| -> Vec<Item> {
            let items = shared.items.iter().filter(|item| item.person == person);
            items.map(|item| Item { person: 0, ..item.clone() }).collect()
        };
        let people: BTreeSet<u8> =
            shared.items.iter().map(|item| item.person).filter(|at| !matches!(*at, 0 | OF_GROUP)).collect();
        let parts: Vec<Vec<Item>> = people.into_iter().map(part).collect();
        let others = from.others.iter().filter(|other| {
            let told = Shared::of(&[other], &[], None, &draft.fields).items;
            !told.is_empty() && parts.contains(&told)
        });
        draft.members = others.map(|other| other.id).collect();
        Some(draft)
    }
}
