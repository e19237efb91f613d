//! Made-up people, read from `public/practice/families.txt` through the same forms and rules as typed ones.
//!
//! A line says what it is about, then `field=value`, parted by ` | `. Fields are those of `fields.csv`. What follows a
//! family belongs to it, what follows a person to them. Dates are days before today (`-12`), `year-34`, or `age-34`, so
//! that nobody grows older between two courses. A person is named by their place in the family.
//!
//! ```text
//! colleague itzel | name=Itzel | site=meteti
//! family by=itzel | days=12 | stage=full | arrival_date=-14
//! person given_names=Ana | surname1=Soto | dob=-12000
//! paper | need | consent | relative …           of the person before
//! later by=luis | days=2 | of=1 | phone=…       replaces what stands of person 1 (0 is the group)
//! beside by=me | days=1 | of=1 | phone=…        as by somebody who had not seen that: a conflict
//! ```

use domain::catalogue::{Catalogue, Form, Stage};
use domain::rules::{Elsewhere, Lists, RuleTable};
use domain::{
    CaseDraft, CaseIds, Change, DateMode, DateText, DraftId, EnrolmentId, Entry, EntryId, FieldSpec,
    GroupRef, Kind, Look, Op, Record, RecordId, Role, Spot, Typed, UserId,
};
use seal::page::Author;
use time::{Date, Duration};

const DAY: u64 = 24 * 3_600_000;
/// Who practises, in the file.
const ME: &str = "me";

/// What reading is done with.
pub struct Ground<'a> {
    /// Milliseconds since 1970.
    pub now: u64,
    /// The day it is.
    pub today: Date,
    /// Which fields there are.
    pub catalogue: &'a Catalogue,
    /// Which rules apply.
    pub rules: &'a RuleTable,
    /// What rules know of lists.
    pub lists: &'a Lists,
}

/// Somebody did something.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What they stated. Author and enrolment of one's own are to be put in.
    pub entry: Entry,
    /// Whether it is the one who practises.
    pub mine: bool,
    /// Name of the person it is about, for the outbox.
    pub title: String,
    /// What was done, as the outbox knows it.
    pub act: String,
    /// The group registered, or the record changed.
    pub record: RecordId,
}

/// What the file tells.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Made-up staff.
    pub colleagues: Vec<Author>,
    /// What they did and what the one who practises did, in the order of the file.
    pub deeds: Vec<Deed>,
    /// Lines that are not understood, counted from 1, and families that are not complete for their stage.
    pub faults: Vec<String>,
}

/// Fresh randomness.
pub type Random<'a> = &'a mut dyn FnMut() -> [u8; 16];

/// A line: its word, its parts, its number.
#[derive(Clone)]
struct Line<'a> {
    number: usize,
    word: &'a str,
    parts: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    fn read(number: usize, line: &'a str) -> Self {
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let parts = rest.split(" | ").filter(|part| !part.trim().is_empty());
        let parts = parts.map(|part| part.trim().split_once('=').unwrap_or((part.trim(), "")));
        Line { number, word, parts: parts.collect() }
    }

    fn get(&self, name: &str) -> &'a str {
        self.parts.iter().find(|(part, _)| *part == name).map_or("", |(_, value)| *value)
    }

    fn number(&self, name: &str) -> usize {
        self.get(name).parse().unwrap_or(0)
    }

    /// The parts that are fields.
    fn fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.parts.iter().copied().filter(|(name, _)| !["by", "days", "stage", "of"].contains(name))
    }
}

/// Reads the file. What is not understood is left out and told of.
pub fn read(text: &str, ground: &Ground<'_>, random: Random<'_>) -> People {
    let mut people = People::default();
    let mut names: Vec<&str> = Vec::new();
    let mut families: Vec<Vec<Line<'_>>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let line = Line::read(number, line);
        match line.word {
            "colleague" => {
                names.push(line.parts.first().map_or("", |(name, _)| *name));
                let (name, site) = (line.get("name").to_owned(), line.get("site").to_owned());
                people.colleagues.push(Author { user: UserId(random()), name, site });
            }
            "family" => families.push(vec![line]),
            _ => match families.last_mut() {
                Some(family) => family.push(line),
                None => people.faults.push(format!("line {number}: of no family")),
            },
        }
    }
    for lines in &families {
        Family::read(lines, ground, &names, &mut people, random);
    }
    people
}

/// A family on its way into deeds.
struct Family<'a> {
    ground: &'a Ground<'a>,
    persons: Vec<RecordId>,
    title: String,
}

impl Family<'_> {
    fn read(
        lines: &[Line<'_>],
        ground: &Ground<'_>,
        names: &[&str],
        people: &mut People,
        random: Random<'_>,
    ) {
        let Some(first) = lines.first() else { return };
        let at = ground.now.saturating_sub(first.number("days") as u64 * DAY);
        let mut fresh = || RecordId::fresh(at, tail(random()));
        let group = fresh();
        let persons: Vec<RecordId> =
            lines.iter().filter(|line| line.word == "person").map(|_| fresh()).collect();
        let Some(&person) = persons.first() else { return };
        let mut family = Family { ground, persons, title: String::new() };
        let ids = CaseIds {
            draft: DraftId::fresh(at, tail(random())),
            entry: EntryId::fresh(at, tail(random())),
            group,
            person,
        };
        let stage = Stage::from_key(first.get("stage")).unwrap_or_default();
        let site = author(first, names, people).map_or("meteti", |author| author.site.as_str()).to_owned();
        let reference = GroupRef::fresh(core::array::from_fn(|at| random().get(at).copied().unwrap_or(0)));
        let mut draft = CaseDraft::begin(ids, reference, &site, stage, at);
        let mut place = 0;
        for line in lines {
            let record = match line.word {
                "family" => group,
                "person" => {
                    place += 1;
                    let record = family.persons.get(place - 1).copied().unwrap_or(person);
                    if record != person {
                        draft.add_person(record);
                    }
                    record
                }
                word => match kind(word) {
                    Some(kind) => {
                        let record = RecordId::fresh(at, tail(random()));
                        let owner = place.checked_sub(1).and_then(|at| family.persons.get(at).copied());
                        draft.add_row(record, kind, owner.unwrap_or(group));
                        record
                    }
                    None => continue,
                },
            };
            let kind = draft.sheet(record).map_or(Kind::GROUP, |sheet| sheet.kind);
            for (name, value) in line.fields() {
                match family.typed(kind, name, value) {
                    Some((spec, typed)) => draft.put(Spot::new(record, spec.field), typed, None),
                    None => people.faults.push(format!("line {}: {name}", line.number)),
                }
            }
        }
        family.title = draft.title();
        let look = Look {
            // The day of the registration, so that it is stated as such.
            today: ground.today - Duration::days(i64::try_from(first.number("days")).unwrap_or(0)),
            role: Role::Caseworker,
            me: UserId([0; 16]),
            catalogue: ground.catalogue,
            rules: ground.rules,
            elsewhere: &Elsewhere::default(),
            lists: ground.lists,
            held: &[],
        };
        // An office may ask for more than these families say: then they are complete for a lower stage, or as far as
        // they have come.
        let mut details = draft.finish(&[], &look);
        if let Err(findings) = &details {
            for finding in findings.errors() {
                let (key, what) = (ground.catalogue.key(finding.at.field), &finding.what);
                people.faults.push(format!("line {}: {key} {what:?}", first.number));
            }
            draft.aim_at(Stage::E2);
            details = draft.finish(&[], &look).or_else(|_| draft.save_as_is(&[], &look));
        }
        let Ok(details) = details else { return };
        let act = format!("registered/{}", details.people());
        let Some(entry) = family
            .signed(first, names, people, |user, enrolment| details.clone().into_entry(user, enrolment, at))
        else {
            return;
        };
        let mut before: Vec<Record> = Vec::new();
        for change in &entry.changes {
            let mut record = Record::new(change.record, change.kind);
            record.apply(&entry);
            before.push(record);
        }
        let (mine, title) = (first.get("by") == ME, family.title.clone());
        people.deeds.push(Deed { entry, mine, title, act, record: group });
        let mut now = before.clone();
        for line in lines {
            let seen = match line.word {
                "later" => &now,
                "beside" => &before,
                word => {
                    if kind(word).is_none() && !["family", "person"].contains(&word) {
                        people.faults.push(format!("line {}: {word}", line.number));
                    }
                    continue;
                }
            };
            let record = line.number("of").checked_sub(1).and_then(|at| family.persons.get(at).copied());
            let record = record.unwrap_or(group);
            let Some(seen) = seen.iter().find(|held| held.id == record) else { continue };
            let mut ops: Vec<Op> = Vec::new();
            for (name, value) in line.fields() {
                let read = family
                    .typed(seen.kind, name, value)
                    .and_then(|(spec, typed)| Some((spec.field, typed.read(spec, ground.today).ok()?)));
                match read {
                    Some((field, value)) => ops.extend(seen.op(field, value)),
                    None => people.faults.push(format!("line {}: {name}", line.number)),
                }
            }
            let at = ground.now.saturating_sub(line.number("days") as u64 * DAY);
            let (id, kind) = (EntryId::fresh(at, tail(random())), seen.kind);
            let made = family.signed(line, names, people, |author, enrolment| {
                let changes = vec![Change { record, kind, ops: ops.clone() }];
                Some(Entry { id, author, enrolment, at, changes })
            });
            let Some(entry) = made else { continue };
            now.iter_mut().for_each(|held| held.apply(&entry));
            let title = family.title.clone();
            let (mine, act) = (line.get("by") == ME, "corrected".to_owned());
            people.deeds.push(Deed { entry, mine, title, act, record });
        }
    }

    /// Has something stated by whoever the line names.
    fn signed(
        &self,
        line: &Line<'_>,
        names: &[&str],
        people: &mut People,
        state: impl Fn(UserId, EnrolmentId) -> Option<Entry>,
    ) -> Option<Entry> {
        let user = match author(line, names, people) {
            Some(author) => author.user,
            None if line.get("by") == ME => UserId([0; 16]),
            None => {
                people.faults.push(format!("line {}: by", line.number));
                return None;
            }
        };
        state(user, EnrolmentId(user.0))
    }

    /// A field and what was put into it.
    fn typed(&self, kind: Kind, name: &str, value: &str) -> Option<(&FieldSpec, Typed)> {
        let spec = self.ground.catalogue.of(kind).find(|spec| spec.key == name)?;
        let person = |value: &str| self.persons.get(value.parse::<usize>().ok()?.checked_sub(1)?).copied();
        let typed = match spec.form {
            Form::Date | Form::PartialDate => Typed::Date(self.date(value)?),
            Form::DateTime => {
                let day = self.day(value.strip_prefix('-')?)?;
                Typed::Text(format!("{:04}-{:02}-{:02}T10:30", day.year(), u8::from(day.month()), day.day()))
            }
            Form::Codes | Form::Tags | Form::Languages => {
                Typed::Codes(value.split(',').map(str::to_owned).collect())
            }
            Form::Refs => {
                let named = value.split(',').map(|value| person(value).map(|id| id.to_string()));
                Typed::Codes(named.collect::<Option<_>>()?)
            }
            Form::Flag => Typed::Flag(Some(value == "yes")),
            Form::Ref => Typed::Ref(Some(person(value)?)),
            _ => Typed::Text(value.to_owned()),
        };
        Some((spec, typed))
    }

    fn date(&self, value: &str) -> Option<DateText> {
        let year = |years: &str| Some((self.ground.today.year() - years.parse::<i32>().ok()?).to_string());
        if let Some(years) = value.strip_prefix("year-") {
            return Some(DateText { year: year(years)?, mode: DateMode::YearOnly, ..DateText::default() });
        }
        if let Some(age) = value.strip_prefix("age-") {
            return Some(DateText { age: age.to_owned(), mode: DateMode::Age, ..DateText::default() });
        }
        let day = self.day(value.strip_prefix('-')?)?;
        let (day, month, year) = (day.day(), u8::from(day.month()), day.year());
        Some(DateText {
            day: day.to_string(),
            month: month.to_string(),
            year: year.to_string(),
            ..DateText::default()
        })
    }

    /// So many days before today; a minus says days ahead.
    fn day(&self, days: &str) -> Option<Date> {
        self.ground.today.checked_sub(Duration::days(days.parse().ok()?))
    }
}

fn author<'a>(line: &Line<'_>, names: &[&str], people: &'a People) -> Option<&'a Author> {
    let place = names.iter().position(|name| *name == line.get("by"))?;
    people.colleagues.get(place)
}

/// The kind of record that hangs on a person, by its word.
fn kind(word: &str) -> Option<Kind> {
    let words = [
        ("paper", Kind::DOCUMENT),
        ("need", Kind::NEED),
        ("consent", Kind::CONSENT),
        ("relative", Kind::RELATIVE),
        ("rsd", Kind::RSD),
        ("assistance", Kind::ASSISTANCE),
        ("referral", Kind::REFERRAL),
    ];
    words.into_iter().find(|(known, _)| *known == word).map(|(_, kind)| kind)
}

/// The random part of an id.
fn tail(random: [u8; 16]) -> [u8; 10] {
    random.last_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
