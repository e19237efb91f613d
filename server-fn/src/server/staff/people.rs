//! People: inviting them, changing what they are here for and where, disabling them.

use super::room::name_of;
use super::{Caller, nonce, place_of, sealed};
use crate::ApiError;
use crate::api::staff::{Outcome, StaffDetails};
use crate::server::audit::What;
use crate::server::ledger::{LedgerError, UserChange, UserRow};
use crate::server::office::Profile;
use crate::server::request::blocking;
use crate::server::{INVITED_FOR, NewUser, Office, Table, log, now_ms, random};
use domain::overlay::Row;
use domain::permission::{OfficeAct, Place, may_appoint};
use domain::{Role, UserId};
use seal::staff::{Fault, Invited};
use serde_bytes::ByteBuf;
use std::sync::PoisonError;

/// Most characters of a name; longest found among staff lists: 61.
const NAME: usize = 120;
/// Most characters of a staff code.
const STAFF_CODE: usize = 24;
/// How often a change is begun anew because somebody changed the same person meanwhile.
const TRIES: usize = 8;

/// Body of `api::invite_person`.
///
/// # Errors
/// As there.
pub async fn invite_person(asked: ByteBuf, details: StaffDetails) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let nonce = nonce(&asked)?;
        let caller = Caller::to_change(current, OfficeAct::People, "invite_person")?;
        let details = tidy(details);
        let faults = faults(&caller, &details, None)?;
        if !faults.is_empty() {
            return caller.answer(&Invited { faults, ..Invited::default() }, &nonce);
        }
        let role = Role::from_code(details.role).ok_or(ApiError::Malformed)?;
        let StaffDetails { name, staff_code, site, organisation, team, .. } = details;
        let id = UserId::fresh(now_ms(), random());
        let invited = invite(&caller, &NewUser { id, name, staff_code, role, site, organisation, team })?;
        caller.answer(&invited, &nonce)
    })
    .await
}

/// Body of `api::invite_device`.
///
/// # Errors
/// As there.
pub async fn invite_device(asked: ByteBuf, user: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let nonce = nonce(&asked)?;
        let caller = Caller::to_change(current, OfficeAct::People, "invite_device")?;
        let user = caller.person(&user)?;
        // Whoever holds an invitation becomes that person: it is given for those only to whom one could give the role.
        if !caller.appoints(user.role, &place_of(caller.office, &user)) {
            return Err(ApiError::Refused);
        }
        if user.disabled {
            let faults = vec![Fault::of("user", "disabled")];
            return caller.answer(&Invited { faults, ..Invited::default() }, &nonce);
        }
        let profile = caller.office.profile(&user)?;
        let role = Role::from_code(user.role).ok_or(ApiError::Refused)?;
        let UserRow { id, site, organisation, team, .. } = user;
        let (name, staff_code) = (profile.name, profile.staff_code);
        let invited = invite(&caller, &NewUser { id, name, staff_code, role, site, organisation, team })?;
        caller.answer(&invited, &nonce)
    })
    .await
}

fn invite(caller: &Caller<'_>, user: &NewUser) -> Result<Invited, ApiError> {
    // Before the deed: nobody is invited without a line in the log.
    caller.office.note(caller.event(What::InvitationMade).about(&user.id.0))?;
    let expires_at = now_ms() + INVITED_FOR;
    let invitation = caller.office.invite(user)?;
    log::event("invite", &[("role", u64::from(user.role.code()))]);
    Ok(Invited { faults: Vec::new(), text: invitation.to_text(), user: Some(user.id), expires_at })
}

/// Body of `api::change_person`.
///
/// # Errors
/// As there.
pub async fn change_person(user: ByteBuf, details: StaffDetails) -> Result<Outcome, ApiError> {
    blocking(move |current| {
        let caller = Caller::to_change(current, OfficeAct::People, "change_person")?;
        let details = tidy(details);
        change(&caller, &user, |before| {
            let faults = faults(&caller, &details, Some(before))?;
            if !faults.is_empty() {
                return Ok(Err(faults));
            }
            let sealed = caller.office.sealed_profile(before.id, &details.name, &details.staff_code)?;
            let StaffDetails { role, site, organisation, team, .. } = details.clone();
            Ok(Ok((UserRow { sealed, role, site, organisation, team, ..before.clone() }, "changed")))
        })
    })
    .await
}

/// Body of `api::disable_person`.
///
/// # Errors
/// As there.
pub async fn disable_person(user: ByteBuf, disabled: bool) -> Result<Outcome, ApiError> {
    blocking(move |current| {
        let caller = Caller::to_change(current, OfficeAct::People, "disable_person")?;
        change(&caller, &user, |before| {
            let word = if disabled { "disabled" } else { "enabled" };
            Ok(Ok((UserRow { disabled, ..before.clone() }, word)))
        })
    })
    .await
}

/// Body of `api::withdraw_invitation`.
///
/// # Errors
/// As there.
pub async fn withdraw_invitation(id: ByteBuf) -> Result<(), ApiError> {
    blocking(move |current| {
        let caller = Caller::to_change(current, OfficeAct::People, "withdraw_invitation")?;
        let id: [u8; 16] = id.as_slice().try_into().map_err(|_| ApiError::Malformed)?;
        let now = now_ms();
        let found = caller.office.ledger.pending(now)?.into_iter().find(|row| name_of(row) == id);
        let user = match &found {
            Some(row) => caller.office.ledger.users(&[row.user])?.into_iter().next(),
            None => None,
        };
        let user = user.filter(|user| caller.appoints(user.role, &place_of(caller.office, user)));
        let (row, user) = found.zip(user).ok_or_else(|| caller.not_here(&id))?;
        caller.office.note(caller.event(What::InvitationWithdrawn).about(&user.id.0))?;
        if caller.office.ledger.withdraw(row.code, now)? { Ok(()) } else { Err(ApiError::NotHere) }
    })
    .await
}

impl Office {
    /// The sealed part of a user's row.
    fn sealed_profile(&self, user: UserId, name: &str, staff_code: &str) -> Result<Vec<u8>, ApiError> {
        let profile = Profile { name: name.to_owned(), staff_code: staff_code.to_owned() };
        let plain = minicbor::to_vec(&profile).map_err(|_| ApiError::Unavailable)?;
        self.seal(Table::Users, &user.0, 1, &plain).map_err(|_| ApiError::Unavailable)
    }
}

/// What a member of staff becomes, with a word for the log; or what is wrong.
type Becomes = Result<(UserRow, &'static str), Vec<Fault>>;

fn change(
    caller: &Caller<'_>,
    id: &[u8],
    becomes: impl Fn(&UserRow) -> Result<Becomes, ApiError>,
) -> Result<Outcome, ApiError> {
    let office = caller.office;
    for _ in 0..TRIES {
        let before = caller.person(id)?;
        if caller.is_me(&before) {
            return Ok(wrong("user", "own"));
        }
        // Who may not give somebody's role takes it from nobody either.
        if !caller.appoints(before.role, &place_of(office, &before)) {
            return Err(ApiError::Refused);
        }
        let (after, word) = match becomes(&before)? {
            Ok(after) => after,
            Err(faults) => {
                let faults = faults.into_iter().map(|fault| (fault.field, fault.wrong)).collect();
                return Ok(Outcome { faults, entered: 0 });
            }
        };
        let left = must_be_left(office, &before, &after)?;
        let what =
            if after.disabled && !before.disabled { What::PersonDisabled } else { What::PeopleChanged };
        let event = caller.event(what).about(&before.id.0).because(word).figure(u64::from(after.role));
        let line = office.audit_row(random(), event)?;
        let changed = {
            // One at a time: of two who alone know of somebody, not both leave at once. Whom another program lets leave
            // meanwhile is found out in the transaction itself.
            let _turn = office.staffing.lock().unwrap_or_else(PoisonError::into_inner);
            let knowing = match sealed::who_stays(office, &before, &after)? {
                Ok(knowing) => knowing,
                Err(field) => return Ok(wrong(field, "sealed_people")),
            };
            office.ledger.change_user(before.clone(), after.clone(), left, knowing, line)?
        };
        match changed {
            UserChange::Moved => continue,
            UserChange::NobodyLeft if after.disabled => return Ok(wrong("user", "last_administrator")),
            UserChange::NobodyLeft => return Ok(wrong("role", "last_administrator")),
            UserChange::Done => {}
        }
        office.roster_changed();
        log::event("staff_changed", &[("role", u64::from(after.role))]);
        if before.organisation.is_empty() && !after.organisation.is_empty() {
            // What they began and nobody held goes with them.
            office.settle_places()?;
        }
        return Ok(Outcome { faults: Vec::new(), entered: office.rejudge()? });
    }
    Err(ApiError::Unavailable)
}

/// Of whom one must be left when somebody stops being an administrator of an operation.
fn must_be_left(
    office: &Office,
    before: &UserRow,
    after: &UserRow,
) -> Result<Option<Vec<UserId>>, LedgerError> {
    let operation = office.operation(&before.site);
    if administers(office, after, operation) {
        return Ok(None);
    }
    let left = administrators_beside(office, before)?;
    Ok(left.map(|left| left.into_iter().filter(|user| *user != before.id).collect()))
}

/// The administrators of somebody's operation, themselves among them; `None` for who is none.
pub(super) fn administrators_beside(
    office: &Office,
    user: &UserRow,
) -> Result<Option<Vec<UserId>>, LedgerError> {
    let operation = office.operation(&user.site);
    if !administers(office, user, operation) {
        return Ok(None);
    }
    let staff = office.ledger.staff()?;
    let of_it = staff.iter().filter(|user| administers(office, user, operation));
    Ok(Some(of_it.map(|user| user.id).collect()))
}

fn administers(office: &Office, user: &UserRow, operation: &str) -> bool {
    let is_one = user.role == Role::Administrator.code() && !user.disabled;
    is_one && office.operation(&user.site) == operation
}

fn wrong(field: &str, wrong: &str) -> Outcome {
    Outcome { faults: vec![(field.to_owned(), wrong.to_owned())], entered: 0 }
}

fn tidy(details: StaffDetails) -> StaffDetails {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (name, staff_code) = (one_line(&details.name), one_line(&details.staff_code));
    StaffDetails { name, staff_code, ..details }
}

/// Everything that is wrong with what somebody is to be.
fn faults(
    caller: &Caller<'_>,
    details: &StaffDetails,
    before: Option<&UserRow>,
) -> Result<Vec<Fault>, ApiError> {
    let office = caller.office;
    let mut faults = Vec::new();
    let mut fault = |field: &str, wrong: &str| faults.push(Fault::of(field, wrong));
    for (field, text, most) in
        [("name", &details.name, NAME), ("staff_code", &details.staff_code, STAFF_CODE)]
    {
        if text.is_empty() {
            fault(field, "missing");
        } else if text.chars().count() > most {
            fault(field, "too_long");
        } else if text.chars().any(char::is_control) {
            fault(field, "no_code");
        }
    }
    if !details.staff_code.is_empty() && is_taken(caller, &details.staff_code, before)? {
        fault("staff_code", "taken");
    }
    let StaffDetails { site, organisation, team, .. } = details.clone();
    let operation = office.sites.operation(&site).unwrap_or_default().to_owned();
    let place = Place { operation, organisation, site, team };
    if place.site.is_empty() {
        fault("site", "missing");
    } else if place.operation != caller.standing.place.operation {
        // Of another operation or of none at all: the two are not told apart.
        fault("site", "unknown");
    }
    let sheets = office.tables.together(&["institutions", "teams"]).map_err(|error| {
        log::trouble("tables", &error);
        ApiError::Unavailable
    })?;
    let row = |table: &str, code: &str| -> Option<Row> {
        let rows = sheets.get(table).into_iter().flat_map(|sheet| &sheet.rows);
        rows.into_iter().find(|row| row.get("code").is_some_and(|known| known == code)).cloned()
    };
    let stands = |was: fn(&UserRow) -> &String, now: &String| before.is_some_and(|before| was(before) == now);
    let (organisation, team) = (&place.organisation, &place.team);
    // What stands may stay, whatever has become of the table since.
    let same_organisation = stands(|user| &user.organisation, organisation);
    if !organisation.is_empty() && !same_organisation && row("institutions", organisation).is_none() {
        fault("organisation", "unknown");
    }
    if !team.is_empty() {
        let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
        let fits = row("teams", team).is_some_and(|row| {
            cell(&row, "site") == place.site
                && (cell(&row, "organisation").is_empty() || cell(&row, "organisation") == *organisation)
        });
        if !fits {
            fault("team", "unknown");
        }
    }
    match Role::from_code(details.role) {
        None => fault("role", "missing"),
        Some(_) if place.operation != caller.standing.place.operation => {}
        Some(_) if !caller.reaches(&place) => fault("site", "beyond"),
        Some(role) if !may_appoint(&caller.standing, role, &place) => fault("role", "beyond"),
        Some(_) => {}
    }
    Ok(faults)
}

/// Whether somebody else within reach has a staff code. Who is beyond it is not told of by this either.
fn is_taken(caller: &Caller<'_>, code: &str, but: Option<&UserRow>) -> Result<bool, ApiError> {
    for user in caller.office.ledger.staff()? {
        let is_other = but.is_none_or(|but| but.id != user.id);
        if is_other
            && caller.reaches(&place_of(caller.office, &user))
            && caller.office.profile(&user)?.staff_code.to_lowercase() == code.to_lowercase()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
