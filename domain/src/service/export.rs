//! Services as rows of a file: sessions, assistance and referrals of a period, for a report or for another system.
//!
//! Without names unless they are asked for: people are numbered anew in each file, and told of by sex, age band and
//! nationality. What is not for whoever exports is counted and not listed. Pure: nothing here knows a file or a clock.

mod sheet;
#[cfg(test)]
mod tests;

pub use sheet::{Cell, Sheet};

use super::board::is_there;
use super::session::attendance;
use super::{Brief, brief};
use crate::catalogue::Row;
use crate::date::PartialDate;
use crate::field::Kind;
use crate::id::{RecordId, UserId};
use crate::permission::{Role, sees};
use crate::rules::Lists;
use crate::rules::days::day_of;
use std::collections::{BTreeMap, BTreeSet};

/// What is exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Which kinds of [`KINDS`].
    pub kinds: BTreeSet<Kind>,
    /// The first day, counted from 1970.
    pub from: i64,
    /// The last day.
    pub to: i64,
    /// With the names of people.
    pub named: bool,
}

/// Kinds that can be exported, in the order of the page.
pub const KINDS: [Kind; 3] = [Kind::SESSION, Kind::ASSISTANCE, Kind::REFERRAL];

/// What is known of a person without opening their record. Codes; empty where not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// Name as shown.
    pub name: String,
    /// Date of birth, in the text form of [`PartialDate`].
    pub born: String,
    /// Code of list `sex`.
    pub sex: String,
    /// Codes of countries.
    pub nationality: Vec<String>,
    /// Code of their group's site.
    pub site: String,
}

/// Who exports, and the tables that say what is for them and what codes mean.
pub struct Looks<'a> {
    /// Their role.
    pub role: Role,
    /// They themselves.
    pub me: UserId,
    /// Classes of codes, and what counts as delivered.
    pub lists: &'a Lists,
    /// Rows of table `age_bands`.
    pub bands: &'a [Row],
    /// Rows of table `assistance_types`: their units.
    pub types: &'a [Row],
    /// The name of a column, by its key.
    pub header: &'a dyn Fn(&str) -> String,
    /// The HXL tag of a column, by its key.
    pub tag: &'a dyn Fn(&str) -> String,
    /// The label of a code: of a table, of a short list as `lists:sex`, of a kind of record as `kind`.
    pub label: &'a dyn Fn(&str, &str) -> String,
}

/// A file to be, and what is left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The table.
    pub sheet: Sheet,
    /// Records that are not for whoever exports.
    pub reserved: u32,
}

/// What a column holds and the kinds that have it.
struct Column {
    key: &'static str,
    kinds: &'static [Kind],
    cell: fn(&Line<'_>) -> Cell,
}

/// A record on its way into a row.
struct Line<'a> {
    brief: &'a Brief,
    /// Whom it is for, with the numbers that they have in this file.
    people: Vec<(RecordId, u32)>,
    faces: &'a BTreeMap<RecordId, Face>,
    looks: &'a Looks<'a>,
}

const ALL: &[Kind] = &KINDS;
const SESSION: &[Kind] = &[Kind::SESSION];
const ASSISTANCE: &[Kind] = &[Kind::ASSISTANCE];
const REFERRAL: &[Kind] = &[Kind::REFERRAL];
const STEPPED: &[Kind] = &[Kind::ASSISTANCE, Kind::REFERRAL];

/// Every column, in its order. The keys name words (`export_col_…`) and tags (table `hxl_tags`).
const COLUMNS: [Column; 31] = [
    column("kind", ALL, |it| Cell::text((it.looks.label)("kind", it.kind_key()))),
    column("date", ALL, |it| Cell::Day(it.brief.day())),
    column("person", ALL, |it| it.numbers()),
    column(NAME, ALL, |it| it.names()),
    column("sex", ALL, |it| it.one(|it, face| Cell::text((it.looks.label)("lists:sex", &face.sex)))),
    column("age_band", ALL, |it| it.one(|it, face| it.band(face))),
    column("nationality", ALL, |it| it.one(|_, face| Cell::text(face.nationality.join(" ")))),
    column("site", ALL, |it| it.site()),
    column("type_code", ALL, |it| Cell::text(&*it.brief.code)),
    column("type", ALL, |it| it.labelled(it.type_table(), &it.brief.code)),
    column("form", SESSION, |it| it.labelled("lists:session_form", &it.brief.state)),
    column("status_code", STEPPED, |it| Cell::text(&*it.brief.state)),
    column("status", STEPPED, |it| it.labelled(it.status_table(), &it.brief.state)),
    column("delivered", ASSISTANCE, |it| Cell::whole(it.looks.lists.is_delivered(&it.brief.state))),
    column("programme", ASSISTANCE, |it| it.labelled("lists:programme", &it.brief.more)),
    column("given_by", ASSISTANCE, |it| Cell::text(&*it.brief.from)),
    column("from_org", REFERRAL, |it| Cell::text(&*it.brief.from)),
    column("to_org", REFERRAL, |it| Cell::text(&*it.brief.to)),
    column("desk", REFERRAL, |it| it.labelled("desks", &it.brief.desk)),
    column("urgency", REFERRAL, |it| it.labelled("referral_urgency", &it.brief.more)),
    column("answer_due", REFERRAL, |it| it.due()),
    column("follow_up", SESSION, |it| it.due()),
    column("outcomes", SESSION, |it| it.outcomes()),
    column("people", ALL, |it| Cell::whole(it.count())),
    column("unregistered", SESSION, |it| Cell::whole(it.brief.heads.min(attendance(it.brief)))),
    column("minutes", SESSION, |it| some(i64::from(it.brief.minutes), 0)),
    column("quantity", ASSISTANCE, |it| some(it.brief.quantity, 3)),
    column("unit", ASSISTANCE, |it| it.unit()),
    column("amount", ASSISTANCE, |it| some(it.brief.cents, 2)),
    column("currency", ASSISTANCE, |it| Cell::text(if it.brief.cents == 0 { "" } else { "USD" })),
    column("withdrawn", REFERRAL, |it| Cell::whole(it.is_withdrawn())),
];

/// The only column that says who somebody is.
const NAME: &str = "name";

const fn column(key: &'static str, kinds: &'static [Kind], cell: fn(&Line<'_>) -> Cell) -> Column {
    Column { key, kinds, cell }
}

/// Keys of all columns, in their order.
pub fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.key)
}

/// The file of a choice. What was amended is one row, as it was amended last; drafts of referrals are none yet.
#[must_use]
pub fn export(
    briefs: &[Brief],
    faces: &BTreeMap<RecordId, Face>,
    choice: &Choice,
    looks: &Looks<'_>,
) -> Export {
    let all = of_choice(briefs, choice);
    let found = all.len();
    let mut chosen: Vec<&Brief> = all.into_iter().filter(|brief| is_for(brief, looks)).collect();
    let reserved = u32::try_from(found - chosen.len()).unwrap_or(u32::MAX);
    chosen.sort_by_key(|brief| (brief.when, brief.kind, brief.record));
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| column.kinds.iter().any(|kind| choice.kinds.contains(kind)))
        .filter(|column| choice.named || column.key != NAME)
        .collect();
    let mut numbers: BTreeMap<RecordId, u32> = BTreeMap::new();
    let rows = chosen.into_iter().map(|brief| {
        let people = people_of(brief).into_iter().map(|person| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX).saturating_add(1);
            (person, *numbers.entry(person).or_insert(next))
        });
        let line = Line { brief, people: people.collect(), faces, looks };
        let has = |column: &Column| column.kinds.contains(&brief.kind());
        columns.iter().map(|it| if has(it) { (it.cell)(&line) } else { Cell::Empty }).collect()
    });
    let sheet = Sheet {
        title: (looks.header)("sheet"),
        rows: rows.collect(),
        headers: columns.iter().map(|column| (looks.header)(column.key)).collect(),
        tags: columns.iter().map(|column| (looks.tag)(column.key)).collect(),
    };
    Export { sheet, reserved }
}

/// Everybody whom the records of a choice are for: whose faces an export needs.
#[must_use]
pub fn people_in(briefs: &[Brief], choice: &Choice) -> BTreeSet<RecordId> {
    of_choice(briefs, choice).into_iter().flat_map(people_of).collect()
}

/// The records of a choice, whoever may know of them: those of its kinds and its days that are there, as they were
/// amended last.
fn of_choice<'b>(briefs: &'b [Brief], choice: &Choice) -> Vec<&'b Brief> {
    let mut chosen = standing(briefs);
    chosen.retain(|brief| {
        choice.kinds.contains(&brief.kind())
            && (choice.from..=choice.to).contains(&brief.day())
            && is_there(brief)
            && !was_never_sent(brief)
    });
    chosen
}

/// Whether a referral reached nobody: a draft, or one that was taken back before it was sent, which has no time to
/// answer.
fn was_never_sent(brief: &Brief) -> bool {
    let taken_back = brief.state == "cancelled" || brief.marks & brief::WITHDRAWN != 0;
    brief.kind() == Kind::REFERRAL && (brief.state == "draft" || (taken_back && brief.due == 0))
}

/// Whom a record is for: who attended, received or is covered, else what it hangs on.
fn people_of(brief: &Brief) -> Vec<RecordId> {
    if brief.people.is_empty() { brief.owner.into_iter().collect() } else { brief.people.clone() }
}

/// The records that nothing amends: of several amendments of one, that which was stated last.
fn standing(briefs: &[Brief]) -> Vec<&Brief> {
    let by_id: BTreeMap<RecordId, &Brief> = briefs.iter().map(|brief| (brief.record, brief)).collect();
    let first = |brief: &Brief| {
        let mut first = brief.record;
        let mut before = brief.amends;
        // A ring of amendments, which nobody can make by hand, ends where it has been gone round.
        for _ in 0..by_id.len() {
            let Some(id) = before.filter(|id| *id != brief.record) else { break };
            first = id;
            before = by_id.get(&id).and_then(|earlier| earlier.amends);
        }
        first
    };
    let mut last: BTreeMap<RecordId, &Brief> = BTreeMap::new();
    for brief in by_id.values() {
        let held = last.entry(first(brief)).or_insert(brief);
        let order = |it: &Brief| (it.amends.is_some(), it.stated_at, it.record);
        if order(held) < order(brief) {
            *held = brief;
        }
    }
    last.into_values().collect()
}

/// Whether they may know what a record is about. Its code says so; where they are not told of it, it is for few.
fn is_for(brief: &Brief, looks: &Looks<'_>) -> bool {
    let class = looks.lists.code_class(brief.kind(), &brief.code);
    !brief.code.is_empty() && sees(looks.role, class, brief.by == Some(looks.me))
}

impl Line<'_> {
    fn kind_key(&self) -> &'static str {
        self.brief.kind().key().unwrap_or_default()
    }

    fn type_table(&self) -> &'static str {
        match self.brief.kind() {
            Kind::SESSION => "session_types",
            Kind::ASSISTANCE => "assistance_types",
            _ => "referral_sectors",
        }
    }

    fn status_table(&self) -> &'static str {
        if self.brief.kind() == Kind::REFERRAL { "referral_status" } else { "assistance_status" }
    }

    fn labelled(&self, table: &str, code: &str) -> Cell {
        if code.is_empty() { Cell::Empty } else { Cell::text((self.looks.label)(table, code)) }
    }

    /// What is said of a person where the record is for one alone, and they lie here.
    fn one(&self, cell: impl Fn(&Self, &Face) -> Cell) -> Cell {
        match (self.people.as_slice(), self.brief.heads) {
            ([(id, _)], 0) => self.faces.get(id).map_or(Cell::Empty, |face| cell(self, face)),
            _ => Cell::Empty,
        }
    }

    fn numbers(&self) -> Cell {
        match self.people.as_slice() {
            [(_, number)] => Cell::whole(*number),
            people => {
                let numbers: Vec<String> = people.iter().map(|(_, number)| number.to_string()).collect();
                Cell::text(numbers.join(" "))
            }
        }
    }

    /// The names of those who lie here; none where consent was withdrawn.
    fn names(&self) -> Cell {
        let names = self.people.iter().filter_map(|(id, _)| self.faces.get(id));
        let names: Vec<&str> = names.map(|face| face.name.as_str()).collect();
        if self.is_withdrawn() { Cell::Empty } else { Cell::text(names.join("; ")) }
    }

    fn is_withdrawn(&self) -> bool {
        self.brief.marks & brief::WITHDRAWN != 0
    }

    /// The age band on the day of the record, of the bands that public statistics use.
    fn band(&self, face: &Face) -> Cell {
        let day = u64::try_from(self.brief.day()).ok().and_then(|day| day_of(day.saturating_mul(86_400_000)));
        let age = PartialDate::from_text(&face.born).zip(day).and_then(|(born, day)| born.age_on(day));
        let years = |row: &Row, column: &str| row.get(column).and_then(|cell| cell.parse::<u16>().ok());
        let of_scheme = |row: &&Row| row.get("scheme").is_some_and(|scheme| scheme == "unhcr");
        let fits = |row: &&Row| match age {
            Some(age) => {
                years(row, "from_years").is_some_and(|from| from <= age)
                    && years(row, "to_years").is_none_or(|to| age <= to)
            }
            None => years(row, "from_years").is_none(),
        };
        let found = self.looks.bands.iter().filter(of_scheme).find(fits);
        found.and_then(|row| row.get("code")).map_or(Cell::Empty, |code| self.labelled("age_bands", code))
    }

    /// Where it was held or given; of a referral, where the person is registered.
    fn site(&self) -> Cell {
        match self.brief.site.as_str() {
            "" => self.one(|it, face| it.labelled("sites", &face.site)),
            site => self.labelled("sites", site),
        }
    }

    fn due(&self) -> Cell {
        if self.brief.due == 0 { Cell::Empty } else { Cell::Day(self.brief.due.div_euclid(24 * 60)) }
    }

    fn outcomes(&self) -> Cell {
        let label = |code: &str| (self.looks.label)("session_outcomes", code);
        let labels: Vec<String> = self.brief.more.split_whitespace().map(label).collect();
        Cell::text(labels.join("; "))
    }

    fn unit(&self) -> Cell {
        let row =
            self.looks.types.iter().find(|row| row.get("code").is_some_and(|it| self.brief.code == *it));
        match row.and_then(|row| row.get("unit")) {
            Some(unit) if self.brief.quantity != 0 => self.labelled("units", unit),
            _ => Cell::Empty,
        }
    }

    /// Everybody whom it is for, registered or not; of a session those who came.
    fn count(&self) -> i64 {
        if self.brief.kind() == Kind::SESSION {
            return i64::from(attendance(self.brief));
        }
        i64::try_from(self.people.len()).unwrap_or(i64::MAX).saturating_add(i64::from(self.brief.heads))
    }
}

/// A number; nothing for nought, which is how a brief says that none was stated.
fn some(number: i64, places: u8) -> Cell {
    if number == 0 { Cell::Empty } else { Cell::Number(number, places) }
}
