//! What a running server does about letters by itself: judges what was left, gives those in quarantine their turn, closes
//! what is older than six months.

use super::letters;
use super::taking::close;
use crate::server::ledger::{LedgerError, LetterRow, LetterState};
use crate::server::{Office, log, now_ms};
use domain::application::DAYS_KEPT;
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
/// How often the program may end at the judging of a letter before it is set apart: a power cut is nothing against it.
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
            let done = at_work
                .judge_letters(now.saturating_sub(under_way), now)
                .and_then(|_| at_work.give_turns(now))
                .and_then(|_| if is_hourly { at_work.close_old(now) } else { Ok(0) });
            if let Err(error) = done {
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
    /// many. One at whose judging the program ended again and again is set apart.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn judge_letters(&self, before: u64, now: u64) -> Result<u64, LedgerError> {
        let (mut after, mut judged) = (0, 0);
        loop {
            let rows = self.ledger.letters(LetterState::Waiting, after, 16)?;
            let Some(last) = rows.last() else { return Ok(judged) };
            after = last.seq;
            for row in rows.iter().filter(|row| row.received_at <= before) {
                self.judge_letter(row, now)?;
                judged += 1;
            }
        }
    }

    /// Gives letters in quarantine their turn, round by round over where they came from. How many.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn give_turns(&self, now: u64) -> Result<u64, LedgerError> {
        self.count_quarantine()?;
        let mut judged = 0;
        for origin in self.intake.counted(|quarantine| quarantine.turns(now, TURNS)) {
            if let Some(row) = self.ledger.oldest_letter(origin)? {
                self.judge_letter(&row, now)?;
                judged += 1;
            }
        }
        Ok(judged)
    }

    fn judge_letter(&self, row: &LetterRow, now: u64) -> Result<(), LedgerError> {
        if self.ledger.try_letter(row.id)? >= TRIES {
            log::trouble("letter_unjudgeable", &row.seq);
            letters::left(self, self.ledger.set_letter(row.id, LetterState::Apart)?);
            return Ok(());
        }
        if let Err(error) = letters::settle(self, row, now) {
            // Nothing is wrong with the letter.
            self.ledger.set_letter(row.id, row.state)?;
            return Err(error);
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
