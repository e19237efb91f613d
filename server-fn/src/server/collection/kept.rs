//! As whom a device collected, as the ledger keeps it: what it holds is known by that when its cursor is lost, or when
//! the cursor is of a build that told nobody as whom.

use super::bookmark::{Bookmark, View};
use crate::ApiError;
use crate::server::Office;
use crate::server::ledger::EnrolmentRow;

/// As whom a device collected what it may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Several where builds collected that drop nothing.
    pub views: Vec<View>,
    /// The newest number when it began: what had left before that was not handed out.
    pub since: u64,
}

impl Kept {
    /// What is kept of a device. Of one that joined before there were places nothing may be kept yet: it may hold
    /// everything of its operation, as far as its cursor came. `None` for one that never collected.
    pub fn of(
        office: &Office,
        enrolment: &EnrolmentRow,
        operation: &str,
        held: Option<&Bookmark>,
    ) -> Result<Option<Self>, ApiError> {
        if let Some((views, since)) = office.ledger().view_of(enrolment.id)?
            && let Ok(views) = minicbor::decode(&views)
        {
            return Ok(Some(Self { views, since }));
        }
        let is_from_before = office.placed_at()?.is_some_and(|placed| enrolment.enrolled_at <= placed);
        let since = held.map_or(0, |held| held.after);
        Ok(is_from_before.then(|| Self { views: vec![View::before(operation)], since }))
    }

    /// Adds somebody as whom it collected too.
    pub fn add(&mut self, view: View) {
        match self.views.iter_mut().find(|known| known.differs_in_groups_only(&view)) {
            Some(known) => {
                known.groups.extend(view.groups);
                known.groups.sort_unstable();
                known.groups.dedup();
            }
            None => self.views.push(view),
        }
    }

    /// Keeps it.
    pub fn keep(self, office: &Office, enrolment: &EnrolmentRow) -> Result<(), ApiError> {
        let views = minicbor::to_vec(&self.views).map_err(|_| ApiError::Unavailable)?;
        Ok(office.ledger().keep_view(enrolment.id, views, self.since)?)
    }
}
