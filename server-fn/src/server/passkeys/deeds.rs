//! Bodies of the server functions about passkeys.

use super::party::Party;
use super::proof::{self, Refusal};
use super::{ANSWERED_WITHIN, COUNTS_FOR};
use crate::ApiError;
use crate::api::passkeys::{PasskeyAsked, PasskeyInfo, PasskeyMade, PasskeyShown};
use crate::server::audit::{AuditEvent, What};
use crate::server::ledger::{Added, AuditRow, Ceremony, Digest, LedgerError, Member, PasskeyRow, UserRow};
use crate::server::limits::Kind;
use crate::server::request::{Request, blocking};
use crate::server::{log, now_ms, random};
use domain::permission::{OfficeAct, Place, Standing, distance, may_appoint, office_reach};
use domain::{Role, UserId};
use seal::signed::PASSKEY;
use serde_bytes::ByteBuf;

/// Body of `api::passkey_challenge`.
///
/// # Errors
/// As there.
pub async fn challenge(to_make: bool) -> Result<PasskeyAsked, ApiError> {
    blocking(move |current| {
        let asking = Asking::of(current)?;
        let known = current.office.ledger.passkeys(asking.member.user.id)?;
        if to_make && !known.is_empty() {
            current.elevated()?;
        }
        let challenge: [u8; 32] = random();
        let ceremony = if to_make { Ceremony::Register } else { Ceremony::Show };
        current.office.ledger.give_challenge(asking.session, ceremony, seal::digest(&challenge), now_ms())?;
        Ok(PasskeyAsked {
            challenge: ByteBuf::from(challenge),
            domain: asking.party.domain.clone(),
            user: ByteBuf::from(asking.member.user.id.0),
            known: known.into_iter().map(|row| ByteBuf::from(row.credential)).collect(),
        })
    })
    .await
}

/// Body of `api::passkey_register`.
///
/// # Errors
/// As there.
pub async fn register(made: PasskeyMade) -> Result<(), ApiError> {
    blocking(move |current| {
        let asking = Asking::of(current)?;
        asking.refused(register_now(&asking, &made))
    })
    .await
}

fn register_now(asking: &Asking<'_>, made: &PasskeyMade) -> Result<(), Why> {
    let PasskeyMade { client_data, attestation, signature } = made;
    let given = proof::read_client_data(client_data, true, &asking.party);
    asking.take_challenge(Ceremony::Register, given)?;
    let signature = <[u8; 64]>::try_from(&signature[..]).map_err(|_| Refusal::Vault)?;
    let message = [&client_data[..], &attestation[..]].concat();
    seal::keys::verify(&asking.member.enrolment.verifying, PASSKEY, &message, &signature)
        .map_err(|_| Refusal::Vault)?;
    let proof = proof::read_attestation(attestation)?;
    proof.judge(&asking.party)?;
    let new = proof.new.as_ref().ok_or(Refusal::Malformed)?;
    let ledger = &asking.current.office.ledger;
    let user = asking.member.user.id;
    let first = ledger.passkeys(user)?.is_empty();
    if !first {
        asking.current.elevated()?;
    }
    let row = PasskeyRow {
        credential: new.credential.clone(),
        user,
        public: new.public.clone(),
        counter: proof.counter,
        copyable: proof.copyable(),
        added_at: now_ms(),
        shown_at: 0,
    };
    // In one step: there is no passkey without its line, and no line without its passkey.
    if ledger.add_passkey(row, first, asking.line(What::PasskeyAdded)?)? != Added::New {
        return Err(Refusal::Full.into());
    }
    asking.current.office.roster_changed();
    log::event("passkey_added", &[("first", u64::from(first))]);
    Ok(())
}

/// Body of `api::passkey_show`.
///
/// # Errors
/// As there.
pub async fn show(shown: PasskeyShown) -> Result<u32, ApiError> {
    blocking(move |current| {
        let asking = Asking::of(current)?;
        asking.refused(show_now(&asking, &shown))?;
        Ok(u32::try_from(COUNTS_FOR / 1000).unwrap_or(u32::MAX))
    })
    .await
}

fn show_now(asking: &Asking<'_>, shown: &PasskeyShown) -> Result<(), Why> {
    let PasskeyShown { credential, client_data, authenticator_data, signature } = shown;
    let given = proof::read_client_data(client_data, false, &asking.party);
    asking.take_challenge(Ceremony::Show, given)?;
    let ledger = &asking.current.office.ledger;
    let user = asking.member.user.id;
    let rows = ledger.passkeys(user)?;
    let row = rows.iter().find(|row| row.credential == credential[..]).ok_or(Refusal::Unknown)?;
    let proof = proof::read_proof(authenticator_data)?;
    proof.judge(&asking.party)?;
    proof::verify(&row.public, authenticator_data, client_data, signature)?;
    if proof.copyable() != row.copyable {
        return Err(Refusal::Changed.into());
    }
    proof.judge_counter(row.counter)?;
    let line = asking.line(What::PasskeyShown)?;
    // Two answers with the same count, at once: the second is as good as a clone's.
    if !ledger.passkey_shown(asking.session, row, proof.counter, now_ms(), line)? {
        return Err(Refusal::Cloned.into());
    }
    Ok(())
}

/// Body of `api::passkeys`.
///
/// # Errors
/// As there.
pub async fn list() -> Result<Vec<PasskeyInfo>, ApiError> {
    blocking(|current| {
        let rows = current.office.ledger.passkeys(current.member()?.user.id)?;
        let info = |PasskeyRow { credential, added_at, shown_at, .. }| PasskeyInfo {
            credential: ByteBuf::from(credential),
            added_at,
            shown_at,
        };
        Ok(rows.into_iter().map(info).collect())
    })
    .await
}

/// Body of `api::passkey_remove`.
///
/// # Errors
/// As there.
pub async fn remove(credential: ByteBuf) -> Result<(), ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        current.elevated()?;
        let session = current.cookie.map(|cookie| seal::digest(&cookie)).ok_or(ApiError::NotSignedIn)?;
        let user = member.user.id;
        let event = AuditEvent::of(What::PasskeyRemoved).by(member.enrolment.id).about(&user.0);
        let keep_last = administers(member.user.role);
        if !current.office.ledger.remove_passkey(user, &credential, session, keep_last)? {
            return Err(ApiError::Refused);
        }
        current.office.roster_changed();
        current.office.note(event)?;
        log::event("passkey_removed", &[]);
        Ok(())
    })
    .await
}

/// Body of `api::passkeys_reset`.
///
/// # Errors
/// As there.
pub async fn reset(user: ByteBuf) -> Result<u64, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        current.elevated()?;
        current.take_turn(Kind::Administration, member.user.id)?;
        let user = UserId::from_slice(&user).ok_or(ApiError::Malformed)?;
        let event = |what| AuditEvent::of(what).by(member.enrolment.id).about(&user.0);
        if !may_reset(current, &member, user)? {
            current.office.note(event(What::ForeignId).because("passkeys_reset"))?;
            return Err(ApiError::NotHere);
        }
        current.office.note(event(What::PasskeyRemoved).because("reset"))?;
        let removed = current.office.ledger.remove_passkeys(user)?;
        current.office.roster_changed();
        log::event("passkeys_reset", &[("removed", removed)]);
        Ok(removed)
    })
    .await
}

/// Whether somebody looks after a colleague. Not after themselves: the last passkey of an administrator is not got rid
/// of in a roundabout way.
fn may_reset(current: &Request, member: &Member, user: UserId) -> Result<bool, ApiError> {
    let office = &current.office;
    let reach = Role::from_code(member.user.role).and_then(|role| office_reach(role, OfficeAct::People));
    let found = office.ledger.users(&[user])?;
    let (Some(reach), Some(other)) = (reach, found.first()) else { return Ok(false) };
    let place = |row: &UserRow| {
        let operation = office.sites.operation(&row.site)?.to_owned();
        let UserRow { organisation, site, team, .. } = row.clone();
        Some(Place { operation, organisation, site, team })
    };
    let (Some(mine), Some(theirs)) = (place(&member.user), place(other)) else { return Ok(false) };
    let Some(role) = Role::from_code(member.user.role) else { return Ok(false) };
    let standing = Standing { user: member.user.id, role, place: mine };
    let near = distance(&standing, &theirs, false).is_some_and(|distance| distance <= reach);
    // Who may not give somebody's role takes nothing from them either.
    let appoints = Role::from_code(other.role).is_some_and(|role| may_appoint(&standing, role, &theirs));
    Ok(near && appoints && other.id != member.user.id)
}

/// Whether a role opens pages that ask for a passkey.
fn administers(role: u8) -> bool {
    Role::from_code(role)
        .is_some_and(|role| OfficeAct::ALL.iter().any(|act| office_reach(role, *act).is_some()))
}

/// Somebody with a session who makes or shows a passkey.
struct Asking<'a> {
    current: &'a Request,
    member: Member,
    party: Party,
    session: Digest,
}

impl<'a> Asking<'a> {
    fn of(current: &'a Request) -> Result<Self, ApiError> {
        let member = current.member()?;
        current.take_turn(Kind::Passkey, member.user.id)?;
        let party = current.party.clone().ok_or(ApiError::NotHere)?;
        let session = current.cookie.map(|cookie| seal::digest(&cookie)).ok_or(ApiError::NotSignedIn)?;
        Ok(Self { current, member, party, session })
    }

    /// Uses up the challenge that this session was given, whatever came as an answer.
    fn take_challenge(&self, ceremony: Ceremony, answered: Result<[u8; 32], Refusal>) -> Result<(), Why> {
        let digest = answered.map_or([0; 32], |challenge| seal::digest(&challenge));
        let since = now_ms().saturating_sub(ANSWERED_WITHIN);
        let own = self.current.office.ledger.take_challenge(self.session, ceremony, digest, since)?;
        answered?;
        if own { Ok(()) } else { Err(Refusal::Late.into()) }
    }

    /// A line of the log about themselves, to be written with what it tells.
    fn line(&self, what: What) -> Result<AuditRow, LedgerError> {
        let event = AuditEvent::of(what).by(self.member.enrolment.id).about(&self.member.user.id.0);
        self.current.office.audit_row(random(), event)
    }

    /// Why stands in the log; whoever asked is told that it does not count, and no more.
    fn refused<T>(&self, outcome: Result<T, Why>) -> Result<T, ApiError> {
        let refusal = match outcome {
            Ok(done) => return Ok(done),
            Err(Why::Api(error)) => return Err(error),
            Err(Why::Refused(refusal)) => refusal,
        };
        let event = AuditEvent::of(What::PasskeyRefused).by(self.member.enrolment.id);
        self.current.office.note(event.about(&self.member.user.id.0).because(&refusal.to_string()))?;
        Err(ApiError::Refused)
    }
}

/// Why it was not done.
enum Why {
    Refused(Refusal),
    Api(ApiError),
}

impl From<Refusal> for Why {
    fn from(refusal: Refusal) -> Self {
        Why::Refused(refusal)
    }
}

impl From<ApiError> for Why {
    fn from(error: ApiError) -> Self {
        Why::Api(error)
    }
}

impl From<LedgerError> for Why {
    fn from(error: LedgerError) -> Self {
        Why::Api(error.into())
    }
}
