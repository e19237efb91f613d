//! What holds for every sequence of answers.

use super::*;
use crate::device::fill;
use proptest::prelude::*;

fn any_luck() -> impl Strategy<Value = Luck> {
    let trouble = prop_oneof![
        Just(Trouble::NoAnswer),
        Just(Trouble::NotSignedIn),
        Just(Trouble::DepositRefused),
        Just(Trouble::WrongSignature),
        Just(Trouble::ServerUnavailable),
        Just(Trouble::Refused),
        (0_u32..2_000).prop_map(Trouble::TooMany),
    ];
    prop_oneof![
        4 => Just(Luck::Fine),
        2 => trouble.prop_map(Luck::Before),
        2 => Just(Luck::After),
        1 => Just(Luck::Forged),
    ]
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    (0_u8..10).prop_map(Verdict::from_code)
}

/// An answer of any kind, fitting or not.
fn any_answer() -> impl Strategy<Value = Answer> {
    let item = (any::<u8>(), 0_usize..90_000, 0_u8..5, any::<bool>());
    let items = proptest::collection::vec(item, 0..6).prop_map(|items| {
        let made = |(number, size, state, is_old): (u8, usize, u8, bool)| {
            let epoch = if is_old { vec![1; 16] } else { vec![] };
            let fresh = Item::saved(entry(number), VAULT, size, vec![1], 5);
            Item { state: crate::device::State::from_code(state), epoch, ..fresh }
        };
        Answer::Outbox(items.into_iter().map(made).collect(), vec![])
    });
    let receipts = (proptest::collection::vec((any::<u8>(), any_verdict()), 0..6), 0_u8..4, any::<bool>())
        .prop_map(|(said, epoch, is_ours)| {
            Answer::Receipts(Receipts {
                signer: if is_ours { SIGNER } else { [0; 32] },
                epoch: [epoch; 16],
                digests: said.iter().map(|(number, _)| digest(entry(*number))).collect(),
                items: said
                    .into_iter()
                    .map(|(number, verdict)| Receipt {
                        envelope: digest(entry(number)),
                        verdict,
                        reason: String::new(),
                    })
                    .collect(),
                has_checkpoint: true,
                at: None,
            })
        });
    let page = (0_usize..2, any::<bool>(), 0_u8..3, any::<u8>()).prop_map(|(page, more, epoch, cursor)| {
        Answer::Page(Collected {
            page,
            cursor: vec![cursor],
            more,
            epoch: vec![epoch; 16],
            signer: SIGNER.to_vec(),
        })
    });
    let chunks = proptest::collection::vec(any::<u8>(), 0..4).prop_map(|numbers| {
        let due = |number| DueChunk {
            address: Address([number; 32]),
            vault: VAULT,
            at: 0,
            file: vec![number],
            index: 0,
            not_before: 0,
        };
        Answer::Chunks(numbers.into_iter().map(due).collect())
    });
    let holdings = (proptest::collection::vec(any::<u8>(), 0..4), 0_u8..3, any::<bool>()).prop_map(
        |(numbers, epoch, held)| {
            let said = if held { Holding::Held } else { Holding::Lacking };
            let items = numbers.into_iter().map(|number| (Address([number; 32]), said)).collect();
            Answer::Holdings(Holdings { signer: SIGNER, epoch: [epoch; 16], items })
        },
    );
    prop_oneof![
        items,
        (0_u8..4).prop_map(|epoch| Answer::Posts(vec![Post { epoch: vec![epoch; 16], ..post(VAULT) }])),
        receipts,
        page,
        chunks,
        holdings,
        any::<bool>().prop_map(|any| Answer::Keys(any.then(|| vec![post(VAULT)]))),
        (0_usize..1_100).prop_map(Answer::Pages),
        prop_oneof![Just(Taken::Done), Just(Taken::Overtaken), Just(Taken::Full)].prop_map(Answer::Taken),
        Just(Answer::Unsigned),
        Just(Answer::Checkpoint(None)),
        proptest::option::of(0_usize..60_000).prop_map(Answer::Chunk),
        Just(Answer::Tidied),
        Just(Answer::Trouble(Trouble::NoAnswer)),
        Just(Answer::Trouble(Trouble::Refused)),
        Just(Answer::Trouble(Trouble::TooMany(5))),
    ]
}

/// Whether an answer is one that a step may be given.
fn fits(step: &Step, answer: &Answer) -> bool {
    matches!(
        (step, answer),
        (Step::Outbox, Answer::Outbox(..))
            | (Step::Posts, Answer::Posts(_))
            | (Step::Deliver { .. }, Answer::Receipts(_) | Answer::Trouble(_))
            | (Step::Keys, Answer::Keys(_) | Answer::Trouble(_))
            | (Step::Pages(_), Answer::Pages(_))
            | (Step::Collect { .. }, Answer::Page(_) | Answer::Trouble(_))
            | (Step::TakePage { .. }, Answer::Taken(_))
            | (Step::Report(_) | Step::HearAgain(_), Answer::Unsigned | Answer::Trouble(_))
            | (Step::Echo { .. }, Answer::Checkpoint(_) | Answer::Trouble(_))
            | (Step::Chunks, Answer::Chunks(_))
            | (Step::Look(_), Answer::Chunk(_))
            | (Step::AskChunks { .. } | Step::PutChunks { .. }, Answer::Holdings(_) | Answer::Trouble(_))
            | (Step::Tidy(_), Answer::Tidied)
    )
}

proptest! {
    #[test]
    fn whatever_the_line_does_nothing_is_lost_and_with_health_all_arrives_once(
        luck in proptest::collection::vec(any_luck(), 0..40),
        sizes in proptest::collection::vec(200_usize..40_000, 1..25),
        takes in 1_u64..20_000,
        restored in proptest::collection::vec(any::<bool>(), 0..4),
        pictures in 0_u8..4,
    ) {
        let mut world = World::new();
        let mut saved = Vec::new();
        for (number, size) in sizes.iter().enumerate() {
            saved.push(entry(u8::try_from(number).unwrap()));
            world.save(saved[number], *size);
        }
        (1..=pictures).for_each(|number| world.picture(number));
        world.luck = luck;
        world.takes = takes;
        for (number, restored) in restored.into_iter().enumerate() {
            world.round(Budget::PAGE);
            world.nothing_is_lost(saved.iter().copied());
            world.now += 3_600_000;
            if restored {
                world.restore(u8::try_from(number).unwrap() + 2);
            }
        }
        world.luck.clear();
        world.takes = 50;
        for _ in 0..12 {
            world.now += 60_000;
            world.round(Budget::NOW);
        }
        prop_assert!(world.outbox.is_empty(), "{:?}", world.outbox.values().next());
        prop_assert!(world.due.is_empty());
        let health = world.server.entered.len();
        prop_assert_eq!(health, saved.len());
    }

    #[test]
    fn any_answers_end_a_round(
        mut answers in proptest::collection::vec((any_answer(), 300_u64..5_000), 1..400),
        everything in any::<bool>(),
    ) {
        let mut now = 1_800_000_000_000;
        let start = Start { posts: vec![post(VAULT), post(VaultId([2; 16]))], ..Start::default() };
        let mut round = Round::begin(start, Budget { everything, ..Budget::PAGE }, now);
        let (mut steps, mut at) = (0, 0);
        loop {
            let step = round.next(now);
            if matches!(step, Step::Done(_)) {
                break;
            }
            steps += 1;
            prop_assert!(steps < 2_000, "no end at {:?}", step);
            // The next that fits, from where the last one lay; where none does, the kind the round can do least with.
            let found = (0..answers.len()).map(|off| (at + off) % answers.len());
            let found = found.into_iter().find(|place| fits(&step, &answers[*place].0));
            let answer = match found {
                Some(place) => {
                    at = place + 1;
                    now += answers[place].1;
                    answers[place].0.clone()
                }
                None => match step {
                    Step::Outbox => Answer::Outbox(vec![], vec![]),
                    Step::Posts => Answer::Posts(vec![post(VAULT)]),
                    Step::Pages(_) => Answer::Pages(0),
                    Step::TakePage { .. } => Answer::Taken(Taken::Overtaken),
                    Step::Chunks => Answer::Chunks(vec![]),
                    Step::Look(_) => Answer::Chunk(None),
                    Step::Tidy(_) => Answer::Tidied,
                    _ => Answer::Trouble(Trouble::ServerUnavailable),
                },
            };
            now += 300;
            for deed in round.heard(answer.clone(), now) {
                let Deed::Items { fates, .. } = deed else { continue };
                for (key, fate) in fates {
                    let leaves = match fate {
                        Fate::Gone | Fate::Shelved(_) => true,
                        Fate::Stays(item) => item.is_delivered(),
                    };
                    if leaves {
                        let Answer::Receipts(receipts) = &answer else {
                            panic!("{key:?} left without a receipt");
                        };
                        prop_assert_eq!(receipts.signer, SIGNER);
                        let acked = |it: &Receipt| {
                            it.verdict.is_acknowledgement() && receipts.digests.contains(&it.envelope)
                        };
                        prop_assert!(receipts.items.iter().any(acked));
                    }
                }
            }
            answers.rotate_left(1);
        }
    }

    #[test]
    fn a_parcel_is_never_larger_than_allowed_unless_it_holds_one_and_keeps_the_order(
        sizes in proptest::collection::vec(1_usize..50_000, 1..60),
        size in 2_048_usize..65_536,
        lonely in proptest::collection::btree_set(0_u8..60, 0..4),
    ) {
        let items: Vec<Item> = sizes.iter().enumerate().map(|(number, size)| {
            Item::saved(entry(u8::try_from(number).unwrap()), VAULT, *size, vec![1], number as u64)
        }).collect();
        let capsules = [Capsule { key: vec![1], size: 1_120, held: false, made_at: 0 }];
        let alone: BTreeSet<ItemKey> = lonely.into_iter().map(entry).collect();
        let filled = fill(&items, &capsules, size, &alone);
        let weight = 1_120 + filled.items.iter().map(|item| item.size).sum::<usize>();
        prop_assert!(!filled.items.is_empty());
        prop_assert!(filled.items.len() == 1 || weight <= size);
        prop_assert_eq!(&filled.items[..], &items[..filled.items.len()]);
        prop_assert_eq!(filled.capsules.len(), 1);
        prop_assert!(filled.items.len() == 1 || filled.items.iter().all(|item| !alone.contains(&item.key)));
    }
}
