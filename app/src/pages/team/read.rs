//! The board as the page shows it: numbers, and the rows behind each.

use crate::forms::Forms;
use crate::pages::work::{Held, Line, What};
use crate::tables::Tables;
use domain::service::Status;
use domain::service::board::{Side, Tally, team};
use store::{StoreError, Vault};

/// A list: what it asks, its rows, and how many there are more.
#[derive(Clone, PartialEq)]
pub struct List {
    pub what: What,
    pub lines: Vec<Line>,
    pub more: u64,
}

impl List {
    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.lines.len() as u64 + self.more
    }
}

/// An institution and desk that waits, or is waited for.
#[derive(Clone, PartialEq)]
pub struct Wait {
    pub side: Side,
    pub institution: String,
    pub desk: String,
    pub late: u64,
    pub oldest: i64,
    pub list: List,
}

/// A colleague with follow-ups that are due.
#[derive(Clone, PartialEq)]
pub struct Due {
    /// Their name; `None` where this device does not know it.
    pub name: Option<String>,
    pub first: i64,
    pub list: List,
}

/// Help given twice.
#[derive(Clone, PartialEq)]
pub struct Double {
    pub first: Line,
    pub second: Line,
    pub person: String,
    pub days: u64,
}

/// The board.
#[derive(Clone, PartialEq)]
pub struct Board {
    pub collected_at: Option<u64>,
    pub today: Tally,
    pub week: Tally,
    pub waiting: Vec<Wait>,
    pub follow_ups: Vec<Due>,
    pub needs: List,
    pub unacknowledged: List,
    pub doubled: Vec<Double>,
    pub states: Vec<(Status, [u64; 2])>,
    /// Of which no more is told than that they are there.
    pub reserved: u64,
}

/// Most double deliveries shown.
const DOUBLES: usize = 40;

impl Board {
    /// Puts it together from everything that lies here.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(vault: &Vault, tables: Tables, forms: Forms) -> Result<Board, StoreError> {
        let held = Held::read(vault, tables).await?;
        let board = held.look(forms, |view| team(&held.briefs, view));
        let list = |places: &[usize], what: What| {
            let (lines, more) = Line::of(&held, forms, vault, places, what);
            List { what, lines, more }
        };
        let waiting = board.waiting.into_iter().map(|it| Wait {
            list: list(&it.referrals, if it.side == Side::WeWait { What::Sent } else { What::Received }),
            side: it.side,
            institution: it.institution,
            desk: it.desk,
            late: it.late as u64,
            oldest: it.oldest,
        });
        let due =
            |place: Option<&usize>| place.and_then(|place| held.briefs.get(*place)).map_or(0, |it| it.due);
        let follow_ups = board.follow_ups.into_iter().map(|it| Due {
            name: it.user.and_then(|user| vault.author_name(user)),
            first: due(it.follow_ups.first()),
            list: list(&it.follow_ups, What::FollowUp),
        });
        let doubled = board.doubled.iter().take(DOUBLES).filter_map(|it| {
            let (mut lines, _) = Line::of(&held, forms, vault, &[it.first, it.second], What::Look);
            let (second, first) = (lines.pop()?, lines.pop()?);
            let person = vault.faces(&[it.person]).remove(&it.person).map(|hit| hit.name).unwrap_or_default();
            Some(Double { first, second, person, days: u64::try_from(it.days).unwrap_or(0) })
        });
        let withdrawn: Vec<usize> = board.unacknowledged.iter().map(|(_, place)| *place).collect();
        let states = board
            .states
            .into_iter()
            .map(|(status, [sent, received])| (status, [sent as u64, received as u64]));
        Ok(Board {
            collected_at: held.collected_at,
            waiting: waiting.collect(),
            follow_ups: follow_ups.collect(),
            doubled: doubled.collect(),
            needs: list(&board.needs, What::Need),
            unacknowledged: list(&withdrawn, What::Look),
            states: states.collect(),
            reserved: board.reserved as u64,
            today: board.today,
            week: board.week,
        })
    }
}
