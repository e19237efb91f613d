//! Making a practice: people from a file of the app, and a vault around them.

use super::{Mark, PHRASE, families, mark};
use crate::derive;
use crate::device::Device;
use crate::files;
use crate::forms::Forms;
use crate::when;
use crate::words::{Key, Words};
use domain::{EnrolmentId, Record, RecordId, Role};
use families::{Deed, Ground};
use seal::Kdf;
use seal::page::{Author, Page};
use std::collections::BTreeMap;
use store::practice::NewPractice;
use store::{Note, Vault};

/// The file of made-up people.
const FILE: &str = "practice/families";
/// Where everybody practises: the site of the reception in Darién.
const SITE: &str = "meteti";
/// By which whoever practises picks themselves.
const STAFF_CODE: &str = "PR-01";
/// Records on one page, as a server would hand them out.
const ON_A_PAGE: usize = 200;

/// Why a practice could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMade;

/// Makes it and opens it.
///
/// # Errors
/// [`NotMade`]: a file has not come yet, or the device has no room.
pub async fn make(device: Device, words: Words, forms: Forms) -> Result<(), NotMade> {
    let text = files::text(FILE).await.ok_or(NotMade)?;
    let salt: [u8; 16] = store::random();
    let stretched = derive::stretch(PHRASE, Kdf::FLOOR, &salt).await.map_err(|_| NotMade)?;
    let people = forms.judge(|catalogue, rules, lists| {
        let ground = Ground { now: when::now(), today: when::today(), catalogue, rules, lists };
        families::read(&text, &ground, &mut store::random)
    });
    let (mine, theirs): (Vec<Deed>, Vec<Deed>) = people.deeds.into_iter().partition(|deed| deed.mine);
    let new = NewPractice {
        name: words.get(Key::PracticeYou),
        staff_code: STAFF_CODE.to_owned(),
        role: Role::Caseworker,
        site: SITE.to_owned(),
        stretched,
        kdf: Kdf::FLOOR,
        salt,
        pages: pages(&theirs, people.colleagues),
    };
    let vault = device.store().create_practice(new).await.map_err(|_| NotMade)?;
    for deed in mine {
        state(&vault, deed).await?;
    }
    if !mark::write(Mark::Made) {
        return Err(NotMade);
    }
    device.opened(vault);
    Ok(())
}

/// What colleagues stated, as pages of records.
pub(super) fn pages(deeds: &[Deed], authors: Vec<Author>) -> Vec<Page> {
    let mut records: BTreeMap<RecordId, Record> = BTreeMap::new();
    for Deed { entry, .. } in deeds {
        for change in &entry.changes {
            let record =
                records.entry(change.record).or_insert_with(|| Record::new(change.record, change.kind));
            record.apply(entry);
        }
    }
    let total = records.len() as u64;
    let records: Vec<Record> = records.into_values().collect();
    let page = |records: &[Record]| Page {
        records: records.to_vec(),
        authors: authors.clone(),
        total,
        ..Page::default()
    };
    records.chunks(ON_A_PAGE).map(page).collect()
}

/// Saves as the person who practises: it waits in the outbox of the practice, to be looked at.
async fn state(vault: &Vault, deed: Deed) -> Result<(), NotMade> {
    let identity = vault.identity();
    let mut entry = deed.entry;
    (entry.author, entry.enrolment) = (identity.user, EnrolmentId(identity.enrolment.0));
    let note = Note { person: deed.title, act: deed.act, record: deed.record };
    vault.save(&entry, note, None).await.map(|_| ()).map_err(|_| NotMade)
}
