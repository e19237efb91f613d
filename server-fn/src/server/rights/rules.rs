//! Of which class everything is, from the same tables that devices have: those that came with the program, with the
//! office's own laid over them.

use crate::server::ledger::LedgerError;
use crate::server::tables::{self, Cabinet};
use domain::overlay::{self, Row, SCOPE, Sheet, Sheets};
use domain::rules::Lists;
use domain::rules::days::day_of_text;
use domain::service::Party;
use domain::service::referral::role_may;
use domain::sight::row_class;
use domain::{Catalogue, Class, Field, Kind, Place, Record, Role, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
/// How long after its last day a desk may still be sent something: a tablet that was without a line offered it until then.
const DAYS_WITHOUT_LINE: i64 = 30;
/// The first of January 1970 as a Julian day.
const DAY_OF_1970: i64 = 2_440_588;

static SHIPPED: LazyLock<Sheets> = LazyLock::new(tables::shipped);

/// Of which class everything is, at one place.
#[derive(Debug)]
pub struct Rules {
    fields: HashMap<Field, Class>,
    lists: Lists,
    organisations: BTreeSet<String>,
    /// Desks that receive referrals: institution and site by their code. The site is empty for one of all sites.
    desks: BTreeMap<String, (String, String)>,
    /// The last day on which a desk takes people, in days since 1970, of those that have one; the first of all days for
    /// one that is retired.
    last_days: BTreeMap<String, i64>,
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
        for name in Lists::TABLES.into_iter().chain(["fields", "institutions", "desks"]) {
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
        let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
        let desk = |row: &Row| (code(row), (cell(row, "institution"), cell(row, "site")));
        Rules {
            fields: catalogue.iter().map(|spec| (spec.field, spec.class)).collect(),
            lists: Lists::read(rows),
            organisations: rows("institutions").iter().map(code).collect(),
            desks: rows("desks").iter().map(desk).collect(),
            last_days: rows("desks").iter().filter_map(|row| Some((code(row), last_day(row)?))).collect(),
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

    /// The organisation of a desk, and its site, which is empty for a desk of all its sites; `None` where the tables have
    /// no such desk. One that is retired is one still: it was sent to.
    #[must_use]
    pub fn desk(&self, code: &str) -> Option<(&str, &str)> {
        self.desks.get(code).map(|(institution, site)| (institution.as_str(), site.as_str()))
    }

    /// The site of a desk. See [`Self::desk`].
    #[must_use]
    pub fn desk_site(&self, code: &str) -> Option<&str> {
        self.desk(code).map(|(_, site)| site)
    }

    /// Whether a desk may be sent something that arrives on a day, in days since 1970: it is not retired, and its last day
    /// is not over for longer than tablets are without a line.
    #[must_use]
    pub fn takes(&self, desk: &str, day: i64) -> bool {
        self.last_days.get(desk).is_none_or(|last| day <= last.saturating_add(DAYS_WITHOUT_LINE))
    }

    /// Whether it matters at which site people of a role are to what their organisation is sent.
    #[must_use]
    pub fn parts_desks(&self, role: Role, organisation: &str) -> bool {
        let mut ours = self.desks.values().filter(|(institution, _)| institution == organisation);
        role_may(role, Party::Receiver) && ours.any(|(_, site)| !site.is_empty())
    }

    /// The same for the same classes and, where people of a role receive what is sent to their organisation, the same
    /// desks of it.
    #[must_use]
    pub fn digest_for(&self, role: Role, organisation: &str) -> [u8; 8] {
        if !role_may(role, Party::Receiver) {
            return self.digest;
        }
        let mut said = self.digest.to_vec();
        for (code, (_, site)) in self.desks.iter().filter(|(_, (of, _))| of == organisation) {
            said.extend(code.bytes().chain([b'@']).chain(site.bytes()).chain([b'\n']));
        }
        if said.len() == self.digest.len() {
            return self.digest;
        }
        seal::digest(&said).first_chunk::<8>().copied().unwrap_or_default()
    }

    /// What else the tables say of codes.
    #[must_use]
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Whether there is such an organisation.
    #[must_use]
    pub fn is_organisation(&self, code: &str) -> bool {
        self.organisations.contains(code)
    }
}

/// The last day on which a row is in force. See [`Rules::last_days`].
fn last_day(row: &Row) -> Option<i64> {
    if overlay::is_retired(row) {
        return Some(i64::MIN);
    }
    let day = day_of_text(row.get(overlay::VALID_TO)?)?;
    Some(i64::from(day.to_julian_day()) - DAY_OF_1970)
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
        let is_own = CLASSED
            .iter()
            .map(|(table, _)| *table)
            .chain(["institutions", "desks"])
            .any(|it| own.contains_key(it));
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
    fn who_receives_at_a_desk_begins_anew_when_a_desk_of_theirs_moves_and_nobody_else_does() {
        let shipped = Rules::shipped();
        assert_eq!(shipped.desk("onpar_meteti"), Some(("ONPAR", "meteti")));
        assert_eq!((shipped.desk_site("inadeh_panama"), shipped.desk_site("nowhere")), (Some(""), None));
        assert!(shipped.parts_desks(Role::Caseworker, "ONPAR") && !shipped.parts_desks(Role::Caseworker, ""));
        assert!(!shipped.parts_desks(Role::BorderOfficer, "ONPAR"));
        let read = |text: &str| {
            let own = Sheets::from([("desks".to_owned(), Sheet::read(text))]);
            Rules::read(&own, &Place { operation: "PA".into(), site: "panama".into(), ..Place::default() })
        };
        let digest = |rules: &Rules, role, of: &str| rules.digest_for(role, of);
        let moved = read("code,institution,site\nonpar_panama,ONPAR,meteti\n");
        let renamed = read("code,institution,site,phone\nonpar_panama,ONPAR,panama,6000\n");
        assert_eq!(moved.desk_site("onpar_panama"), Some("meteti"));
        for role in Role::ALL {
            let turns = role_may(role, Party::Receiver);
            assert_eq!(digest(&moved, role, "ONPAR") != digest(&shipped, role, "ONPAR"), turns, "{role:?}");
            assert_eq!(digest(&renamed, role, "ONPAR"), digest(&shipped, role, "ONPAR"));
            assert_eq!(digest(&moved, role, "HIAS"), digest(&shipped, role, "HIAS"));
            // Where there are no desks, it is what builds of before kept.
            assert_eq!(digest(&moved, role, ""), shipped.digest);
        }
        let added = read("code,institution,site\nnew,ONPAR,\n");
        assert_eq!((added.desk_site("new"), added.desk_site("onpar_meteti")), (Some(""), Some("meteti")));
    }

    #[test]
    fn a_desk_takes_what_arrives_until_a_month_after_its_last_day_and_nothing_once_it_is_retired() {
        let own = "code,institution,site,valid_to,retired\nold,ONPAR,,2026-11-01,\ngone,ONPAR,,,1\n";
        let own = Sheets::from([("desks".to_owned(), Sheet::read(own))]);
        let rules = Rules::read(&own, &Place { operation: "PA".into(), ..Place::default() });
        // 2026-11-01 is day 20758.
        for (desk, day, takes) in [
            ("old", 20_758, true),
            ("old", 20_758 + 30, true),
            ("old", 20_758 + 31, false),
            ("gone", 0, false),
            ("onpar_panama", 99_999, true),
        ] {
            assert_eq!(rules.takes(desk, day), takes, "{desk} {day}");
        }
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
