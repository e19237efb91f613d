//! Collection by builds from before there were places, until they are brought up to date. They drop nothing, whatever
//! they are told, and would take what they are told for done. So they are handed what is for them and no more, and are
//! told nothing else; their cursors stay those of then. What they may hold is kept, for the build that comes after.

use super::bookmark::{Bookmark, View, first_form};
use super::kept::Kept;
use super::{Collecting, PATIENCE, ROOM};
use crate::server::ledger::Member;
use crate::server::limits::{Kind, Who};
use crate::server::request::blocking;
use crate::server::rights::Desks;
use crate::server::{Office, now_ms, rights};
use crate::{ApiError, Collected};
use seal::page::Page;
use serde_bytes::ByteBuf;

/// Body of `api::collect`.
///
/// # Errors
/// As there.
pub async fn collect(cursor: ByteBuf, room: u32) -> Result<Collected, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        current.office.ledger.look()?;
        let room = usize::try_from(room).unwrap_or(usize::MAX).clamp(*ROOM.start(), *ROOM.end());
        answer(&current.office, &member, &cursor, room)
    })
    .await
}

fn answer(office: &Office, member: &Member, cursor: &[u8], room: usize) -> Result<Collected, ApiError> {
    let standing = office.standing(member).filter(|standing| rights::reads(standing.role));
    let held = Bookmark::read_here(office, &member.enrolment, cursor)?;
    let is_of_a_later_build = held.as_ref().is_some_and(|held| !held.view.before);
    let Some(standing) = standing.filter(|_| !is_of_a_later_build) else {
        return Ok(collected(office, Vec::new(), cursor.to_vec(), false));
    };
    let operation = standing.place.operation.clone();
    let grants = rights::active_grants(office, standing.user, now_ms())?;
    let mut eyes = office.eyes(standing, grants.iter().map(|grant| grant.group).collect())?;
    // They would keep what is taken back of it.
    eyes.desks = Desks::None;
    let view = View::of(&eyes);
    let after = held.as_ref().filter(|held| held.view.place.operation == operation).map(|held| held.after);
    if after.is_none() {
        office.limits().take(Kind::Anew, Who::Enrolment(member.enrolment.id))?;
    }
    remember(office, member, held, &view)?;
    // Of what has left nothing is told: that is what beginning after everything comes to.
    let mark = Bookmark { after: after.unwrap_or(0), began: u64::MAX, ..Bookmark::fresh(office, view) };
    let (eyes, has_new_desks) = (Some(eyes), false);
    let mut collecting = Collecting { office, member, room, eyes, grants, held: None, has_new_desks, mark };
    for _ in 0..PATIENCE {
        let (page, more) = collecting.records(&Page::default())?;
        if page.is_some() || !more {
            let cursor = first_form(office, &operation, collecting.mark.after);
            return Ok(collected(office, page.unwrap_or_default(), cursor, more));
        }
    }
    Ok(collected(office, Vec::new(), first_form(office, &operation, collecting.mark.after), true))
}

/// Keeps what the device may hold by now, before it is handed over.
fn remember(office: &Office, member: &Member, held: Option<Bookmark>, view: &View) -> Result<(), ApiError> {
    let before = Kept::of(office, &member.enrolment, &view.place.operation, held.as_ref())?;
    let mut kept = match (&before, &held) {
        (Some(before), _) => before.clone(),
        (None, Some(held)) => Kept { views: Vec::new(), since: held.after },
        (None, None) => Kept { views: Vec::new(), since: office.ledger().newest()? },
    };
    held.into_iter().for_each(|held| kept.add(held.view));
    kept.add(view.clone());
    if before.as_ref() == Some(&kept) { Ok(()) } else { kept.keep(office, &member.enrolment) }
}

fn collected(office: &Office, page: Vec<u8>, cursor: Vec<u8>, more: bool) -> Collected {
    let epoch = ByteBuf::from(office.ledger().identity().epoch);
    let signer = ByteBuf::from(office.keyring().secrets.signing.public().to_vec());
    Collected { page: ByteBuf::from(page), cursor: ByteBuf::from(cursor), more, epoch, signer }
}
