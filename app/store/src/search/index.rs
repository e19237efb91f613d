//! Everything on the device by what it is found by.
//!
//! Two halves: what lies in segments, which is much and changes seldom, and the lines of newer records, which
//! are few and change with every save. Each is made searchable when somebody first asks after it changed.

use super::codes::Part;
use super::half::{ById, FULL, Half, Id, Lacking, NONE, score_of};
use super::line::Line;
use super::listed::{Listed, is_listed};
use super::services::{Services, is_service};
use super::why::{Meeting, Wanted, Why, year_of};
use super::words::Typed;
use domain::application::Summary;
use domain::appointment::Day;
use domain::service::Brief;
use domain::short_forms::ShortForms;
use domain::{Field, Kind, RecordId, search_key};
use minicbor::Decoder;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;
use zeroize::Zeroizing;

/// How many there are on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Individuals.
    pub people: usize,
    /// Registration groups.
    pub groups: usize,
}

/// Somebody found: what a row of results shows, without opening the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The person; the group itself where it was found and none of its people lies here.
    pub record: RecordId,
    /// Their group.
    pub group: Option<RecordId>,
    /// Name as shown.
    pub name: String,
    /// Date of birth, in the text form of `domain::PartialDate`; empty where not known.
    pub born: String,
    /// Code of list `sex`; empty where not known.
    pub sex: String,
    /// Nationalities, as codes.
    pub nationality: Vec<String>,
    /// Code of their group's site.
    pub site: String,
    /// Reference of their group.
    pub group_ref: String,
    /// Why they were found: at least one reason, and none where nobody searched.
    pub why: Vec<Why>,
    /// Whether their record lies on this device.
    pub here: bool,
    /// Whether several values stand in one of its fields until somebody decides.
    pub in_conflict: bool,
}

/// A record in which several values of one thing stand until somebody decides, as its line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The record.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// What it hangs on; the focal point of a group.
    pub link: Option<RecordId>,
    /// The fields, in the order of their numbers.
    pub fields: Vec<Field>,
}

/// Where a line lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The segment; [`FRESH`] for the newer lines.
    pub segment: u32,
    /// Where in it.
    pub at: u32,
}

const FRESH: u32 = u32::MAX;
/// Shorter numbers are part of far too many.
const SHORTEST_NUMBER: usize = 3;
const SHORTEST_REFERENCE: usize = 4;
/// Digits of a phone number without its country.
const PHONE: usize = 7;
/// What is typed beyond this is no name and no number any more, and is not looked at.
const LONGEST: usize = 200;
/// Most words that are looked for: each costs a look at every word there is.
const MOST_WORDS: usize = 12;
/// Years that a birthday can lie in.
const YEARS: core::ops::RangeInclusive<u16> = 1900..=2099;
/// Most people shown who lack a word that was typed, after all who lack none.
const PARTIAL: usize = 8;

/// Everything on the device by what it is found by.
#[derive(Default)]
pub struct Index {
    segments: BTreeMap<u32, Zeroizing<Vec<u8>>>,
    spots: ById<Spot>,
    fresh: BTreeMap<Id, Vec<u8>>,
    /// The lines of `fresh`, one after the other.
    fresh_lines: Zeroizing<Vec<u8>>,
    settled: Option<Half>,
    newer: Option<Half>,
    forms: Rc<ShortForms>,
    services: Services,
    listed: Listed,
    /// Records of which some line told a conflict; whether it lasts, the newest line tells.
    disputed: BTreeSet<Id>,
    /// Whether the lines of all segments were told anew from their blocks since they were taken in, as far as the blocks
    /// open: then there is no more to be found in them.
    pub(crate) told_anew: bool,
}

/// Somebody found, and how.
#[derive(Clone, Copy)]
struct Found {
    id: Id,
    /// By a number.
    code: Option<(Part, Source)>,
    /// By words or year, too.
    named: bool,
}

/// What a number is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Document,
    File,
    Phone,
    Reference,
}

impl Index {
    /// Sets the short forms of names by which people are found too.
    pub fn set_short_forms(&mut self, forms: Rc<ShortForms>) {
        for half in self.settled.iter_mut().chain(&mut self.newer) {
            half.link(&forms);
        }
        self.forms = forms;
    }

    /// Takes in a segment. Newer segments hold newer lines; which come first does not matter.
    pub fn add_segment(&mut self, segment: u32, lines: Zeroizing<Vec<u8>>) {
        // Taken in anew, its former places say nothing.
        let is_new = !self.segments.contains_key(&segment);
        self.services.begin_segment(segment);
        let mut d = Decoder::new(&lines);
        while d.position() < lines.len() {
            let at = u32::try_from(d.position()).unwrap_or(u32::MAX);
            // Cut off in the middle: what was read before it stays.
            let Ok(line) = Line::read(&mut d) else { break };
            let spot = Spot { segment, at };
            if !line.disputed.is_empty() {
                self.disputed.insert(line.id);
            }
            let held = self.spots.entry(line.id).or_insert(spot);
            let before = core::mem::replace(held, if held.segment <= segment { spot } else { *held });
            if is_service(line.kind) {
                let before = Some(before).filter(|it| is_new || it.segment != segment);
                self.services.lies_at(spot, before.unwrap_or(spot), &line);
            } else if is_listed(line.kind) {
                self.listed.comes(line.id);
                if line.brief.is_empty() {
                    self.services.lacks(segment);
                }
            }
        }
        self.segments.insert(segment, lines);
        self.settled = None;
    }

    /// The segments in which any of some records has a line, the newest or not.
    pub fn segments_holding(&self, records: &BTreeSet<RecordId>) -> BTreeSet<u32> {
        let holds = |lines: &[u8]| {
            let mut d = Decoder::new(lines);
            while d.position() < lines.len() {
                let Ok(line) = Line::read(&mut d) else { return false };
                if records.contains(&RecordId(line.id)) {
                    return true;
                }
            }
            false
        };
        self.segments.iter().filter(|(_, lines)| holds(lines)).map(|(segment, _)| *segment).collect()
    }

    /// Takes other lines for segments that are known: some of their records were dropped.
    pub fn replace_segments(&mut self, segments: impl IntoIterator<Item = (u32, Zeroizing<Vec<u8>>)>) {
        self.segments.extend(segments);
        self.spots.clear();
        self.services.begin_anew();
        self.listed.forget();
        for (segment, lines) in core::mem::take(&mut self.segments) {
            self.add_segment(segment, lines);
        }
    }

    /// The lines of a segment but those of some records.
    pub fn lines_without(&self, segment: u32, records: &BTreeSet<RecordId>) -> Zeroizing<Vec<u8>> {
        let mut left = Zeroizing::new(Vec::new());
        let Some(lines) = self.segments.get(&segment) else { return left };
        let mut d = Decoder::new(lines);
        while d.position() < lines.len() {
            let from = d.position();
            let Ok(line) = Line::read(&mut d) else { break };
            if !records.contains(&RecordId(line.id)) {
                left.extend_from_slice(lines.get(from..d.position()).unwrap_or_default());
            }
        }
        left
    }

    /// Finds some records no more, until everything is taken in anew.
    pub fn hide(&mut self, records: &BTreeSet<RecordId>) {
        let held: Vec<u32> = self.segments_holding(records).into_iter().collect();
        let left: Vec<_> = held.into_iter().map(|it| (it, self.lines_without(it, records))).collect();
        self.replace_segments(left);
        self.forget_fresh(records.iter().copied());
    }

    /// Forgets everything but the newer lines: the segments are about to be taken in anew.
    pub fn begin_anew(&mut self) {
        self.segments.clear();
        self.spots.clear();
        self.services.begin_anew();
        self.listed.forget();
        self.settled = None;
        self.told_anew = false;
    }

    /// Sets the line of a record that is newer than the segments.
    pub fn set_fresh(&mut self, record: RecordId, line: Vec<u8>) {
        self.services.changes(&record.0, &line);
        self.listed.changes(record.0, &line);
        if Line::read(&mut Decoder::new(&line)).is_ok_and(|line| !line.disputed.is_empty()) {
            self.disputed.insert(record.0);
        }
        self.fresh.insert(record.0, line);
        self.newer = None;
    }

    /// Forgets the newer lines: they lie in a segment by now, or are about to be set anew.
    pub fn forget_fresh(&mut self, records: impl IntoIterator<Item = RecordId>) {
        for record in records {
            if let Some(line) = self.fresh.remove(&record.0) {
                self.services.changes(&record.0, &line);
                self.listed.changes(record.0, &line);
            }
        }
        self.newer = None;
    }

    /// Records with newer lines.
    pub fn fresh(&self) -> impl ExactSizeIterator<Item = RecordId> + '_ {
        self.fresh.keys().map(|id| RecordId(*id))
    }

    /// Whether there is a newer line of a record.
    pub fn is_fresh(&self, record: RecordId) -> bool {
        self.fresh.contains_key(&record.0)
    }

    /// The newest segment that has the record, whether or not there is a newer line.
    pub fn segment_of(&self, record: RecordId) -> Option<u32> {
        self.spots.get(&record.0).map(|spot| spot.segment)
    }

    /// The newest segment taken in.
    pub fn newest_segment(&self) -> Option<u32> {
        self.segments.last_key_value().map(|(segment, _)| *segment)
    }

    /// How many there are.
    pub fn counts(&mut self) -> Counts {
        self.make_ready();
        let settled = self.settled.as_ref().map(|half| half.counts).unwrap_or_default();
        let mut counts = self.newer.as_ref().map(|half| half.counts).unwrap_or_default();
        counts.people += settled.people;
        counts.groups += settled.groups;
        for id in self.fresh.keys().filter(|id| self.spots.contains_key(*id)) {
            match self.settled_line(id).map(|line| Kind(line.kind)) {
                Some(Kind::INDIVIDUAL) => counts.people -= 1,
                Some(Kind::GROUP) => counts.groups -= 1,
                _ => {}
            }
        }
        counts
    }

    /// Records of a kind that link to another: the individuals of a group, the documents of an individual.
    pub fn linked(&mut self, to: RecordId, kind: Kind) -> Vec<RecordId> {
        self.make_ready();
        let mut found: Vec<RecordId> =
            self.linked_lines(&to.0, kind).into_iter().map(|line| RecordId(line.id)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Everything that hangs on a record, of whatever kind: people on their group; papers, needs, consents on a person.
    pub fn hanging_on(&mut self, owner: RecordId) -> Vec<RecordId> {
        self.make_ready();
        let kinds = Kind::ALL.iter().filter(|kind| kind.owner_field().is_some());
        let mut found: Vec<RecordId> =
            kinds.flat_map(|kind| self.linked_lines(&owner.0, *kind)).map(|line| RecordId(line.id)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Sealed notes and sealed people, which are tended whenever something was taken in.
    pub fn sealed(&mut self) -> Vec<(Kind, RecordId)> {
        self.make_ready();
        let lines = self.halves().flat_map(|half| half.sealed.iter().map(move |line| (half, *line)));
        let mut found: Vec<_> = lines
            .filter_map(|(half, line)| self.current(half, line))
            .map(|line| (Kind(line.kind), RecordId(line.id)))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether something of a record lies here.
    pub fn holds(&self, record: RecordId) -> bool {
        self.fresh.contains_key(&record.0) || self.spots.contains_key(&record.0)
    }

    /// The kind of a record of which something lies here.
    pub fn kind_of(&self, record: RecordId) -> Option<Kind> {
        self.line(&record.0).map(|line| Kind(line.kind))
    }

    /// Finds people. At most `limit`, the best first.
    pub fn search(&mut self, text: &str, limit: usize) -> Vec<Hit> {
        self.make_ready();
        let text = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| text.split_at(end).0);
        let code = search_key::code(text);
        let mut found: Vec<Found> = Vec::new();
        if code.len() >= SHORTEST_REFERENCE {
            found.extend(self.by_reference(&code));
        }
        let mut inside = Vec::new();
        if code.len() >= SHORTEST_NUMBER && has_digit(&code) {
            let mut numbered = self.by_number(&code);
            let end = numbered.partition_point(|it| it.code.is_some_and(|(part, _)| part < Part::Inside));
            inside = numbered.split_off(end);
            found.extend(numbered);
        }
        let typed = search_key::tokens_with_text(text);
        let (numbers, names): (Vec<_>, Vec<_>) =
            typed.iter().take(MOST_WORDS).partition(|(word, _)| has_digit(word));
        let mut years = numbers.iter().filter_map(|(word, _)| year_typed(word));
        // Of two years nobody knows which is meant.
        let year = years.next().filter(|_| years.next().is_none());
        let forms = self.forms.clone();
        let wanted = Wanted {
            words: names.iter().map(|(word, text)| (Typed::new(word, &forms), *text)).collect(),
            year,
        };
        if names.is_empty() {
            if let Some(year) = year.filter(|_| numbers.len() == 1) {
                found.extend(self.by_year(year, limit));
            }
        } else {
            // A name alone, or with a year, which puts people first and keeps nobody out.
            if numbers.iter().all(|(word, _)| is_year_begun(word)) {
                found.extend(self.by_name(&wanted, limit, Lacking::AWord));
            }
            // A name and a number: who has both.
            if !numbers.is_empty() {
                found.extend(self.having(&numbers, &wanted));
            }
        }
        found.extend(inside);
        let mut hits: Vec<Hit> =
            once(found, limit).into_iter().filter_map(|it| self.hit(it, &wanted)).collect();
        if hits.is_empty() && !numbers.is_empty() && typed.len() <= MOST_WORDS {
            // Digits in a name are odd, and some have them.
            let words = typed.iter().map(|(word, text)| (Typed::new(word, &forms), *text)).collect();
            let wanted = Wanted { words, year: None };
            let named = self.by_name(&wanted, limit, Lacking::Nothing);
            hits.extend(named.into_iter().filter_map(|it| self.hit(it, &wanted)));
        }
        hits
    }

    fn make_ready(&mut self) {
        if self.settled.is_none() {
            let mut half = Half::default();
            for (segment, lines) in &self.segments {
                half.read(*segment, lines, |id, spot| self.spots.get(id) == Some(&spot));
            }
            half.finish(&self.forms);
            self.settled = Some(half);
        }
        if self.newer.is_none() {
            let mut half = Half::default();
            self.fresh_lines = Zeroizing::new(self.fresh.values().flatten().copied().collect());
            half.read(FRESH, &self.fresh_lines, |_, _| true);
            half.finish(&self.forms);
            self.newer = Some(half);
        }
    }

    fn halves(&self) -> impl Iterator<Item = &Half> {
        self.settled.iter().chain(&self.newer)
    }

    fn line_at(&self, spot: Spot) -> Option<Line<'_>> {
        let lines =
            if spot.segment == FRESH { &self.fresh_lines } else { self.segments.get(&spot.segment)? };
        Line::read(&mut Decoder::new(lines.get(spot.at as usize..)?)).ok()
    }

    fn settled_line(&self, id: &Id) -> Option<Line<'_>> {
        self.line_at(*self.spots.get(id)?)
    }

    /// The newest line of a record.
    fn line(&self, id: &Id) -> Option<Line<'_>> {
        match self.fresh.get(id) {
            Some(line) => Line::read(&mut Decoder::new(line)).ok(),
            None => self.settled_line(id),
        }
    }

    /// The line at a place in a half, unless a newer one has taken its place.
    fn current(&self, half: &Half, line: u32) -> Option<Line<'_>> {
        let spot = *half.lines.get(line as usize)?;
        let line = self.line_at(spot)?;
        (spot.segment == FRESH || !self.fresh.contains_key(&line.id)).then_some(line)
    }

    fn linked_lines(&self, to: &Id, kind: Kind) -> Vec<Line<'_>> {
        let mut found = Vec::new();
        for half in self.halves() {
            let mut next = half.last_linked.get(to).copied();
            while let Some(line) = next.filter(|line| *line != NONE) {
                found.extend(self.current(half, line).filter(|line| Kind(line.kind) == kind));
                next = half.before.get(line as usize).copied();
            }
        }
        found
    }

    /// By a number that is theirs or a part of it; the whole ones first.
    fn by_number(&self, code: &str) -> Vec<Found> {
        let mut found: Vec<((Part, Source), Id)> = Vec::new();
        for half in self.halves() {
            for (line, part) in half.numbers.containing(code) {
                let Some(line) = self.current(half, line) else { continue };
                match Kind(line.kind) {
                    Kind::DOCUMENT => found.extend(line.link.map(|id| ((part, Source::Document), id))),
                    _ if line.file.contains(code) => found.push(((part, Source::File), line.id)),
                    // Typed without its country, it is all of the number too.
                    _ if part == Part::End && code.len() >= PHONE => {
                        found.push(((Part::Whole, Source::Phone), line.id));
                    }
                    _ => found.push(((part, Source::Phone), line.id)),
                }
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(code, id)| Found { id, code: Some(code), named: false }).collect()
    }

    /// By all these numbers and a name that meets every word.
    fn having(&self, numbers: &[&(String, &str)], wanted: &Wanted<'_>) -> Vec<Found> {
        let mut found: Option<Vec<Found>> = None;
        for (number, _) in numbers.iter().filter(|(number, _)| number.len() >= SHORTEST_NUMBER) {
            let having = self.by_number(number);
            found = Some(match found {
                None => having,
                Some(held) => {
                    let ids: HashSet<Id> = having.iter().map(|it| it.id).collect();
                    held.into_iter().filter(|it| ids.contains(&it.id)).collect()
                }
            });
        }
        let mut scored: Vec<(u32, Found)> = Vec::new();
        let mut seen = HashSet::new();
        for it in found.unwrap_or_default().into_iter().filter(|it| seen.insert(it.id)) {
            let Some(line) = self.line(&it.id) else { continue };
            if let Some((cost, left)) = Meeting::of(wanted, &line, &self.forms).cost() {
                scored.push((score_of(0, cost, left), Found { named: true, ..it }));
            }
        }
        scored.sort_by_key(|(score, it)| (*score, it.code));
        scored.into_iter().map(|(_, it)| it).collect()
    }

    fn by_reference(&self, code: &str) -> Vec<Found> {
        let mut found = Vec::new();
        for half in self.halves() {
            for (line, part) in half.references.containing(code) {
                let Some(group) = self.current(half, line).filter(|_| part <= Part::Start) else { continue };
                let mut members: Vec<Id> =
                    self.linked_lines(&group.id, Kind::INDIVIDUAL).iter().map(|line| line.id).collect();
                // Who speaks for the group first, then as they were registered.
                members.sort_unstable_by_key(|id| (Some(*id) != group.link, *id));
                if members.is_empty() {
                    members.push(group.id);
                }
                let code = Some((part, Source::Reference));
                found.extend(members.into_iter().map(|id| Found { id, code, named: false }));
            }
        }
        found
    }

    fn by_year(&self, year: u16, limit: usize) -> Vec<Found> {
        let mut found = Vec::new();
        for half in self.halves() {
            // Later people first. Lines that a newer one replaced drop out.
            let born = half.born_in(year).filter_map(|line| self.current(half, line));
            found.extend(born.map(|line| line.id).take(limit));
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.truncate(limit);
        found.into_iter().map(|id| Found { id, code: None, named: true }).collect()
    }

    fn by_name(&mut self, wanted: &Wanted<'_>, limit: usize, lacking: Lacking) -> Vec<Found> {
        let mut found: Vec<(u32, Id)> = Vec::new();
        for which in [0, 1] {
            let taken = if which == 0 { self.settled.take() } else { self.newer.take() };
            let Some(mut half) = taken else { continue };
            let mut fitting = half.fitting(wanted, lacking);
            // Lines that a newer one replaced drop out below.
            let spare = limit + self.fresh.len();
            if fitting.len() > spare {
                fitting.select_nth_unstable(spare);
                fitting.truncate(spare);
            }
            for (score, later) in fitting {
                let line = half.people.get((u32::MAX - later) as usize).copied();
                let line = line.and_then(|line| self.current(&half, line));
                found.extend(line.map(|line| (score, line.id)));
            }
            *(if which == 0 { &mut self.settled } else { &mut self.newer }) = Some(half);
        }
        // Newer ids first among equals: who was registered lately is looked for most.
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        let full = found.partition_point(|(score, _)| *score < FULL);
        found.truncate(limit.min(full + PARTIAL));
        found.into_iter().map(|(_, id)| Found { id, code: None, named: true }).collect()
    }

    fn hit(&self, found: Found, wanted: &Wanted<'_>) -> Option<Hit> {
        let line = self.line(&found.id)?;
        Some(Hit { why: self.reasons(found, &line, wanted), ..self.shown(&line) })
    }

    /// What a list shows of a person or a group that nobody searched for; `None` for others, and where it is not here.
    pub fn face(&self, id: RecordId) -> Option<Hit> {
        let line = self.line(&id.0)?;
        matches!(Kind(line.kind), Kind::INDIVIDUAL | Kind::GROUP).then(|| self.shown(&line))
    }

    /// Every group of which something lies here, in no order.
    pub fn groups(&self) -> Vec<RecordId> {
        let settled = self.spots.keys().filter_map(|id| self.line(id));
        let newer =
            self.fresh.keys().filter(|id| !self.spots.contains_key(*id)).filter_map(|id| self.line(id));
        let lines = settled.chain(newer).filter(|line| Kind(line.kind) == Kind::GROUP);
        lines.map(|line| RecordId(line.id)).collect()
    }

    /// Every service here, in no order. Kept until something changes, and then only that is read anew. Of segments that
    /// [`Self::lacking_services`] names, some are missing.
    pub fn services(&mut self) -> Rc<Vec<Brief>> {
        let mut services = core::mem::take(&mut self.services);
        let newer = || {
            self.fresh.iter().filter_map(|(id, line)| {
                Some((self.spots.get(id).copied(), Line::read(&mut Decoder::new(line)).ok()?))
            })
        };
        let settled = |segment: &u32| self.segments.get(segment).map(|lines| lines.as_slice());
        let all = services.all(settled, newer, |id| self.line(id));
        self.services = services;
        all
    }

    /// Every record in conflict, by its line, in the order of their ids.
    pub fn disputed(&self) -> Vec<Disputed> {
        let lines = self.disputed.iter().filter_map(|id| self.line(id));
        let told = lines.filter(|line| !line.disputed.is_empty()).map(|line| Disputed {
            record: RecordId(line.id),
            kind: Kind(line.kind),
            link: line.link.map(RecordId),
            fields: line.disputed().collect(),
        });
        told.collect()
    }

    /// Every segment taken in.
    pub fn segments(&self) -> Vec<u32> {
        self.segments.keys().copied().collect()
    }

    /// Every application, by its line.
    pub fn applications(&mut self) -> Rc<Vec<Summary>> {
        let mut listed = core::mem::take(&mut self.listed);
        let all = listed.applications(|id| self.line(id));
        self.listed = listed;
        all
    }

    /// Every day of appointments, by its line.
    pub fn agendas(&mut self) -> Rc<Vec<Day>> {
        let mut listed = core::mem::take(&mut self.listed);
        let days = listed.days(|id| self.line(id));
        self.listed = listed;
        days
    }

    /// Applications found by reference or name, the latest first.
    pub fn find_applications(&mut self, text: &str, limit: usize) -> Vec<Summary> {
        let mut listed = core::mem::take(&mut self.listed);
        let found = listed.find(text, limit, |id| self.line(id));
        self.listed = listed;
        found
    }

    /// A segment with lines of an earlier version, which do not tell what services or applications are.
    pub fn lacking_services(&self) -> Option<u32> {
        self.services.lacking()
    }

    /// Leaves a segment as it is: its block does not open.
    pub fn give_up_services(&mut self, segment: u32) {
        self.services.give_up(segment);
    }

    /// What a line shows of a person or a group.
    fn shown(&self, line: &Line<'_>) -> Hit {
        let is_group = Kind(line.kind) == Kind::GROUP;
        let group = if is_group { Some(line.id) } else { line.link };
        let group_line = group.and_then(|group| self.line(&group)).unwrap_or_default();
        Hit {
            record: RecordId(line.id),
            group: group.map(RecordId),
            name: if is_group { String::new() } else { line.name.to_owned() },
            born: line.born.to_owned(),
            sex: line.sex.to_owned(),
            nationality: line
                .nationality
                .split(' ')
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
            site: group_line.also.to_owned(),
            group_ref: group_line.name.to_owned(),
            why: Vec::new(),
            here: true,
            in_conflict: !line.disputed.is_empty(),
        }
    }

    fn reasons(&self, found: Found, line: &Line<'_>, wanted: &Wanted<'_>) -> Vec<Why> {
        let mut why: Vec<Why> = Vec::new();
        why.extend(found.code.map(|(part, source)| match source {
            Source::Document => Why::Document { same: part == Part::Whole },
            Source::File => Why::File,
            Source::Phone => Why::Phone { same: part == Part::Whole },
            Source::Reference => Why::Reference,
        }));
        if found.named {
            if !wanted.words.is_empty() {
                why.extend(Meeting::of(wanted, line, &self.forms).reasons(wanted));
            }
            let born = wanted.year.filter(|year| year_of(line.born) == Some(*year));
            why.extend(born.map(Why::Born));
        }
        why
    }
}

/// Everybody once, where they were found first, with all that they were found by.
fn once(found: Vec<Found>, limit: usize) -> Vec<Found> {
    let mut places: ById<usize> = ById::default();
    let mut people: Vec<Found> = Vec::new();
    for it in found {
        let place = *places.entry(it.id).or_insert(people.len());
        match people.get_mut(place) {
            Some(held) => {
                *held = Found { code: held.code.or(it.code), named: held.named || it.named, ..*held }
            }
            None => people.push(it),
        }
    }
    people.truncate(limit);
    people
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// A year, or what may become one.
fn is_year_begun(word: &str) -> bool {
    let begun =
        word.len() < SHORTEST_NUMBER || word.len() == 3 && ["19", "20"].iter().any(|it| word.starts_with(it));
    begun || year_typed(word).is_some()
}

fn year_typed(word: &str) -> Option<u16> {
    let year = (word.len() == 4).then(|| word.parse().ok())??;
    YEARS.contains(&year).then_some(year)
}

#[cfg(test)]
mod tests;
