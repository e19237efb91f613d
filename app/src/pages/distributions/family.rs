//! The families of a list, as rows show them and as they are looked for.

use crate::forms::Forms;
use domain::service::Brief;
use domain::service::distribution;
use domain::service::doubles::given_before;
use domain::{Field, Kind, RecordId, Subject, search_key};
use std::collections::{BTreeMap, BTreeSet};
use store::{StoreError, Vault};

/// One family of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    pub group: RecordId,
    /// Who receives for it: who speaks for it, else anybody of it; itself, where nobody of it is registered.
    pub recipient: RecordId,
    pub people: Vec<RecordId>,
    pub name: String,
    /// As recorded, without its hyphen.
    pub reference: String,
    pub site: String,
    /// Whether it lies on this device.
    pub here: bool,
    /// What it is found by.
    key: String,
}

impl Family {
    /// Whether it is meant by what was typed: each word begins one of its name, or its reference.
    pub fn matches(&self, words: &[String], code: &str) -> bool {
        let named = |word: &String| self.key.split(' ').any(|own| own.starts_with(word.as_str()));
        words.iter().all(named) || (code.len() >= 3 && self.reference.starts_with(code))
    }
}

/// Reads the families of a list, in its order.
///
/// # Errors
/// When the store does not answer.
pub async fn read(vault: &Vault, groups: &[RecordId]) -> Result<Vec<Family>, StoreError> {
    let records = vault.records(groups).await?;
    let focal: BTreeMap<RecordId, Option<RecordId>> = records
        .iter()
        .filter(|record| record.kind == Kind::GROUP)
        .map(|record| (record.id, Subject::of(record).reference(Field::FOCAL_POINT)))
        .collect();
    let people: Vec<Vec<RecordId>> = groups.iter().map(|group| vault.member_ids(*group)).collect();
    let recipient = |group: &RecordId, people: &[RecordId]| {
        let speaks = focal.get(group).copied().flatten().filter(|id| people.contains(id));
        speaks.or_else(|| people.first().copied()).unwrap_or(*group)
    };
    let recipients: Vec<RecordId> =
        groups.iter().zip(&people).map(|(group, people)| recipient(group, people)).collect();
    let mut wanted = recipients.clone();
    wanted.extend(groups);
    let faces = vault.faces(&wanted);
    let rows = groups.iter().zip(people).zip(recipients).map(|((group, people), recipient)| {
        let face = faces.get(&recipient).or_else(|| faces.get(group));
        let (name, reference, site) =
            face.map(|hit| (hit.name.clone(), hit.group_ref.clone(), hit.site.clone())).unwrap_or_default();
        let key = search_key::key(&name);
        Family {
            group: *group,
            recipient,
            people,
            name,
            reference,
            site,
            here: focal.contains_key(group),
            key,
        }
    });
    Ok(rows.collect())
}

/// What each family of a list has: of this distribution, and before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The help that a family has of this distribution, by its group.
    pub given: BTreeMap<RecordId, Brief>,
    /// What it received before, so lately that it is asked about.
    pub before: BTreeMap<RecordId, Brief>,
    /// Families that have more than one help of this distribution, from two tablets that could not know.
    pub twice: BTreeSet<RecordId>,
}

impl Standing {
    /// Looks everything through once. `gift` says what is given and when; whom it is for is not looked at.
    pub fn of(
        forms: Forms,
        services: &[Brief],
        families: &[Family],
        gift: &Brief,
        distribution: RecordId,
    ) -> Self {
        let of_family: BTreeMap<RecordId, RecordId> = families
            .iter()
            .flat_map(|family| family.people.iter().chain([&family.group]).map(|id| (*id, family.group)))
            .collect();
        let everybody: Vec<RecordId> = of_family.keys().copied().collect();
        let asked = Brief { owner: None, people: everybody, ..gift.clone() };
        forms.judge(|_, _, lists| {
            let twice = distribution::more_than_once(services, distribution, lists);
            let twice = twice.iter().filter_map(|id| of_family.get(id).copied()).collect();
            let mut standing = Standing { twice, ..Standing::default() };
            for (person, brief) in distribution::given(services, distribution, lists) {
                if let Some(group) = of_family.get(&person) {
                    standing.given.entry(*group).or_insert_with(|| brief.clone());
                }
            }
            for brief in given_before(services, &asked, lists) {
                if brief.follows == Some(distribution) {
                    continue;
                }
                let people = brief.owner.iter().chain(&brief.people);
                let groups: BTreeSet<RecordId> = people.filter_map(|id| of_family.get(id).copied()).collect();
                for group in groups {
                    let last = standing.before.entry(group).or_insert_with(|| brief.clone());
                    if last.when < brief.when {
                        *last = brief.clone();
                    }
                }
            }
            standing
        })
    }
}
