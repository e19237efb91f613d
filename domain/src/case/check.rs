//! Checking a registration: what is unreadable, what is missing at this stage, what the rules say; and the entry
//! that it becomes.

use super::draft::{CaseDraft, lies_locked, read_touch};
use super::file::{CaseFile, Subject};
use crate::catalogue::{Catalogue, Mark, Stage};
use crate::date::PartialDate;
use crate::entry::{Change, Entry};
use crate::field::{Field, Kind};
use crate::finding::{Findings, Spot};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId, UserId};
use crate::individual::FOCAL_POINT;
use crate::permission::Role;
use crate::record::Record;
use crate::registration_group::ACTIVE;
use crate::rules::{self, RuleTable};
use crate::sight::Sight;
use crate::value::Value;
use std::collections::BTreeMap;
use time::Date;

/// What a check is made with.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The day of the check.
    pub today: Date,
    /// Who is asking: what is not for them is neither asked of them nor told them.
    pub role: Role,
    /// They themselves: authors see their own.
    pub me: UserId,
    /// Which fields there are.
    pub catalogue: &'a Catalogue,
    /// Which rules apply, and how much each weighs.
    pub rules: &'a RuleTable,
    /// What is known of other groups on this device, for rules about papers and phones used twice.
    pub elsewhere: &'a rules::Elsewhere,
    /// What rules need to know of code lists.
    pub lists: &'a rules::Lists,
    /// The group's records as they stand, for rules about what was recorded before and since when.
    pub held: &'a [Record],
}

impl<'a> Look<'a> {
    /// What whoever is asking may see.
    #[must_use]
    pub fn sight(&self) -> Sight<'a> {
        Sight { role: self.role, me: self.me, catalogue: self.catalogue, lists: self.lists }
    }

    /// Whether whoever is asking may be told of a field of a record: what they just typed, what they may see, and of
    /// what is empty, what they are asked. A field of another kind stands for a row that is not there yet, which is no
    /// secret.
    #[must_use]
    pub fn sees(&self, subject: &Subject, field: Field) -> bool {
        let held = self.held.iter().find(|record| record.id == subject.record);
        let sight = self.sight();
        if held.is_some_and(|record| !sight.record(record)) {
            return false;
        }
        if self.catalogue.spec(field).is_some_and(|spec| spec.kind != subject.kind) {
            return true;
        }
        let typed = subject
            .value(field)
            .is_some_and(|value| held.is_none_or(|record| !record.values(field).contains(&value)));
        typed || sight.field(subject.kind, held, field)
    }
}

/// A registration to stand behind: only [`CaseDraft::finish`] and [`CaseDraft::save_as_is`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseDetails {
    /// The draft it was.
    pub draft: DraftId,
    /// The entry it becomes.
    pub entry: EntryId,
    /// The group's record.
    pub group: RecordId,
    /// How it reads.
    pub file: CaseFile,
    /// What the check only asks or says.
    pub findings: Findings,
    changes: Vec<Change>,
}

impl CaseDetails {
    /// The entry that states all of it. `None` when everything is recorded already.
    #[must_use]
    pub fn into_entry(self, author: UserId, enrolment: EnrolmentId, at: u64) -> Option<Entry> {
        let Self { entry: id, changes, .. } = self;
        if changes.is_empty() { None } else { Some(Entry { id, author, enrolment, at, changes }) }
    }

    /// How many people the group has.
    #[must_use]
    pub fn people(&self) -> usize {
        self.file.people.len()
    }
}

impl CaseDraft {
    /// Everything that is unreadable, missing at the stage aimed at, asked or told.
    #[must_use]
    pub fn check(&self, held: &[Record], look: &Look<'_>) -> (CaseFile, Findings) {
        let (file, unreadable) = self.file(held, look.catalogue, look.today);
        let mut findings = unreadable.clone();
        missing(&file, &unreadable, look, self.stage(), &mut findings);
        rules::find(&file, self.stage(), look, &mut findings);
        (file, findings)
    }

    /// Details of a registration that is complete for its stage.
    ///
    /// # Errors
    /// Everything found, where any of it is an error.
    pub fn finish(&self, held: &[Record], look: &Look<'_>) -> Result<CaseDetails, Findings> {
        let (file, findings) = self.check(held, look);
        if findings.errors().next().is_some() {
            return Err(findings);
        }
        Ok(self.details(held, look, file, findings, Some(self.stage())))
    }

    /// Details of a registration as far as it has come: only what cannot be read keeps it from being stated.
    ///
    /// # Errors
    /// Everything found, where any of it cannot be read.
    pub fn save_as_is(&self, held: &[Record], look: &Look<'_>) -> Result<CaseDetails, Findings> {
        let (file, findings) = self.check(held, look);
        if findings.unreadable().next().is_some() {
            return Err(findings);
        }
        Ok(self.details(held, look, file, findings, None))
    }

    fn details(
        &self,
        held: &[Record],
        look: &Look<'_>,
        file: CaseFile,
        findings: Findings,
        finished: Option<Stage>,
    ) -> CaseDetails {
        let mut stated: BTreeMap<RecordId, BTreeMap<Field, Value>> = BTreeMap::new();
        for sheet in self.sheets().filter(|sheet| !lies_locked(sheet, held)) {
            let values = stated.entry(sheet.record).or_default();
            if sheet.removed {
                values.extend(sheet.gone.keys().map(|field| (*field, Value::Nothing)));
                continue;
            }
            for (field, touch) in &sheet.touched {
                if let Ok(value) = read_touch(look.catalogue, *field, &touch.typed, look.today) {
                    values.insert(*field, value);
                }
            }
        }
        fill_in(&file, look.today, finished, &mut stated);
        let mut changes = Vec::new();
        // What the program fills in may be of records that nobody touched.
        let untouched = held.iter().filter(|record| self.sheet(record.id).is_none());
        let untouched: Vec<super::Sheet> = untouched.map(super::Sheet::over).collect();
        for sheet in self.sheets().chain(&untouched) {
            let record = held.iter().find(|record| record.id == sheet.record);
            let values = stated.remove(&sheet.record).unwrap_or_default();
            // A row that was only begun leaves no trace.
            if !(sheet.is_new && sheet.is_blank() && !matches!(sheet.kind, Kind::GROUP | Kind::INDIVIDUAL)) {
                changes.extend(sheet.change(&values, record));
            }
        }
        CaseDetails {
            draft: self.draft,
            entry: self.entry,
            group: self.group.record,
            file,
            findings,
            changes,
        }
    }
}

/// What the program knows by itself.
fn fill_in(
    file: &CaseFile,
    today: Date,
    finished: Option<Stage>,
    stated: &mut BTreeMap<RecordId, BTreeMap<Field, Value>>,
) {
    // What the program knows by itself decides no conflict.
    let in_conflict = |record: RecordId, field: Field| {
        file.all().any(|subject| subject.record == record && subject.conflicts.contains(&field))
    };
    let mut state = |record: RecordId, field: Field, value: Value| {
        if !in_conflict(record, field) {
            stated.entry(record).or_default().insert(field, value);
        }
    };
    let group = &file.group;
    if group.is_new {
        state(group.record, Field::REGISTRATION_DATE, PartialDate::exact(today).to_value());
        if group.text(Field::RECORD_STATUS).is_empty() {
            state(group.record, Field::RECORD_STATUS, Value::text(ACTIVE));
        }
    }
    let reached = Stage::of_level(group.text(Field::DATA_LEVEL));
    match finished {
        Some(stage) if reached.is_none_or(|reached| reached < stage) => {
            state(group.record, Field::DATA_LEVEL, Value::text(stage.data_level()));
        }
        None if reached.is_none() => {
            state(group.record, Field::DATA_LEVEL, Value::text(Stage::SelfFilled.data_level()));
        }
        _ => {}
    }
    // From e2 on people are counted by themselves; as long as some are only counted, the numbers told stand.
    let told = group.int(Field::SIZE).and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
    // Who is sealed is in no count.
    let known: Vec<&Subject> =
        file.people.iter().filter(|person| person.value(Field::SEALED_FOR).is_none()).collect();
    if finished.is_some_and(|stage| stage >= Stage::E2) && known.len() >= told {
        let count = |is: &dyn Fn(&Subject) -> bool| {
            Value::Int(i64::try_from(known.iter().filter(|person| is(person)).count()).unwrap_or(i64::MAX))
        };
        state(group.record, Field::SIZE, count(&|_| true));
        state(group.record, Field::COUNT_F, count(&|person| person.says(Field::SEX, "F")));
        state(group.record, Field::COUNT_M, count(&|person| person.says(Field::SEX, "M")));
        state(group.record, Field::COUNT_CHILDREN, count(&|person| person.is_child(today)));
    }
    for person in &file.people {
        if person.is_new && person.text(Field::INDIVIDUAL_STATUS).is_empty() {
            state(person.record, Field::INDIVIDUAL_STATUS, Value::text(ACTIVE));
        }
        if file.focal() == Some(person.record) && !person.says(Field::RELATIONSHIP, FOCAL_POINT) {
            state(person.record, Field::RELATIONSHIP, Value::text(FOCAL_POINT));
        }
        // One name stands in the first surname, wherever it was typed (rule 6 of `name_rules.csv`).
        if person.flag(Field::ONE_NAME) == Some(true)
            && person.value(Field::SURNAME1).is_none()
            && let Some(name) = person.value(Field::GIVEN_NAMES)
        {
            state(person.record, Field::SURNAME1, name.clone());
            state(person.record, Field::GIVEN_NAMES, Value::Nothing);
        }
        // A second surname that was told says more than an earlier «has none».
        if person.value(Field::SURNAME2).is_some() && person.value(Field::SURNAME2_ABSENT).is_some() {
            state(person.record, Field::SURNAME2_ABSENT, Value::Nothing);
        }
        // An age told is a date of birth of that precision: it is not asked again at the next stage.
        if person.date(Field::DATE_OF_BIRTH).is_none()
            && !person.sides.contains_key(&Field::AGE_STATED)
            && let Some(born) = person.born(today)
        {
            state(person.record, Field::DATE_OF_BIRTH, born.to_value());
        }
    }
}

/// Notes every answer that the stage needs and does not have.
fn missing(file: &CaseFile, unreadable: &Findings, look: &Look<'_>, stage: Stage, findings: &mut Findings) {
    for subject in file.all() {
        // In an emergency only the focal point is asked by themselves; the others are counted.
        let counted =
            subject.kind == Kind::INDIVIDUAL && stage == Stage::E1 && file.focal() != Some(subject.record);
        if counted {
            continue;
        }
        for spec in look.catalogue.of(subject.kind) {
            let needed = spec.mark(stage) == Mark::Required
                && subject.value(spec.field).is_none()
                // Answered more than once: that is decided, not asked again.
                && !subject.sides.contains_key(&spec.field)
                && spec.when().holds(subject, file, look.today)
                && spec.required_when().holds(subject, file, look.today)
                && !answered_otherwise(spec.field, subject, file, look.today);
            let at = Spot::new(subject.record, spec.field);
            // What is not for somebody is not asked of them: they could not answer it.
            if needed && unreadable.of(at).is_empty() && look.sees(subject, spec.field) {
                findings.missing(at);
            }
        }
    }
}

/// Whether an answer stands somewhere else, or another rule asks for it in better words.
fn answered_otherwise(field: Field, subject: &Subject, file: &CaseFile, today: Date) -> bool {
    match field {
        Field::DATE_OF_BIRTH => subject.born(today).is_some(),
        Field::AGE_STATED => subject.date(field).is_some() || subject.date(Field::DATE_OF_BIRTH).is_some(),
        // NAM01 asks for names, FOC01 for the focal point, and the focal point's own relationship is filled in.
        Field::GIVEN_NAMES | Field::SURNAME1 | Field::FOCAL_POINT => true,
        Field::RELATIONSHIP => file.focal() == Some(subject.record),
        // A need that was noted says that there is one.
        Field::NEEDS_NONE => file.rows_of(subject.record, Kind::NEED).next().is_some(),
        Field::PHOTO => subject.value(Field::PHOTO_SKIPPED).is_some(),
        // FOC05 asks, and knows children who are alone.
        Field::RESPONSIBLE_ADULT => true,
        _ => false,
    }
}
