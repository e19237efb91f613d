//! The log as auditors see it.

use super::{AuditEvent, What};
use crate::ApiError;
use crate::server::Office;
use crate::server::ledger::{AuditFilter, AuditLink};
use crate::server::limits::Kind;
use crate::server::request::blocking;
use domain::permission::office_reach;
use domain::{EnrolmentId, OfficeAct, Reach, Role, UserId};
use minicbor::bytes::ByteArray;
use seal::answer::Nonce;
use seal::audit_page::ChainState;
use seal::page::Author;
use seal::{AuditLine, AuditPage, AuditQuery};
use serde_bytes::ByteBuf;
use std::collections::{BTreeSet, HashMap};

/// Most lines of a page.
const LIMIT: u32 = 100;

/// Body of `api::audit_page`.
///
/// # Errors
/// As there.
pub async fn audit_page(
    query: ByteBuf,
    before: Option<u64>,
    limit: u32,
    nonce: ByteBuf,
) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        let office = &*current.office;
        let may = Role::from_code(member.user.role).and_then(|role| office_reach(role, OfficeAct::Audit));
        if may != Some(Reach::All) {
            // Before the line is written: who goes on trying must not fill the log.
            current.take_turn(Kind::Administration, member.user.id)?;
            let event = AuditEvent::of(What::ForeignId).by(member.enrolment.id).because("audit_page");
            office.note(event)?;
            return Err(ApiError::Refused);
        }
        let nonce: Nonce = nonce.as_slice().try_into().map_err(|_| ApiError::Malformed)?;
        let query: AuditQuery = minicbor::decode(&query).map_err(|_| ApiError::Malformed)?;
        if before.is_none() {
            current.take_turn(Kind::Administration, member.user.id)?;
            // Whoever watches is watched too: once for each look, not for every page of it.
            let event = AuditEvent::of(What::AuditRead).by(member.enrolment.id);
            let about = query.subject.map(|subject| *subject).or(query.user.map(|user| user.0));
            office.note(AuditEvent { subject: about, ..event })?;
        }
        let page = office.audit_page(&query, before, limit.clamp(1, LIMIT))?;
        office.sealed_answer(&member, &page, &nonce)
    })
    .await
}

impl Office {
    /// Lines of the log that a query lets through, before a number, the newest first.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub fn audit_page(
        &self,
        query: &AuditQuery,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, ApiError> {
        let subject = query.subject.map(|subject| *subject);
        let filter = AuditFilter { user: query.user, subject, from: query.from, until: query.until };
        let mut links = self.ledger.audit(&filter, before, limit + 1)?;
        let more = links.len() > limit as usize;
        links.truncate(limit as usize);
        let next = links.last().filter(|_| more).map(|link| link.seq);
        let enrolments: BTreeSet<EnrolmentId> = links.iter().filter_map(|link| link.row.enrolment).collect();
        let enrolments: Vec<EnrolmentId> = enrolments.into_iter().collect();
        let users: HashMap<EnrolmentId, UserId> = self.ledger.users_of(&enrolments)?.into_iter().collect();
        let lines: Vec<AuditLine> = links.iter().map(|link| self.line(link, &users)).collect();
        // Some lines are about people of the staff: their names are shown too, where the id is one.
        let mut named: BTreeSet<UserId> = lines.iter().filter_map(|line| line.user).collect();
        named.extend(
            lines.iter().flat_map(|line| [line.subject, line.toward]).flatten().map(|id| UserId(*id)),
        );
        let rows = self.ledger.users(&named.into_iter().collect::<Vec<_>>())?;
        let people = rows.iter().filter_map(|user| {
            let name = self.profile(user).ok()?.name;
            Some(Author { user: user.id, name, site: user.site.clone() })
        });
        Ok(AuditPage { people: people.collect(), lines, next, chain: self.chain_state()? })
    }

    fn line(&self, link: &AuditLink, users: &HashMap<EnrolmentId, UserId>) -> AuditLine {
        let row = &link.row;
        let (detail, sound) = self.audit_detail(row).unwrap_or_default();
        AuditLine {
            seq: link.seq,
            what: row.what,
            key: What::from_code(row.what).map_or_else(String::new, |what| what.key().to_owned()),
            at: row.at,
            received_at: row.received_at,
            user: row.enrolment.and_then(|enrolment| users.get(&enrolment).copied()),
            enrolment: row.enrolment,
            subject: row.subject.map(ByteArray::from),
            toward: detail.toward,
            reason: detail.reason,
            words: detail.words,
            figure: detail.figure,
            sound,
        }
    }

    fn chain_state(&self) -> Result<ChainState, ApiError> {
        let (verified, broken_at) = self.walk_log()?;
        let last = match self.ledger.last_checkpoint()? {
            Some((_, bytes)) => self.read_checkpoint(&bytes)?,
            None => None,
        };
        let contradicted = self.ledger.echoes()?.iter().filter(|echo| echo.contradicted).count() as u64;
        Ok(ChainState {
            rows: self.ledger.heads()?.audit_seq,
            verified,
            checkpoint_at: last.map_or(0, |last| last.at),
            checkpoint: last.map_or(0, |last| last.serial),
            contradicted,
            broken_at,
        })
    }
}
