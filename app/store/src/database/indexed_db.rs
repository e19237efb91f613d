//! The database in IndexedDB.

use super::{Home, Watched, Watcher, WhenMissing};
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Durability, Expected, Query, Rows, Write};
use crate::{StoreError, clock, schema};
use indexed_db_futures::KeyRange;
use indexed_db_futures::database::Database as Base;
use indexed_db_futures::error::{Error, OpenDbError};
use indexed_db_futures::future::{BasicRequest, GetAllPrimitiveRequest};
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen::prelude::*;

/// How long another tab may take to let go of an older version.
const PATIENCE: u32 = 5_000;
/// How often that is waited again where nobody says who is in the way: slow disks take their time too.
const MOST_WAITS: u32 = 2;

/// The database. Clones are the same connection.
#[derive(Clone)]
pub struct Database {
    home: Home,
    /// `None` where the browser opens none.
    base: Rc<RefCell<Option<Connection>>>,
    /// What stands in for it then.
    memory: Option<super::memory::Database>,
    watched: Watched,
}

struct Connection {
    base: Base,
    /// Set when a newer version of the app wants the database for itself: from then on it is not opened again.
    closed: Rc<Cell<bool>>,
    _version_change: Closure<dyn FnMut()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Otherwise it stays open until memory is tidied up, in a worker that goes on for minutes: with nobody any more who hears
        // that another page wants the database for itself.
        let raw: &web_sys::IdbDatabase = self.base.as_sys().unchecked_ref();
        raw.set_onversionchange(None);
        raw.close();
    }
}

impl Database {
    pub async fn open(home: Home, when_missing: WhenMissing) -> Result<Self, StoreError> {
        let connection = connect(home, when_missing).await?;
        Ok(Self::over(home, Some(connection), None))
    }

    /// An empty one that is gone with the page: where the browser opens none at all, what is left elsewhere can still be
    /// handed in from here.
    pub fn in_memory(home: Home) -> Self {
        Self::over(home, None, Some(super::memory::Database::in_memory(home)))
    }

    fn over(home: Home, base: Option<Connection>, memory: Option<super::memory::Database>) -> Self {
        Self { home, base: Rc::new(RefCell::new(base)), memory, watched: Watched::default() }
    }

    /// Has somebody told of every batch that is committed here.
    pub fn watch(&self, watcher: Watcher) {
        self.watched.by(watcher);
    }

    /// Opens a database as it is, of whatever version, to read what this program knows of it.
    pub async fn open_as_is(home: Home) -> Result<Self, StoreError> {
        let lost = Rc::new(Cell::new(false));
        let was_lost = lost.clone();
        let request = Base::open(home.name())
            .with_on_upgrade_needed(move |_, base| {
                // Asked with no version, browsers make an empty one where there is none, and call it the first.
                lost.set(true);
                take_back(&base)
            })
            .build();
        let opened = patiently(request.map_err(|error| open_error(&error))?, Rc::default()).await;
        let found = match opened {
            Err(_) if was_lost.get() => return Err(StoreError::Lost),
            outcome => outcome?,
        };
        // Whole and positive.
        let version = found.version() as u32;
        found.close();
        let connection = connect_to(home, WhenMissing::Lost, version).await?.ok_or(StoreError::Lost)?;
        Ok(Self::over(home, Some(connection), None))
    }

    /// Removes a database with everything in it. Other pages that have it open let go of it when they are asked.
    pub async fn remove(home: Home) -> Result<(), StoreError> {
        let request = Base::delete_by_name(home.name()).map_err(|error| open_error(&error))?;
        let (mut request, mut timer) = (Box::pin(request.into_future()), pin!(clock::sleep(PATIENCE)));
        let outcome = std::future::poll_fn(|cx| match request.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
        });
        match outcome.await {
            Some(outcome) => outcome.map_err(|error| store_error(&error)),
            None => Err(StoreError::Blocked),
        }
    }

    pub async fn read(&self, queries: &[Query]) -> Result<Vec<Rows>, StoreError> {
        if let Some(memory) = &self.memory {
            return memory.read(queries).await;
        }
        match self.try_read(queries).await {
            Err(error) if is_gone(&error) => {
                self.reconnect().await?;
                self.try_read(queries).await.map_err(|error| store_error(&error))
            }
            outcome => outcome.map_err(|error| store_error(&error)),
        }
    }

    pub async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        if let Some(memory) = &self.memory {
            return memory.commit(batch).await;
        }
        let forgets = self.home == Home::Vault && batch.deletes_any(Table::Vaults);
        if forgets {
            // A vault's row goes on purpose, and its second copy goes first: no kill in between may leave it behind.
            crate::journal::forget_keys().await;
        }
        let outcome = match self.try_commit(&batch).await {
            // The transaction never began, so that doing it again does it once.
            Err(Failure::NotBegun(error)) if is_gone(&error) => {
                self.reconnect().await?;
                self.try_commit(&batch).await.map_err(Failure::into_store_error)
            }
            outcome => outcome.map_err(Failure::into_store_error),
        };
        if forgets && outcome != Ok(Commit::Done) {
            // The rows stayed, and their second copy is gone.
            self.watched.unwritten();
        }
        if outcome == Ok(Commit::Done)
            && let Some(written) = self.watched.tell(&batch)
            && batch.queues()
        {
            // After a kill Chromium may take a torn log for whole, go on with it, and throw all of it away a start later. What
            // was said to be saved lies in the journal by then.
            written.await;
        }
        outcome
    }

    fn connection(&self) -> Option<Base> {
        self.base.borrow().as_ref().map(|connection| connection.base.clone())
    }

    /// Systems close the connections of pages in the background. Opened once again, never in a loop.
    async fn reconnect(&self) -> Result<(), StoreError> {
        if self.base.borrow().as_ref().is_none_or(|connection| connection.closed.get()) {
            return Err(StoreError::Closed);
        }
        let fresh = connect(self.home, WhenMissing::Lost).await?;
        *self.base.borrow_mut() = Some(fresh);
        Ok(())
    }

    async fn try_read(&self, queries: &[Query]) -> Result<Vec<Rows>, Error> {
        let Some(base) = self.connection() else { return Ok(Vec::new()) };
        let mut names: Vec<&str> = Vec::new();
        for name in queries.iter().map(|query| query.table().name()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = base.transaction(names).build()?;
        // All requests go out before the first is awaited.
        let mut asked = Vec::with_capacity(queries.len());
        for query in queries {
            let store = transaction.object_store(query.table().name())?;
            asked.push(ask(&store, query)?);
        }
        let mut answers = Vec::with_capacity(queries.len());
        for asked in asked {
            answers.push(asked.answer().await?);
        }
        Ok(answers)
    }

    async fn try_commit(&self, batch: &Batch) -> Result<Commit, Failure> {
        let Some(base) = self.connection() else { return Ok(Commit::Overtaken) };
        let names: Vec<&str> = batch.tables().into_iter().map(Table::name).collect();
        if names.is_empty() {
            // Browsers refuse a transaction over nothing.
            return Ok(Commit::Done);
        }
        let durability = match batch.durability {
            Durability::Strict => TransactionDurability::Strict,
            Durability::Relaxed => TransactionDurability::Relaxed,
        };
        let mut options = TransactionOptions::new();
        options.set_durability(durability);
        let transaction = base
            .transaction(names)
            .with_mode(TransactionMode::Readwrite)
            .with_options(options)
            .build()
            .map_err(Failure::NotBegun)?;
        // Quota is only known when the commit is aborted, and then only by the transaction itself.
        let raw: web_sys::IdbTransaction = transaction.as_sys().clone().unchecked_into();
        let outcome = fill(transaction, batch).await;
        let error = match outcome {
            Ok(commit) => return Ok(commit),
            Err(error) => raw.error().map_or(error, Error::from),
        };
        // Something lay where nothing was to lie: the request is refused, and with it everything.
        if name_of(&error) == "ConstraintError" {
            Ok(Commit::Overtaken)
        } else {
            Err(Failure::Aborted(error))
        }
    }
}

enum Failure {
    NotBegun(Error),
    Aborted(Error),
}

impl Failure {
    fn into_store_error(self) -> StoreError {
        match self {
            Failure::NotBegun(error) | Failure::Aborted(error) => store_error(&error),
        }
    }
}

async fn fill(transaction: Transaction<'_>, batch: &Batch) -> Result<Commit, Error> {
    // Everything goes out at once and is taken back should a requirement not hold: one way there and back less.
    let mut wanted = Vec::with_capacity(batch.requires.len());
    for (table, key, expected) in &batch.requires {
        if !batch.adds(*table, key, expected) {
            let store = transaction.object_store(table.name())?;
            wanted.push((store.get::<JsValue, _, _>(js(key)).primitive()?, expected));
        }
    }
    let mut conditional = Vec::new();
    for write in &batch.writes {
        let store = transaction.object_store(write.table.name())?;
        match &write.only_if {
            Some(_) => conditional.push(store.get::<JsValue, _, _>(js(&write.key)).primitive()?),
            None => send(&store, write, batch.adds(write.table, &write.key, &Expected::Absent))?,
        }
    }
    for (asked, expected) in wanted {
        if !expected.holds(asked.await?.map(|value| bytes(&value)).as_deref()) {
            transaction.abort().await?;
            return Ok(Commit::Overtaken);
        }
    }
    let waiting = batch.writes.iter().filter_map(|write| Some((write, write.only_if.as_ref()?)));
    for (asked, (write, expected)) in conditional.into_iter().zip(waiting) {
        if expected.holds(asked.await?.map(|value| bytes(&value)).as_deref()) {
            send(&transaction.object_store(write.table.name())?, write, false)?;
        }
    }
    transaction.commit().await?;
    Ok(Commit::Done)
}

/// Sends a write on its way; nobody waits for it but the commit.
fn send(store: &ObjectStore<'_>, write: &Write, add: bool) -> Result<(), Error> {
    match &write.value {
        Some(value) if add => {
            drop(store.add(js(value)).with_key(js(&write.key)).without_key_type().primitive()?)
        }
        Some(value) => drop(store.put(js(value)).with_key(js(&write.key)).without_key_type().primitive()?),
        None => drop(store.delete::<JsValue, _>(js(&write.key)).primitive()?),
    }
    Ok(())
}

/// A request on its way.
enum Asked {
    One(Key, BasicRequest<Option<JsValue>>),
    Keys(GetAllPrimitiveRequest<JsValue>),
    /// Keys and values in two requests; within one transaction both come in the order of the keys.
    Rows(GetAllPrimitiveRequest<JsValue>, GetAllPrimitiveRequest<JsValue>),
}

fn ask(store: &ObjectStore<'_>, query: &Query) -> Result<Asked, Error> {
    Ok(match query {
        Query::Get(_, key) => Asked::One(key.clone(), store.get(js(key)).primitive()?),
        Query::Keys(_, from, to) => {
            Asked::Keys(store.get_all_keys().with_query::<JsValue, _>(range(from, to)).primitive()?)
        }
        Query::Range(_, from, to) => Asked::Rows(
            store.get_all_keys().with_query::<JsValue, _>(range(from, to)).primitive()?,
            store.get_all().with_query::<JsValue, _>(range(from, to)).primitive()?,
        ),
        Query::First(_, from, to, limit) => Asked::Rows(
            store.get_all_keys().with_query::<JsValue, _>(range(from, to)).with_limit(*limit).primitive()?,
            store.get_all().with_query::<JsValue, _>(range(from, to)).with_limit(*limit).primitive()?,
        ),
    })
}

impl Asked {
    async fn answer(self) -> Result<Rows, Error> {
        let mut rows = Rows::new();
        match self {
            Asked::One(key, value) => {
                if let Some(value) = value.await? {
                    rows.push((key, bytes(&value)));
                }
            }
            Asked::Keys(keys) => {
                for key in keys.await? {
                    rows.push((bytes(&key?), Vec::new()));
                }
            }
            Asked::Rows(keys, values) => {
                for (key, value) in keys.await?.zip(values.await?) {
                    rows.push((bytes(&key?), bytes(&value?)));
                }
            }
        }
        Ok(rows)
    }
}

fn range(from: &Key, to: &Key) -> KeyRange<JsValue> {
    KeyRange::Bound(js(from), false, js(to), true)
}

fn js(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// Keys come back as buffers, values as they were put.
fn bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

async fn connect(home: Home, when_missing: WhenMissing) -> Result<Connection, StoreError> {
    let version = schema::version(home);
    if let Some(connection) = connect_to(home, when_missing, version).await? {
        return Ok(connection);
    }
    // It would stand in the way for ever: an upgrade adds what its version lacks, and never what it should have had.
    Database::remove(home).await?;
    let again = connect_to(home, when_missing, version).await?;
    again.ok_or_else(|| StoreError::Unavailable("it stays without its tables".into()))
}

/// What takes back, from within, that a database is made or brought to another version.
fn take_back(base: &Base) -> Result<(), Error> {
    let store = base.create_object_store("lost").build()?;
    store.transaction().as_sys().abort()?;
    Ok(())
}

/// `None` where a database lies there in which there never was anything of ours.
async fn connect_to(
    home: Home,
    when_missing: WhenMissing,
    version: u32,
) -> Result<Option<Connection>, StoreError> {
    let (blocked, lost) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let (was_blocked, was_lost) = (blocked.clone(), lost.clone());
    let request = Base::open(home.name())
        .with_version(version)
        .with_on_blocked(move |_| {
            blocked.set(true);
            Ok(())
        })
        .with_on_upgrade_needed(move |event, base| {
            // Whole and positive.
            let old = event.old_version() as u32;
            let is_new = old == 0 || schema::is_bare(home, base.object_store_names());
            if is_new && when_missing == WhenMissing::Lost {
                lost.set(true);
                // Taken back whole: nothing is to lie where a vault was, as if there had never been one.
                return take_back(&base);
            }
            let there: Vec<String> = base.object_store_names().collect();
            let lacks = schema::added_since(home, if is_new { 0 } else { old });
            for name in lacks.filter(|name| !there.iter().any(|it| it == name)) {
                base.create_object_store(name).build()?;
            }
            Ok(())
        })
        .build();
    let opened = match patiently(request.map_err(|error| open_error(&error))?, was_blocked).await {
        Err(_) if was_lost.get() => return Err(StoreError::Lost),
        outcome => outcome?,
    };
    if schema::is_bare(home, opened.object_store_names()) {
        opened.close();
        return Ok(None);
    }
    let closed = Rc::new(Cell::new(false));
    let raw: web_sys::IdbDatabase = opened.as_sys().clone().unchecked_into();
    let on_version_change = {
        let (raw, closed) = (raw.clone(), closed.clone());
        Closure::new(move || {
            // Otherwise the newer version would wait for this tab for ever.
            closed.set(true);
            raw.close();
        })
    };
    raw.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
    Ok(Some(Connection { base: opened, closed, _version_change: on_version_change }))
}

/// Waits for an open database; gives up when another tab has been in the way for five seconds. A request that
/// queues behind another one that is blocked is told nothing, so there is an end to waiting in any case.
async fn patiently(
    request: indexed_db_futures::future::OpenDbRequest,
    blocked: Rc<Cell<bool>>,
) -> Result<Base, StoreError> {
    let mut request = Box::pin(request.into_future());
    let mut waits = 0;
    loop {
        let mut timer = pin!(clock::sleep(PATIENCE));
        let outcome = std::future::poll_fn(|cx| match request.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
        });
        match outcome.await {
            Some(outcome) => return outcome.map_err(|error| open_error(&error)),
            None if blocked.get() || waits == MOST_WAITS => {
                // Should it come through after all, it must not keep others out in turn.
                wasm_bindgen_futures::spawn_local(async move {
                    if let Ok(late) = request.await {
                        late.close();
                    }
                });
                return Err(StoreError::Blocked);
            }
            None => waits += 1,
        }
    }
}

fn open_error(error: &OpenDbError) -> StoreError {
    match error {
        OpenDbError::Base(error) => store_error(error),
        other => StoreError::Unavailable(other.to_string()),
    }
}

fn name_of(error: &Error) -> String {
    match error {
        Error::DomException(error) => error.as_sys().name(),
        _ => String::new(),
    }
}

/// Whether the connection is gone, as opposed to something being wrong with the request.
fn is_gone(error: &Error) -> bool {
    matches!(name_of(error).as_str(), "InvalidStateError" | "UnknownError")
}

fn store_error(error: &Error) -> StoreError {
    match name_of(error).as_str() {
        "QuotaExceededError" => StoreError::Full,
        // The database is of a later version than this program.
        "VersionError" => StoreError::Newer,
        "InvalidStateError" => StoreError::Closed,
        name => StoreError::Unavailable(format!("{name} {error}")),
    }
}
