//! PostgreSQL, or what speaks like it: its protocol, spoken one request at a time on a connection that blocks.
//!
//! Written here and not taken from the crate `postgres`, whose connections drive a runtime of their own and may not be used
//! where one is running already; and because a statement, the savepoint before it and what it is parsed from can go out
//! together, which halves the round trips. Messages and passwords are `postgres-protocol`'s, of the same authors.

mod address;
mod login;
mod row;
mod tls;
mod wire;

pub use address::Address;
pub use row::Row;

use super::error::{Error, Kind, Result};
use super::value::ValueRef;
use super::{Connection, Driver};
use postgres_protocol::IsNull;
use postgres_protocol::message::backend::{ErrorResponseBody, Message, NoticeResponseBody};
use postgres_protocol::message::frontend;
use row::types;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use wire::Wire;

/// Statements kept prepared on each connection. Beyond that the one that was used longest ago goes.
const PREPARED: usize = 256;
/// As `PREPARED`, the binary form of values in messages.
const BINARY: i16 = 1;

/// A connection.
pub struct Client {
    wire: Wire,
    prepared: HashMap<String, Prepared>,
    /// Statements prepared so far, and used so far: for their names, and to know which is the oldest.
    made: u64,
    used: u64,
    /// Batches in front of what is sent next, whose answers are read first.
    ahead: usize,
    /// As the server said last: `I` idle, `T` in a transaction, `E` in one that failed.
    status: u8,
    is_broken: bool,
    had_conflict: bool,
}

struct Prepared {
    name: String,
    columns: Arc<[u32]>,
    used: u64,
}

/// Goes to a database.
pub(super) fn connect(address: &Address, read_only: bool) -> Result<Connection> {
    let mut client = Client {
        wire: Wire::open(address)?,
        prepared: HashMap::new(),
        made: 0,
        used: 0,
        ahead: 0,
        status: b'I',
        is_broken: false,
        had_conflict: false,
    };
    login::log_in(&mut client.wire, address)?;
    client.until_ready(&mut |_| Ok(()))?;
    let timeout = address.statement_timeout.as_millis();
    let read_only = if read_only { "on" } else { "off" };
    // A process that is stopped in the middle must not keep the others from writing for longer than a statement may
    // take. And a commit that was acknowledged is on the disk, whatever the server's own settings make of it.
    client.batch(&format!(
        "SET statement_timeout = {timeout}; SET lock_timeout = {timeout}; \
         SET idle_in_transaction_session_timeout = {timeout}; SET default_transaction_read_only = {read_only}; \
         SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    ))?;
    Ok(Connection(Driver::Postgres(Box::new(RefCell::new(client)))))
}

impl Client {
    /// Runs a statement and gives how many rows it changed.
    pub(super) fn execute(&mut self, sql: &str, values: &[ValueRef<'_>]) -> Result<usize> {
        self.run(sql, values, &mut |_| Ok(()))
    }

    /// Runs a statement and gives its rows.
    pub(super) fn query(&mut self, sql: &str, values: &[ValueRef<'_>]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.run(sql, values, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Statements without values, one after the other.
    pub(super) fn batch(&mut self, sql: &str) -> Result<()> {
        self.with_next(sql)?;
        self.exchange(Self::read_ahead)
    }

    /// The same, together with what is sent next.
    pub(super) fn with_next(&mut self, sql: &str) -> Result<()> {
        self.usable()?;
        frontend::query(sql, &mut self.wire.out).map_err(|error| wire::away(&error))?;
        self.ahead += 1;
        Ok(())
    }

    /// Commits. A transaction that failed before would be rolled back by that, without a word of fault.
    pub(super) fn commit(&mut self) -> Result<()> {
        let failed = || Error::new(Kind::Other, "a transaction that failed cannot be committed");
        if self.status == b'E' && self.ahead > 0 {
            // What failed may be undone in what was to go ahead of this.
            self.exchange(Self::read_ahead)?;
        }
        if self.status == b'E' {
            return Err(failed());
        }
        self.with_next("COMMIT")?;
        // Its answer is looked at, and not only over.
        self.ahead -= 1;
        let (mut is_done, mut is_doubtful) = (false, false);
        self.exchange(|client| {
            let ahead = client.read_ahead();
            if is_away(&ahead) {
                return ahead;
            }
            let answered = client.until_ready(&mut |message| {
                match message {
                    Message::CommandComplete(body) => is_done = body.tag().is_ok_and(|tag| tag == "COMMIT"),
                    Message::NoticeResponse(body) => is_doubtful |= is_warning(&body),
                    _ => {}
                }
                Ok(())
            });
            ahead.and(answered)
        })?;
        if is_doubtful {
            // Somebody ended its wait for a standby, which PostgreSQL says by a warning alone.
            return Err(Error::new(Kind::Away, "committed, and nobody knows whether at the standby too"));
        }
        if is_done { Ok(()) } else { Err(failed()) }
    }

    /// Undoes what was begun.
    pub(super) fn roll_back(&mut self) {
        // What was to go ahead of the next statement goes too: the beginning of a transaction may be in it.
        if self.usable().is_ok() && (self.ahead > 0 || self.status != b'I') {
            let _ = if self.ahead > 0 { self.exchange(Self::read_ahead) } else { Ok(()) };
            if self.status != b'I' && self.batch("ROLLBACK").is_err() {
                self.is_broken = true;
            }
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Whether others got in the way since this was asked last.
    pub(super) fn take_conflict(&mut self) -> bool {
        std::mem::take(&mut self.had_conflict)
    }

    fn usable(&self) -> Result<()> {
        if self.is_broken { Err(Error::new(Kind::Away, "the connection is gone")) } else { Ok(()) }
    }

    /// Sends what is waiting and reads the answer. Whatever goes wrong with the way itself ends the connection.
    fn exchange<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.usable()?;
        let outcome = self.wire.send().and_then(|()| read(self));
        if let Err(error) = &outcome {
            self.is_broken |= error.kind == Kind::Away;
            self.had_conflict |= error.kind == Kind::Conflict;
        }
        outcome
    }

    fn run(
        &mut self,
        sql: &str,
        values: &[ValueRef<'_>],
        take: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<usize> {
        self.usable()?;
        self.used += 1;
        let used = self.used;
        let known = self.prepared.get_mut(sql).map(|prepared| {
            prepared.used = used;
            (prepared.name.clone(), Arc::clone(&prepared.columns))
        });
        let (name, columns) = match known {
            Some((name, columns)) => (name, Some(columns)),
            None => (self.prepare(sql, values)?, None),
        };
        let said = self.say(&name, values, columns.is_none());
        // Half a message would be in the way of all that follows.
        self.is_broken |= said.is_err();
        said?;
        let outcome = self.exchange(|client| {
            let ahead = client.read_ahead();
            let mut columns = columns.clone();
            if is_away(&ahead) {
                // Nothing more will come, and is not waited for.
                return ahead.map(|()| (0, columns));
            }
            let outcome = client.read_rows(&mut columns, take);
            ahead.and(outcome).map(|rows| (rows, columns))
        });
        match outcome {
            Ok((rows, described)) => {
                if columns.is_none() {
                    let columns = described.unwrap_or_else(|| Arc::from([]));
                    self.prepared.insert(sql.to_owned(), Prepared { name, columns, used });
                }
                Ok(rows)
            }
            Err(error) => {
                // It may be that the statement is no longer what it was prepared as.
                if columns.is_some() {
                    self.forget(sql);
                } else if !self.is_broken {
                    self.close(&name);
                }
                Err(error)
            }
        }
    }

    /// Makes the server prepare a statement, with what it is given for the first time saying what it takes.
    fn prepare(&mut self, sql: &str, values: &[ValueRef<'_>]) -> Result<String> {
        if self.prepared.len() >= PREPARED {
            let oldest = self.prepared.iter().min_by_key(|(_, prepared)| prepared.used);
            if let Some(oldest) = oldest.map(|(sql, _)| sql.clone()) {
                self.forget(&oldest);
            }
        }
        self.made += 1;
        let name = format!("s{}", self.made);
        let takes = values.iter().map(|value| match value {
            ValueRef::Null => 0,
            ValueRef::Integer(_) => types::INT8,
            ValueRef::Text(_) => types::TEXT,
            ValueRef::Blob(_) => types::BYTEA,
        });
        frontend::parse(&name, sql, takes, &mut self.wire.out).map_err(|error| wire::away(&error))?;
        Ok(name)
    }

    fn forget(&mut self, sql: &str) {
        if let Some(Prepared { name, .. }) = self.prepared.remove(sql) {
            self.close(&name);
        }
    }

    /// Lets the server forget a statement, if it knows it. The answer comes with that of the next one, and says nothing.
    fn close(&mut self, name: &str) {
        let _ = frontend::close(b'S', name, &mut self.wire.out);
    }

    fn say(&mut self, name: &str, values: &[ValueRef<'_>], describe: bool) -> Result<()> {
        let out = &mut self.wire.out;
        let bound = frontend::bind(
            "",
            name,
            [BINARY],
            values,
            |value, to| {
                match value {
                    ValueRef::Null => return Ok(IsNull::Yes),
                    ValueRef::Integer(number) => to.extend_from_slice(&number.to_be_bytes()),
                    // PostgreSQL's texts hold every character but this one, and ours have no use for it.
                    ValueRef::Text(text) if text.contains('\0') => {
                        to.extend_from_slice(text.replace('\0', "\u{FFFD}").as_bytes());
                    }
                    ValueRef::Text(text) => to.extend_from_slice(text.as_bytes()),
                    ValueRef::Blob(bytes) => to.extend_from_slice(bytes),
                }
                Ok(IsNull::No)
            },
            [BINARY],
            out,
        );
        bound.map_err(|_| Error::new(Kind::Other, "a value too large for the database"))?;
        let rest = if describe { frontend::describe(b'P', "", out) } else { Ok(()) };
        rest.and_then(|()| frontend::execute("", 0, out)).map_err(|error| wire::away(&error))?;
        frontend::sync(out);
        Ok(())
    }

    /// The answers to what went ahead of a statement.
    fn read_ahead(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        while self.ahead > 0 {
            self.ahead -= 1;
            let read = self.until_ready(&mut |_| Ok(()));
            if self.is_broken || is_away(&read) {
                return read;
            }
            outcome = outcome.and(read);
        }
        outcome
    }

    fn read_rows(
        &mut self,
        columns: &mut Option<Arc<[u32]>>,
        take: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<usize> {
        let mut changed = 0;
        self.until_ready(&mut |message| {
            match message {
                Message::RowDescription(body) => {
                    let garbled = |_| Error::new(Kind::Away, "columns that cannot be read");
                    let (mut fields, mut found) = (body.fields(), Vec::new());
                    while let Some(field) =
                        fallible_iterator::FallibleIterator::next(&mut fields).map_err(garbled)?
                    {
                        found.push(field.type_oid());
                    }
                    *columns = Some(Arc::from(found));
                }
                Message::DataRow(body) => {
                    let columns = columns.get_or_insert_with(|| Arc::from([]));
                    take(Row::of(&body, columns)?)?;
                }
                Message::CommandComplete(body) => {
                    let tag = body.tag().unwrap_or_default();
                    changed = tag.rsplit(' ').next().and_then(|rows| rows.parse().ok()).unwrap_or(0);
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(changed)
    }

    /// Reads on until the server waits for what comes next. A fault does not end that: the rest is read over.
    fn until_ready(&mut self, take: &mut dyn FnMut(Message) -> Result<()>) -> Result<()> {
        let mut outcome = Ok(());
        loop {
            match self.wire.next() {
                // Said as it goes away; nothing comes after that.
                Err(error) => return outcome.and(Err(error)),
                Ok(Message::ReadyForQuery(body)) => {
                    self.status = body.status();
                    return outcome;
                }
                Ok(Message::ErrorResponse(body)) => outcome = outcome.and(Err(fault(&body))),
                Ok(message) if outcome.is_ok() => outcome = take(message),
                Ok(_) => {}
            }
        }
    }
}

fn is_away<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(error) if error.kind == Kind::Away)
}

/// Whether it is a warning and no mere remark. By the field that is never translated.
fn is_warning(body: &NoticeResponseBody) -> bool {
    let mut fields = body.fields();
    while let Ok(Some(field)) = fallible_iterator::FallibleIterator::next(&mut fields) {
        if field.type_() == b'V' {
            return field.value_bytes() == b"WARNING";
        }
    }
    false
}

/// A fault as the server tells it: its code, and its words, which name constraints and columns. The line "detail", which
/// shows values, is left out.
pub(super) fn fault(body: &ErrorResponseBody) -> Error {
    let (mut code, mut words) = (String::new(), String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fallible_iterator::FallibleIterator::next(&mut fields) {
        match field.type_() {
            b'C' => code = String::from_utf8_lossy(field.value_bytes()).into_owned(),
            b'M' => words = String::from_utf8_lossy(field.value_bytes()).into_owned(),
            _ => {}
        }
    }
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    let kind = match code.as_str() {
        // Serialization, deadlock, a lock that was waited for too long.
        "40001" | "40P01" | "55P03" => Kind::Conflict,
        // Such a row; such a table, or what it is made of.
        "23505" | "42P07" | "42710" => Kind::Unique,
        // Shut down, crashed, starting, cut off by an administrator, too many connections, idle for too long.
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25P03" => Kind::Away,
        class if class.starts_with("08") => Kind::Away,
        _ => Kind::Other,
    };
    Error::new(kind, format!("{words} ({code})"))
}
