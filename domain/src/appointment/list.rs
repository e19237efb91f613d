//! The families of a day at an office, in the order in which they are called.

use super::SlotName;
use super::day::{DAY_MINUTES, Day, Occupancy, holds};
use crate::application::{State, Summary};

/// One slot with who has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotLine {
    /// Which; `None` where its day has not come to this device yet, or does not have it any more.
    pub slot: Option<SlotName>,
    /// When it begins, in minutes since 1970 by the clock of the office.
    pub at: i64,
    /// Places that it has; 0 where that is not known.
    pub places: i64,
    /// More families than places: two offices gave the last one without a line, and people decide.
    pub overfull: bool,
    /// Its families: with marks of urgency first, then in the order of their references.
    pub families: Vec<Summary>,
}

/// The list of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayList {
    /// Slots in the order of time, also those that nobody has.
    pub slots: Vec<SlotLine>,
    /// Who came without an appointment: with marks of urgency first, then in the order in which they came.
    pub walk_ins: Vec<Summary>,
}

impl DayList {
    /// Families on it.
    #[must_use]
    pub fn families(&self) -> usize {
        self.walk_ins.len() + self.slots.iter().map(|slot| slot.families.len()).sum::<usize>()
    }
}

/// The list of a day (counted from 1970) at an office, of what a device holds of families and of days.
#[must_use]
pub fn day_list(families: &[Summary], days: &[Day], site: &str, day: i64) -> DayList {
    let occupancy = Occupancy::of(families);
    let mut list = DayList::default();
    for here in days.iter().filter(|it| it.site == site && it.day == day) {
        for (slot, at) in here.times() {
            let overfull = occupancy.taken(slot).all() > here.places;
            let line = SlotLine { slot: Some(slot), at, places: here.places, overfull, families: Vec::new() };
            // A day that was closed gives nothing away; who had a slot of it stands there until they have another.
            if here.open || occupancy.taken(slot).all() > 0 {
                list.slots.push(line);
            }
        }
    }
    for family in families {
        place(&mut list, family, days, site, day);
    }
    for slot in &mut list.slots {
        slot.families.sort_by(|one, other| {
            (one.marks == 0, &one.reference).cmp(&(other.marks == 0, &other.reference))
        });
    }
    list.slots.sort_by_key(|slot| (slot.at, slot.slot));
    list.walk_ins.sort_by(|one, other| {
        (one.marks == 0, one.came, &one.reference).cmp(&(other.marks == 0, other.came, &other.reference))
    });
    list
}

fn place(list: &mut DayList, family: &Summary, days: &[Day], site: &str, day: i64) {
    let on_day = |minutes: i64| minutes != 0 && minutes.div_euclid(DAY_MINUTES) == day;
    let named = SlotName::from_text(&family.slot);
    let slot = named.filter(|_| holds(family).is_some() || family.slot_state == "missed");
    // Of a day that has not come to this device yet nothing tells where it is: then the office that the family chose.
    let at_site = match slot.and_then(|slot| days.iter().find(|it| it.record == slot.agenda)) {
        Some(agenda) => agenda.site == site,
        None => family.site == site,
    };
    if !at_site || (family.state == State::Closed && !on_day(family.came)) {
        return;
    }
    if slot.is_some() && on_day(family.at) {
        match list.slots.iter_mut().find(|it| it.slot == slot) {
            Some(line) => line.families.push(family.clone()),
            None => match list.slots.iter_mut().find(|it| it.slot.is_none() && it.at == family.at) {
                Some(line) => line.families.push(family.clone()),
                None => {
                    let families = vec![family.clone()];
                    list.slots.push(SlotLine { at: family.at, families, ..SlotLine::default() });
                }
            },
        }
    } else if on_day(family.came) {
        list.walk_ins.push(family.clone());
    }
}
