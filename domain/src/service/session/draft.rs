//! A session that is being logged: what was chosen and typed so far, what is wrong with it, and what it becomes.

use super::fault::{Form, HEADS_LIMIT, MINUTES_LIMIT, STEP_LIMIT, SessionFault};
use crate::date::DateText;
use crate::entry::{Change, Op};
use crate::field::{Field, Kind};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId};
use crate::note::{NoteDraft, TEXT_LIMIT};
use crate::record::Record;
use crate::rules::Lists;
use crate::service::brief::minutes_of;
use crate::value::{CODES_LIMIT, Value};
use crate::{CaseDraft, PartialDate};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use time::Date;

/// Topic of the sealed note that holds a narrative: list `note_topics`.
const NARRATIVE: &str = "counselling";

/// What was chosen and typed so far. Text is as typed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionDraft {
    /// The record that it will be.
    #[n(0)]
    pub record: RecordId,
    /// The entry that it will be: saving twice saves once.
    #[n(1)]
    pub entry: EntryId,
    /// Whom it is held with; `None` for a group session.
    #[n(2)]
    pub owner: Option<RecordId>,
    /// Who attended beside them, as registered, in the order chosen.
    #[n(3)]
    pub people: Vec<RecordId>,
    /// How many attended who are not registered, as typed.
    #[n(4)]
    pub heads: String,
    /// Codes of `session_types.csv`, in the order chosen.
    #[n(5)]
    pub topics: Vec<String>,
    /// Code of `session_modes.csv`; empty as long as none is chosen.
    #[n(6)]
    pub mode: String,
    /// Code of `sites.csv`; empty for none.
    #[n(7)]
    pub site: String,
    /// Code of `languages.csv`; empty for none.
    #[n(8)]
    pub language: String,
    /// Whether somebody interpreted.
    #[n(9)]
    pub interpreter: bool,
    /// Minutes, as typed.
    #[n(10)]
    pub minutes: String,
    /// When it began: `2026-11-22T10:42`.
    #[n(11)]
    pub date: String,
    /// Codes of `session_outcomes.csv`, in the order chosen.
    #[n(12)]
    pub outcomes: Vec<String>,
    /// What happens next, without a story.
    #[n(13)]
    pub next_step: String,
    /// The day on which it is to be followed up, as typed.
    #[n(14)]
    pub follow_up: DateText,
    /// The session that this one follows up.
    #[n(15)]
    pub follows: Option<RecordId>,
    /// The session that this one corrects.
    #[n(16)]
    pub amends: Option<RecordId>,
    /// What is told in confidence, which becomes a sealed note.
    #[n(17)]
    pub narrative: Option<NoteDraft>,
    /// The sealed note of the session that is corrected, which stays that of the correction.
    #[n(18)]
    pub kept_narrative: Option<RecordId>,
    /// What was told in confidence and shall not be stated after all. It stays here in case that was a slip of the
    /// finger.
    #[n(19)]
    pub put_aside: Option<NoteDraft>,
}

impl SessionDraft {
    /// One that nothing was chosen of, held with somebody, or with a group where `owner` is `None`. The ids are fresh;
    /// `date` is now, as [`crate::service::brief::time_text`] writes it.
    #[must_use]
    pub fn new(record: RecordId, entry: EntryId, owner: Option<RecordId>, date: String) -> Self {
        Self {
            record,
            entry,
            owner,
            people: Vec::new(),
            heads: String::new(),
            topics: Vec::new(),
            mode: String::new(),
            site: String::new(),
            language: String::new(),
            interpreter: false,
            minutes: String::new(),
            date,
            outcomes: Vec::new(),
            next_step: String::new(),
            follow_up: DateText::default(),
            follows: None,
            amends: None,
            narrative: None,
            kept_narrative: None,
            put_aside: None,
        }
    }

    /// A correction of a session: everything that it says, under new ids. `None` for a record of another kind. What is
    /// not told to whoever corrects it is not in their copy of the record, and would be lost: they must see all of it.
    #[must_use]
    pub fn amending(original: &Record, record: RecordId, entry: EntryId, today: Date) -> Option<Self> {
        if original.kind != Kind::SESSION {
            return None;
        }
        let text = |field| original.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
        let codes = |field| original.shown(field).and_then(Value::as_codes).unwrap_or_default();
        let reference = |field| original.shown(field).and_then(Value::as_ref);
        let number = |field| match original.shown(field) {
            Some(Value::Int(number)) => number.to_string(),
            _ => String::new(),
        };
        let owner = reference(Field::OWNER);
        let follow_up = PartialDate::from_text(&text(Field::SESSION_FOLLOW_UP_ON));
        let mut draft = Self::new(record, entry, owner, text(Field::SESSION_DATE));
        draft.people = codes(Field::SESSION_PEOPLE).iter().filter_map(|code| RecordId::parse(code)).collect();
        draft.people.retain(|id| Some(*id) != owner);
        draft.heads = number(Field::SESSION_HEADS);
        draft.topics = core::iter::once(text(Field::SESSION_TYPE)).filter(|code| !code.is_empty()).collect();
        draft.topics.extend(codes(Field::SESSION_TOPICS).iter().cloned());
        draft.mode = text(Field::SESSION_MODE);
        draft.site = text(Field::SESSION_SITE);
        draft.language = text(Field::SESSION_LANGUAGE);
        draft.interpreter =
            original.shown(Field::SESSION_INTERPRETER).and_then(Value::as_flag).unwrap_or_default();
        draft.minutes = number(Field::SESSION_MINUTES);
        draft.outcomes = codes(Field::SESSION_OUTCOMES).to_vec();
        draft.next_step = text(Field::SESSION_NEXT_STEP);
        draft.follow_up = follow_up.map(|day| DateText::of(&day, today)).unwrap_or_default();
        draft.follows = reference(Field::SESSION_FOLLOWS);
        draft.amends = Some(original.id);
        draft.kept_narrative = reference(Field::SESSION_NARRATIVE);
        Some(draft)
    }

    /// The draft of one user over one person, or over the session that they correct; `None` for their group session.
    /// Another one than that of their work on the registration, or of a note.
    #[must_use]
    pub fn id_over(subject: Option<RecordId>, enrolment: EnrolmentId) -> DraftId {
        let mut id = CaseDraft::id_over(subject.unwrap_or(RecordId([0; 16])), enrolment).0;
        id.iter_mut().zip(*b"session").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// The draft of what follows up one session: another one than of what follows up any other, or none.
    #[must_use]
    pub fn id_following(
        subject: Option<RecordId>,
        follows: Option<RecordId>,
        enrolment: EnrolmentId,
    ) -> DraftId {
        let DraftId(mut id) = Self::id_over(subject, enrolment);
        if let Some(follows) = follows {
            id.iter_mut().zip(follows.0).for_each(|(byte, other)| *byte ^= other);
            id.iter_mut().zip(*b"follows").for_each(|(byte, other)| *byte ^= other);
        }
        DraftId(id)
    }

    /// Makes another session of it, which says the same: where its ids are those of one that was saved meanwhile and
    /// says something else. The ids are fresh.
    pub fn begin_anew(&mut self, record: RecordId, entry: EntryId, note: RecordId) {
        (self.record, self.entry) = (record, entry);
        for narrative in self.narrative.iter_mut().chain(&mut self.put_aside) {
            (narrative.record, narrative.entry) = (note, entry);
        }
    }

    /// Whether narrative is to be stated. What was written of one that is not stays aside.
    pub fn tell_narrative(&mut self, is: bool, note: RecordId) {
        if is {
            let (owner, entry, aside) = (self.owner, self.entry, self.put_aside.take());
            let fresh = || owner.map(|owner| NoteDraft::new(owner, note, entry));
            self.narrative = self.narrative.take().or(aside).or_else(fresh);
        } else if let Some(narrative) = self.narrative.take() {
            self.put_aside = Some(narrative).filter(|note| !note.text.trim().is_empty());
        }
    }

    /// With whom it is held, as far as that was said.
    #[must_use]
    pub fn form(&self) -> Form {
        match (self.owner, self.people.is_empty()) {
            (None, _) => Form::Group,
            (Some(_), true) => Form::Individual,
            (Some(_), false) => Form::Family,
        }
    }

    /// Everybody registered who attended, each once; whom it is held with first.
    #[must_use]
    pub fn attendees(&self) -> Vec<RecordId> {
        let mut met = BTreeSet::new();
        let all = self.owner.into_iter().chain(self.people.iter().copied());
        all.filter(|id| met.insert(*id)).collect()
    }

    /// Whether nothing was said of it yet that it did not begin with: when, where, how and in which language come by
    /// themselves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let typed = [&self.heads, &self.minutes, &self.next_step];
        self.people.is_empty()
            && typed.iter().all(|text| text.trim().is_empty())
            && self.topics.is_empty()
            && self.outcomes.is_empty()
            && self.follow_up.is_empty()
            && self.amends.is_none()
            && self.narrative.iter().chain(&self.put_aside).all(|note| note.text.trim().is_empty())
    }

    /// Everything that is wrong with it, in the order of the form. `now` is in minutes since 1970 by the clock of where
    /// the device is.
    #[must_use]
    pub fn faults(&self, now: i64) -> Vec<SessionFault> {
        self.checked(now).err().unwrap_or_default()
    }

    /// What is to be stated of it. Its narrative is stated apart, see [`Self::note`]; the change names it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn change(&self, lists: &Lists, now: i64) -> Result<Change, Vec<SessionFault>> {
        let Checked { heads, minutes, follow_up } = self.checked(now)?;
        let (strictest, others) = self.topics_by_class(lists);
        let text = |text: &str| Value::text(text.trim());
        let codes = |codes: Vec<String>| if codes.is_empty() { Value::Nothing } else { Value::Codes(codes) };
        let number = |number: u32| if number == 0 { Value::Nothing } else { Value::Int(i64::from(number)) };
        let reference = |id: Option<RecordId>| id.map_or(Value::Nothing, Value::Ref);
        let narrative = self.note().map(|note| note.record).or(self.kept_narrative);
        let people = self.attendees().iter().map(RecordId::to_string).collect();
        let interpreter = if self.interpreter { Value::Flag(true) } else { Value::Nothing };
        let stated = [
            (Field::OWNER, reference(self.owner)),
            (Field::SESSION_FORM, Value::text(self.form().code())),
            (Field::SESSION_TYPE, Value::text(&strictest)),
            (Field::SESSION_TOPICS, codes(others)),
            (Field::SESSION_PEOPLE, codes(people)),
            (Field::SESSION_HEADS, number(heads)),
            (Field::SESSION_MODE, Value::text(&self.mode)),
            (Field::SESSION_SITE, Value::text(&self.site)),
            (Field::SESSION_LANGUAGE, Value::text(&self.language)),
            (Field::SESSION_INTERPRETER, interpreter),
            (Field::SESSION_MINUTES, number(minutes)),
            (Field::SESSION_DATE, text(&self.date)),
            (Field::SESSION_OUTCOMES, codes(self.outcomes.clone())),
            (Field::SESSION_NEXT_STEP, text(&self.next_step)),
            (Field::SESSION_FOLLOW_UP_ON, follow_up.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::SESSION_FOLLOWS, reference(self.follows)),
            (Field::SESSION_NARRATIVE, reference(narrative)),
            (Field::AMENDS, reference(self.amends)),
        ];
        let ops = stated.into_iter().filter(|(_, value)| *value != Value::Nothing);
        let ops = ops.map(|(field, value)| Op { field, value, replaces: Vec::new() }).collect();
        Ok(Change { record: self.record, kind: Kind::SESSION, ops })
    }

    /// The sealed note that its narrative becomes; `None` where none was written, and for a group session, on which no
    /// note hangs.
    #[must_use]
    pub fn note(&self) -> Option<NoteDraft> {
        let note = self.narrative.clone().filter(|note| !note.text.trim().is_empty())?;
        self.owner.map(|owner| NoteDraft { owner, topic: NARRATIVE.into(), ..note })
    }

    /// The topic of the closest class, which says who may know of the session, and all others in the order chosen.
    fn topics_by_class(&self, lists: &Lists) -> (String, Vec<String>) {
        let mut met = BTreeSet::new();
        let mut topics: Vec<&String> = self.topics.iter().filter(|code| met.insert(*code)).collect();
        let class = |code: &String| lists.code_class(Kind::SESSION, code);
        let closest = topics.iter().map(|code| class(code)).max();
        let at = topics.iter().position(|code| Some(class(code)) == closest);
        let first = at.map(|at| topics.remove(at).clone()).unwrap_or_default();
        (first, topics.into_iter().cloned().collect())
    }

    fn checked(&self, now: i64) -> Result<Checked, Vec<SessionFault>> {
        let mut faults = Vec::new();
        let mut refuse = |is: bool, fault| {
            if is {
                faults.push(fault);
            }
        };
        let heads = number(&self.heads, 0, HEADS_LIMIT);
        let people = self.attendees().len();
        refuse(people == 0 && heads == Some(0), SessionFault::Nobody);
        refuse(people as u64 > CODES_LIMIT, SessionFault::TooManyPeople);
        refuse(heads.is_none(), SessionFault::Heads);
        refuse(self.topics.is_empty(), SessionFault::NoTopic);
        refuse(self.outcomes.is_empty(), SessionFault::NoOutcome);
        refuse(self.mode.is_empty(), SessionFault::NoMode);
        let minutes = number(&self.minutes, 1, MINUTES_LIMIT);
        refuse(minutes.is_none(), SessionFault::Minutes);
        let date = minutes_of(self.date.trim());
        refuse(date.is_none(), SessionFault::NoDate);
        refuse(date.is_some_and(|date| date > now), SessionFault::DateToCome);
        refuse(self.next_step.trim().chars().count() > STEP_LIMIT, SessionFault::NextStep);
        let typed = self.follow_up.parse_any(Date::MIN);
        let follow_up = typed.ok().map(|day| day.filter(|day| day.day_known().is_some()));
        // A month or a year alone is no day on which anybody comes.
        let vague = follow_up.is_none_or(|day| day.is_none()) && !self.follow_up.is_empty();
        refuse(vague, SessionFault::FollowUp);
        let follow_up = follow_up.flatten();
        let day = follow_up.and_then(|day| minutes_of(&day.to_text()));
        let begun = date.map(|date| date.div_euclid(24 * 60) * 24 * 60);
        refuse(day.zip(begun).is_some_and(|(day, begun)| day < begun), SessionFault::FollowUpTooSoon);
        let long = self.narrative.as_ref().is_some_and(|note| note.text.len() > TEXT_LIMIT);
        refuse(long, SessionFault::Narrative);
        match (heads, minutes, faults.is_empty()) {
            (Some(heads), Some(minutes), true) => Ok(Checked { heads, minutes, follow_up }),
            _ => Err(faults),
        }
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for any others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

/// What was typed, as read.
struct Checked {
    heads: u32,
    minutes: u32,
    follow_up: Option<PartialDate>,
}

/// A whole number within limits; 0 where nothing was typed.
fn number(typed: &str, least: u32, most: u32) -> Option<u32> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(0);
    }
    typed.parse().ok().filter(|number| (least..=most).contains(number))
}
