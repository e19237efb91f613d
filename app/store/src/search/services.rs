//! Services among the lines: read out of them when somebody first asks, and kept until something changes.

use super::half::{Id, IdHasher};
use super::index::Spot;
use super::line::Line;
use domain::service::{Brief, Codes};
use domain::{Kind, RecordId};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::BuildHasherDefault;
use std::rc::Rc;

/// Room for as many more before everything is moved to a larger place.
const ROOM: usize = 1_024;

type Ids = HashSet<Id, BuildHasherDefault<IdHasher>>;

/// Where services lie, and what they are as far as somebody asked.
#[derive(Default)]
pub struct Services {
    /// Where in each segment.
    places: BTreeMap<u32, Vec<u32>>,
    /// Segments with lines that do not tell.
    lacking: BTreeSet<u32>,
    /// As last asked for, with those that changed since.
    held: Option<(Rc<Vec<Brief>>, Ids)>,
    codes: Codes,
}

/// Whether lines of a kind tell of a service.
pub fn is_service(kind: u16) -> bool {
    Brief::KINDS.contains(&Kind(kind))
}

impl Services {
    /// A segment is taken in, for the first time or anew.
    pub fn begin_segment(&mut self, segment: u32) {
        self.places.remove(&segment);
        self.lacking.remove(&segment);
    }

    /// A service has a line there; before, its newest one lay elsewhere or nowhere. The one in the newer segment stands.
    pub fn lies_at(&mut self, spot: Spot, before: Spot, line: &Line<'_>) {
        if before.segment > spot.segment {
            return;
        }
        if before != spot
            && let Some(places) = self.places.get_mut(&before.segment)
            && let Ok(at) = places.binary_search(&before.at)
        {
            places.remove(at);
        }
        self.places.entry(spot.segment).or_default().push(spot.at);
        if line.brief.is_empty() {
            self.lacking.insert(spot.segment);
        }
        if let Some((_, changed)) = &mut self.held {
            changed.insert(line.id);
        }
    }

    /// A newer line of a record comes or goes.
    pub fn changes(&mut self, record: &Id, line: &[u8]) {
        if let Some((_, changed)) = &mut self.held
            && Line::read(&mut minicbor::Decoder::new(line)).is_ok_and(|line| is_service(line.kind))
        {
            changed.insert(*record);
        }
    }

    /// Forgets all: the segments are about to be taken in anew.
    pub fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// A segment has lines of an earlier version, of whatever kind lists tell of.
    pub fn lacks(&mut self, segment: u32) {
        self.lacking.insert(segment);
    }

    pub fn lacking(&self) -> Option<u32> {
        self.lacking.first().copied()
    }

    pub fn give_up(&mut self, segment: u32) {
        self.lacking.remove(&segment);
    }

    /// Every service: by the lines of segments, by the newer ones with where in segments they had one before, and by the
    /// newest of a record.
    pub fn all<'l, I: Iterator<Item = (Option<Spot>, Line<'l>)>>(
        &mut self,
        settled: impl Fn(&u32) -> Option<&'l [u8]>,
        newer: impl Fn() -> I,
        newest: impl Fn(&Id) -> Option<Line<'l>>,
    ) -> Rc<Vec<Brief>> {
        let mut codes = core::mem::take(&mut self.codes);
        let all = match self.held.take() {
            Some((mut held, mut changed)) => {
                if !changed.is_empty() {
                    renew(Rc::make_mut(&mut held), &mut changed, |id| read(&mut codes, &newest(id)?));
                }
                held
            }
            None => {
                let known = self.places.values().map(Vec::len).sum::<usize>();
                let mut all = Vec::with_capacity(known + ROOM);
                let shadowed: HashSet<(u32, u32)> =
                    newer().filter_map(|(spot, _)| spot.map(|spot| (spot.segment, spot.at))).collect();
                let of_segment: BTreeSet<u32> = shadowed.iter().map(|(segment, _)| *segment).collect();
                for (segment, places) in &self.places {
                    let Some(lines) = settled(segment) else { continue };
                    let is_whole = !of_segment.contains(segment);
                    let stand = places.iter().filter(|at| is_whole || !shadowed.contains(&(*segment, **at)));
                    all.extend(stand.filter_map(|at| {
                        let line = Line::read_service(lines.get(*at as usize..)?)?;
                        read(&mut codes, &line)
                    }));
                }
                all.extend(newer().filter_map(|(_, line)| read(&mut codes, &line)));
                Rc::new(all)
            }
        };
        self.codes = codes;
        self.held = Some((all.clone(), Ids::default()));
        all
    }
}

/// Puts what changed in the place of what was held of it, as far as there still is anything.
fn renew(all: &mut Vec<Brief>, changed: &mut Ids, mut now: impl FnMut(&Id) -> Option<Brief>) {
    let mut gone = Vec::new();
    for (at, brief) in all.iter_mut().enumerate() {
        if changed.is_empty() {
            break;
        }
        if changed.remove(&brief.record.0) {
            match now(&brief.record.0) {
                Some(fresh) => *brief = fresh,
                None => gone.push(at),
            }
        }
    }
    // From behind, so that the places before stay what they are.
    for at in gone.into_iter().rev() {
        all.swap_remove(at);
    }
    if all.capacity() - all.len() < changed.len() {
        all.reserve_exact(changed.len() + ROOM);
    }
    all.extend(changed.drain().filter_map(|id| now(&id)));
}

fn read(codes: &mut Codes, line: &Line<'_>) -> Option<Brief> {
    if !is_service(line.kind) || line.brief.is_empty() {
        return None;
    }
    Brief::from_bytes(codes, RecordId(line.id), Kind(line.kind), line.link.map(RecordId), line.brief)
}
