//! The same help given twice, looked for among everything at once.

use super::{Brief, View};
use crate::field::Kind;
use crate::id::RecordId;
use std::collections::BTreeMap;

/// Two gifts of the same kind that reached the same person, nearer to each other than the table of kinds says. As
/// [`crate::service::doubles::given_before`] judges one gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// Whom they reached.
    pub person: RecordId,
    /// Place of the earlier one among the lines.
    pub first: usize,
    /// Place of the later one.
    pub second: usize,
    /// Days between them.
    pub days: i64,
}

/// Gifts that may be doubles, collected in passing.
#[derive(Debug, Default)]
pub struct Gifts<'b> {
    /// Kinds that are asked about, and after how many days they may be given again.
    kinds: BTreeMap<&'b str, Option<(u16, i64)>>,
    /// Kind, person, minute, place among the lines.
    reached: Vec<(u16, RecordId, i64, usize)>,
    days: Vec<i64>,
}

impl<'b> Gifts<'b> {
    /// Notes a line that was delivered. One too old to be a double of anything since `since` is passed over.
    pub fn take(&mut self, place: usize, brief: &'b Brief, since: i64, view: &View<'_>) {
        let asked = match self.kinds.get(brief.code.as_str()) {
            Some(asked) => *asked,
            None => {
                let days = view.lists.again_after_days(&brief.code).map(i64::from);
                let number = u16::try_from(self.days.len()).unwrap_or(u16::MAX);
                let asked = days.map(|days| (number, days));
                self.days.extend(days);
                self.kinds.insert(&brief.code, asked);
                asked
            }
        };
        let near = |(_, days): &(u16, i64)| brief.kind() == Kind::ASSISTANCE && brief.day() + days > since;
        let Some((kind, _)) = asked.filter(near) else { return };
        let others = brief.people.iter().filter(|id| Some(**id) != brief.owner);
        let reached = brief.owner.iter().chain(others);
        self.reached.extend(reached.map(|person| (kind, *person, brief.when, place)));
    }

    /// Every two neighbours that lie too near, newest first; each pair of gifts once, with the first of the people whom
    /// both reached. The later one of each was given on the day `since`, or later.
    pub fn doubled(mut self, since: i64, briefs: &[Brief]) -> Vec<Doubled> {
        self.reached.sort_unstable();
        self.reached.dedup();
        let mut doubled: Vec<Doubled> = Vec::new();
        for pair in self.reached.windows(2) {
            let [(kind, person, earlier, first), (same, who, later, second)] = pair else { continue };
            let again = self.days.get(usize::from(*kind)).copied().unwrap_or(0);
            let (from, to) = (earlier.div_euclid(super::DAY), later.div_euclid(super::DAY));
            if (kind, person) == (same, who) && first != second && to - from < again && to >= since {
                doubled.push(Doubled { person: *person, first: *first, second: *second, days: to - from });
            }
        }
        // A family's second gift is one double, not one for each of them.
        doubled.sort_unstable_by_key(|it| (it.first, it.second, it.person));
        doubled.dedup_by_key(|it| (it.first, it.second));
        doubled.sort_by_key(|it| core::cmp::Reverse((briefs.get(it.second).map(|it| it.when), it.second)));
        doubled
    }
}
