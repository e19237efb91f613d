//! What became of saves by number: for the loops that kill the browser while the page saves.

use crate::person::{self, Person};
use crate::{Outcome, Stretched, fault, keep, open_bench};
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;
use store::{ItemKey, Store};
use wasm_bindgen::prelude::*;

/// A record of this number opens, and is the one that was saved.
const ROW: u8 = 1;
/// Its envelope lies in the outbox.
const WAITS: u8 = 2;
/// A draft of it is here.
const DRAFT: u8 = 4;

/// A person of a number, as one line: only as much as makes a record that can be recognised.
#[wasm_bindgen]
#[must_use]
pub fn line_of(number: u32) -> String {
    let columns = [
        number.to_string(),
        name_of(number),
        "Caisamo".into(),
        String::new(),
        String::new(),
        String::new(),
        "F".into(),
        "1991".into(),
        "VEN".into(),
        format!("+5076{number:07}"),
        String::new(),
        String::new(),
        String::new(),
        "PASSPORT".into(),
        format!("V-{number:09}"),
        "SAIME".into(),
        String::new(),
        String::new(),
        String::new(),
        format!("Casa {number}"),
        "2026-02-21".into(),
    ];
    columns.join("\t")
}

fn name_of(number: u32) -> String {
    format!("Rosa {number}")
}

/// The id of the entry that saving a number makes, in hexadecimal digits: by it the outbox knows its envelope.
#[wasm_bindgen]
pub fn entry_of(number: u32) -> Outcome<String> {
    Ok(domain::id::hex(&Person::read(&line_of(number))?.entry_id().0))
}

/// For each number from one up to another (left out): 1 when its record opens and says what was saved, 2 when its
/// envelope lies in the outbox, 4 when a draft of it is here; added up.
#[wasm_bindgen]
pub async fn kept(from: u32, to: u32) -> Outcome<Vec<u8>> {
    let vault = open_bench()?.vault;
    let waits: BTreeSet<ItemKey> =
        vault.outbox().await.map_err(fault)?.into_iter().map(|it| it.key).collect();
    let drafts = vault.drafts().await.map_err(fault)?;
    let drafts: BTreeSet<_> = drafts.into_iter().map(|draft| draft.id).collect();
    let ids: Vec<_> = (from..to).map(person::record_of).collect();
    let records = vault.records(&ids).await.map_err(fault)?;
    let here: BTreeSet<u32> = records
        .iter()
        .filter_map(|record| {
            let number = person::number_of(record.id)?;
            let name = record.shown(domain::Field::GIVEN_NAMES)?.as_text()?;
            (name == name_of(number)).then_some(number)
        })
        .collect();
    let mut kept = Vec::with_capacity(ids.len());
    for number in from..to {
        let person = Person::read(&line_of(number))?;
        let of = |holds: bool, bit: u8| if holds { bit } else { 0 };
        let waiting = waits.contains(&ItemKey::of_entry(person.entry_id()));
        kept.push(
            of(here.contains(&number), ROW)
                | of(waiting, WAITS)
                | of(drafts.contains(&person.draft_id()), DRAFT),
        );
    }
    Ok(kept)
}

/// Rows that did not open and were set aside.
#[wasm_bindgen]
pub fn set_aside() -> Outcome<usize> {
    Ok(open_bench()?.vault.set_aside().len())
}

/// Unlocks the vault that is here, and makes none where there is none: what is gone is to be seen.
#[wasm_bindgen]
pub async fn reopen(stretched: Stretched) -> Outcome<()> {
    let store = Store::open(app::files::address("journal")).await.map_err(fault)?;
    let vaults = store.vaults().await.map_err(fault)?;
    let info = vaults.first().ok_or_else(|| JsError::new("the vault is gone"))?;
    let vault = store.unlock(info, &stretched.key).await.map_err(fault)?;
    keep(store, vault);
    Ok(())
}

/// Whether the browser had lost its database and it was put together again since this was last asked.
#[wasm_bindgen]
pub async fn recovered() -> Outcome<bool> {
    let bench = open_bench()?;
    let told = bench.store.recovered().await.map_err(fault)?;
    bench.store.recovery_was_told().await.map_err(fault)?;
    Ok(told.is_some())
}

/// Signs in with the vault's own key, as the app does after it was unlocked: without it nothing is collected.
#[wasm_bindgen]
pub async fn sign_in() -> Outcome<()> {
    let vault = open_bench()?.vault;
    let enrolment = ByteBuf::from(vault.identity().enrolment.0.to_vec());
    let challenge = api::challenge(enrolment.clone()).await.map_err(fault)?;
    let signature = vault.answer(&challenge).map_err(fault)?;
    let answer = api::sign_in(enrolment, challenge, ByteBuf::from(signature.to_vec())).await;
    vault.signed_in(&answer.map_err(fault)?).await.map_err(fault)
}
