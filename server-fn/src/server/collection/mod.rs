//! Collection: what changed since a cursor, as far as it is for whoever asks, sealed for their device; and before that
//! what the device may no longer hold.

mod bookmark;
mod directory;
mod earlier;
mod evicting;
mod handing;
mod kept;

use super::ledger::{Changed, Member, Share};
use super::limits::{Kind as Limited, Who};
use super::request::blocking;
use super::rights::{self, Eyes, Handed};
use super::{Office, log, now_ms, rng};
use crate::{ApiError, Collected};
use bookmark::{Bookmark, Evicting, View};
use domain::{Kind, RecordId, Standing};
pub use earlier::collect;
use handing::{Item, hand, whole_groups};
use kept::Kept;
use road::server::{Changes, Reached, reached, tells_departure};
use seal::page::{Author, Grant, Page};
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;

/// Least and most bytes of a page.
const ROOM: core::ops::RangeInclusive<usize> = 4 * 1024..=256 * 1024;
/// Packed records are larger than this: no page needs more rows than its room holds of these.
const SMALLEST: usize = 64;
/// How much smaller records become by packing, roughly; only the first guess.
const PACKS: usize = 3;
/// Most ids of records to be dropped in one page, and the bytes that one takes.
const EVICTED: usize = 4_000;
const EVICTED_SIZE: usize = 18;
/// Most times that one answer looks for something to hand out.
const PATIENCE: usize = 8;
/// Kinds of which each record is judged by what it says.
const JUDGED: [u16; 4] = [Kind::NEED.0, Kind::SESSION.0, Kind::REFERRAL.0, Kind::NOTE.0];

/// Body of `api::collect_as`.
///
/// # Errors
/// As there.
pub async fn collect_as(cursor: ByteBuf, room: u32) -> Result<Collected, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        current.office.ledger.look()?;
        let room = usize::try_from(room).unwrap_or(usize::MAX).clamp(*ROOM.start(), *ROOM.end());
        Collecting::begin(&current.office, &member, &cursor, room)?.answer(&cursor)
    })
    .await
}

/// One answer under way.
struct Collecting<'a> {
    office: &'a Office,
    member: &'a Member,
    room: usize,
    eyes: Option<Eyes>,
    /// What is open to them, and until when.
    grants: Vec<Grant>,
    /// As it was handed in, where it was ours.
    held: Option<Bookmark>,
    /// As whom they collect is to be kept, though nothing is handed out otherwise: see [`View::with_desks_of`].
    has_new_desks: bool,
    mark: Bookmark,
}

impl<'a> Collecting<'a> {
    fn begin(office: &'a Office, member: &'a Member, cursor: &[u8], room: usize) -> Result<Self, ApiError> {
        let standing = office.standing(member).filter(|standing| rights::reads(standing.role));
        let (mut grants, mut eyes) = (Vec::new(), None);
        if let Some(standing) = standing {
            grants = rights::active_grants(office, standing.user, now_ms())?;
            let open: BTreeSet<RecordId> = grants.iter().map(|grant| grant.group).collect();
            eyes = Some(office.eyes(standing, open)?);
        }
        let view = eyes.as_ref().map(View::of).unwrap_or_default();
        let mut held = Bookmark::read_here(office, &member.enrolment, cursor)?;
        let operation = office.operation(&member.user.site);
        let mut former = match &held {
            Some(held) if !held.view.before => None,
            // It may have lost its cursor, or told nobody before as whom it collects: what it holds is as was kept.
            _ => Kept::of(office, &member.enrolment, operation, held.as_ref())?,
        };
        let mut has_new_desks = false;
        if let Some(eyes) = &eyes {
            let kept = former.iter_mut().flat_map(|former| &mut former.views);
            for old in kept.chain(held.as_mut().map(|held| &mut held.view)) {
                let new = old.clone().with_desks_of(&view, eyes.rules.digest);
                has_new_desks |= new != *old;
                *old = new;
            }
        }
        let mark = held.clone().unwrap_or_else(|| Bookmark::fresh(office, view.clone()));
        let mut collecting = Self { office, member, room, eyes, grants, held, has_new_desks, mark };
        if collecting.held.is_some() {
            collecting.mark.turn(view);
            if let (Some(evicting), Some(former)) = (&mut collecting.mark.evicting, former) {
                let others = former.views.into_iter().filter(|view| !evicting.views.contains(view));
                let others: Vec<View> = others.collect();
                evicting.views.extend(others);
                evicting.from = evicting.from.min(former.since);
            }
            return Ok(collecting);
        }
        match former {
            Some(Kept { views, since }) if views != [view] => {
                collecting.mark.evicting = Some(Evicting { views, groups: None, at: 0, from: since });
            }
            Some(Kept { since, .. }) => {
                collecting.begin_anew()?;
                // What left since it began may lie there still.
                collecting.mark.began = since;
            }
            None => collecting.begin_anew()?,
        }
        Ok(collecting)
    }

    /// From the beginning, as who they are.
    fn begin_anew(&mut self) -> Result<(), ApiError> {
        (self.mark.after, self.mark.began) = (0, self.office.ledger.newest()?);
        (self.mark.opening, self.mark.judged) = (None, 0);
        let Some(eyes) = &self.eyes else { return Ok(()) };
        // Every record that is judged one by one is opened: not for whoever asks for it all day.
        self.office.limits.take(Limited::Anew, Who::Enrolment(self.member.enrolment.id))?;
        let (share, mut after) = (self.share(), 0);
        loop {
            let rows = self.office.ledger.of_kinds(&share, &JUDGED, after, 500)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.seq;
            let opened = rows.iter().filter_map(|row| Some((row, self.office.record(row)?.0)));
            let seen =
                opened.filter(|(row, record)| eyes.view(&row.home, row.made_by, record) != Handed::Nothing);
            self.mark.judged += seen.count() as u64;
        }
    }

    fn share(&self) -> Share {
        self.eyes.as_ref().map(|eyes| rights::share(&eyes.standing, &eyes.granted)).unwrap_or_default()
    }

    fn answer(mut self, cursor: &[u8]) -> Result<Collected, ApiError> {
        if let Some(evicting) = self.mark.evicting.clone() {
            let evicted = self.evict(evicting)?;
            if !evicted.is_empty() || self.mark.evicting.is_some() {
                let is_empty = evicted.is_empty();
                let page = Page { evicted: Some(evicted), ..Page::default() };
                let sealed = if is_empty { Vec::new() } else { self.seal(&page)? };
                let more = self.mark.evicting.is_some() || self.eyes.is_some();
                return self.collected(cursor, sealed, more);
            }
        }
        if self.eyes.is_none() {
            return self.collected(cursor, Vec::new(), false);
        }
        let mut told = Page::default();
        self.tell_staff(&mut told)?;
        let is_large = minicbor::to_vec(&told).map_or(0, |bytes| bytes.len()) > self.room / 4;
        if is_large {
            let sealed = self.seal(&told)?;
            return self.collected(cursor, sealed, true);
        }
        for _ in 0..PATIENCE {
            let (page, more) = self.records(&told)?;
            if let Some(sealed) = page {
                return self.collected(cursor, sealed, more);
            }
            if !more {
                return self.collected(cursor, Vec::new(), false);
            }
        }
        self.collected(cursor, Vec::new(), true)
    }

    /// The answer. A cursor that says the same is the same, byte for byte.
    fn collected(self, cursor: &[u8], page: Vec<u8>, more: bool) -> Result<Collected, ApiError> {
        let is_same = self.held.as_ref() == Some(&self.mark) && !self.has_new_desks;
        let as_whom = |mark: &Bookmark| (mark.view.clone(), mark.evicting.is_none());
        let is_other = self.has_new_desks || self.held.as_ref().map(as_whom) != Some(as_whom(&self.mark));
        if self.mark.evicting.is_none() && is_other {
            let kept = Kept { views: vec![self.mark.view.clone()], since: self.mark.began };
            kept.keep(self.office, &self.member.enrolment)?;
        }
        let cursor = if is_same {
            cursor.to_vec()
        } else {
            self.mark.to_bytes(self.office, &self.member.enrolment)?
        };
        let epoch = ByteBuf::from(self.office.ledger.identity().epoch);
        let signer = ByteBuf::from(self.office.keyring.secrets.signing.public().to_vec());
        Ok(Collected { page: ByteBuf::from(page), cursor: ByteBuf::from(cursor), more, epoch, signer })
    }

    fn seal(&self, page: &Page) -> Result<Vec<u8>, ApiError> {
        let enrolment = &self.member.enrolment;
        let signing = &self.office.keyring.secrets.signing;
        let sealed = page.seal(&mut rng(), signing, enrolment.id, &enrolment.inbox);
        sealed.map_err(|error| {
            log::trouble("page_not_sealed", &error);
            ApiError::Unavailable
        })
    }

    /// What is told beside records, where it has changed since it was told last.
    fn tell_staff(&mut self, page: &mut Page) -> Result<(), ApiError> {
        let Some(Standing { user, place, role }) = self.eyes.as_ref().map(|eyes| &eyes.standing) else {
            return Ok(());
        };
        let mut staff = directory::staff(self.office, place)?;
        // Who writes no sealed notes needs nobody's keys, and hears only for whom they work themselves.
        if rights::reads_only_referrals(*role) {
            staff.retain(|(one, _)| one.id == *user);
        }
        let digest = directory::digest(&staff);
        if digest != self.mark.directory {
            page.directory = Some(directory::directory(self.office, &staff));
            self.mark.directory = digest;
        }
        let said: Vec<u8> = self
            .grants
            .iter()
            .flat_map(|grant| {
                [&grant.group.0[..], &grant.until.to_be_bytes(), &[u8::from(grant.emergency)]].concat()
            })
            .collect();
        let digest =
            seal::digest(&[&[1][..], &said].concat()).first_chunk::<8>().copied().unwrap_or_default();
        if digest != self.mark.grants {
            page.grants = Some(self.grants.clone());
            self.mark.grants = digest;
        }
        Ok(())
    }

    /// The next records, with what is told beside them; `None` when there are none of them and nothing else is told.
    fn records(&mut self, told: &Page) -> Result<(Option<Vec<u8>>, bool), ApiError> {
        let Some(eyes) = &self.eyes else { return Ok((None, false)) };
        let rows = u32::try_from(self.room / SMALLEST).unwrap_or(u32::MAX);
        let opening = self.mark.opening.clone();
        let (share, after) = match &opening {
            Some(opening) => (Share { groups: opening.groups.clone(), ..Share::default() }, opening.at),
            None => (self.share(), self.mark.after),
        };
        let changed = self.office.ledger.changed(&share, after, rows, self.room * PACKS)?;
        let newest = changed.records.last().map(|row| row.seq);
        let (items, read) = hand(self.office, eyes, &changed.records, self.room * PACKS, self.mark.began);
        if items.is_empty() && newest.is_some() {
            // One that does not open is passed over, and the log tells. When none does, it is rather the server that
            // is not in order: the device asks again later, and nothing has been passed over then.
            return Err(ApiError::Unavailable);
        }
        let total = self.office.ledger.total(&self.share(), eyes.standing.user, &JUDGED)? + self.mark.judged;
        let mut take = items.len();
        loop {
            if take < items.len() || newest.is_some_and(|newest| read < newest) || changed.more {
                take = whole_groups(&items, take);
            }
            let part = items.get(..take).unwrap_or(&items);
            let cut = (take < items.len()).then(|| part.last().map_or(after, |item| item.seq));
            let (more, departed) = (changed.more, changed.departures.last().map(|departure| departure.seq));
            let changes = Changes { after, newest, looked_at: read, cut, more, departed };
            let reached = reached(changes);
            let Reached { last, more, .. } = reached;
            // What left a group before it was opened to them never lay there.
            let from = if opening.is_some() { u64::MAX } else { after };
            let (page, gone) = self.page(eyes, part, &changed, (from, reached), told, total)?;
            let is_news = page != Page { total: page.total, ..Page::default() };
            let sealed = if is_news { self.seal(&page)? } else { Vec::new() };
            if sealed.len() > self.room && take > 1 {
                // A little less than in proportion, so that a second try is seldom needed.
                take = (take * self.room / sealed.len() * 15 / 16).clamp(1, take - 1);
                continue;
            }
            let figures = [("records", page.records.len() as u64), ("bytes", sealed.len() as u64)];
            if is_news {
                log::event("collect", &figures);
            }
            self.mark.judged = self.mark.judged.saturating_sub(gone);
            let more = match opening {
                Some(mut opening) => {
                    opening.at = last;
                    self.mark.opening = Some(opening).filter(|_| more);
                    true
                }
                None => {
                    self.mark.after = reached.after;
                    more
                }
            };
            return Ok((is_news.then_some(sealed), more));
        }
    }

    /// A page of these records, and what is to be dropped before they are taken in.
    fn page(
        &self,
        eyes: &Eyes,
        part: &[Item],
        changed: &Changed,
        (after, reached): (u64, Reached),
        told: &Page,
        total: u64,
    ) -> Result<(Page, u64), ApiError> {
        let mut evicted: BTreeSet<RecordId> =
            part.iter().filter(|item| item.drop).map(|item| item.id).collect();
        let mut gone = part.iter().filter(|item| item.drop && item.handed.is_none()).count() as u64;
        let within = |seq: u64, is_own| tells_departure(seq, is_own, (after, self.mark.began), reached);
        // Earlier builds are told of nothing: for them collection begins after everything.
        let tells_own = self.mark.began < u64::MAX;
        for departure in changed.departures.iter().filter(|departure| within(departure.seq, tells_own)) {
            let Some(row) = self.office.ledger.records(&[departure.record])?.pop() else { continue };
            let was_handed = within(departure.seq, false);
            if !was_handed && row.made_by != Some(eyes.standing.user) {
                continue;
            }
            let Some((record, _)) = self.office.record(&row) else { continue };
            let old = eyes.view(&departure.home, row.made_by, &record).record(&record);
            let new = eyes.view(&row.home, row.made_by, &record).record(&record);
            let less = |old| departure.renew || new.as_ref().is_none_or(|new| !new.holds_all_of(old));
            // As it is now they would have seen nothing of it there; it may have been for more people then.
            let knew = || eyes.may_have_known(&departure.home, &record);
            let is_less = old.as_ref().map_or_else(|| new.is_none() && knew(), less);
            if is_less && evicted.insert(row.id) && new.is_none() && was_handed {
                gone += u64::from(JUDGED.contains(&row.kind.0));
            }
        }
        // What was counted when they began, and is not for them any more, is not counted.
        let total = total.saturating_sub(gone);
        let records: Vec<_> = part.iter().filter_map(|item| item.handed.clone()).collect();
        let authors: BTreeSet<_> = records.iter().flat_map(|record| record.known_authors()).collect();
        let users = self.office.ledger.users(&authors.into_iter().collect::<Vec<_>>())?;
        let authors = users.iter().filter_map(|user| {
            // Records without the name of an author are better than none.
            let Ok(profile) = self.office.profile(user) else {
                log::trouble("author_does_not_open", &user.id);
                return None;
            };
            Some(Author { user: user.id, name: profile.name, site: user.site.clone() })
        });
        let evicted = (!evicted.is_empty()).then(|| evicted.into_iter().collect());
        let Page { grants, directory, .. } = told.clone();
        Ok((Page { records, authors: authors.collect(), total, evicted, grants, directory }, gone))
    }
}
