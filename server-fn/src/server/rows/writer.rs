//! The one writer: work from many requests goes into one transaction, so that they share one fsync.
//!
//! Each piece of work runs in a savepoint of its own: one that fails takes nothing of the others with it.
//! Whoever handed it in is answered only after the commit.

use super::{database, unable};
use crate::server::ledger::{LedgerError, Result};
use database::{Connection, Dialect, Error, Kind, Source};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most pieces of work in one transaction: keeps the wait of the first one short.
const TOGETHER: usize = 64;
/// How often a transaction is begun anew that others got in the way of.
const TRIES: u32 = 8;
/// How much longer each of them waits before that.
const PAUSE: Duration = Duration::from_millis(5);
/// Who waited for longer than this for others is told so, and does not wait again.
const PATIENCE: Duration = Duration::from_secs(10);

/// A piece of work. It may be run again, where what it did the time before was undone.
trait Piece: Send {
    /// Runs it; whether what it did is to stay.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers whoever handed it in.
    fn answer(self: Box<Self>, committed: Result<()>);
}

type Pieces = Vec<Box<dyn Piece>>;

struct Work<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    answer: Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&Connection) -> Result<T> + Send> Piece for Work<T, F> {
    fn run(&mut self, connection: &Connection) -> bool {
        let outcome = (self.work)(connection);
        let done = outcome.is_ok();
        self.outcome = Some(outcome);
        done
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let _ = self.answer.send(committed.and(self.outcome.unwrap_or_else(|| Err(gone()))));
    }
}

enum Message {
    Work(Box<dyn Piece>),
    Checkpoint(Sender<Result<()>>),
}

/// Hands work to the writing thread.
pub struct Writer {
    /// Bounded: when the disk cannot keep up, senders wait instead of filling the memory.
    messages: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection of its own; the source gives another one when that has gone.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start(connection: Connection, source: Source) -> std::io::Result<Self> {
        let (messages, inbox) = sync_channel(256);
        let builder = std::thread::Builder::new().name("ledger".into());
        let mut bench = Bench { connection: Some(connection), source };
        let thread = builder.spawn(move || bench.run(&inbox))?;
        Ok(Self { messages: Some(messages), thread: Some(thread) })
    }

    /// Runs some work in the next transaction and gives its answer once that is durably committed.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = channel();
        self.send(Message::Work(Box::new(Work { work, outcome: None, answer })))?;
        answered.recv().map_err(|_| gone())?
    }

    /// Moves everything from the write-ahead log into the database file.
    pub fn checkpoint(&self) -> Result<()> {
        let (answer, answered) = channel();
        self.send(Message::Checkpoint(answer))?;
        answered.recv().map_err(|_| gone())?
    }

    fn send(&self, message: Message) -> Result<()> {
        self.messages.as_ref().ok_or_else(gone)?.send(message).map_err(|_| gone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn gone() -> LedgerError {
    LedgerError::Unable("the writer has stopped".into())
}

/// Where the writing thread works.
struct Bench {
    /// None after it has gone.
    connection: Option<Connection>,
    source: Source,
}

impl Bench {
    fn run(&mut self, inbox: &Receiver<Message>) {
        let mut next = inbox.recv().ok();
        while let Some(message) = next.take() {
            match message {
                Message::Checkpoint(answer) => {
                    let _ = answer.send(self.checkpoint().map_err(|error| unable(&error)));
                }
                Message::Work(first) => next = self.together(first, inbox),
            }
            if next.is_none() {
                next = inbox.recv().ok();
            }
        }
    }

    /// PostgreSQL sees to that by itself.
    fn checkpoint(&self) -> database::Result<()> {
        match &self.connection {
            Some(connection) if connection.dialect() == Dialect::Sqlite => {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            }
            _ => Ok(()),
        }
    }

    /// The connection, or another one where it has gone.
    fn connected(&mut self) -> database::Result<&Connection> {
        let connection = match self.connection.take().filter(|connection| !connection.is_broken()) {
            Some(connection) => connection,
            None => self.source.writer()?,
        };
        Ok(self.connection.insert(connection))
    }

    /// One transaction with all that is waiting to be written. Gives back a message that was no work.
    fn together(&mut self, first: Box<dyn Piece>, inbox: &Receiver<Message>) -> Option<Message> {
        let mut pieces = vec![first];
        let mut left_over = None;
        let mut more = |pieces: &mut Pieces| {
            if pieces.len() < TOGETHER && left_over.is_none() {
                match inbox.try_recv() {
                    Ok(Message::Work(another)) => pieces.push(another),
                    Ok(message) => left_over = Some(message),
                    Err(_) => {}
                }
            }
        };
        let (mut tries, began) = (0, Instant::now());
        let outcome = loop {
            let connection = match self.connected() {
                Ok(connection) => connection,
                Err(error) => break Err(unable(&error)),
            };
            match transact(connection, &mut pieces, &mut more) {
                Ok(()) => break Ok(()),
                Err(Undone::Surely(error)) if is_worth_trying(connection, &error, tries, began) => {
                    std::thread::sleep(PAUSE * tries);
                    tries += 1;
                }
                Err(Undone::Surely(error) | Undone::Perhaps(error)) => break Err(unable(&error)),
            }
        };
        pieces.into_iter().for_each(|piece| piece.answer(outcome.clone()));
        left_over
    }
}

/// That a transaction was not seen to be committed.
enum Undone {
    /// It was not, and may be tried again.
    Surely(Error),
    /// Nobody knows: the connection went while it was.
    Perhaps(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Undone::Surely(error)
    }
}

/// What others got in the way of is tried again, and what a connection was lost over, once. SQLite has waited already.
fn is_worth_trying(connection: &Connection, error: &Error, tries: u32, began: Instant) -> bool {
    connection.dialect() == Dialect::Postgres
        && match error.kind {
            Kind::Conflict => tries < TRIES && began.elapsed() < PATIENCE,
            Kind::Away => tries == 0,
            _ => false,
        }
}

/// Runs pieces of work in one transaction, and those that `more` brings meanwhile. Each has a savepoint under a name of its
/// own: where one is not released, because the piece hid a fault from us, whatever is undone for the next finds no other
/// piece's in its place, and the transaction fails as a whole.
fn transact(
    connection: &Connection,
    pieces: &mut Pieces,
    more: &mut dyn FnMut(&mut Pieces),
) -> core::result::Result<(), Undone> {
    let transaction = connection.write()?;
    let mut at = 0;
    while let Some(piece) = pieces.get_mut(at) {
        at += 1;
        connection.execute_with_next(&format!("SAVEPOINT piece_{at}"))?;
        let done = piece.run(connection);
        if connection.is_broken() {
            return Err(Error::new(Kind::Away, "the connection was lost").into());
        }
        if connection.take_conflict() {
            return Err(Error::new(Kind::Conflict, "others were in the way").into());
        }
        let undo = if done { String::new() } else { format!("ROLLBACK TO SAVEPOINT piece_{at}; ") };
        connection.execute_with_next(&format!("{undo}RELEASE SAVEPOINT piece_{at}"))?;
        if at == pieces.len() {
            more(pieces);
        }
    }
    transaction.commit().map_err(|error| match error.kind {
        Kind::Away => Undone::Perhaps(error),
        _ => Undone::Surely(error),
    })
}

#[cfg(test)]
mod tests;
