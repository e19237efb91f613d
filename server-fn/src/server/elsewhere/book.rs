//! What somebody is told of requests: their own, and those that they decide on.

use super::deciding::why;
use super::view::{self, Group, decides};
use super::{DAY, Why};
use crate::ApiError;
use crate::server::audit::What;
use crate::server::ledger::{AuditFilter, GrantKind, GrantRow, Member, RequestRow, RequestState};
use crate::server::{Office, log};
use domain::{OfficeAct, RecordId, UserId};
use seal::elsewhere::{Asked, Book, Opened, Standing};
use seal::page::Author;
use std::collections::{BTreeMap, BTreeSet};

/// How long what is done with is still shown.
const SHOWN: u64 = 30 * DAY;
/// Most requests looked at, and most lines of what was opened.
const LOOKED_AT: u32 = 500;
/// How much a device's clock may be slow without its readings getting lost.
const SLOW: u64 = 5 * 60 * 1000;

pub fn book(office: &Office, member: &Member, now: u64) -> Result<Book, ApiError> {
    let since = now.saturating_sub(SHOWN);
    let me = member.user.id;
    let mut groups = Groups { office, held: BTreeMap::new() };
    let mut book = Book::default();
    for (row, grant) in office.ledger.access_requests(Some(me), since, LOOKED_AT)? {
        let asked = asked(office, &row, grant.as_ref(), now);
        let place = groups.get(row.group)?.map(|group| group.place.clone()).unwrap_or_default();
        let group = asked.group.filter(|_| asked.standing == Standing::Granted);
        book.mine.push(Asked { organisation: place.organisation, site: place.site, group, ..asked });
    }
    let Some(standing) = office.standing(member) else { return Ok(book) };
    // Others would find nothing that is theirs to decide.
    let looks = domain::permission::office_reach(standing.role, OfficeAct::Requests).is_some()
        || domain::may(standing.role, domain::Act::Read, domain::Kind::GROUP);
    let others = if looks { office.ledger.access_requests(None, since, LOOKED_AT)? } else { Vec::new() };
    for (row, grant) in others {
        let is_theirs = groups.get(row.group)?.is_some_and(|group| decides(&standing, group));
        if row.user == me || !is_theirs {
            continue;
        }
        let user = office.ledger.users(&[row.user])?.into_iter().next();
        let (organisation, site) = user.map(|user| (user.organisation, user.site)).unwrap_or_default();
        let opened = if grant.is_some() { opened(office, &row, now)? } else { Vec::new() };
        let asked = asked(office, &row, grant.as_ref(), now);
        book.others.push(Asked { organisation, site, opened, ..asked });
    }
    book.people = people(office, &book)?;
    Ok(book)
}

/// Groups as they stand, each looked at once.
struct Groups<'a> {
    office: &'a Office,
    held: BTreeMap<RecordId, Option<Group>>,
}

impl Groups<'_> {
    fn get(&mut self, id: RecordId) -> Result<Option<&Group>, ApiError> {
        if !self.held.contains_key(&id) {
            self.held.insert(id, view::group(self.office, id)?);
        }
        Ok(self.held.get(&id).and_then(Option::as_ref))
    }
}

fn asked(office: &Office, row: &RequestRow, grant: Option<&GrantRow>, now: u64) -> Asked {
    let (_, Why { ground, reason, answer }) = why(office, row);
    let standing = match row.state {
        RequestState::Open => Standing::Open,
        RequestState::Refused => Standing::Refused,
        RequestState::Granted if grant.is_some_and(|grant| grant.holds(now)) => Standing::Granted,
        RequestState::Granted => Standing::Ended,
    };
    let ground = ground.filter(|_| row.kind == GrantKind::BreakGlass);
    // What does not open any more was an emergency all the same.
    let ground = ground.or((row.kind == GrantKind::BreakGlass).then_some(seal::elsewhere::Ground::Other));
    Asked {
        request: row.id.into(),
        user: row.user,
        organisation: String::new(),
        site: String::new(),
        group: Some(row.group),
        at: row.asked_at,
        ground,
        reason,
        standing,
        until: grant.map_or(0, |grant| grant.ended.unwrap_or(grant.until)),
        answer,
        by: row.answered_by.or(row.seen_by),
        seen: row.seen_at != 0,
        opened: Vec::new(),
    }
}

/// What the asker opened of the group, as their devices told it.
fn opened(office: &Office, row: &RequestRow, now: u64) -> Result<Vec<Opened>, ApiError> {
    let filter = AuditFilter {
        user: Some(row.user),
        from: Some(row.asked_at.saturating_sub(SLOW)),
        until: Some(now.saturating_add(DAY)),
        ..AuditFilter::default()
    };
    let links = office.ledger.audit(&filter, None, LOOKED_AT)?;
    let lines = links.iter().filter(|link| link.row.what == What::Opened.code());
    let lines: Vec<Opened> = lines
        .filter_map(|link| Some(Opened { record: RecordId(link.row.subject?), at: link.row.at }))
        .collect();
    let distinct: BTreeSet<RecordId> = lines.iter().map(|line| line.record).collect();
    let rows = office.ledger.records(&distinct.into_iter().collect::<Vec<_>>())?;
    let within: BTreeSet<RecordId> =
        rows.iter().filter(|it| it.home.group == Some(row.group)).map(|it| it.id).collect();
    Ok(lines.into_iter().filter(|line| within.contains(&line.record)).collect())
}

fn people(office: &Office, book: &Book) -> Result<Vec<Author>, ApiError> {
    let all = book.mine.iter().chain(&book.others);
    let ids: BTreeSet<UserId> = all.flat_map(|asked| [Some(asked.user), asked.by]).flatten().collect();
    let users = office.ledger.users(&ids.into_iter().collect::<Vec<_>>())?;
    let author = |user: &crate::server::ledger::UserRow| {
        let Ok(profile) = office.profile(user) else {
            log::trouble("author_does_not_open", &user.id);
            return None;
        };
        Some(Author { user: user.id, name: profile.name, site: user.site.clone() })
    };
    Ok(users.iter().filter_map(author).collect())
}
