//! What a receiver is told of a referral, in words: all of it, and nothing else.

use super::labels::Labels;
use super::words::Words;
use domain::service::Referral;
use domain::service::brief::minutes_of;
use domain::service::referral::OF_GROUP;
use domain::{Field, PartialDate, Record, Value};

/// Some facts under a title, which is empty for those of the referral itself.
pub struct Section {
    pub title: String,
    /// Label, and what is said: several where several values stand.
    pub facts: Vec<(String, Vec<String>)>,
}

/// The order in which a referral's own facts are shown. What is shared has sections of its own; the number stands above,
/// and the list of what was chosen says no more than what came of it.
const ORDER: [Field; 19] = [
    Field::REFERRAL_STATUS,
    Field::REFERRAL_URGENCY,
    Field::REFERRAL_DUE,
    Field::REFERRAL_SECTOR,
    Field::REFERRAL_REASON,
    Field::REFERRAL_FROM,
    Field::REFERRAL_FROM_DESK,
    Field::REFERRAL_TO,
    Field::REFERRAL_DESK,
    Field::REFERRAL_SENT_AT,
    Field::REFERRAL_CONSENT_STATE,
    Field::REFERRAL_CONSENT_FORM,
    Field::REFERRAL_OVERRIDE,
    Field::REFERRAL_ANSWER,
    Field::REFERRAL_NEXT,
    Field::REFERRAL_OUTCOME,
    Field::REFERRAL_REJECT_REASON,
    Field::REFERRAL_WITHDRAWN_SEEN,
    Field::REFERRAL_PARENT,
];

/// The facts of the part of a referral that its receiver is handed.
pub fn sections(part: &Record, labels: &Labels, words: Words) -> Vec<Section> {
    let Some(referral) = Referral::of(part) else { return Vec::new() };
    let mut facts = Vec::new();
    for field in ORDER {
        let said: Vec<String> = match field {
            // Of several side by side the one that counts.
            Field::REFERRAL_STATUS => vec![labels.code("referral_status", referral.status().code())],
            // Of another referral only that there is one.
            Field::REFERRAL_PARENT if referral.parent().is_some() => vec![words.get("yes").to_owned()],
            field => part.values(field).into_iter().map(|value| labels.value(field, value)).collect(),
        };
        let said: Vec<String> = said.into_iter().filter(|said| !said.is_empty()).collect();
        if !said.is_empty() {
            facts.push((labels.field(field), said));
        }
    }
    let mut sections = vec![Section { title: String::new(), facts }];
    let shared = referral.shared().unwrap_or_default();
    let mut people: Vec<u8> = shared.items.iter().map(|item| item.person).collect();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let mut facts: Vec<(String, Vec<String>)> = Vec::new();
        for item in shared.items.iter().filter(|item| item.person == person) {
            let (label, said) = (labels.field(item.field), labels.value(item.field, &item.value));
            match facts.iter_mut().find(|(known, _)| *known == label) {
                Some((_, values)) => values.push(said),
                None => facts.push((label, vec![said])),
            }
        }
        sections.push(Section { title: whose(words, person), facts });
    }
    sections
}

fn whose(words: Words, person: u8) -> String {
    match person {
        0 => words.get("person").to_owned(),
        OF_GROUP => words.get("group").to_owned(),
        other => words.with("other", "n", &other.to_string()),
    }
}

/// A text as people read it: days and moments without the letters that only programs need. Year, month, day: so nobody
/// of any language takes the one for the other.
pub fn text(text: &str) -> String {
    if let Some((day, time)) = text.split_once('T').filter(|_| minutes_of(text).is_some()) {
        return format!("{day} {time}");
    }
    match PartialDate::from_text(text).filter(|date| !date.precision().is_exact()) {
        Some(date) if date.month_known().is_none() && text.contains(' ') => format!("≈ {:04}", date.year()),
        _ => text.to_owned(),
    }
}

/// Minutes by which the clock of where a referral was sent is ahead of the universal one: the tablet that sent it wrote
/// down both. To the quarter of an hour, as zones are.
pub fn zone(record: &Record) -> i64 {
    let sent = record.known(Field::REFERRAL_SENT_AT).min_by_key(|stated| (stated.at, stated.entry));
    let ahead = sent.and_then(|stated| {
        let here = minutes_of(stated.value.as_text()?)?;
        Some(here - i64::try_from(stated.at / 60_000).ok()?)
    });
    let quarters = (ahead.unwrap_or(0) + 7).div_euclid(15) * 15;
    // Beyond what zones there are somebody's clock was set to another day.
    if (-12 * 60..=14 * 60).contains(&quarters) { quarters } else { 0 }
}

/// Whether somebody has confirmed that they read of the withdrawal.
pub fn is_acknowledged(record: &Record) -> bool {
    record.stated(Field::REFERRAL_WITHDRAWN_SEEN).any(|stated| stated.value != Value::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Change, EnrolmentId, Entry, EntryId, Kind, Op, RecordId, UserId};

    /// A referral that was sent at a moment by the universal clock, with what its tablet wrote down of it.
    fn sent(at: u64, written: &str) -> Record {
        let mut record = Record::new(RecordId([1; 16]), Kind::REFERRAL);
        let value = Value::text(written);
        let op = Op { field: Field::REFERRAL_SENT_AT, value, replaces: Vec::new() };
        let changes = vec![Change { record: record.id, kind: record.kind, ops: vec![op] }];
        let (id, author, enrolment) = (EntryId([1; 16]), UserId([1; 16]), EnrolmentId([1; 16]));
        record.apply(&Entry { id, author, enrolment, at, changes });
        record
    }

    #[test]
    fn the_clock_of_where_it_was_sent_is_read_from_what_the_tablet_wrote_down() {
        // 2026-11-22, 15:42 by the universal clock, and a few seconds.
        let at = 1_795_362_120_000 + 40_000;
        for (written, zone_of_it) in [
            ("2026-11-22T10:42", -5 * 60),
            ("2026-11-22T10:43", -5 * 60),
            ("2026-11-22T10:36", -5 * 60),
            ("2026-11-22T15:42", 0),
            ("2026-11-23T05:27", 13 * 60 + 45),
            // A clock that was set to another day says nothing of any zone.
            ("2026-12-24T10:42", 0),
            ("yesterday", 0),
        ] {
            assert_eq!(zone(&sent(at, written)), zone_of_it, "{written}");
        }
        assert_eq!(zone(&Record::new(RecordId([1; 16]), Kind::REFERRAL)), 0);
    }
}
