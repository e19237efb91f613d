//! Of which class everything is, from the same tables that devices have: those that came with the program, with the
//! office's own laid over them.

use crate::server::ledger::LedgerError;
use crate::server::tables::{self, Cabinet};
use domain::overlay::{self, Row, SCOPE, Sheet, Sheets};
use domain::rules::Lists;
use domain::sight::row_class;
use domain::{Catalogue, Class, Field, Kind, Place, Record, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Tables that say of which class something is, with the column that does.
const CLASSED: [(&str, &str); 4] = [
    ("fields", "sensitivity"),
    ("specific_needs", "sensitivity"),
    ("session_types", "default_sensitivity"),
    ("referral_sectors", "default_sensitivity"),
];
/// Changes when this program judges the same tables otherwise than before: everything is then handed out anew.
const VERSION: u8 = 1;

static SHIPPED: LazyLock<Sheets> = LazyLock::new(tables::shipped);

/// Of which class everything is, at one place.
#[derive(Debug)]
pub struct Rules {
    fields: HashMap<Field, Class>,
    lists: Lists,
    organisations: BTreeSet<String>,
    /// The same for the same classes, whatever else the tables say.
    pub digest: [u8; 8],
}

impl Rules {
    /// As the tables came with the program. No office makes anything wider than that.
    #[must_use]
    pub fn shipped() -> Arc<Rules> {
        static RULES: LazyLock<Arc<Rules>> =
            LazyLock::new(|| Arc::new(Rules::read(&Sheets::new(), &Place::default())));
        Arc::clone(&RULES)
    }

    /// With an office's own tables over them, at a place.
    fn read(own: &Sheets, place: &Place) -> Rules {
        let here = overlay::Place {
            operation: place.operation.clone(),
            site: place.site.clone(),
            programme: String::new(),
        };
        let (none, mut sheets, mut said) = (Sheet::default(), Sheets::new(), vec![VERSION]);
        for name in Lists::TABLES.into_iter().chain(["fields", "institutions"]) {
            let (shipped, own) = (SHIPPED.get(name).unwrap_or(&none), own.get(name).unwrap_or(&none));
            let mut sheet = overlay::overlay(name, shipped, own, &here);
            if let Some((_, column)) = CLASSED.iter().find(|(table, _)| *table == name) {
                tighten(name, column, &mut sheet, own);
                for row in &sheet.rows {
                    let class = row.get(*column).map(String::as_str).unwrap_or_default();
                    said.extend(overlay::key(name, row).join(" ").bytes());
                    said.extend([b'=', Class::from_code(class) as u8, b'\n']);
                }
            }
            sheets.insert(name.to_owned(), sheet);
        }
        let rows = |name: &str| sheets.get(name).map(|sheet| sheet.rows.clone()).unwrap_or_default();
        let (catalogue, _) = Catalogue::read(&rows("fields"));
        let code = |row: &Row| row.get("code").cloned().unwrap_or_default();
        let digest = seal::digest(&said);
        Rules {
            fields: catalogue.iter().map(|spec| (spec.field, spec.class)).collect(),
            lists: Lists::read(rows),
            organisations: rows("institutions").iter().map(code).collect(),
            digest: digest.first_chunk::<8>().copied().unwrap_or_default(),
        }
    }

    /// The class of a field. What holds records together, and says who knows of them, is for whoever has the record; a
    /// field that no table knows is for few.
    #[must_use]
    pub fn field(&self, kind: Kind, field: Field) -> Class {
        if kind.owner_field() == Some(field) || matches!(field, Field::SEALED_FOR | Field::AMENDS) {
            return Class::Restricted;
        }
        self.fields.get(&field).copied().unwrap_or(Class::NeedToKnow)
    }

    /// The class of a record with these values of its code.
    #[must_use]
    pub fn row<'v>(&self, kind: Kind, codes: impl IntoIterator<Item = &'v Value>) -> Class {
        row_class(&self.lists, kind, codes)
    }

    /// The class of a statement of a field of a record: that of the field, and at least that of the record. What is
    /// noted of a need is for those who may know of the need.
    #[must_use]
    pub fn statement(&self, record: &Record, field: Field, of_record: Class) -> Class {
        match record.kind {
            _ if record.kind.owner_field() == Some(field) => Class::Restricted,
            Kind::NEED => of_record,
            kind => self.field(kind, field).max(of_record),
        }
    }

    /// Whether there is such an organisation.
    #[must_use]
    pub fn is_organisation(&self, code: &str) -> bool {
        self.organisations.contains(code)
    }
}

/// What is stricter for one programme is so for everybody here: which groups are of it is not looked at.
fn tighten(table: &str, column: &str, sheet: &mut Sheet, own: &Sheet) {
    let of_programme = |row: &&Row| row.get(SCOPE).is_some_and(|scope| scope.contains("programme:"));
    for strict in own.rows.iter().filter(of_programme) {
        let Some(class) = strict.get(column).filter(|class| !class.is_empty()) else { continue };
        let key = overlay::key(table, strict);
        for row in sheet.rows.iter_mut().filter(|row| overlay::key(table, row) == key) {
            let held = row.get(column).map(String::as_str).unwrap_or_default();
            if Class::from_code(class) > Class::from_code(held) {
                row.insert(column.to_owned(), class.clone());
            }
        }
    }
}

/// Rules as they were read last, for each place where somebody asked.
#[derive(Default)]
pub struct Shelf(Mutex<Read>);

#[derive(Default)]
struct Read {
    /// Of the office's tables.
    revision: u64,
    /// By operation and site.
    places: HashMap<(String, String), Arc<Rules>>,
}

impl Shelf {
    /// The rules at a place.
    ///
    /// # Errors
    /// When the office's tables cannot be read: nothing is handed out by other rules than its own.
    pub fn rules(&self, cabinet: &Cabinet, place: &Place) -> Result<Arc<Rules>, LedgerError> {
        let unable = |error: std::io::Error| LedgerError::Unable(format!("tables: {error}"));
        // First: what is put meanwhile is then read again under its own revision.
        let revision = cabinet.revision().map_err(unable)?;
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.revision != revision {
            *held = Read { revision, places: HashMap::new() };
        }
        let key = (place.operation.clone(), place.site.clone());
        if let Some(rules) = held.places.get(&key) {
            return Ok(Arc::clone(rules));
        }
        let own = cabinet.sheets().map_err(unable)?;
        let is_own =
            CLASSED.iter().any(|(table, _)| own.contains_key(*table)) || own.contains_key("institutions");
        let rules = if is_own { Arc::new(Rules::read(&own, place)) } else { Rules::shipped() };
        held.places.insert(key, Arc::clone(&rules));
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_this_version_has_a_class_and_what_no_table_knows_is_for_few() {
        let rules = Rules::shipped();
        for field in Field::ALL {
            let is_of_a_note = (250..=253).contains(&field.0);
            let known = rules.fields.contains_key(field) || is_of_a_note || *field == Field::SEALED_FOR;
            assert!(known, "{field:?} has no class: nobody but counsellors would be handed it");
        }
        assert_eq!(rules.field(Kind::INDIVIDUAL, Field(60_000)), Class::NeedToKnow);
        assert_eq!(rules.field(Kind::INDIVIDUAL, Field::RELIGION), Class::NeedToKnow);
        assert_eq!(rules.field(Kind::INDIVIDUAL, Field::GIVEN_NAMES), Class::Restricted);
        assert_eq!(rules.field(Kind::DOCUMENT, Field::HOLDER), Class::Restricted);
        assert!(rules.is_organisation("ONPAR") && !rules.is_organisation("nobody"));
    }

    #[test]
    fn an_office_makes_things_stricter_here_or_for_a_programme_and_never_wider() {
        let place =
            |operation: &str| Place { operation: operation.into(), site: "s".into(), ..Place::default() };
        let own = |text: &str| Sheets::from([("specific_needs".to_owned(), Sheet::read(text))]);
        let class = |rules: &Rules, code: &str| rules.row(Kind::NEED, [&Value::text(code)]);
        let shipped = Rules::shipped();
        assert_eq!(
            (class(&shipped, "X-PE"), class(&shipped, "SV-VA")),
            (Class::Confidential, Class::NeedToKnow)
        );
        let scoped = own("scope,code,sensitivity\noperation:PA,X-PE,need_to_know\n");
        assert_eq!(class(&Rules::read(&scoped, &place("PA")), "X-PE"), Class::NeedToKnow);
        assert_eq!(class(&Rules::read(&scoped, &place("GY")), "X-PE"), Class::Confidential);
        let programme = own("scope,code,sensitivity\nprogramme:x,X-PE,need_to_know\n");
        assert_eq!(class(&Rules::read(&programme, &place("GY")), "X-PE"), Class::NeedToKnow);
        let wider = own("code,sensitivity\nSV-VA,public\n");
        assert_eq!(class(&Rules::read(&wider, &place("PA")), "SV-VA"), Class::NeedToKnow);
        // Only classes count: another label is no other rule.
        let label = own("code,label_es\nX-PE,Otra\n");
        assert_eq!(Rules::read(&label, &place("PA")).digest, shipped.digest);
        assert_ne!(Rules::read(&scoped, &place("PA")).digest, shipped.digest);
    }
}
