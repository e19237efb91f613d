//! The made-up caseload as entries: one registration group an entry, as a caseworker would have stated it.
//!
//! All ids come from the file's own, so that loading it again states the same entries again.

use domain::id::uuid_v7;
use domain::{
    Change, EnrolmentId, Entry, EntryId, Field, GroupRef, Kind, PartialDate, Phone, Record, RecordId, UserId,
    Value, name,
};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};

/// Where it comes from and what is in it: README.md beside it.
const POPULATION: &[u8] = include_bytes!("../../../demo/population.jsonl.gz");

/// One line of the file, as far as an intake asks for it.
#[derive(Debug, Deserialize)]
pub struct Person {
    record_id: String,
    household_id: String,
    site: String,
    registered_on: String,
    relationship: String,
    given_names: String,
    family_names: String,
    sex: String,
    date_of_birth: Option<String>,
    dob_precision: String,
    nationality: String,
    place_of_birth: Option<String>,
    mother_name: Option<String>,
    father_name: Option<String>,
    phone: Option<String>,
    document: Option<Paper>,
    marital_status: String,
    legal_status: String,
}

#[derive(Debug, Deserialize)]
struct Paper {
    #[serde(rename = "type")]
    kind: String,
    number: String,
}

/// A registration group with its people, in the order of the file.
pub struct Household {
    /// Code of the site that registered it.
    pub site: &'static str,
    people: Vec<Person>,
}

/// Reads the groups.
///
/// # Errors
/// When the file is not as it should be.
pub fn households() -> std::io::Result<Vec<Household>> {
    let mut households: Vec<Household> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in BufReader::new(GzDecoder::new(POPULATION)).lines() {
        let person: Person = serde_json::from_str(&line?).map_err(std::io::Error::other)?;
        let place = *places.entry(person.household_id.clone()).or_insert(households.len());
        match households.get_mut(place) {
            Some(household) => household.people.push(person),
            None => {
                let site = site(&person.site).ok_or_else(|| std::io::Error::other("an unknown site"))?;
                households.push(Household { site, people: vec![person] });
            }
        }
    }
    Ok(households)
}

fn site(name: &str) -> Option<&'static str> {
    Some(match name {
        "Metetí, Darién" => "meteti",
        "Ciudad de Panamá" => "panama",
        "David" => "david",
        "Port of Spain" => "port_of_spain",
        "Georgetown" => "georgetown",
        "Willemstad" => "willemstad",
        "Oranjestad" => "oranjestad",
        "Paramaribo" => "paramaribo",
        "Belmopan" => "belmopan",
        "La Habana" => "la_habana",
        _ => return None,
    })
}

impl Household {
    /// How many people.
    #[must_use]
    pub fn size(&self) -> usize {
        self.people.len()
    }

    /// The entry that registers the group.
    #[must_use]
    pub fn entry(&self, author: UserId, enrolment: EnrolmentId) -> Option<Entry> {
        let focal =
            self.people.iter().find(|person| person.relationship == "head").or(self.people.first())?;
        let registered = PartialDate::from_text(&focal.registered_on)?;
        // Some moment of the office's day, always the same one.
        let moment = u64::from(
            stand_in::<2>("moment", &focal.household_id).iter().fold(0, |sum, b| sum * 256 + u32::from(*b)),
        );
        let at = noon(registered)? + moment % (4 * 60 * 60) * 1000;
        let group = RecordId(uuid_v7(at, stand_in("group", &focal.household_id)));
        let reference = GroupRef::fresh(stand_in("reference", &focal.household_id));
        let mut changes = Vec::new();
        changes.extend(Record::new(group, Kind::GROUP).change([
            (Field::GROUP_REF, Value::text(reference.as_str())),
            (Field::FOCAL_POINT, Value::Ref(focal.id(at))),
            (Field::SITE, Value::text(self.site)),
            (Field::REGISTRATION_DATE, registered.to_value()),
            (Field::RECORD_STATUS, Value::text("active")),
        ]));
        for person in &self.people {
            changes.extend(person.change(group, at));
            changes.extend(person.document.as_ref().and_then(|paper| paper.change(person, at)));
        }
        let id = EntryId(uuid_v7(at, stand_in("entry", &focal.household_id)));
        Some(Entry { id, author, enrolment, at, changes })
    }
}

impl Person {
    fn id(&self, at: u64) -> RecordId {
        RecordId(uuid_v7(at, stand_in("person", &self.record_id)))
    }

    fn change(&self, group: RecordId, at: u64) -> Option<Change> {
        let kept = |text: &Option<String>| Value::text(&name::keep(text.as_deref().unwrap_or_default()));
        let (given, family) = (name::keep(&self.given_names), name::keep(&self.family_names));
        let one_name = family.is_empty();
        let (surname1, surname2) =
            if one_name { (given.clone(), String::new()) } else { self.surnames(&family) };
        let phone = Phone::keep(self.phone.as_deref().unwrap_or_default()).0;
        Record::new(self.id(at), Kind::INDIVIDUAL).change([
            (Field::GROUP, Value::Ref(group)),
            (Field::RELATIONSHIP, Value::text(self.relationship())),
            (Field::GIVEN_NAMES, Value::text(if one_name { "" } else { &given })),
            (Field::SURNAME1, Value::text(&surname1)),
            (Field::SURNAME2, Value::text(&surname2)),
            (Field::ONE_NAME, if one_name { Value::Flag(true) } else { Value::Nothing }),
            (Field::SEX, Value::text(&self.sex)),
            (Field::DATE_OF_BIRTH, self.born().map_or(Value::Nothing, PartialDate::to_value)),
            (Field::NATIONALITY, Value::Codes(vec![self.nationality.clone()])),
            (Field::PHONE, Value::text(&phone)),
            (Field::BIRTH_PLACE, kept(&self.place_of_birth)),
            (Field::MOTHER_NAME, kept(&self.mother_name)),
            (Field::FATHER_NAME, kept(&self.father_name)),
            (Field::MARITAL_STATUS, Value::text(self.marital_status())),
            (Field::PROTECTION_STATUS, Value::text(self.protection_status())),
        ])
    }

    fn born(&self) -> Option<PartialDate> {
        let day = self.date_of_birth.as_deref()?;
        match self.dob_precision.as_str() {
            "day" => PartialDate::from_text(day),
            // Written as 1 January in the file; nobody ever said so.
            "year" => PartialDate::from_text(day.get(..4)?),
            _ => None,
        }
    }

    /// Two surnames where people have two: father's, then mother's. Everywhere else the name stays whole.
    fn surnames(&self, family: &str) -> (String, String) {
        const TWO: &[&str] = &[
            "ARG", "BOL", "CHL", "COL", "CRI", "CUB", "DOM", "ECU", "ESP", "GTM", "HND", "MEX", "NIC", "PAN",
            "PER", "PRY", "SLV", "URY", "VEN",
        ];
        if TWO.contains(&self.nationality.as_str())
            && let [first, second] = units(family).as_slice()
        {
            return (first.clone(), second.clone());
        }
        (family.to_owned(), String::new())
    }

    fn relationship(&self) -> &'static str {
        let by_sex = |woman, man| if self.sex == "F" { woman } else { man };
        match self.relationship.as_str() {
            "head" => "FP",
            "spouse" => by_sex("WIF", "HUS"),
            "child" => by_sex("DAU", "SON"),
            "parent" => by_sex("MOT", "FAT"),
            "sibling" => by_sex("SIS", "BRO"),
            _ => "OTH",
        }
    }

    fn marital_status(&self) -> &'static str {
        match self.marital_status.as_str() {
            "single" => "SN",
            "married" => "MA",
            "cohabiting" => "CL",
            "divorced" => "DV",
            "widowed" => "WD",
            _ => "U",
        }
    }

    fn protection_status(&self) -> &'static str {
        match self.legal_status.as_str() {
            "asylum_seeker" => "ASR",
            "refugee" => "REF",
            "other_protected" => "OIP",
            _ => "UNK",
        }
    }
}

impl Paper {
    fn change(&self, holder: &Person, at: u64) -> Option<Change> {
        let id = RecordId(uuid_v7(at, stand_in("paper", &holder.record_id)));
        let kind = match self.kind.as_str() {
            "passport" => "PASSPORT",
            "national_id" => "NATIONAL_ID",
            "birth_certificate" => "BIRTH_CERT",
            _ => "OTHER",
        };
        Record::new(id, Kind::DOCUMENT).change([
            (Field::HOLDER, Value::Ref(holder.id(at))),
            (Field::DOCUMENT_TYPE, Value::text(kind)),
            (Field::DOCUMENT_NUMBER, Value::text(&name::keep(&self.number))),
        ])
    }
}

/// Words with the particles before them: `de la Cruz` is one.
fn units(family: &str) -> Vec<String> {
    const PARTICLES: &[&str] = &["de", "del", "la", "las", "lo", "los", "san", "santa", "y"];
    let mut units: Vec<String> = Vec::new();
    let mut open = false;
    for word in family.split(' ') {
        match units.last_mut().filter(|_| open) {
            Some(unit) => {
                unit.push(' ');
                unit.push_str(word);
            }
            None => units.push(word.to_owned()),
        }
        open = PARTICLES.contains(&word.to_lowercase().as_str());
    }
    units
}

/// Noon of a day, in milliseconds since 1970.
fn noon(day: PartialDate) -> Option<u64> {
    const JULIAN_DAY_OF_1970: i64 = 2_440_588;
    let days = i64::from(day.day_known()?.to_julian_day()) - JULIAN_DAY_OF_1970;
    u64::try_from(days * 24 + 12).ok().map(|hours| hours * 60 * 60 * 1000)
}

/// Bytes in place of random ones, always the same for the same name.
pub(super) fn stand_in<const N: usize>(what: &str, name: &str) -> [u8; N] {
    let digest = seal::digest(format!("amparo demo caseload {what} {name}").as_bytes());
    digest.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_counts_are_those_of_its_readme() {
        let households = households().unwrap();
        assert_eq!(households.len(), 5_575);
        assert_eq!(households.iter().map(Household::size).sum::<usize>(), 7_890);
        let count =
            |site: &str| households.iter().filter(|h| h.site == site).map(Household::size).sum::<usize>();
        assert_eq!((count("meteti"), count("panama"), count("david")), (368, 1_396, 285));
    }

    #[test]
    fn every_group_becomes_an_entry_with_ids_of_its_own_and_always_the_same() {
        let (author, enrolment) = (UserId([1; 16]), EnrolmentId([2; 16]));
        let households = households().unwrap();
        let entries = || households.iter().map(|household| household.entry(author, enrolment).unwrap());
        let ids: HashSet<EntryId> = entries().map(|entry| entry.id).collect();
        let records: Vec<RecordId> =
            entries().flat_map(|entry| entry.records().collect::<Vec<_>>()).collect();
        let distinct: HashSet<RecordId> = records.iter().copied().collect();
        assert_eq!((ids.len(), distinct.len()), (5_575, records.len()));
        assert_eq!(records.len(), 5_575 + 7_890 + (7_890 - 4_093));
        assert!(entries().zip(entries()).all(|(one, again)| one == again));
        for entry in entries() {
            assert_eq!(Entry::from_bytes(&entry.to_bytes()).unwrap(), entry);
            assert_eq!(domain::judge(domain::Role::Caseworker, &entry), Ok(()));
        }
    }

    #[test]
    fn particles_stay_with_their_surname() {
        for (family, wanted) in [
            ("Pérez", vec!["Pérez"]),
            ("de la Rosa Sanches", vec!["de la Rosa", "Sanches"]),
            ("DE LO TORRE SAUCEDA", vec!["DE LO TORRE", "SAUCEDA"]),
            ("Díaz de la Cruz", vec!["Díaz", "de la Cruz"]),
            ("Castro Ramirez", vec!["Castro", "Ramirez"]),
        ] {
            assert_eq!(units(family), wanted);
        }
    }
}
