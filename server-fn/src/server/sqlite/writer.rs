//! The one writer: work from many requests goes into one transaction, so that they share one fsync.
//!
//! Each piece of work runs in a savepoint of its own: one that fails takes nothing of the others with it.
//! Whoever handed it in is answered only after the commit.

use crate::server::ledger::{LedgerError, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// Most pieces of work in one transaction: keeps the wait of the first one short.
const TOGETHER: usize = 64;

type Reply = Box<dyn FnOnce(Result<()>) + Send>;
type Work = Box<dyn FnOnce(&Connection) -> (bool, Reply) + Send>;

enum Message {
    Work(Work),
    Checkpoint(Sender<Result<()>>),
}

/// Hands work to the writing thread.
pub struct Writer {
    /// Bounded: when the disk cannot keep up, senders wait instead of filling the memory.
    messages: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (messages, inbox) = sync_channel(256);
        let builder = std::thread::Builder::new().name("ledger".into());
        let thread = builder.spawn(move || run(connection, &inbox))?;
        Ok(Self { messages: Some(messages), thread: Some(thread) })
    }

    /// Runs some work in the next transaction and gives its answer once that is durably committed.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = channel();
        self.send(Message::Work(Box::new(move |connection| {
            let outcome = work(connection);
            let done = outcome.is_ok();
            let reply: Reply = Box::new(move |committed| {
                let _ = answer.send(committed.and(outcome));
            });
            (done, reply)
        })))?;
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

fn run(mut connection: Connection, inbox: &Receiver<Message>) {
    let mut next = inbox.recv().ok();
    while let Some(message) = next.take() {
        match message {
            Message::Checkpoint(answer) => {
                let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
                let _ = answer.send(done.map_err(|error| super::unable(&error)));
            }
            Message::Work(first) => next = together(&mut connection, first, inbox),
        }
        if next.is_none() {
            next = inbox.recv().ok();
        }
    }
}

/// One transaction with all that is waiting to be written. Gives back a message that was no work.
fn together(connection: &mut Connection, first: Work, inbox: &Receiver<Message>) -> Option<Message> {
    let mut replies: Vec<Reply> = Vec::new();
    let mut left_over = None;
    let outcome = (|| -> rusqlite::Result<()> {
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut work = Some(first);
        while let Some(piece) = work.take() {
            let mut savepoint = transaction.savepoint()?;
            let (done, reply) = piece(&savepoint);
            replies.push(reply);
            if done {
                savepoint.commit()?;
            } else {
                savepoint.rollback()?;
                savepoint.commit()?;
            }
            if replies.len() < TOGETHER {
                match inbox.try_recv() {
                    Ok(Message::Work(another)) => work = Some(another),
                    Ok(message) => left_over = Some(message),
                    Err(_) => {}
                }
            }
        }
        transaction.commit()
    })();
    // A piece whose reply is missing was never run: dropping it answers its sender that nobody is there.
    let outcome = outcome.map_err(|error| super::unable(&error));
    replies.into_iter().for_each(|reply| reply(outcome.clone()));
    left_over
}
