//! The steps of a referral against an expectation that people wrote down: `referral_steps.csv`, every combination of
//! state, step, side and role.

use domain::Role;
use domain::service::referral::{Parties, Party, Status, StepFault, allowed, judge_step};
use std::collections::BTreeMap;

struct Wanted {
    steps: BTreeMap<(Status, Status), Party>,
    roles: BTreeMap<(Role, bool), bool>,
}

fn wanted() -> Wanted {
    let lines = include_str!("referral_steps.csv").lines().filter(|line| !line.starts_with('#'));
    let (mut steps, mut roles, mut columns) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut named = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        match cells.as_slice() {
            ["from", codes @ ..] => {
                columns = codes.iter().map(|code| Status::from_code(code).unwrap()).collect()
            }
            ["role", ..] => {}
            [role, sender, receiver] => {
                let role = Role::ALL.into_iter().find(|known| known.key() == *role).expect(line);
                roles.insert((role, true), *sender == "yes");
                roles.insert((role, false), *receiver == "yes");
            }
            [from, marks @ ..] => {
                let from = Status::from_code(from).expect(line);
                named += 1;
                assert_eq!(marks.len(), Status::ALL.len(), "{line}");
                for (to, mark) in columns.iter().zip(marks) {
                    let party = match *mark {
                        "s" => Party::Sender,
                        "r" => Party::Receiver,
                        "-" => continue,
                        other => panic!("what is {other}?"),
                    };
                    steps.insert((from, *to), party);
                }
            }
            _ => panic!("{line}"),
        }
    }
    assert_eq!((columns.len(), named), (Status::ALL.len(), Status::ALL.len()), "no state is left out");
    assert_eq!(roles.len(), Role::ALL.len() * 2, "no role is left out");
    Wanted { steps, roles }
}

#[test]
fn who_may_take_which_step_is_as_written_down_for_every_state_step_side_and_role() {
    let wanted = wanted();
    let (mut taken, mut refused) = (0, 0);
    for from in Status::ALL {
        for role in Role::ALL {
            for parties in [(false, false), (true, false), (false, true), (true, true)] {
                let parties = Parties { sender: parties.0, receiver: parties.1 };
                let may = |to| {
                    wanted.steps.get(&(from, to)).is_some_and(|party| {
                        let is_sender = *party == Party::Sender;
                        parties.has(*party) && wanted.roles[&(role, is_sender)]
                    })
                };
                let offered: Vec<Status> = Status::ALL.into_iter().filter(|to| may(*to)).collect();
                let mut told = allowed(from, parties, role);
                told.sort();
                assert_eq!(told, offered, "{from:?} {role:?} {parties:?}");
                for to in Status::ALL {
                    let judged = judge_step(from, to, parties, role);
                    assert_eq!(judged.is_ok(), may(to), "{from:?} to {to:?} by {role:?} as {parties:?}");
                    match judged {
                        Ok(()) => taken += 1,
                        Err(fault) => {
                            refused += 1;
                            let is_step = wanted.steps.contains_key(&(from, to));
                            assert_eq!(matches!(fault, StepFault::NotFromHere { .. }), !is_step);
                            if let StepFault::NotFromHere { allowed, .. } = fault {
                                let mut named = allowed;
                                named.sort();
                                assert_eq!(named, offered, "the fault names what is allowed");
                            }
                        }
                    }
                }
            }
        }
    }
    // Seven senders' steps by five roles and fourteen receivers' by five, on the side alone and on both.
    assert_eq!((taken, refused), (21 * 5 * 2, 10 * 10 * 10 * 4 - 21 * 5 * 2));
}

#[test]
fn what_is_over_stays_over_and_everything_else_can_come_to_an_end() {
    let both = Parties { sender: true, receiver: true };
    for status in Status::ALL {
        assert_eq!(allowed(status, both, Role::Counsellor).is_empty(), status.is_final(), "{status:?}");
    }
}
