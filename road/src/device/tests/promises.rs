//! What a round promises, told one by one.

use super::*;
use crate::device::{
    KEEP, LARGEST_PARCEL, REFUSED_PAUSE, SMALLEST_PARCEL, State, UNDATED, due, report, settle,
};
use domain::DraftId;

const TROUBLES: [Trouble; 5] = [
    Trouble::NoAnswer,
    Trouble::NotSignedIn,
    Trouble::DepositRefused,
    Trouble::WrongSignature,
    Trouble::ServerUnavailable,
];

#[test]
fn no_trouble_removes_anything() {
    for trouble in TROUBLES.into_iter().chain([Trouble::Refused, Trouble::TooMany(60), Trouble::Full]) {
        let mut world = World::with(20, 900);
        world.luck = vec![Luck::Before(trouble); 50];
        world.round(Budget::NOW);
        assert_eq!((world.outbox.len(), world.sent.len()), (20, 0), "{trouble:?}");
        world.luck.clear();
        world.quiet_until = 0;
        let outcome = world.round(Budget::NOW);
        assert_eq!((outcome.delivered, outcome.trouble, world.outbox.len()), (20, None, 0), "{trouble:?}");
        assert!(world.server.entered.values().all(|came| *came == 1), "{trouble:?}");
    }
}

#[test]
fn a_line_that_fails_at_any_point_is_gone_on_with_and_nothing_arrives_twice() {
    let whole = |world: &mut World| {
        for number in 1..=3 {
            world.picture(number);
        }
        world.server.pages = 3;
    };
    let mut undisturbed = World::with(12, 3_000);
    whole(&mut undisturbed);
    undisturbed.round(Budget::PAGE);
    assert!(undisturbed.requests > 8 && undisturbed.outbox.is_empty() && undisturbed.due.is_empty());
    for at in 0..undisturbed.requests {
        for luck in [Luck::Before(Trouble::NoAnswer), Luck::After, Luck::Forged] {
            let mut world = World::with(12, 3_000);
            whole(&mut world);
            world.luck = vec![Luck::Fine; at];
            world.luck.push(luck);
            world.round(Budget::PAGE);
            world.nothing_is_lost((1..=12).map(entry));
            let outcome = world.round(Budget::PAGE);
            assert_eq!((outcome.trouble, world.outbox.len(), world.due.len()), (None, 0, 0), "{at} {luck:?}");
            assert_eq!((world.sent.len(), world.server.entered.len()), (12, 12));
            assert_eq!(world.inbox, 3);
        }
    }
}

#[test]
fn a_page_killed_after_any_step_leaves_nothing_lost() {
    for steps in 1..60 {
        let mut world = World::with(10, 3_000);
        world.picture(1);
        world.server.pages = 2;
        if world.cut_round(Budget::PAGE, steps).is_none() {
            world.nothing_is_lost((1..=10).map(entry));
            assert!(world.round(Budget::PAGE).trouble.is_none());
        }
        assert!(world.outbox.is_empty() && world.due.is_empty());
        assert_eq!(world.server.entered.len(), 10);
    }
}

#[test]
fn after_a_restore_everything_goes_out_again_once_and_what_the_device_knows_nothing_of_is_collected_anew() {
    let mut world = World::with(40, 900);
    world.server.verdicts.insert(digest(entry(7)), Verdict::Parked);
    for number in 1..=3 {
        world.picture(number);
    }
    world.server.pages = 3;
    world.round(Budget::PAGE);
    assert_eq!((world.outbox.len(), world.sent.len(), world.inbox), (1, 39, 3));
    assert_eq!(world.outbox[&entry(7)].state, State::Parked);
    world.restore(2);
    world.server.verdicts.clear();
    world.save(entry(50), 900);
    world.parcels.clear();
    let outcome = world.round(Budget::PAGE);
    assert_eq!((outcome.trouble, world.outbox.len(), world.sent.len()), (None, 0, 41));
    assert_eq!((world.due.len(), world.server.chunks.len()), (0, 3));
    assert!(world.server.entered.values().all(|came| *came == 1), "each once");
    assert_eq!(world.inbox, 6, "collected from the beginning");
    assert!(world.sent.values().all(|item| item.epoch == [2; 16]));
    world.parcels.clear();
    world.round(Budget::PAGE);
    assert!(world.parcels.is_empty());
}

#[test]
fn a_restore_that_only_collecting_hears_of_sends_everything_again_too() {
    let mut world = World::with(10, 900);
    world.round(Budget::PAGE);
    world.restore(2);
    world.round(Budget::PAGE);
    assert_eq!((world.outbox.len(), world.server.entered.len()), (0, 10));
}

#[test]
fn an_idle_device_on_which_nobody_is_signed_in_hears_of_a_restore_all_the_same() {
    let mut world = World::with(10, 900);
    world.round(Budget::PAGE);
    world.restore(2);
    world.posts[0].signed_in_at = 0;
    let outcome = world.round(Budget::PAGE);
    assert_eq!((outcome.delivered, world.outbox.len(), world.server.entered.len()), (10, 0, 10));
    assert_eq!(world.round(Budget::PAGE).delivered, 0);
}

#[test]
fn servers_that_take_turns_behind_one_address_do_not_keep_a_round_going() {
    let mut world = World::with(3, 900);
    let mut asked = 0;
    let mut round = Round::begin(
        Start { posts: world.posts.clone(), ..Start::default() },
        Budget { ms: u64::MAX, ..Budget::NOW },
        world.now,
    );
    loop {
        let step = round.next(world.now);
        if matches!(step, Step::Done(_)) {
            break;
        }
        asked += 1;
        assert!(asked < 200, "no end");
        world.server.epoch = [u8::try_from(asked % 2).unwrap() + 1; 16];
        let answer = world.answer(step);
        let all = (1..=3).map(entry).map(digest).collect();
        for deed in round.heard(answer, world.now) {
            world.carry_out(deed, &all);
        }
    }
    world.nothing_is_lost((1..=3).map(entry));
}

#[test]
fn a_capsule_that_is_missing_is_sent_once_more_in_the_same_round_and_not_for_ever() {
    let mut world = World::with(3, 900);
    world.round(Budget::PAGE);
    world.server.capsules.clear();
    world.save(entry(4), 900);
    world.parcels.clear();
    let outcome = world.round(Budget::PAGE);
    assert_eq!((world.parcels.len(), outcome.delivered, world.outbox.len()), (2, 1, 0));
    // A server that never finds it.
    world.save(entry(5), 900);
    world.server.verdicts.insert(digest(entry(5)), Verdict::CapsuleMissing);
    world.parcels.clear();
    world.round(Budget::PAGE);
    assert_eq!((world.parcels.len(), world.outbox.len()), (2, 1));
}

#[test]
fn what_a_parcel_is_refused_for_is_found_and_the_rest_arrives() {
    let mut world = World::with(9, 500);
    let poisoned = entry(5);
    let mut refused = 0;
    let start = Start { posts: world.posts.clone(), ..Start::default() };
    let mut round = Round::begin(start, Budget::PAGE, world.now);
    loop {
        let step = round.next(world.now);
        let answer = match &step {
            Step::Done(outcome) => {
                assert_eq!((outcome.delivered, outcome.refused), (8, 1));
                break;
            }
            Step::Deliver { items, .. } if items.contains(&poisoned) => {
                refused += 1;
                Answer::Trouble(Trouble::Refused)
            }
            _ => world.answer(step),
        };
        let all = (1..=9).map(entry).filter(|key| *key != poisoned).map(digest).collect();
        for deed in round.heard(answer, world.now) {
            world.carry_out(deed, &all);
        }
    }
    assert_eq!(refused, 2, "with the others, and alone");
    assert_eq!((world.outbox.len(), world.outbox[&poisoned].state), (1, State::Refused));
}

#[test]
fn what_the_server_stumbles_over_keeps_nothing_else_back() {
    let mut world = World::with(30, 900);
    world.picture(1);
    world.server.poison.extend([digest(entry(3)), digest(entry(17))]);
    // One suspect is found in three rounds, and every envelope before it in its parcel may be suspected first.
    for _ in 0..100 {
        world.round(Budget::PAGE);
        world.now += 60_000;
    }
    assert_eq!(world.outbox.keys().copied().collect::<Vec<_>>(), [entry(3), entry(17)]);
    assert!(world.due.is_empty(), "nor a picture");
    world.save(entry(60), 900);
    world.round(Budget::PAGE);
    assert!(world.sent.contains_key(&entry(60)), "nor what is saved later");
    world.server.poison.clear();
    world.round(Budget::PAGE);
    assert!(world.outbox.is_empty());
}

#[test]
fn another_token_is_tried_where_one_is_not_known() {
    let mut world = World::with(2, 900);
    world.posts.push(post(VaultId([2; 16])));
    world.luck = vec![Luck::Before(Trouble::DepositRefused)];
    assert_eq!(world.round(Budget::PAGE).delivered, 2);
    world.save(entry(3), 900);
    world.luck = vec![Luck::Before(Trouble::DepositRefused); 2];
    let outcome = world.round(Budget::PAGE);
    assert_eq!((outcome.delivered, outcome.trouble), (0, Some(Trouble::DepositRefused)));
}

#[test]
fn a_slow_line_gets_smaller_parcels_and_a_quick_one_larger() {
    let mut world = World::with(60, 1_000);
    world.takes = 12_000;
    world.luck = vec![Luck::Before(Trouble::NoAnswer); 3];
    world.round(Budget::PAGE);
    assert_eq!(world.size, Some(SMALLEST_PARCEL as u64));
    world.takes = 200;
    world.luck.clear();
    world.round(Budget::PAGE);
    assert_eq!(world.size, Some(LARGEST_PARCEL as u64));
    assert!(world.outbox.is_empty());
}

#[test]
fn who_was_asked_too_often_is_left_alone_but_for_who_presses_send_now() {
    let mut world = World::with(1, 900);
    world.luck = vec![Luck::Before(Trouble::TooMany(u32::MAX))];
    assert_eq!(world.round(Budget::NOW).trouble, Some(Trouble::TooMany(u32::MAX)));
    let requests = world.requests;
    let outcome = world.round(Budget::PAGE);
    assert!(matches!(outcome.trouble, Some(Trouble::TooMany(1..=300))), "{outcome:?}");
    assert_eq!(world.requests, requests);
    // The clock is put back: nobody waits for years.
    world.now -= 86_400_000;
    assert_eq!(world.round(Budget::PAGE).delivered, 1);
}

#[test]
fn a_receipt_counts_only_for_the_bytes_it_names_and_from_the_server_that_is_believed() {
    let (now, epoch) = (10, [3; 16]);
    let item = |number| Item::saved(entry(number), VAULT, 900, vec![1], 5);
    let tried = [(item(1), [1; 16]), (item(2), [2; 16])];
    let receipts = [Receipt { envelope: [1; 16], verdict: Verdict::Accepted, reason: String::new() }];
    let settled = settle(&tried, &receipts, epoch, &[], (now, Some(7)));
    let [(key, Fate::Shelved(shelved))] = settled.fates.as_slice() else { panic!("{settled:?}") };
    assert_eq!((*key, shelved.settled_at, shelved.last_try), (entry(1), 7, 10));
    let own = [post(VAULT), Post { server: Some([6; 32]), root: Some(vec![8]), ..post(VaultId([2; 16])) }];
    assert!(Post::is_believed(&own, &SIGNER, VAULT));
    assert!(!Post::is_believed(&own, &[6; 32], VAULT));
    assert!(Post::is_believed(&own, &[6; 32], VaultId([4; 16])), "of a vault that is no more");
}

#[test]
fn a_draft_goes_without_a_shelf_and_what_is_carried_for_others_troubles_nobody_here() {
    let draft = Item::saved(ItemKey::of_draft(DraftId([1; 16])), VAULT, 1, vec![], 1);
    let theirs = VaultId(*b"carried\0........");
    let carried = Item::saved(entry(1), theirs, 1, vec![], 0);
    let own = Item::saved(entry(2), VAULT, 1, vec![], 9);
    let order: Vec<ItemKey> =
        due(vec![carried.clone(), draft.clone(), own.clone()], false, 10).iter().map(|it| it.key).collect();
    assert_eq!(order, [own.key, draft.key, carried.key]);
    let said = |envelope| Receipt { envelope, verdict: Verdict::Parked, reason: "role_lost".into() };
    let tried = [(draft, [1; 16]), (carried, [2; 16]), (own, [3; 16])];
    let settled = settle(&tried, &[said([1; 16]), said([2; 16]), said([3; 16])], [1; 16], &[], (9, None));
    let states: Vec<&Fate> = settled.fates.iter().map(|(_, fate)| fate).collect();
    assert!(matches!(states[0], Fate::Gone));
    assert!(matches!(states[1], Fate::Shelved(item) if item.state == State::Waiting));
    assert!(matches!(states[2], Fate::Stays(item) if item.state == State::Parked));
    assert_eq!((settled.delivered, settled.parked), (3, 1));
}

#[test]
fn a_clock_that_jumps_keeps_nothing_back_and_forgets_nothing_early() {
    let day = 86_400_000;
    let mut waits = Item::saved(entry(1), VAULT, 1, vec![], 0);
    // Put off while the clock was ten years ahead.
    waits.not_before = 3_650 * day + 60_000;
    assert_eq!(due(vec![waits.clone()], false, day).len(), 1);
    waits.not_before = day + 60_000;
    assert!(due(vec![waits.clone()], false, day).is_empty());
    waits.not_before = 0;
    (waits.state, waits.last_try) = (State::Refused, day);
    assert!(due(vec![waits.clone()], false, day + REFUSED_PAUSE).is_empty());
    assert_eq!(due(vec![waits.clone()], false, day - 1).len(), 1, "tried in the future");
    // The shelf goes by the server's clock.
    let shelved = Item { settled_at: 100 * day, ..Item::saved(entry(1), VAULT, 1, vec![1], 0) };
    let forgotten = |item: &Item, at| forget(core::slice::from_ref(item), &[], &[], (3_650 * day, at));
    let at = |at| forgotten(&shelved, at).sent.len();
    assert_eq!((at(Some(100 * day)), at(Some(100 * day + KEEP)), at(Some(100 * day + KEEP + 1))), (0, 0, 1));
    assert_eq!((at(None), at(Some(0))), (0, 0), "not known");
    let undated = Item { settled_at: UNDATED, ..shelved.clone() };
    assert_eq!(forgotten(&undated, Some(4_000 * day)).sent, []);
    assert_eq!(report(&[waits], VAULT, 0).oldest_hours, 0);
}
