//! The rules of `rules.csv` as pure functions over a registration. Which of them apply, at which stage and
//! how much each weighs is data that an office can change; what they look at is here.

mod arrival;
mod consent;
mod contact;
pub(crate) mod dates;
pub mod days;
mod duplicates;
mod family;
mod help;
mod lists;
pub(crate) mod names;
pub(crate) mod nationality;
mod needs;
mod papers;
mod procedure;
pub mod publication;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trial;

use crate::case::{CaseFile, Look, Subject, is_locked};
use crate::catalogue::{Class, Row, Stage};
use crate::field::{Field, Kind};
use crate::finding::{Finding, Findings, Spot, Suggestion, What};
use crate::id::RecordId;
use crate::permission;
use crate::problem::Strength;
use crate::record::Record;
use crate::value::Value;
use std::collections::BTreeMap;
use time::Date;

pub use lists::Lists;

/// Code of `specific_needs.csv` for «a need was reported»: what somebody records who may not record which.
pub const NEED_REPORTED: &str = "X-PE";

/// A rule: its id in `rules.csv`, the fields whose values it judges, and how it finds what it looks for.
pub struct Rule {
    /// Its id in `rules.csv`, where its words are.
    pub id: &'static str,
    /// What it judges: «it is correct» holds as long as these values stand.
    pub judges: &'static [Field],
    find: fn(&Scene<'_>, &mut Found),
    excuse: Excuse,
}

/// Who may say «it is correct» to an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excuse {
    /// Nobody: it must be mended.
    Nobody,
    /// Whoever registers.
    Staff,
    /// Who may assess needs, for life and death or a child's best interests.
    Named,
}

impl Rule {
    const fn new(id: &'static str, judges: &'static [Field], find: fn(&Scene<'_>, &mut Found)) -> Rule {
        Rule { id, judges, find, excuse: Excuse::Nobody }
    }

    /// An error that somebody may confirm: then it weighs no more than a question that was answered.
    const fn excused_by(self, excuse: Excuse) -> Rule {
        Rule { excuse, ..self }
    }
}

/// What a rule sees.
pub struct Scene<'a> {
    /// The registration as it would read.
    pub file: &'a CaseFile,
    /// The stage aimed at.
    pub stage: Stage,
    /// Day, role, tables, other groups.
    pub look: &'a Look<'a>,
}

impl<'a> Scene<'a> {
    /// The record as it stands, where there is one.
    fn held(&self, subject: &Subject) -> Option<&'a Record> {
        self.look.held.iter().find(|record| record.id == subject.record)
    }

    /// The referrals that whoever registers may still change. What was sent was judged when it was, and is its
    /// receiver's to answer.
    fn own_referrals(&self) -> impl Iterator<Item = &'a Subject> {
        let is_locked = |row: &&Subject| self.held(row).is_some_and(is_locked);
        self.file.rows_of_kind(Kind::REFERRAL).filter(move |row| !is_locked(row))
    }

    /// Since when a field says what it says: the day on which the value that stands was recorded. `None` for
    /// what is not recorded yet.
    fn since(&self, subject: &Subject, field: Field) -> Option<Date> {
        let value = subject.value(field)?;
        let stated = self.held(subject)?.stated(field).filter(|stated| stated.value == *value);
        days::day_of(stated.map(|stated| stated.at).max()?)
    }

    /// In an emergency all but the focal point are only counted, and not asked by themselves.
    fn is_counted(&self, person: &Subject) -> bool {
        self.stage == Stage::E1 && self.file.focal() != Some(person.record)
    }
}

/// Where a rule found something, and what it proposes.
#[derive(Default)]
pub struct Found(Vec<Hit>);

struct Hit {
    at: Spot,
    suggests: Vec<Suggestion>,
    until: Option<Date>,
    others: Vec<RecordId>,
}

impl Found {
    /// Found at a field of a record.
    fn at(&mut self, subject: &Subject, field: Field) {
        self.suggest(subject, field, &[]);
    }

    /// Found at a field of a person or a group, with proposals for them.
    fn suggest(&mut self, subject: &Subject, field: Field, suggestions: &[Suggestion]) {
        self.note(subject, field, suggestions, None, Vec::new());
    }

    /// Found at a field of a record, with the last day for what it reminds of.
    fn until(&mut self, subject: &Subject, field: Field, last: Option<Date>) {
        self.note(subject, field, &[], last, Vec::new());
    }

    /// Found at a field of a record, with others that may be the same.
    fn resembles(&mut self, subject: &Subject, field: Field, others: Vec<RecordId>) {
        self.note(subject, field, &[], None, others);
    }

    fn note(
        &mut self,
        subject: &Subject,
        field: Field,
        suggestions: &[Suggestion],
        until: Option<Date>,
        others: Vec<RecordId>,
    ) {
        let at = Spot::new(subject.record, field);
        self.0.push(Hit { at, suggests: suggestions.to_vec(), until, others });
    }
}

/// What is known of other groups on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Papers of people of other groups: type, country, and the number as [`crate::search_key::code`] writes
    /// it. Type and country may be empty where they are not known.
    pub documents: Vec<(String, String, String)>,
    /// Phone numbers of people of other groups, digits alone.
    pub phones: Vec<String>,
    /// Other people on this device who may be one of these: for DUP01.
    pub people: Vec<Known>,
}

/// Somebody of another group, as far as the search index shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Their record.
    pub record: RecordId,
    /// Name as shown.
    pub name: String,
    /// Date of birth in the text form of [`crate::PartialDate`]; may be empty.
    pub born: String,
    /// Code of list `sex`; may be empty.
    pub sex: String,
}

/// What an office made of each rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleTable(BTreeMap<String, Setting>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    strength: Strength,
    stages: Vec<String>,
    active: bool,
}

impl RuleTable {
    /// Reads the rows of `rules.csv`. A strength that is not understood is a question.
    #[must_use]
    pub fn read(rows: &[Row]) -> RuleTable {
        let cell =
            |row: &Row, column: &str| row.get(column).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        let settings = rows.iter().map(|row| {
            let strength = match cell(row, "strength").as_str() {
                "error" => Strength::Error,
                "info" => Strength::Info,
                _ => Strength::Warning,
            };
            let stages = cell(row, "stages").split_whitespace().map(str::to_owned).collect();
            let active = !matches!(cell(row, "active").as_str(), "0" | "n" | "no");
            (cell(row, "id"), Setting { strength, stages, active })
        });
        RuleTable(settings.collect())
    }

    /// How much a rule weighs at a stage; `None` where it does not apply. A rule that the table lacks asks.
    #[must_use]
    pub fn strength(&self, id: &str, stage: Stage) -> Option<Strength> {
        let Some(setting) = self.0.get(id) else { return Some(Strength::Warning) };
        let applies = setting.stages.iter().any(|name| name == "all" || name == stage.key());
        (setting.active && applies).then_some(setting.strength)
    }
}

/// Every rule about a registration, in the order of `rules.csv`. Three more are kept elsewhere: DOB04 by
/// reading dates ([`crate::DateText`]), DOC07 by offering no such thing, SUP01 by [`publication::suppress`].
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let parts: [&'static [Rule]; 12] = [
        dates::RULES,
        names::RULES,
        family::RULES,
        arrival::RULES,
        nationality::RULES,
        papers::RULES,
        contact::RULES,
        consent::RULES,
        needs::RULES,
        procedure::RULES,
        help::RULES,
        duplicates::RULES,
    ];
    parts.into_iter().flatten()
}

/// Notes what every rule that applies finds. Where something cannot be read, that is said first, and no rule
/// speaks of the gap it leaves. What is not for whoever looks is not told, and keeps them from nothing.
pub fn find(file: &CaseFile, stage: Stage, look: &Look<'_>, findings: &mut Findings) {
    let scene = Scene { file, stage, look };
    for rule in all() {
        let Some(strength) = look.rules.strength(rule.id, stage) else { continue };
        let mut found = Found::default();
        (rule.find)(&scene, &mut found);
        for Hit { at, suggests, until, others } in found.0 {
            if findings.of(at).iter().any(|finding| matches!(finding.what, What::Fault(_))) {
                continue;
            }
            // What was answered in two ways is decided, not asked again; whom somebody resembles is still said.
            let is_open = || file.all().any(|it| it.record == at.record && it.sides.contains_key(&at.field));
            if !is_for(look, file, rule, at) || others.is_empty() && is_open() {
                continue;
            }
            let code = confirmation(rule, file, at.record, &others);
            let (home, field) = confirmed_at(file, at.record);
            let can_be = strength != Strength::Error || rule.excuse != Excuse::Nobody;
            let is_said = || file.all().any(|it| it.record == home && it.codes(field).contains(&code));
            let confirmed = can_be && is_said();
            let may = match rule.excuse {
                Excuse::Named if strength == Strength::Error => permission::may_assess(look.role),
                _ => can_be,
            };
            let confirm = if may { code } else { String::new() };
            let suggests = open(&scene, at.record, suggests);
            let what = What::Rule(rule.id);
            findings.push(Finding { at, what, strength, suggests, until, others, confirmed, confirm });
        }
    }
}

/// Whether what a rule found is for whoever looks: they may know of the record, of the field, and of what the rule
/// judged there. To others it would tell what is hidden from them, and they could not mend it.
fn is_for(look: &Look<'_>, file: &CaseFile, rule: &Rule, at: Spot) -> bool {
    let Some(subject) = file.all().find(|subject| subject.record == at.record) else { return true };
    let mut judged = rule.judges.iter().filter(|field| subject.value(**field).is_some());
    look.sees(subject, at.field) && judged.all(|field| look.sees(subject, *field))
}

/// What of some proposals is still to be done, and whoever looks may do. Who may not record a need of class
/// need-to-know is offered to record that there is one.
fn open(scene: &Scene<'_>, record: RecordId, suggestions: Vec<Suggestion>) -> Vec<Suggestion> {
    let mut open = Vec::new();
    for suggestion in suggestions {
        let suggestion = match suggestion {
            Suggestion::Need(code) if !may_record(scene, code) => Suggestion::Need(NEED_REPORTED),
            other => other,
        };
        let rows = |kind| scene.file.rows_of(record, kind);
        let is_done = match suggestion {
            Suggestion::Need(code) => has_need(scene.file, record, |noted| noted == code),
            Suggestion::Referral(sector) => {
                rows(Kind::REFERRAL).any(|referral| referral.says(Field::REFERRAL_SECTOR, sector))
            }
            Suggestion::Flag(flag) => {
                let person = scene.file.person(record);
                person.is_some_and(|it| it.codes(Field::STATELESS_FLAGS).iter().any(|noted| noted == flag))
            }
            Suggestion::YearOnly => false,
        };
        if !is_done && !open.contains(&suggestion) {
            open.push(suggestion);
        }
    }
    open
}

/// Whether whoever looks may record a specific need by its code (rule NEE01).
fn may_record(scene: &Scene<'_>, need: &str) -> bool {
    scene.look.lists.need_class(need) < Class::NeedToKnow || permission::may_assess(scene.look.role)
}

/// The code by which somebody says «it is correct» to what a rule asks of a record: the rule and a digest of
/// the values it judges and of the records it compares with, so that it is asked again when these change.
/// Kept where [`confirmed_at`] says.
#[must_use]
pub fn confirmation(rule: &Rule, file: &CaseFile, record: RecordId, others: &[RecordId]) -> String {
    let mut digest: u32 = 0x811c_9dc5; // FNV-1a: a fingerprint, no protection.
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            digest = (digest ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    };
    let subject = file.all().find(|subject| subject.record == record);
    take(&record.0);
    for field in rule.judges {
        let own = subject.and_then(|subject| subject.value(*field));
        let value = own.or_else(|| file.group.value(*field)).unwrap_or(&Value::Nothing);
        take(&minicbor::to_vec(value).unwrap_or_default());
    }
    let mut others = others.to_vec();
    others.sort();
    others.iter().for_each(|other| take(&other.0));
    format!("{}:{digest:08x}", rule.id)
}

/// Where confirmations about a record are kept: with the person, or with the group.
#[must_use]
pub fn confirmed_at(file: &CaseFile, record: RecordId) -> (RecordId, Field) {
    let row = file.rows.iter().find(|row| row.record == record);
    let person = file.person(row.and_then(|row| row.owner).unwrap_or(record));
    person.map_or((file.group.record, Field::GROUP_CONFIRMED), |person| (person.record, Field::CONFIRMED))
}

/// The person that a row hangs on; `None` where it hangs on the group.
#[must_use]
pub fn holder<'a>(file: &'a CaseFile, row: &Subject) -> Option<&'a Subject> {
    file.person(row.owner?)
}

/// Whether a need of one of these codes, or of a category, was noted of somebody.
#[must_use]
pub fn has_need(file: &CaseFile, owner: RecordId, is: impl Fn(&str) -> bool) -> bool {
    file.rows_of(owner, Kind::NEED)
        .any(|need| is(need.text(Field::NEED_CODE)) && !need.says(Field::NEED_STATE, "closed"))
}

/// Where somebody's age is told: the date of birth, or the age stated where that is all there is.
fn birth_field(person: &Subject) -> Field {
    let told = person.value(Field::DATE_OF_BIRTH).is_none() && person.value(Field::AGE_STATED).is_some();
    if told { Field::AGE_STATED } else { Field::DATE_OF_BIRTH }
}
