//! Requests to open what others registered, and what was granted.

use super::{AuditRow, RecordRow, Result};
use domain::{EnrolmentId, RecordId, UserId};

/// How something was opened. The numbers lie in rows and are fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// Its owner was asked.
    Request = 1,
    /// Nobody was asked before: break-glass.
    BreakGlass = 2,
}

impl GrantKind {
    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<GrantKind> {
        [GrantKind::Request, GrantKind::BreakGlass].into_iter().find(|kind| *kind as u8 == code)
    }
}

/// Where a request stands. The numbers lie in rows and are fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody has answered.
    Open = 0,
    /// There is, or was, a grant under its id.
    Granted = 1,
    /// It was refused.
    Refused = 2,
}

impl RequestState {
    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<RequestState> {
        [RequestState::Open, RequestState::Granted, RequestState::Refused]
            .into_iter()
            .find(|state| *state as u8 == code)
    }
}

/// Somebody's request to open a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Its own.
    pub id: [u8; 16],
    /// Who asked.
    pub user: UserId,
    /// On which device.
    pub enrolment: EnrolmentId,
    /// For which group.
    pub group: RecordId,
    /// Whether they waited for an answer.
    pub kind: GrantKind,
    /// When, milliseconds since 1970.
    pub asked_at: u64,
    /// Where it stands.
    pub state: RequestState,
    /// Who answered.
    pub answered_by: Option<UserId>,
    /// When; 0 for not yet.
    pub answered_at: u64,
    /// Who took note of an emergency.
    pub seen_by: Option<UserId>,
    /// When; 0 for not yet.
    pub seen_at: u64,
    /// Why it was asked and answered so, sealed.
    pub sealed: Vec<u8>,
}

/// A group opened to somebody for a time, for reading only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// As the request that it answers.
    pub id: [u8; 16],
    /// To whom.
    pub user: UserId,
    /// Which group, with all that hangs on it.
    pub group: RecordId,
    /// How it came about.
    pub kind: GrantKind,
    /// From when, milliseconds since 1970.
    pub from: u64,
    /// It ends by itself then.
    pub until: u64,
    /// When it was ended before.
    pub ended: Option<u64>,
}

impl GrantRow {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn holds(&self, now: u64) -> bool {
        self.ended.is_none() && self.from <= now && now < self.until
    }
}

/// What became of a request that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It lies here.
    New,
    /// The same user has one for the same group that is open, or a grant that holds: nothing was written.
    Before(RequestRow),
    /// They have opened as much in an emergency as they may for now. Nothing was written.
    TooMany,
}

/// Requests to open what others registered, and what was granted. See [`super::Ledger`] for the rules that hold for every call.
pub trait Grants {
    /// What is open to somebody at a moment, in order of the groups.
    fn active(&self, user: UserId, now: u64) -> Result<Vec<GrantRow>>;
    /// Individuals and documents of a whole operation, changed after a number, in order of `seq`: for finding people,
    /// never for handing out.
    fn people_changed(&self, scope: &str, after: u64, limit: u32) -> Result<Vec<RecordRow>>;
    /// Takes a request in, with its grant where nobody is asked. `most` emergencies of its user since a moment at most.
    /// The line of the log is written with it, or neither is; so it is with all that follow.
    fn ask_access(
        &self,
        request: RequestRow,
        grant: Option<GrantRow>,
        most: Option<(u64, u64)>,
        line: AuditRow,
    ) -> Result<Asked>;
    /// A request.
    fn access_request(&self, id: [u8; 16]) -> Result<Option<RequestRow>>;
    /// Requests, the newest first, each with its grant: those not done with whenever they were asked, others since a
    /// moment. Of one user, or of all.
    fn access_requests(
        &self,
        user: Option<UserId>,
        since: u64,
        limit: u32,
    ) -> Result<Vec<(RequestRow, Option<GrantRow>)>>;
    /// Answers a request that is open, with a grant if it is granted: both or nothing. Whether it was open.
    fn answer_access(&self, answered: RequestRow, grant: Option<GrantRow>, line: AuditRow) -> Result<bool>;
    /// Notes who took note of an emergency. Whether nobody had.
    fn access_seen(&self, id: [u8; 16], by: UserId, now: u64, line: AuditRow) -> Result<bool>;
    /// Ends a grant. Whether it held until now.
    fn end_grant(&self, id: [u8; 16], now: u64, line: AuditRow) -> Result<bool>;
}
