//! Devices: what they say of themselves, what they are ordered, what of theirs is set apart.

use super::Caller;
use super::people::administrators_beside;
use crate::ApiError;
use crate::api::staff::{KeptItem, Outcome, Report};
use crate::server::audit::What;
use crate::server::judge::{judge, judge_confirmed};
use crate::server::ledger::{
    AuditRow, DEVICE_REVOKED, DeviceRow, LedgerError, Member, Ordered, ReportRow, State, USER_DISABLED,
};
use crate::server::limits::{Kind, Who};
use crate::server::request::blocking;
use crate::server::{Office, log, now_ms, random};
use domain::permission::OfficeAct;
use domain::{EnrolmentId, UserId};
use minicbor::bytes::ByteArray;
use seal::{Deed, Order, Verdict};
use serde_bytes::ByteBuf;

/// Most characters of a version.
const VERSION: usize = 32;
/// A report that says the same as the one before is written at most so often, so that tablets which ask every minute do
/// not keep the disk busy.
const SAME_FOR: u64 = 5 * 60 * 1000;
const HOUR: u64 = 60 * 60 * 1000;
/// Most envelopes that are listed at a time.
const LISTED: u32 = 200;

/// Body of `api::standing`.
///
/// # Errors
/// As there.
pub async fn standing(token: ByteBuf, report: Report) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let office = &*current.office;
        let fine = |c: char| c.is_ascii_alphanumeric() || ".+-".contains(c);
        if report.version.len() > VERSION || !report.version.chars().all(fine) {
            return Err(ApiError::Malformed);
        }
        let holder = office.ledger.holder_of_token(seal::digest(&token))?;
        let enrolment = holder.ok_or(ApiError::DepositRefused)?;
        office.limits().take(Kind::Delivery, Who::Enrolment(enrolment))?;
        let device = office.ledger.device(enrolment)?.ok_or(ApiError::DepositRefused)?;
        hear(office, &device, report, now_ms())?;
        order_for(office, &device).map(ByteBuf::from)
    })
    .await
}

fn hear(office: &Office, device: &DeviceRow, report: Report, now: u64) -> Result<(), ApiError> {
    let Report { unsent, oldest_hours, version, carried, carried_oldest_hours } = report;
    let since = |hours: u32| now.saturating_sub(u64::from(hours).saturating_mul(HOUR));
    let (oldest_at, carried_oldest_at) = (since(oldest_hours), since(carried_oldest_hours));
    let said = ReportRow { at: now, unsent, oldest_at, version, carried, carried_oldest_at };
    let held = &device.report;
    let is_same = held.unsent == said.unsent
        && held.version == said.version
        && held.carried == said.carried
        && held.oldest_at.abs_diff(said.oldest_at) <= HOUR
        && held.carried_oldest_at.abs_diff(said.carried_oldest_at) <= HOUR;
    if is_same && now.saturating_sub(held.at) < SAME_FOR {
        return Ok(());
    }
    office.ledger.keep_report(device.enrolment.id, said)?;
    Ok(())
}

fn order_for(office: &Office, device: &DeviceRow) -> Result<Vec<u8>, ApiError> {
    let order = Order {
        enrolment: device.enrolment.id,
        deed: device.order.deed,
        at: device.order.at,
        epoch: ByteArray::from(office.ledger.look()?.epoch),
        serial: device.order.serial,
    };
    order.sign(&office.keyring.secrets.signing).map_err(|_| ApiError::Unavailable)
}

/// Body of `api::order_device`.
///
/// # Errors
/// As there.
pub async fn order_device(enrolment: ByteBuf, deed: u8) -> Result<Outcome, ApiError> {
    blocking(move |current| {
        let deed = Deed::from_code(deed).ok_or(ApiError::Malformed)?;
        let caller = Caller::to_change(current, OfficeAct::Devices, "order_device")?;
        let (device, user) = caller.device_to_change(&enrolment)?;
        let id = device.enrolment.id;
        let takes_back = deed == Deed::Nothing;
        // The device at hand would lock under the hands that ordered it; and who was locked out lets nobody in again.
        if id == caller.member.enrolment.id || (takes_back && caller.is_me(&user)) {
            return Ok(Outcome { faults: vec![("device".into(), "own".into())], entered: 0 });
        }
        let what = match deed {
            Deed::Nothing => What::OrderTakenBack,
            Deed::Revoke => What::DeviceRevoked,
            Deed::Wipe => What::WipeOrdered,
        };
        let takes_away = deed != Deed::Nothing && !device.enrolment.revoked;
        let left = if takes_away { administrators_beside(caller.office, &user)? } else { None };
        let line = caller.office.audit_row(random(), caller.event(what).about(&id.0))?;
        let Some(entered) = caller.office.ordered(id, deed, left, Some(line))? else {
            return Ok(Outcome { faults: vec![("device".into(), "last_administrator".into())], entered: 0 });
        };
        log::event("order", &[("deed", u64::from(deed.code())), ("entered", entered)]);
        Ok(Outcome { faults: Vec::new(), entered })
    })
    .await
}

/// Body of `api::device_kept`.
///
/// # Errors
/// As there.
pub async fn device_kept(enrolment: ByteBuf, after: u64) -> Result<Vec<KeptItem>, ApiError> {
    blocking(move |current| {
        let caller = Caller::of(current, OfficeAct::Devices, "device_kept")?;
        current.take_turn(Kind::Administration, caller.member.user.id)?;
        let (device, _) = caller.device(&enrolment)?;
        let notes = caller.office.ledger.kept_notes(device.enrolment.id, after, LISTED)?;
        let items = notes.into_iter().map(|note| KeptItem {
            seq: note.seq,
            id: ByteBuf::from(note.id),
            quarantined: note.state == State::Quarantined,
            reason: note.reason,
            received_at: note.received_at,
        });
        Ok(items.collect())
    })
    .await
}

/// Body of `api::take_over`.
///
/// # Errors
/// As there.
pub async fn take_over(enrolment: ByteBuf) -> Result<Outcome, ApiError> {
    blocking(move |current| {
        let caller = Caller::to_change(current, OfficeAct::Devices, "take_over")?;
        let (device, user) = caller.device_to_change(&enrolment)?;
        if caller.is_me(&user) {
            return Ok(Outcome { faults: vec![("device".into(), "own".into())], entered: 0 });
        }
        let id = device.enrolment.id;
        let event = caller.event(What::TakenOver).about(&id.0).figure(u64::from(device.revoked_work));
        caller.office.note(event)?;
        let entered = caller.office.take_over(id)?;
        log::event("take_over", &[("entered", entered)]);
        Ok(Outcome { faults: Vec::new(), entered })
    })
    .await
}

impl Office {
    /// Gives a device an order, or takes it back, and judges again what was kept for it. Gives how many were entered.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn order(&self, enrolment: EnrolmentId, deed: Deed) -> Result<u64, LedgerError> {
        Ok(self.ordered(enrolment, deed, None, None)?.unwrap_or(0))
    }

    /// As [`Self::order`], with a line of the log, where one of `left` has another device; otherwise `None`, and nothing
    /// was done.
    fn ordered(
        &self,
        enrolment: EnrolmentId,
        deed: Deed,
        left: Option<Vec<UserId>>,
        line: Option<AuditRow>,
    ) -> Result<Option<u64>, LedgerError> {
        if self.ledger.order(enrolment, deed, now_ms(), left, line)? == Ordered::NobodyLeft {
            return Ok(None);
        }
        self.roster_changed();
        let set_apart = self.judge_kept(enrolment, (State::Quarantined, DEVICE_REVOKED), None)?;
        Ok(Some(set_apart + self.rejudge()?))
    }

    /// Judges what a revoked device, or one of somebody who is disabled, handed in as if they were neither. Gives how
    /// many were entered.
    fn take_over(&self, enrolment: EnrolmentId) -> Result<u64, LedgerError> {
        let member = self.ledger.member(enrolment)?;
        let parked = self.judge_kept(enrolment, (State::Parked, USER_DISABLED), member.as_ref())?;
        let set_apart = self.judge_kept(enrolment, (State::Quarantined, DEVICE_REVOKED), member.as_ref())?;
        Ok(parked + set_apart)
    }

    /// Judges again what is kept of a device for a reason: as things stand, or for somebody who answers for it.
    fn judge_kept(
        &self,
        enrolment: EnrolmentId,
        (state, reason): (State, &str),
        confirmed: Option<&Member>,
    ) -> Result<u64, LedgerError> {
        let (mut after, mut entered) = (0, 0);
        loop {
            let kept = self.ledger.kept_of(enrolment, state, reason, after, 16)?;
            let Some(last) = kept.last().map(|row| row.seq) else { return Ok(entered) };
            after = last;
            let judged = match confirmed {
                Some(member) => judge_confirmed(self, &kept, member.clone())?,
                None => judge(self, &kept)?,
            };
            entered += judged.iter().filter(|judged| judged.verdict == Verdict::Accepted).count() as u64;
        }
    }
}
