//! Registrations put together from a line of text, for the tables of the tests.
//!
//! Parts are parted by `;`. `p dob=2030-01-01 +age_stated=9@2025-01-01` is a person, `p1` the first one; `g
//! size=3` the group, whose focal point is `p1` unless said otherwise; `need p1 need_code=LP` a row of `p1`,
//! `r1` the first one. `+` before a field means recorded with this value on that day, `was:` recorded and
//! since changed. `~` is a blank. `role counsellor`, `colleague`
//! (others recorded what is recorded), `stage e1`, `phone 507…`, `paper PASSPORT VEN a1`,
//! `known Ana~Pérez 1990-03 F` set the scene.

use super::{Elsewhere, Known, Lists, RuleTable};
use crate::case::{CaseFile, Look, Subject};
use crate::catalogue::{Catalogue, Form, Row, Stage};
use crate::date::PartialDate;
use crate::entry::{Change, Entry, Op};
use crate::field::{Field, Kind};
use crate::finding::{Finding, Findings, Suggestion, What};
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use crate::permission::Role;
use crate::record::Record;
use crate::value::Value;
use std::sync::LazyLock;
use time::Date;
use time::macros::date;

/// A Monday.
pub const TODAY: Date = date!(2026 - 03 - 02);

/// The rows of one of the project's tables.
pub fn table(name: &str) -> Vec<Row> {
    let path = format!("{}/../public/tables/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    crate::overlay::Sheet::read(&text).rows
}

/// What rules need of the project's code lists.
pub fn lists() -> &'static Lists {
    static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists::read(table));
    &LISTS
}

/// The project's fields.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(&table("fields")).0);
    &CATALOGUE
}

/// The project's rules.
pub fn rule_table() -> &'static RuleTable {
    static RULES: LazyLock<RuleTable> = LazyLock::new(|| RuleTable::read(&table("rules")));
    &RULES
}

/// A registration with all that is known around it.
pub struct Trial {
    pub file: CaseFile,
    pub held: Vec<Record>,
    pub elsewhere: Elsewhere,
    pub role: Role,
    pub me: UserId,
    pub stage: Stage,
}

/// Who stated what is recorded.
const RECORDED_BY: UserId = UserId([7; 16]);

pub const GROUP: RecordId = RecordId([1; 16]);

pub fn person(place: u8) -> RecordId {
    RecordId([10 + place; 16])
}

pub fn row(place: u8) -> RecordId {
    RecordId([100 + place; 16])
}

fn known(place: u8) -> RecordId {
    RecordId([200 + place; 16])
}

fn id(name: &str) -> RecordId {
    let place = || name.get(1..).unwrap_or_default().parse().unwrap_or_else(|_| panic!("which is {name}?"));
    match name.chars().next() {
        Some('g') => GROUP,
        Some('p') => person(place()),
        Some('r') => row(place()),
        Some('k') => known(place()),
        _ => panic!("who is {name}?"),
    }
}

fn name(record: RecordId) -> String {
    match record.0[0] {
        1 => "g".to_owned(),
        place @ 11..=99 => format!("p{}", place - 10),
        place @ 101..=199 => format!("r{}", place - 100),
        place => format!("k{}", i32::from(place) - 200),
    }
}

fn value(field: Field, text: &str) -> Value {
    let spec = catalogue().spec(field).unwrap_or_else(|| panic!("no {field:?}"));
    let text = text.replace('~', " ");
    match spec.form {
        Form::Flag => Value::Flag(text == "yes"),
        Form::Int => Value::Int(text.parse().unwrap()),
        Form::Codes | Form::Tags | Form::Languages => {
            Value::Codes(text.split('|').map(str::to_owned).collect())
        }
        Form::Refs => Value::Codes(text.split('|').map(|it| crate::case::ref_code(id(it))).collect()),
        Form::Ref => Value::Ref(id(&text)),
        _ => Value::Text(text),
    }
}

/// Milliseconds of noon.
pub fn noon(day: &str) -> u64 {
    let day = PartialDate::from_text(day).unwrap().stands_for();
    u64::try_from(i64::from(day.to_julian_day()) - 2_440_588).unwrap() * 86_400_000 + 43_200_000
}

impl Trial {
    pub fn new(text: &str) -> Trial {
        let mut trial = Trial {
            file: CaseFile {
                group: Subject::new(GROUP, Kind::GROUP, None),
                people: Vec::new(),
                rows: Vec::new(),
            },
            held: Vec::new(),
            elsewhere: Elsewhere::default(),
            role: Role::Caseworker,
            me: RECORDED_BY,
            stage: Stage::Full,
        };
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let words: Vec<&str> = part.split_whitespace().collect();
            trial.part(&words);
        }
        if trial.file.group.value(Field::FOCAL_POINT).is_none() && !trial.file.people.is_empty() {
            trial.file.group.values.insert(Field::FOCAL_POINT, Value::Ref(person(1)));
        }
        trial
    }

    fn part(&mut self, words: &[&str]) {
        let plain =
            |at: usize| words[at].replace('~', " ").replace('-', if words[0] == "known" { "-" } else { "" });
        match words[0] {
            "role" => self.role = Role::ALL.into_iter().find(|role| role.key() == words[1]).unwrap(),
            "colleague" => self.me = UserId([6; 16]),
            "stage" => self.stage = Stage::from_key(words[1]).unwrap(),
            "phone" => self.elsewhere.phones.push(words[1].to_owned()),
            "paper" => {
                let blank = |at: usize| if words[at] == "?" { String::new() } else { words[at].to_owned() };
                self.elsewhere.documents.push((blank(1), blank(2), blank(3)));
            }
            "known" => {
                let born = if words[2] == "?" { String::new() } else { plain(2) };
                let record = known(u8::try_from(self.elsewhere.people.len() + 1).unwrap());
                let sex = words.get(3).copied().unwrap_or_default().to_owned();
                self.elsewhere.people.push(Known { record, name: plain(1), born, sex });
            }
            "g" => {
                let mut group = self.file.group.clone();
                self.say(&mut group, &words[1..]);
                self.file.group = group;
            }
            "p" => {
                let record = person(u8::try_from(self.file.people.len() + 1).unwrap());
                let mut subject = Subject::new(record, Kind::INDIVIDUAL, Some(GROUP));
                self.say(&mut subject, &words[1..]);
                self.file.people.push(subject);
            }
            kind => {
                let kind = Kind::from_key(kind).unwrap_or_else(|| panic!("what is {kind}?"));
                let record = row(u8::try_from(self.file.rows.len() + 1).unwrap());
                let mut subject = Subject::new(record, kind, Some(id(words[1])));
                self.say(&mut subject, &words[2..]);
                self.file.rows.push(subject);
            }
        }
    }

    fn say(&mut self, subject: &mut Subject, words: &[&str]) {
        for word in words {
            let recorded = word.strip_prefix('+').or_else(|| word.strip_prefix("was:"));
            let (key, text) = recorded.unwrap_or(word).split_once('=').unwrap_or_else(|| panic!("{word}?"));
            let field = Field::from_key(key).unwrap_or_else(|| panic!("no {key}"));
            let Some(_) = recorded else {
                subject.values.insert(field, value(field, text));
                continue;
            };
            let (text, day) = text.rsplit_once('@').unwrap_or_else(|| panic!("since when {word}?"));
            let value = value(field, text);
            let entry = EntryId([u8::try_from(self.held.len() + 1).unwrap(); 16]);
            let op = Op { field, value: value.clone(), replaces: vec![] };
            let change = Change { record: subject.record, kind: subject.kind, ops: vec![op] };
            let at = noon(day);
            let author = RECORDED_BY;
            let entry =
                Entry { id: entry, author, enrolment: EnrolmentId([8; 16]), at, changes: vec![change] };
            match self.held.iter_mut().find(|record| record.id == subject.record) {
                Some(record) => record.apply(&entry),
                None => {
                    let mut record = Record::new(subject.record, subject.kind);
                    record.apply(&entry);
                    self.held.push(record);
                }
            }
            subject.is_new = false;
            if word.starts_with('+') {
                subject.values.insert(field, value);
            }
        }
    }

    pub fn findings(&self, today: Date) -> Findings {
        let look = Look {
            today,
            role: self.role,
            me: self.me,
            catalogue: catalogue(),
            rules: rule_table(),
            elsewhere: &self.elsewhere,
            lists: lists(),
            held: &self.held,
        };
        let mut findings = Findings::default();
        super::find(&self.file, self.stage, &look, &mut findings);
        findings
    }
}

fn told(finding: &Finding) -> String {
    let mut text = format!("{}.{}", name(finding.at.record), finding.at.field.key().unwrap_or("?"));
    for suggestion in &finding.suggests {
        match suggestion {
            Suggestion::Need(code) => text += &format!(" +{code}"),
            Suggestion::Referral(sector) => text += &format!(" >{sector}"),
            Suggestion::Flag(flag) => text += &format!(" !{flag}"),
            Suggestion::YearOnly => text += " year",
        }
    }
    if let Some(last) = finding.until {
        text += &format!(" until {last}");
    }
    finding.others.iter().for_each(|other| text += &format!(" ={}", name(*other)));
    text
}

/// What a rule finds in a registration on a day: `p1.dob +SC-UC >child_protection, p2.dob`.
pub fn found_on(today: Date, rule: &str, case: &str) -> String {
    let findings = Trial::new(case).findings(today);
    let told: Vec<String> =
        findings.iter().filter(|it| matches!(it.what, What::Rule(id) if id == rule)).map(told).collect();
    told.join(", ")
}

/// The table of a rule: registrations, and what the rule finds in each of them on 2 March 2026.
pub fn check(rule: &str, table: &[(&str, &str)]) {
    for (case, wanted) in table {
        assert_eq!(found_on(TODAY, rule, case), *wanted, "{rule}: {case}");
    }
}
