//! Everything on the device by what it is found by.
//!
//! Two halves: what lies in segments, which is much and changes seldom, and the lines of newer records, which
//! are few and change with every save. Each is made searchable when somebody first asks after it changed.

use super::codes::{Codes, Part};
use super::line::Line;
use super::names::Names;
use super::words::{Fit, Typed};
use domain::{Kind, RecordId, search_key};
use minicbor::Decoder;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use zeroize::Zeroizing;

/// How many there are on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Individuals.
    pub people: usize,
    /// Registration groups.
    pub groups: usize,
}

/// Why somebody was found; the better reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A document's number.
    Document,
    /// A phone number.
    Phone,
    /// The reference of their group.
    Reference,
    /// Every word typed is a word of their names.
    Name,
    /// Every word typed begins a word of their names.
    Prefix,
    /// As above, with one typing error or a spelling that sounds alike.
    Near,
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
    /// Why they were found.
    pub why: Why,
    /// Whether their record lies on this device.
    pub here: bool,
}

type Id = [u8; 16];
type ById<T> = HashMap<Id, T, BuildHasherDefault<IdHasher>>;

/// Ids are random where it counts, so that little is left to mix.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

/// Where a line lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spot {
    /// The segment; [`FRESH`] for the newer lines.
    segment: u32,
    at: u32,
}

const FRESH: u32 = u32::MAX;
/// Shorter numbers are part of far too many.
const SHORTEST_NUMBER: usize = 3;
const SHORTEST_REFERENCE: usize = 4;

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
}

/// Searchable lines.
#[derive(Default)]
struct Half {
    lines: Vec<Spot>,
    /// Lines of individuals, in the order of `names`.
    people: Vec<u32>,
    names: Names,
    numbers: Codes,
    references: Codes,
    /// The last line that links to an id, and for each line the one before it.
    last_linked: ById<u32>,
    before: Vec<u32>,
    counts: Counts,
    /// How many words each person has met so far, and how badly.
    met: Vec<u8>,
    misfit: Vec<u16>,
    fits: Vec<u8>,
}

const NONE: u32 = u32::MAX;

impl Index {
    /// Takes in a segment. Newer segments hold newer lines; which come first does not matter.
    pub fn add_segment(&mut self, segment: u32, lines: Zeroizing<Vec<u8>>) {
        let mut d = Decoder::new(&lines);
        while d.position() < lines.len() {
            let at = u32::try_from(d.position()).unwrap_or(u32::MAX);
            // Cut off in the middle: what was read before it stays.
            let Ok(line) = Line::read(&mut d) else { break };
            let spot = Spot { segment, at };
            self.spots
                .entry(line.id)
                .and_modify(|held| {
                    if held.segment <= segment {
                        *held = spot;
                    }
                })
                .or_insert(spot);
        }
        self.segments.insert(segment, lines);
        self.settled = None;
    }

    /// Sets the line of a record that is newer than the segments.
    pub fn set_fresh(&mut self, record: RecordId, line: Vec<u8>) {
        self.fresh.insert(record.0, line);
        self.newer = None;
    }

    /// Forgets the newer lines: they lie in a segment by now, or are about to be set anew.
    pub fn forget_fresh(&mut self, records: impl IntoIterator<Item = RecordId>) {
        for record in records {
            self.fresh.remove(&record.0);
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

    /// Finds people. At most `limit`, the best first.
    pub fn search(&mut self, text: &str, limit: usize) -> Vec<Hit> {
        self.make_ready();
        let code = search_key::code(text);
        let mut found: Vec<(Id, Why)> = Vec::new();
        if code.len() >= SHORTEST_REFERENCE {
            found.extend(self.by_reference(&code));
        }
        let has_digits = code.bytes().any(|byte| byte.is_ascii_digit());
        if has_digits && code.len() >= SHORTEST_NUMBER {
            found.extend(self.by_number(&code));
        }
        let typed = search_key::tokens(text);
        let is_number = |word: &&String| word.bytes().any(|byte| byte.is_ascii_digit());
        let (numbers, words): (Vec<&String>, Vec<&String>) = typed.iter().partition(is_number);
        if !numbers.is_empty() && !words.is_empty() {
            // A name and a number together: who has both.
            let having = numbers.iter().map(|number| self.having(number)).reduce(|a, b| &a & &b);
            let words: Vec<String> = words.into_iter().cloned().collect();
            found.extend(self.by_name(&words, having.as_ref(), limit));
        }
        if !typed.is_empty() {
            found.extend(self.by_name(&typed, None, limit));
        }
        let mut seen = HashSet::new();
        found.retain(|(id, _)| seen.insert(*id));
        found.truncate(limit);
        found.into_iter().filter_map(|(id, why)| self.hit(&id, why)).collect()
    }

    fn make_ready(&mut self) {
        if self.settled.is_none() {
            let mut half = Half::default();
            for (segment, lines) in &self.segments {
                half.read(*segment, lines, |id, spot| self.spots.get(id) == Some(&spot));
            }
            half.finish();
            self.settled = Some(half);
        }
        if self.newer.is_none() {
            let mut half = Half::default();
            self.fresh_lines = Zeroizing::new(self.fresh.values().flatten().copied().collect());
            half.read(FRESH, &self.fresh_lines, |_, _| true);
            half.finish();
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

    fn by_number(&self, code: &str) -> Vec<(Id, Why)> {
        let mut found: Vec<(Part, Why, Id)> = Vec::new();
        for half in self.halves() {
            for (line, part) in half.numbers.containing(code) {
                let Some(line) = self.current(half, line) else { continue };
                match Kind(line.kind) {
                    Kind::DOCUMENT => found.extend(line.link.map(|holder| (part, Why::Document, holder))),
                    _ => found.push((part, Why::Phone, line.id)),
                }
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(_, why, id)| (id, why)).collect()
    }

    fn having(&self, number: &str) -> HashSet<Id> {
        self.by_number(number).into_iter().map(|(id, _)| id).collect()
    }

    fn by_reference(&self, code: &str) -> Vec<(Id, Why)> {
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
                found.extend(members.into_iter().map(|id| (id, Why::Reference)));
            }
        }
        found
    }

    fn by_name(&mut self, words: &[String], having: Option<&HashSet<Id>>, limit: usize) -> Vec<(Id, Why)> {
        let typed: Vec<Typed> = words.iter().map(|word| Typed::new(word)).collect();
        let mut found: Vec<(u32, Id, Why)> = Vec::new();
        for which in [0, 1] {
            let taken = if which == 0 { self.settled.take() } else { self.newer.take() };
            let Some(mut half) = taken else { continue };
            let mut fitting = half.fitting(&typed);
            // Lines that a newer one replaced drop out below, those without the number too.
            let spare = if having.is_some() { fitting.len() } else { limit + self.fresh.len() };
            if fitting.len() > spare {
                fitting.select_nth_unstable(spare);
                fitting.truncate(spare);
            }
            for (score, later) in fitting {
                let line = half.people.get((u32::MAX - later) as usize).copied();
                let Some(line) = line.and_then(|line| self.current(&half, line)) else { continue };
                if having.is_none_or(|having| having.contains(&line.id)) {
                    found.push((score, line.id, why(score)));
                }
            }
            *(if which == 0 { &mut self.settled } else { &mut self.newer }) = Some(half);
        }
        // Newer ids first among equals: who was registered lately is looked for most.
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        found.truncate(limit);
        found.into_iter().map(|(_, id, why)| (id, why)).collect()
    }

    fn hit(&self, id: &Id, why: Why) -> Option<Hit> {
        let line = self.line(id)?;
        let group = if Kind(line.kind) == Kind::GROUP { Some(line.id) } else { line.link };
        let group_line = group.and_then(|group| self.line(&group)).unwrap_or_default();
        let is_group = Kind(line.kind) == Kind::GROUP;
        Some(Hit {
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
            why,
            here: true,
        })
    }
}

/// What a misfit counts: one word that is only near weighs more than any number that merely begin so.
const BEGINS: u16 = 1;
const NEAR: u16 = 32;
/// Room for how many words were left over.
const LEFT_OVER: u32 = 64;

fn why(score: u32) -> Why {
    match score / LEFT_OVER {
        0 => Why::Name,
        misfit if misfit < u32::from(NEAR) => Why::Prefix,
        _ => Why::Near,
    }
}

impl Half {
    fn read(&mut self, segment: u32, lines: &[u8], is_newest: impl Fn(&Id, Spot) -> bool) {
        let mut d = Decoder::new(lines);
        while d.position() < lines.len() {
            let spot = Spot { segment, at: u32::try_from(d.position()).unwrap_or(u32::MAX) };
            let Ok(line) = Line::read(&mut d) else { break };
            if is_newest(&line.id, spot) {
                self.add(spot, &line);
            }
        }
    }

    fn add(&mut self, spot: Spot, line: &Line<'_>) {
        let number = u32::try_from(self.lines.len()).unwrap_or(NONE);
        self.lines.push(spot);
        let kind = Kind(line.kind);
        match kind {
            Kind::INDIVIDUAL => {
                self.counts.people += 1;
                self.people.push(number);
                self.names.add(line.name, line.also);
                line.phone
                    .split(' ')
                    .filter(|phone| !phone.is_empty())
                    .for_each(|phone| self.numbers.add(phone, number));
            }
            Kind::DOCUMENT => {
                line.name
                    .split(' ')
                    .filter(|code| !code.is_empty())
                    .for_each(|code| self.numbers.add(code, number));
            }
            Kind::GROUP => {
                self.counts.groups += 1;
                if !line.name.is_empty() {
                    self.references.add(&search_key::code(line.name), number);
                }
            }
            _ => {}
        }
        // A group links to its focal point, who links back: that way round nobody asks.
        let before = match line.link.filter(|_| kind != Kind::GROUP) {
            Some(link) => self.last_linked.insert(link, number).unwrap_or(NONE),
            None => NONE,
        };
        self.before.push(before);
    }

    fn finish(&mut self) {
        self.names.finish();
        self.met = vec![0; self.names.len()];
        self.misfit = vec![0; self.names.len()];
        self.fits = vec![0; self.names.len()];
    }

    /// Everybody who meets every word, as (score, `u32::MAX` − person): the smaller the better, later people first.
    fn fitting(&mut self, typed: &[Typed]) -> Vec<(u32, u32)> {
        self.met.fill(0);
        self.misfit.fill(0);
        let (met, misfit, fits) = (&mut self.met, &mut self.misfit, &mut self.fits);
        for (nth, word) in (0u8..).zip(typed) {
            self.names.each_fitting(word, |person, fit| {
                let at = person as usize;
                let (Some(met), Some(misfit), Some(held)) =
                    (met.get_mut(at), misfit.get_mut(at), fits.get_mut(at))
                else {
                    return;
                };
                let cost = match fit {
                    Fit::Whole => 0,
                    Fit::Begins => BEGINS,
                    Fit::Near => NEAR,
                };
                if *met == nth {
                    *met += 1;
                    *misfit += cost;
                    *held = cost as u8;
                } else if *met == nth + 1 && cost < u16::from(*held) {
                    *misfit -= u16::from(*held) - cost;
                    *held = cost as u8;
                }
            });
        }
        let all = u8::try_from(typed.len()).unwrap_or(u8::MAX);
        let mut found = Vec::new();
        for (person, (met, misfit)) in (0u32..).zip(self.met.iter().zip(&self.misfit)) {
            if *met == all {
                let left_over = self.names.length(person).saturating_sub(all);
                let score = u32::from(*misfit) * LEFT_OVER + u32::from(left_over).min(LEFT_OVER - 1);
                found.push((score, u32::MAX - person));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
