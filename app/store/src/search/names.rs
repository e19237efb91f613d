//! The words of many names: each word once, and who has it.

use super::words::{Fit, Typed};
use domain::search_key;
use domain::short_forms::{Set, ShortForms};

/// Words and who has them. People are numbered by the caller, in the order they are added.
#[derive(Default)]
pub struct Names {
    words: Words,
    /// (word, person), as they were added; emptied when `postings` are made of them.
    pairs: Vec<(u32, u32)>,
    /// The people of word `n` are those from `starts[n]` to `starts[n + 1]`.
    starts: Vec<u32>,
    people: Vec<u32>,
    /// How many words each person's names have.
    lengths: Vec<u8>,
    /// Words that are in a set of short forms, by set.
    short: Vec<(Set, u32)>,
    scratch: String,
}

impl Names {
    /// Adds the next person.
    pub fn add(&mut self, name: &str, also: &str) {
        let person = u32::try_from(self.lengths.len()).unwrap_or(u32::MAX);
        self.scratch.clear();
        search_key::append_key(name, &mut self.scratch);
        if !also.is_empty() {
            search_key::append_key(also, &mut self.scratch);
        }
        let before = self.pairs.len();
        for word in self.scratch.split(' ').filter(|word| !word.is_empty()) {
            let word = self.words.number(word);
            // Two surnames alike are one word of this person.
            if !self.pairs.get(before..).unwrap_or_default().iter().any(|(other, _)| *other == word) {
                self.pairs.push((word, person));
            }
        }
        self.lengths.push(u8::try_from(self.pairs.len() - before).unwrap_or(u8::MAX));
    }

    /// Sorts everything added; nothing can be added afterwards.
    pub fn finish(&mut self, forms: &ShortForms) {
        let mut counts = vec![0u32; self.words.len() + 1];
        for (word, _) in &self.pairs {
            if let Some(count) = counts.get_mut(*word as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let mut next = counts.clone();
        self.people = vec![0; self.pairs.len()];
        for (word, person) in core::mem::take(&mut self.pairs) {
            if let Some(at) = next.get_mut(word as usize) {
                if let Some(slot) = self.people.get_mut(*at as usize) {
                    *slot = person;
                }
                *at += 1;
            }
        }
        self.starts = counts;
        self.words.hear();
        self.scratch = String::new();
        self.link(forms);
    }

    /// Notes which words are forms of one name. To be called again when the table changes.
    pub fn link(&mut self, forms: &ShortForms) {
        self.short.clear();
        for (number, (word, sound)) in (0u32..).zip(self.words.iter()) {
            self.short.extend(forms.sets(word, sound).iter().map(|set| (*set, number)));
        }
        self.short.sort_unstable();
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Calls back for everybody who has a word that fits, perhaps several times, with how well.
    pub fn each_fitting(&self, typed: &Typed, mut found: impl FnMut(u32, Fit)) {
        for (number, (word, sound)) in self.words.iter().enumerate() {
            if let Some(fit) = typed.fit(word, sound) {
                self.having(number).iter().for_each(|person| found(*person, fit));
            }
        }
        for set in typed.sets() {
            let from = self.short.partition_point(|(other, _)| other < set);
            let words = self.short.get(from..).unwrap_or_default().iter();
            for (_, word) in words.take_while(|(other, _)| other == set) {
                self.having(*word as usize).iter().for_each(|person| found(*person, Fit::Short));
            }
        }
    }

    /// Who has a word.
    fn having(&self, word: usize) -> &[u32] {
        let (Some(from), Some(to)) = (self.starts.get(word), self.starts.get(word + 1)) else { return &[] };
        self.people.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// How many words somebody's names have.
    pub fn length(&self, person: u32) -> u8 {
        self.lengths.get(person as usize).copied().unwrap_or(0)
    }
}

/// Words, each once, one after the other in one text.
#[derive(Default)]
struct Words {
    text: String,
    ends: Vec<u32>,
    sounds: String,
    sound_ends: Vec<u32>,
    /// Open addressing: number of the word + 1, 0 where free.
    slots: Vec<u32>,
}

impl Words {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, number: usize) -> &str {
        slice(&self.text, &self.ends, number)
    }

    /// The number of a word, a new one where it is new.
    fn number(&mut self, word: &str) -> u32 {
        if self.slots.len() < (self.len() + 1) * 2 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(word) & mask;
        loop {
            match self.slots.get(at).copied() {
                Some(0) | None => break,
                Some(number) if self.get(number as usize - 1) == word => return number - 1,
                Some(_) => at = (at + 1) & mask,
            }
        }
        self.text.push_str(word);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        let number = u32::try_from(self.len()).unwrap_or(u32::MAX);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = number;
        }
        number - 1
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1024);
        let mut slots = vec![0u32; size];
        for number in 0..self.len() {
            let mut at = hash(self.get(number)) & (size - 1);
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = u32::try_from(number + 1).unwrap_or(u32::MAX);
            }
        }
        self.slots = slots;
    }

    /// Makes the sound keys; the slots are not needed any more.
    fn hear(&mut self) {
        self.slots = Vec::new();
        let (mut sounds, mut sound_ends) = (String::with_capacity(self.text.len()), Vec::new());
        let mut sound = String::new();
        for number in 0..self.len() {
            sound.clear();
            search_key::append_sound(self.get(number), &mut sound);
            sounds.push_str(&sound);
            sound_ends.push(u32::try_from(sounds.len()).unwrap_or(u32::MAX));
        }
        (self.sounds, self.sound_ends) = (sounds, sound_ends);
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.len()).map(|number| (self.get(number), slice(&self.sounds, &self.sound_ends, number)))
    }
}

fn slice<'a>(text: &'a str, ends: &[u32], number: usize) -> &'a str {
    let from = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let to = ends.get(number).copied().unwrap_or(from);
    text.get(from as usize..to as usize).unwrap_or_default()
}

/// FNV-1a, folded. Words come from names; who could choose them to collide would only slow their own colleagues.
fn hash(word: &str) -> usize {
    let hash =
        word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 15)) as usize
}
