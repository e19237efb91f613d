//! What a running server does about letters by itself: judges what was left, gives those in quarantine their turn, closes
//! what is older than six months.

use super::taking::close;
use super::{Answering, letters};
use crate::server::ledger::{LedgerError, LetterRow, LetterState};
use crate::server::limits::{Kind, Who};
use crate::server::{Office, log, now_ms};
use domain::application::DAYS_KEPT;
use seal::letter::Fate;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DAY: u64 = 24 * 60 * 60 * 1000;
/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_secs(3);
/// How often what is too old is looked for.
const HOURLY: Duration = Duration::from_secs(60 * 60);
/// Letters that have their turn at one look: over a day no more than what tablets collect besides.
const TURNS: usize = 4;
/// Milliseconds for which whoever handed a letter in is still judging it.
const UNDER_WAY: u64 = 60_000;
/// How often the program may end or fail at the judging of a letter before it is set apart: a power cut is nothing against
/// it.
const TRIES: u32 = 3;
/// Applications closed at one look.
const CLOSED: u32 = 200;

/// Looks after letters for as long as it is polled.
pub async fn keep_up(office: Arc<Office>) {
    let mut looked: Option<Instant> = None;
    // What came before this start is nobody's any more.
    let mut under_way = 0;
    loop {
        let at_work = Arc::clone(&office);
        let is_hourly = looked.is_none_or(|looked| looked.elapsed() > HOURLY);
        if is_hourly {
            looked = Some(Instant::now());
        }
        let turn = tokio::task::spawn_blocking(move || {
            let now = now_ms();
            let done = [
                at_work.judge_letters(now.saturating_sub(under_way), now),
                at_work.give_turns(now),
                if is_hourly { at_work.close_old(now) } else { Ok(0) },
            ];
            for error in done.into_iter().filter_map(Result::err) {
                log::trouble("letters", &error);
            }
            at_work.tell_figures(now);
        });
        if let Err(error) = turn.await {
            log::trouble("letters", &error);
        }
        under_way = UNDER_WAY;
        tokio::time::sleep(LOOK).await;
    }
}

impl Office {
    /// Judges letters that were stored before a moment and not judged, because the server stopped between the two. How
    /// many. One at whose judging the program ended or failed again and again is set apart, and none stops the others.
    ///
    /// # Errors
    /// The first, when the ledger is not able; the others were judged nevertheless.
    pub fn judge_letters(&self, before: u64, now: u64) -> Result<u64, LedgerError> {
        let (mut after, mut judged, mut wrong) = (0, 0, Ok(()));
        loop {
            let rows = self.ledger.letters(LetterState::Waiting, after, 16)?;
            let Some(last) = rows.last() else { return wrong.map(|()| judged) };
            after = last.seq;
            for row in rows.iter().filter(|row| row.received_at <= before) {
                wrong = wrong.and(self.judge_letter(row, now));
                judged += 1;
            }
        }
    }

    /// Gives letters in quarantine their turn, round by round over where they came from, a few thousand a day in all
    /// ([`Kind::Turn`]): what is over waits until somebody asks for its reference. How many.
    ///
    /// # Errors
    /// The first, when the ledger is not able.
    pub fn give_turns(&self, now: u64) -> Result<u64, LedgerError> {
        self.count_quarantine(now)?;
        let (mut judged, mut wrong) = (0, Ok(()));
        for _ in 0..TURNS {
            if self.limits.take(Kind::Turn, Who::Anybody).is_err() {
                break;
            }
            let Some(origin) = self.intake.counted(|quarantine| quarantine.turn(now)) else {
                self.limits.give_back(Kind::Turn, Who::Anybody);
                break;
            };
            if let Some(row) = self.ledger.oldest_letter(origin)? {
                wrong = wrong.and(self.judge_letter(&row, now));
                judged += 1;
            }
        }
        wrong.map(|()| judged)
    }

    fn judge_letter(&self, row: &LetterRow, now: u64) -> Result<(), LedgerError> {
        // Where the ledger is not able at all, this fails too, and nothing is counted against the letter.
        if self.ledger.try_letter(row.id)? >= TRIES {
            log::trouble("letter_unjudgeable", &row.seq);
            letters::left(self, self.ledger.set_letter(row.id, LetterState::Apart)?);
            return Ok(());
        }
        if letters::settle(self, row, now)? == Answering::Fate(Fate::Later) {
            self.untried(row)?;
        }
        Ok(())
    }

    /// Takes back that a letter was tried, where it waits for an office and nothing is wrong with it.
    fn untried(&self, row: &LetterRow) -> Result<(), LedgerError> {
        let still = self.ledger.letter_state(row.id)? == Some(row.state);
        if still {
            self.ledger.set_letter(row.id, row.state)?;
        }
        Ok(())
    }

    /// Closes applications that nobody took up within six months. How many.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn close_old(&self, now: u64) -> Result<u64, LedgerError> {
        let kept = u64::try_from(DAYS_KEPT).unwrap_or(0);
        let before = u32::try_from((now / DAY).saturating_sub(kept)).unwrap_or(0);
        let mut closed = 0;
        for row in self.ledger.open_applications(before, CLOSED)? {
            closed += u64::from(close(self, row.id, "expired", now)?);
        }
        if closed > 0 {
            log::event("applications_closed", &[("applications", closed)]);
        }
        Ok(closed)
    }
}
