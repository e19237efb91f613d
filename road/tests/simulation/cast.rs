//! Who works where, and with which device.

use crate::chance::{Chance, scatter};
use domain::{Place, Role, Standing, UserId};

/// Devices of the world.
pub const DEVICES: usize = 20;
/// Codes of its organisations.
pub const ORGANISATIONS: [&str; 3] = ["acnur", "hias", "nrc"];

/// An id of sixteen bytes from a number: unlike neighbours, and the same in every run.
pub fn id(tag: u8, number: u64) -> [u8; 16] {
    let mut id = [tag; 16];
    id[..8].copy_from_slice(&scatter(number.wrapping_mul(251) ^ u64::from(tag)).to_be_bytes());
    id[8..].copy_from_slice(&number.to_be_bytes());
    id[8] = tag;
    id
}

/// What somebody may do, as the office has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    pub role: Role,
    /// Place in [`ORGANISATIONS`].
    pub organisation: usize,
    pub disabled: bool,
}

impl Duty {
    pub fn standing(self, user: usize) -> Standing {
        let organisation = ORGANISATIONS[self.organisation].to_owned();
        let place =
            Place { operation: "pa".into(), organisation, site: "meteti".into(), team: String::new() };
        Standing { user: user_id(user), role: self.role, place }
    }
}

/// One user on one device.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub user: usize,
    pub device: usize,
}

pub struct Cast {
    pub duties: Vec<Duty>,
    pub members: Vec<Member>,
    /// Members by device.
    pub of_device: Vec<Vec<usize>>,
}

pub fn user_id(user: usize) -> UserId {
    UserId(id(b'u', user as u64))
}

impl Cast {
    /// Fifteen people with a tablet of their own, four tablets that three share each, and one that the first uses as well.
    pub fn draw(chance: &mut Chance) -> Self {
        let mut members: Vec<Member> = (0..15).map(|at| Member { user: at, device: at }).collect();
        members.extend((0..12).map(|at| Member { user: 15 + at, device: 15 + at / 3 }));
        members.extend([Member { user: 0, device: 19 }, Member { user: 1, device: 18 }]);
        let roles = [
            Role::Caseworker,
            Role::Caseworker,
            Role::Caseworker,
            Role::Counsellor,
            Role::Counsellor,
            Role::Supervisor,
        ];
        let duty = |_| Duty {
            role: *chance.pick(&roles),
            organisation: chance.index(3).min(chance.index(3)),
            disabled: false,
        };
        let duties = (0..27).map(duty).collect();
        let mut of_device = vec![Vec::new(); DEVICES];
        for (at, member) in members.iter().enumerate() {
            of_device[member.device].push(at);
        }
        Self { duties, members, of_device }
    }
}
