//! What an entry did, in sentences.

use super::{Names, called};
use crate::forms::Forms;
use crate::words::{Key, Words, use_words};
use domain::catalogue::Class;
use domain::permission::sees;
use domain::record::{Deed, Event, Step};
use domain::sight::{code_field, row_class};
use domain::{Field, Kind, Record, RecordId, Role, UserId, Value};

/// Sentences of one entry shown at once; the others unfold.
const SHOWN: usize = 6;
/// Longest value within a sentence, in characters.
const LONGEST: usize = 160;

/// Who is looking.
#[derive(Clone, Copy)]
pub struct Eyes {
    /// Their role; `None` for one of a later version, who sees nothing but what is public.
    pub role: Option<Role>,
    /// Who they are: what somebody stated themselves they may see.
    pub user: UserId,
}

impl Eyes {
    /// Whether they may see what somebody stated in a field of a record that was of a class: it is no wider than that.
    fn see(&self, forms: Forms, class: Class, field: Field, author: UserId) -> bool {
        let class = forms.with(|catalogue| catalogue.class(field)).max(class);
        self.role.is_some_and(|role| sees(role, class, author == self.user))
    }

    /// Whether they may know what a record is about. A need may be nobody's business but the counsellor's.
    fn see_record(&self, forms: Forms, record: &Record) -> bool {
        // Who reported that there is a need has not assessed which: what others found out stays theirs.
        codes(record).into_iter().all(|(author, code)| {
            let class = class(forms, record.kind, [&code]);
            self.role.is_some_and(|role| sees(role, class, author == self.user))
        })
    }
}

/// Every code that a record ever had which says of which class it is, and who stated it.
fn codes(record: &Record) -> Vec<(UserId, Value)> {
    let Some(field) = code_field(record.kind) else { return Vec::new() };
    let steps = record.history().into_iter().flat_map(|event| {
        let author = event.author;
        event.steps.into_iter().map(move |step| (author, step))
    });
    let codes = steps.filter(|(_, step)| step.field == field && step.value != Value::Nothing);
    codes.map(|(author, step)| (author, step.value)).collect()
}

fn class<'v>(forms: Forms, kind: Kind, codes: impl IntoIterator<Item = &'v Value>) -> Class {
    forms.judge(|_, _, lists| row_class(lists, kind, codes))
}

/// An entry, told.
pub struct Told {
    /// Sentences.
    pub lines: Vec<String>,
    /// Others, to be unfolded.
    pub more: Vec<String>,
    /// How many facts are there that whoever looks may not see.
    pub reserved: u64,
}

/// Tells what an entry did to these records.
pub fn tell(words: Words, forms: Forms, eyes: &Eyes, names: &Names, records: &[Record], deed: &Deed) -> Told {
    let about = records.first().map(|record| record.id);
    let (mut lines, mut reserved) = (Vec::new(), 0);
    for (id, event) in &deed.events {
        let Some(record) = records.iter().find(|record| record.id == *id) else { continue };
        if !eyes.see_record(forms, record) {
            reserved += 1;
            continue;
        }
        let codes = codes(record);
        let class = class(forms, record.kind, codes.iter().map(|(_, code)| code));
        // Who holds a sealed person is one of those who know of them.
        let seen = |step: &&Step| {
            step.field == Field::SEALED_FOR || eyes.see(forms, class, step.field, event.author)
        };
        let steps: Vec<&Step> = event.steps.iter().filter(seen).collect();
        reserved += (event.steps.len() - steps.len()) as u64;
        let who = isolated(names.get(id).map_or("", String::as_str));
        if event.made {
            lines.push(began(words, record, event, &who));
            continue;
        }
        for step in steps.into_iter().filter(|step| !names_nobody(names, step)) {
            let line = changed(words, forms, eyes, class, names, step);
            let is_other = about != Some(*id) && !who.is_empty();
            lines.push(if is_other {
                words.with(Key::HistoryOf, &[("who", &who), ("what", &line)])
            } else {
                line
            });
        }
    }
    // One more line is no longer than the words that there is one more.
    let more = if lines.len() > SHOWN + 1 { lines.split_off(SHOWN) } else { Vec::new() };
    Told { lines, more, reserved }
}

/// The record began with it: how much was said at once.
fn began(words: Words, record: &Record, event: &Event, who: &str) -> String {
    let facts = event.steps.iter().filter(|step| step.value != Value::Nothing).count() as u64;
    let facts = words.count(Key::HistoryFacts, facts);
    match record.kind {
        Kind::GROUP => words.with(Key::HistoryRegisteredGroup, &[("who", who), ("facts", &facts)]),
        Kind::INDIVIDUAL => words.with(Key::HistoryRegistered, &[("who", who), ("facts", &facts)]),
        _ => words.with(Key::HistoryAdded, &[("what", who), ("facts", &facts)]),
    }
}

/// From what to what.
fn changed(words: Words, forms: Forms, eyes: &Eyes, class: Class, names: &Names, step: &Step) -> String {
    let name_of = |id: RecordId| names.get(&id).cloned();
    let shown = |value: &Value| isolated(&shortened(forms.value(step.field, value, &name_of)));
    match step.field {
        Field::CONFIRMED | Field::GROUP_CONFIRMED => return words.get(Key::HistoryConfirmed),
        Field::PEOPLE_LEFT => return left(words, names, step),
        Field::SEALED_FOR if step.value == Value::Nothing => return words.get(Key::HistoryUnsealed),
        Field::SEALED_FOR => return words.get(Key::HistorySealed),
        _ => {}
    }
    let label = forms.label(step.field);
    let before: Vec<String> = step
        .before
        .iter()
        .filter(|before| before.value != Value::Nothing)
        .filter(|before| before.value.as_ref().is_none_or(|id| names.contains_key(&id)))
        .map(|before| match eyes.see(forms, class, step.field, before.author) {
            true => shown(&before.value),
            false => words.get(Key::HistoryReservedValue),
        })
        .collect();
    let (before, after) = (words.list(before), shown(&step.value));
    let blanks = [("field", label.as_str()), ("before", before.as_str()), ("after", after.as_str())];
    let key = match (before.is_empty(), &step.value) {
        (false, Value::Nothing) => Key::HistoryEmptied,
        (false, _) => Key::HistoryChanged,
        (true, _) if step.before_unknown => Key::HistoryUnknown,
        (true, _) => Key::HistorySet,
    };
    words.with(key, &blanks)
}

/// Who left a group, or is back in it because that was undone.
fn left(words: Words, names: &Names, step: &Step) -> String {
    let mut before = step.before.iter().map(|before| &before.value);
    let (key, value) = match &step.value {
        Value::Nothing => (Key::HistoryReturned, before.next_back()),
        value => (Key::HistoryLeft, Some(value)),
    };
    let people = value.and_then(Value::as_codes).unwrap_or_default().iter();
    let people = people.filter_map(|code| RecordId::parse(code).and_then(|id| names.get(&id)));
    let people = people.map(|name| isolated(name));
    words.with(key, &[("people", &words.list(people))])
}

/// Whether a step names others alone who are not on this device: there is nothing to tell of it.
fn names_nobody(names: &Names, step: &Step) -> bool {
    let known = |value: &Value| match (step.field, value) {
        (_, Value::Ref(id)) => names.contains_key(id),
        (Field::PEOPLE_LEFT, Value::Codes(codes)) => {
            codes.iter().any(|code| RecordId::parse(code).is_some_and(|id| names.contains_key(&id)))
        }
        _ => true,
    };
    match (step.field, &step.value) {
        // Back in the group: who left before.
        (Field::PEOPLE_LEFT, Value::Nothing) => !step.before.iter().any(|before| known(&before.value)),
        (_, value) => !known(value),
    }
}

/// What a record is called in the history; what it is about where it has no name and that may be seen.
pub fn name(forms: Forms, eyes: &Eyes, record: &Record) -> String {
    if let Some(name) = called(record) {
        return name;
    }
    let main = match record.kind {
        Kind::INDIVIDUAL => return use_words().get(Key::NoNameYet),
        Kind::DOCUMENT => Field::DOCUMENT_TYPE,
        Kind::NEED => Field::NEED_CODE,
        Kind::CONSENT => Field::CONSENT_PURPOSE,
        Kind::RSD => Field::RSD_STATE,
        Kind::ASSISTANCE => Field::ASSISTANCE_TYPE,
        Kind::SESSION => Field::SESSION_TYPE,
        Kind::REFERRAL => Field::REFERRAL_SECTOR,
        Kind::RESETTLEMENT => Field::RESETTLEMENT_STEP,
        Kind::RELATIVE => Field::RELATIVE_NAME,
        _ => return forms.kind_one(record.kind),
    };
    let kind = forms.kind_one(record.kind);
    let told = record
        .history()
        .into_iter()
        .rev()
        .flat_map(|event| event.steps.into_iter().map(move |step| (event.author, step)));
    let mut told = told.filter(|(_, step)| step.field == main && step.value != Value::Nothing);
    match told.next() {
        Some((author, step))
            if eyes.see(forms, Class::Public, main, author) && eyes.see_record(forms, record) =>
        {
            format!("{kind}: {}", forms.value(main, &step.value, &|_| None))
        }
        _ => kind,
    }
}

/// Records that the history of these mentions and that are not among them.
pub fn mentioned(records: &[Record]) -> Vec<RecordId> {
    let mut ids = std::collections::BTreeSet::new();
    for step in records.iter().flat_map(Record::history).flat_map(|event| event.steps) {
        for value in step.before.iter().map(|before| &before.value).chain([&step.value]) {
            ids.extend(value.as_ref());
            let codes = value.as_codes().unwrap_or_default();
            ids.extend(codes.iter().filter_map(|code| RecordId::parse(code)));
        }
    }
    ids.into_iter().filter(|id| !records.iter().any(|record| record.id == *id)).collect()
}

/// A value of any script within a sentence of any other.
fn isolated(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\u{2068}{text}\u{2069}") }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_sentence_is_short_and_keeps_to_itself() {
        assert_eq!(shortened("é".repeat(LONGEST)), "é".repeat(LONGEST));
        assert_eq!(shortened("é".repeat(LONGEST + 1)), format!("{}…", "é".repeat(LONGEST)));
        assert_eq!((isolated("أمينة"), isolated("")), ("\u{2068}أمينة\u{2069}".into(), String::new()));
    }

    #[test]
    fn a_record_keeps_every_code_it_had_and_who_stated_it() {
        use domain::{Change, Entry, EntryId, Op};
        let mut record = Record::new(RecordId([1; 16]), Kind::NEED);
        for (entry, author, code, replaces) in
            [(2, 8, "SV-VA", vec![]), (3, 9, "X-PE", vec![EntryId([2; 16])])]
        {
            let stated = |field, value| Op { field, value, replaces: replaces.clone() };
            let ops = vec![
                stated(Field::NEED_CODE, Value::text(code)),
                stated(Field::NEED_STATE, Value::text("pending")),
            ];
            record.apply(&Entry {
                id: EntryId([entry; 16]),
                author: UserId([author; 16]),
                enrolment: domain::EnrolmentId([4; 16]),
                at: u64::from(entry),
                changes: vec![Change { record: record.id, kind: record.kind, ops }],
            });
        }
        let had = |author, code| (UserId([author; 16]), Value::text(code));
        assert_eq!(codes(&record), [had(8, "SV-VA"), had(9, "X-PE")]);
        assert_eq!(codes(&Record::new(RecordId([1; 16]), Kind::DOCUMENT)), []);
    }
}
