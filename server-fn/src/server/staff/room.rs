//! Everything that administration sees, within reach.

use super::{Caller, nonce, place_of};
use crate::ApiError;
use crate::server::ledger::{DeviceRow, PendingRow, UserRow};
use crate::server::now_ms;
use crate::server::request::{Request, blocking};
use domain::UserId;
use domain::permission::OfficeAct;
use seal::staff::{CarriedWork, Device, Member, Pending, Report, StaffRoom};
use serde_bytes::ByteBuf;
use std::collections::HashSet;

/// Body of `api::staff_room`.
///
/// # Errors
/// As there.
pub async fn staff_room(asked: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let (nonce, (caller, room)) = (nonce(&asked)?, room(current)?);
        caller.answer(&room, &nonce)
    })
    .await
}

/// Name of an invitation: the first half of its code's digest, by which nobody finds the code.
pub fn name_of(pending: &PendingRow) -> [u8; 16] {
    pending.code.first_chunk().copied().unwrap_or_default()
}

fn room(current: &Request) -> Result<(Caller<'_>, StaffRoom), ApiError> {
    let caller = Caller::of(current, OfficeAct::People, "staff_room")?;
    let office = caller.office;
    let mut people = Vec::new();
    for user in office.ledger.staff()? {
        let place = place_of(office, &user);
        if caller.reaches(&place) {
            let mine = caller.appoints(user.role, &place) && !caller.is_me(&user);
            people.push(member(&caller, user, mine)?);
        }
    }
    people.sort_by(|one, other| (&one.staff_code, one.user).cmp(&(&other.staff_code, other.user)));
    let here: HashSet<UserId> = people.iter().map(|member| member.user).collect();
    let devices = office.ledger.devices()?.into_iter().filter(|row| here.contains(&row.enrolment.user));
    let mut devices: Vec<Device> = devices.map(device).collect();
    devices.sort_by_key(|device| (core::cmp::Reverse(device.heard_at), device.enrolment));
    let at = now_ms();
    let pending = office.ledger.pending(at)?.into_iter().filter(|row| here.contains(&row.user));
    let invitations =
        pending.map(|row| Pending { id: name_of(&row).to_vec(), user: row.user, expires_at: row.expires_at });
    let invitations = invitations.collect();
    let me = caller.standing.clone();
    Ok((caller, StaffRoom { me, at, people, devices, invitations }))
}

fn member(caller: &Caller<'_>, user: UserRow, mine: bool) -> Result<Member, ApiError> {
    let profile = caller.office.profile(&user)?;
    let UserRow { id, role, site, organisation, team, disabled, .. } = user;
    let (name, staff_code) = (profile.name, profile.staff_code);
    Ok(Member { user: id, name, staff_code, role, organisation, site, team, disabled, mine })
}

fn device(row: DeviceRow) -> Device {
    let report = Some(row.report).filter(|report| report.at > 0);
    let heard_at = report.as_ref().map_or(0, |report| report.at).max(row.seen_at);
    Device {
        enrolment: row.enrolment.id,
        user: row.enrolment.user,
        enrolled_at: row.enrolment.enrolled_at,
        heard_at,
        report: report.map(|report| Report {
            at: report.at,
            unsent: report.unsent,
            oldest_at: report.oldest_at,
            carried: (report.carried > 0)
                .then_some(CarriedWork { number: report.carried, oldest_at: report.carried_oldest_at }),
            version: report.version,
        }),
        deed: row.order.deed,
        ordered_at: row.order.at,
        parked: row.parked,
        quarantined: row.quarantined,
        revoked_work: row.revoked_work,
    }
}
