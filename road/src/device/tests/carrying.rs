//! What is carried for other devices goes last, apart, and not for ever.

use super::*;
use crate::device::{CARRIED, REFUSED_PAUSE, State, fill, is_carried};

/// Under which what others saved lies here.
fn theirs() -> VaultId {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&CARRIED);
    VaultId(id)
}

impl World {
    fn carry(&mut self, key: ItemKey, size: usize) {
        self.save(key, size);
        self.outbox.get_mut(&key).unwrap().vault = theirs();
    }

    /// A round, and what it asked for: `d` delivers what was saved here, `c` what is carried, `m` both in one parcel, `p` a
    /// page, `r` reports, `x` pictures.
    fn course(&mut self, budget: Budget) -> (String, RoundOutcome) {
        let start =
            Start { posts: self.posts.clone(), parcel_size: self.size, quiet_until: self.quiet_until };
        let (mut round, mut course) = (Round::begin(start, budget, self.now), String::new());
        loop {
            let step = round.next(self.now);
            match &step {
                Step::Done(outcome) => return (course, *outcome),
                Step::Deliver { items, .. } => {
                    let carried = items.iter().filter(|key| is_carried(self.outbox[key].vault)).count();
                    let all = carried == items.len();
                    course.push(if all {
                        'c'
                    } else if carried == 0 {
                        'd'
                    } else {
                        'm'
                    });
                }
                Step::Collect { .. } => course.push('p'),
                Step::Report(_) => course.push('r'),
                Step::PutChunks { .. } => course.push('x'),
                _ => {}
            }
            let all = self.outbox.keys().copied().map(digest).collect();
            let answer = self.answer(step);
            for deed in round.heard(answer, self.now) {
                self.carry_out(deed, &all);
            }
        }
    }
}

#[test]
fn what_is_carried_for_others_goes_after_collecting_and_reporting_in_parcels_of_its_own() {
    let mut world = World::new();
    (1..=3).for_each(|number| world.carry(entry(number), 900));
    (4..=6).for_each(|number| world.save(entry(number), 900));
    (world.server.pages, world.size) = (2, Some(64 * 1024));
    world.picture(1);
    let (course, outcome) = world.course(Budget::PAGE);
    assert_eq!((course.as_str(), outcome.delivered), ("dpprcx", 6));
    assert!(world.outbox.is_empty() && world.due.is_empty());
}

#[test]
fn however_much_is_carried_collecting_and_orders_do_not_wait_for_it() {
    let mut world = World::new();
    (1..=200).for_each(|number| world.carry(entry(number), 40_000));
    world.save(entry(201), 900);
    (world.server.pages, world.takes) = (3, 9_000);
    let (course, outcome) = world.course(Budget::WORKER);
    assert!(course.starts_with("dpppr") && outcome.collected_pages == 3, "{course}");
    // Once there is nothing to be collected any more, it goes within each round's time.
    for _ in 0..100 {
        world.now += 60_000;
        world.course(Budget::WORKER);
    }
    assert!(world.outbox.is_empty(), "{}", world.outbox.len());
}

#[test]
fn a_dead_line_is_not_asked_again_for_others() {
    let mut world = World::new();
    world.carry(entry(1), 900);
    world.save(entry(2), 900);
    world.luck = vec![Luck::Before(Trouble::NoAnswer); 9];
    let (course, outcome) = world.course(Budget::PAGE);
    assert_eq!((course.as_str(), outcome.trouble), ("dp", Some(Trouble::NoAnswer)));
    world.luck.clear();
    assert_eq!(world.course(Budget::PAGE).0, "dprc");
}

#[test]
fn a_server_that_turns_out_to_be_restored_is_given_what_was_saved_here_first() {
    let mut world = World::new();
    world.save(entry(1), 900);
    world.round(Budget::PAGE);
    world.restore(2);
    world.carry(entry(20), 900);
    // Nobody is signed in and no order is heard: the parcel with what is carried brings the news.
    world.posts[0].signed_in_at = 0;
    world.luck = vec![Luck::Before(Trouble::ServerUnavailable)];
    let (course, _) = world.course(Budget::PAGE);
    assert_eq!((course.as_str(), world.outbox.len()), ("rcdr", 0));
    assert!(world.server.entered.values().all(|came| *came == 1) && world.server.entered.len() == 2);
}

#[test]
fn carried_work_that_nobody_brought_the_capsule_of_is_refused_and_one_s_own_never() {
    let mut world = World::new();
    world.carry(entry(1), 900);
    world.save(entry(2), 900);
    for number in [1, 2] {
        world.server.verdicts.insert(digest(entry(number)), Verdict::CapsuleMissing);
    }
    let outcome = world.round(Budget::PAGE);
    assert_eq!(outcome.refused, 1);
    let state = |world: &World, number| world.outbox[&entry(number)].state;
    assert_eq!((state(&world, 1), state(&world, 2)), (State::Refused, State::Waiting));
    let parcels = world.parcels.len();
    world.course(Budget::PAGE);
    assert!(world.parcels[parcels..].iter().all(|(items, _)| *items == [entry(2)]));
    // It may come by another way: it is tried again after a while.
    world.server.verdicts.clear();
    world.now += REFUSED_PAUSE + 60_000;
    world.round(Budget::PAGE);
    assert!(world.outbox.is_empty());
}

#[test]
fn no_parcel_holds_one_s_own_and_carried_work() {
    let item = |number, vault| Item::saved(entry(number), vault, 10, vec![], u64::from(number));
    let mixed = [item(1, VAULT), item(2, VAULT), item(3, theirs()), item(4, VAULT), item(5, theirs())];
    let filled = |due: &[Item]| -> Vec<ItemKey> {
        fill(due, &[], 1_000, &BTreeSet::new()).items.iter().map(|item| item.key).collect()
    };
    assert_eq!(filled(&mixed), [entry(1), entry(2)]);
    assert_eq!(filled(&mixed[2..]), [entry(3)]);
}
