//! Collection: what changed since a cursor, in reach of the user, sealed for their device.

use super::ledger::{Member, RecordRow};
use super::request::blocking;
use super::{Office, judge, log, rng};
use crate::{ApiError, Collected};
use domain::permission::{Act, may};
use domain::{Kind, Record, RecordId, Role, UserId};
use seal::page::{Author, Page};
use serde_bytes::ByteBuf;
use std::collections::{BTreeSet, HashSet};

/// Least and most bytes of a page.
const ROOM: core::ops::RangeInclusive<usize> = 4 * 1024..=256 * 1024;
/// Packed records are larger than this: no page needs more rows than its room holds of these.
const SMALLEST: usize = 64;
/// How much smaller records become by packing, roughly; only the first guess.
const PACKS: usize = 3;

/// Body of `api::collect`.
///
/// # Errors
/// As there.
pub async fn collect(cursor: ByteBuf, room: u32) -> Result<Collected, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        let room = usize::try_from(room).unwrap_or(usize::MAX).clamp(*ROOM.start(), *ROOM.end());
        collect_now(&current.office, &member, &cursor, room)
    })
    .await
}

/// The scope that somebody collects. A tablet holds its operation's share, not only its site's: families move
/// from the border to the city within days.
fn reach(office: &Office, member: &Member) -> Option<&'static str> {
    let role = Role::from_code(member.user.role)?;
    may(role, Act::Read, Kind::GROUP).then(|| office.operation(&member.user.site))
}

/// Epoch ‖ seq ‖ digest of the reach. Another epoch or another reach begins anew.
fn cursor_at(office: &Office, scope: Option<&str>, seq: u64) -> Vec<u8> {
    let reach = seal::short_digest(format!("reach 1 {}", scope.unwrap_or("nothing")).as_bytes());
    let (reach, _) = reach.split_at(8);
    [&office.ledger.identity().epoch[..], &seq.to_be_bytes(), reach].concat()
}

fn seq_of(office: &Office, scope: Option<&str>, cursor: &[u8]) -> u64 {
    let seq = cursor.get(16..24).and_then(|seq| seq.try_into().ok()).map_or(0, u64::from_be_bytes);
    if cursor_at(office, scope, seq) == cursor { seq } else { 0 }
}

fn collect_now(office: &Office, member: &Member, cursor: &[u8], room: usize) -> Result<Collected, ApiError> {
    let scope = reach(office, member);
    let after = seq_of(office, scope, cursor);
    let nothing = |seq| Collected {
        page: ByteBuf::new(),
        cursor: ByteBuf::from(cursor_at(office, scope, seq)),
        more: false,
        epoch: ByteBuf::from(office.ledger.identity().epoch),
    };
    let Some(scope) = scope else { return Ok(nothing(0)) };
    let rows = u32::try_from(room / SMALLEST).unwrap_or(u32::MAX);
    let changed = office.ledger.changed(scope, after, rows, room * PACKS)?;
    let Some(newest) = changed.records.last().map(|row| row.seq) else { return Ok(nothing(after)) };
    let (opened, read) = open(office, &changed.records, room * PACKS);
    if opened.is_empty() {
        // One that does not open is passed over, and the log tells. When none does, it is rather the server that
        // is not in order: the device asks again later, and nothing has been passed over then.
        return Err(ApiError::Unavailable);
    }
    let enrolment = &member.enrolment;
    let goes_on = changed.more;
    let mut take = opened.len();
    loop {
        if take < opened.len() || read < newest || goes_on {
            take = whole_groups(&opened, take);
        }
        let part = opened.get(..take).unwrap_or(&opened);
        let page = page(office, part, changed.total)?;
        let signing = &office.keyring.secrets.signing;
        let sealed = page.seal(&mut rng(), signing, enrolment.id, &enrolment.inbox);
        let sealed = sealed.map_err(|error| {
            log::trouble("page_not_sealed", &error);
            ApiError::Unavailable
        })?;
        if sealed.len() > room && take > 1 {
            // A little less than in proportion, so that a second try is seldom needed.
            take = (take * room / sealed.len() * 15 / 16).clamp(1, take - 1);
            continue;
        }
        let last = part.last().filter(|_| take < opened.len()).map_or(read, |opened| opened.seq);
        let more = last < newest || goes_on;
        log::event("collect", &[("records", part.len() as u64), ("bytes", sealed.len() as u64)]);
        return Ok(Collected { page: ByteBuf::from(sealed), more, ..nothing(last) });
    }
}

struct Opened {
    seq: u64,
    record: Record,
}

/// Opens records up to a size, always one at least if any opens. Tells how far it came.
fn open(office: &Office, rows: &[RecordRow], room: usize) -> (Vec<Opened>, u64) {
    let (mut opened, mut size, mut read) = (Vec::new(), 0, 0);
    for row in rows {
        if let Some((record, length)) = office.record(row) {
            size += length;
            if size > room && !opened.is_empty() {
                break;
            }
            opened.push(Opened { seq: row.seq, record });
        }
        read = row.seq;
    }
    (opened, read)
}

/// Where to cut so that groups stay whole: the last place at or before `take` where another group begins.
fn whole_groups(opened: &[Opened], take: usize) -> usize {
    let mut together: HashSet<RecordId> = HashSet::new();
    let mut cut = 0;
    for (at, Opened { record, .. }) in opened.iter().enumerate().take(take.saturating_add(1)) {
        let parent = judge::parent_of(record);
        if parent.is_none_or(|parent| !together.contains(&parent)) {
            together.clear();
            cut = at;
        }
        together.insert(record.id);
    }
    // A group larger than a page is cut anyhow.
    if cut > 0 { cut } else { take }
}

fn page(office: &Office, opened: &[Opened], total: u64) -> Result<Page, ApiError> {
    let authors: BTreeSet<UserId> = opened.iter().flat_map(|opened| opened.record.known_authors()).collect();
    let users = office.ledger.users(&authors.into_iter().collect::<Vec<_>>())?;
    let authors = users.iter().filter_map(|user| {
        // Records without the name of an author are better than none.
        let Ok(profile) = office.profile(user) else {
            log::trouble("author_does_not_open", &user.id);
            return None;
        };
        Some(Author { user: user.id, name: profile.name, site: user.site.clone() })
    });
    let authors = authors.collect();
    let records = opened.iter().map(|opened| opened.record.clone()).collect();
    Ok(Page { records, authors, total, ..Page::default() })
}
