//! Who may learn of whom, and who decides: the ledger as it stands at the moment, and the table of rights.

use crate::ApiError;
use crate::server::Office;
use crate::server::ledger::RecordRow;
use domain::permission::{distance, may_reach, office_reach};
use domain::{
    Act, Class, Field, Kind, OfficeAct, Place, Reach, Record, RecordId, Standing, UserId, Value,
    sealed_member,
};

/// A group as it stands.
pub struct Group {
    /// Which.
    pub id: RecordId,
    /// Where it belongs.
    pub place: Place,
    /// Who registered it.
    founder: Option<UserId>,
}

/// A group by its id; `None` when it is not here, or is none.
pub fn group(office: &Office, id: RecordId) -> Result<Option<Group>, ApiError> {
    let row = office.ledger.records(&[id])?.into_iter().next();
    let group = row.filter(|row| row.kind == Kind::GROUP);
    Ok(group.map(|row| Group { id, place: row.home.place(), founder: row.made_by }))
}

fn record(office: &Office, id: RecordId) -> Result<Option<(RecordRow, Record)>, ApiError> {
    let row = office.ledger.records(&[id])?.into_iter().next();
    Ok(row.and_then(|row| office.record(&row).map(|(record, _)| (row, record))))
}

/// The group of somebody of whose existence a user may learn, and whom they may not read anyway.
pub fn learnable(office: &Office, standing: &Standing, person: RecordId) -> Result<Option<Group>, ApiError> {
    let Some((row, person)) = record(office, person)? else { return Ok(None) };
    // Also to those who know of them: they see them where they are.
    let is_sealed = !row.home.sealed_for.is_empty() || sealed_member::is_sealed(&person);
    if row.kind != Kind::INDIVIDUAL || is_sealed || is_closed(&person) {
        return Ok(None);
    }
    let Some(id) = row.home.group else { return Ok(None) };
    let Some((row, record)) = record(office, id)?.filter(|(row, _)| row.kind == Kind::GROUP) else {
        return Ok(None);
    };
    let group = Group { id, place: row.home.place(), founder: row.made_by };
    let far = distance(standing, &group.place, false);
    let may = |act| may_reach(standing.role, act, Kind::INDIVIDUAL, Class::Restricted, far);
    Ok((!is_closed(&record) && may(Act::Search) && !may(Act::Read)).then_some(group))
}

/// Put away: closed, or merged into another record.
fn is_closed(record: &Record) -> bool {
    let status = record.shown(Field::RECORD_STATUS).and_then(Value::as_text);
    matches!(status, Some("closed" | "merged"))
}

/// Whether somebody decides on requests to open a group: supervisors within their reach, and who registered it as long
/// as they work where it belongs.
pub fn decides(standing: &Standing, group: &Group) -> bool {
    let Some(far) = distance(standing, &group.place, false) else { return false };
    let reach = office_reach(standing.role, OfficeAct::Requests);
    let registered = group.founder == Some(standing.user) && far <= Reach::Organisation;
    reach.is_some_and(|reach| far <= reach)
        || registered && may_reach(standing.role, Act::Read, Kind::GROUP, Class::Restricted, Some(far))
}
