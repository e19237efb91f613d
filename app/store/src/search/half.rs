//! Searchable lines: all that lie in segments, or all newer ones.

use super::codes::Codes;
use super::index::Spot;
use super::line::Line;
use super::names::Names;
use super::why::{Wanted, year_of};
use domain::short_forms::ShortForms;
use domain::{Kind, search_key};
use minicbor::Decoder;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::index::Counts;

/// A record's id.
pub type Id = [u8; 16];
/// Something by record.
pub type ById<T> = HashMap<Id, T, BuildHasherDefault<IdHasher>>;

/// Ids are random where it counts, so that little is left to mix.
#[derive(Default)]
pub struct IdHasher(u64);

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

/// Searchable lines.
#[derive(Default)]
pub struct Half {
    /// Where each line lies.
    pub lines: Vec<Spot>,
    /// Lines of individuals, in the order of `names`.
    pub people: Vec<u32>,
    names: Names,
    /// Years of birth, in the order of `names`; 0 where not known.
    born: Vec<u16>,
    /// Numbers of papers, phones and files.
    pub numbers: Codes,
    /// References of groups.
    pub references: Codes,
    /// The last line that links to an id, and for each line the one before it.
    pub last_linked: ById<u32>,
    /// For each line the one before it that links to the same id; [`NONE`] where there is none.
    pub before: Vec<u32>,
    /// Lines of sealed notes and of sealed people.
    pub sealed: Vec<u32>,
    /// How many there are.
    pub counts: Counts,
    scores: Scores,
}

/// How each person met the words so far.
#[derive(Default)]
struct Scores {
    /// How many words.
    met: Vec<u8>,
    /// The last of them, from 1 on.
    last: Vec<u8>,
    /// What that one cost.
    cost: Vec<u8>,
    /// What all cost.
    misfit: Vec<u16>,
}

/// No line.
pub const NONE: u32 = u32::MAX;

/// Room for how many words of a name were left over.
const LEFT_OVER: u32 = 64;
/// From this score on people lack a word that was typed.
pub const FULL: u32 = 1 << 24;
/// What a year of birth counts that is one off, not known, another.
const YEAR_NEAR: u16 = 8;
const YEAR_UNKNOWN: u16 = 12;
const YEAR_OTHER: u16 = 24;

/// Puts people in order: who lacks a word last, then by how badly the words meet, then by how many are left over.
pub fn score_of(lacking: u8, misfit: u32, left_over: u32) -> u32 {
    u32::from(lacking) * FULL + misfit * LEFT_OVER + left_over.min(LEFT_OVER - 1)
}

/// Whether people may lack some of many words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// They must have every word.
    Nothing,
    /// They may lack some: desks leave out second names and add married ones.
    AWord,
}

/// How many of so many words somebody may lack.
fn may_lack(words: usize) -> u8 {
    match words {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    }
}

impl Half {
    /// Adds the lines of a segment, as far as they are readable.
    pub fn read(&mut self, segment: u32, lines: &[u8], is_newest: impl Fn(&Id, Spot) -> bool) {
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
        if line.sealed || kind == Kind::NOTE {
            self.sealed.push(number);
        }
        match kind {
            Kind::INDIVIDUAL => {
                self.counts.people += 1;
                self.people.push(number);
                self.names.add(line.name, line.also);
                self.born.push(year_of(line.born).unwrap_or(0));
                line.phone
                    .split(' ')
                    .chain([line.file])
                    .filter(|number| !number.is_empty())
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
                if !line.file.is_empty() {
                    self.references.add(line.file, number);
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

    /// Makes what was added searchable; nothing can be added afterwards.
    pub fn finish(&mut self, forms: &ShortForms) {
        self.names.finish(forms);
        let people = self.names.len();
        self.scores = Scores {
            met: vec![0; people],
            last: vec![0; people],
            cost: vec![0; people],
            misfit: vec![0; people],
        };
    }

    /// Notes which words are forms of one name, after the table changed.
    pub fn link(&mut self, forms: &ShortForms) {
        self.names.link(forms);
    }

    /// The lines of people born in a year, the later ones first.
    pub fn born_in(&self, year: u16) -> impl Iterator<Item = u32> + '_ {
        let born = self.people.iter().zip(&self.born).rev();
        born.filter(move |(_, born)| **born == year).map(|(line, _)| *line)
    }

    /// Everybody who meets the words, as (score, `u32::MAX` − person): the smaller the better, later people first.
    pub fn fitting(&mut self, wanted: &Wanted<'_>, lacking: Lacking) -> Vec<(u32, u32)> {
        let Scores { met, last, cost, misfit } = &mut self.scores;
        met.fill(0);
        last.fill(0);
        misfit.fill(0);
        for (nth, (word, _)) in (1u8..).zip(&wanted.words) {
            self.names.each_fitting(word, |person, fit| {
                let at = person as usize;
                let (Some(met), Some(last)) = (met.get_mut(at), last.get_mut(at)) else { return };
                let (Some(cost), Some(misfit)) = (cost.get_mut(at), misfit.get_mut(at)) else { return };
                let new = fit.cost();
                if *last != nth {
                    *last = nth;
                    *met += 1;
                    *misfit += u16::from(new);
                    *cost = new;
                } else if new < *cost {
                    *misfit -= u16::from(*cost - new);
                    *cost = new;
                }
            });
        }
        let all = u8::try_from(wanted.words.len()).unwrap_or(u8::MAX);
        let enough = if lacking == Lacking::AWord { all - may_lack(wanted.words.len()) } else { all };
        let mut found = Vec::new();
        for (person, (met, misfit)) in (0u32..).zip(met.iter().zip(misfit.iter())) {
            if *met >= enough {
                let left_over = self.names.length(person).saturating_sub(*met);
                let born = wanted.year.map_or(0, |year| misfit_of_year(&self.born, person, year));
                let score = score_of(all - *met, u32::from(*misfit + born), u32::from(left_over));
                found.push((score, u32::MAX - person));
            }
        }
        found
    }
}

fn misfit_of_year(born: &[u16], person: u32, year: u16) -> u16 {
    match born.get(person as usize).copied().unwrap_or(0) {
        0 => YEAR_UNKNOWN,
        born => match born.abs_diff(year) {
            0 => 0,
            1 => YEAR_NEAR,
            _ => YEAR_OTHER,
        },
    }
}
