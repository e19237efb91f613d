//! A server of its own for each test: a fresh folder, a free port, the real database, real HTTP.
#![allow(dead_code, unused_imports)]

mod earlier;
mod holder;
#[path = "../postgres/mod.rs"]
pub mod postgres;

pub use earlier::as_of_version;
pub use holder::*;
pub use postgres::beside;

use api::server::client::Device;
use api::server::http::{Settings, serve};
use api::server::peer::Proxies;
use api::server::sql::Dialect;
use api::server::{NewUser, Office, Site, now_ms, random};
use domain::{Change, Entry, EntryId, Field, Kind, Op, Record, RecordId, Role, UserId, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server.
pub struct Server {
    pub office: Arc<Office>,
    pub url: String,
    pub data: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Server {
    pub async fn start() -> Self {
        let name = domain::id::hex(&random::<8>());
        Self::over(std::env::temp_dir().join(format!("amparo-test-{name}")), None, Site::Absent).await
    }

    /// A server over a folder that may have been used before.
    pub async fn over(data: PathBuf, public_url: Option<&str>, site: Site) -> Self {
        let office = Arc::new(open(&data).unwrap());
        Self::running(office, data, public_url, site).await
    }

    pub async fn running(office: Arc<Office>, data: PathBuf, public_url: Option<&str>, site: Site) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let proxies = public_url.map(|_| Proxies::here()).unwrap_or_default();
        let settings = Settings { site, public_url: public_url.map(str::to_owned), proxies };
        let serving = serve(listener, Arc::clone(&office), settings, async move {
            let _ = stopped.await;
        });
        let running = tokio::spawn(async move { serving.await.unwrap() });
        Self { office, url, data, stop: Some(stop), running: Some(running) }
    }

    /// Stops as SIGTERM would, and leaves the folder.
    pub async fn stop(mut self) -> PathBuf {
        self.stop.take();
        self.running.take().unwrap().await.unwrap();
        self.office.ledger().settle().unwrap();
        std::mem::take(&mut self.data)
    }

    pub fn invite(&self, role: Role, site: &str) -> (UserId, String) {
        self.invite_of(role, site, "", "")
    }

    /// Somebody of an organisation, in a team; either may be empty.
    pub fn invite_of(&self, role: Role, site: &str, organisation: &str, team: &str) -> (UserId, String) {
        let id = UserId::fresh(now_ms(), random());
        let (name, staff_code) = (format!("Staff of {site}"), "TST-01".to_owned());
        let user = NewUser {
            id,
            name,
            staff_code,
            role,
            site: site.to_owned(),
            organisation: organisation.to_owned(),
            team: team.to_owned(),
        };
        (id, self.office.invite(&user).unwrap().to_text())
    }

    pub async fn device(&self, role: Role, site: &str) -> Device {
        Device::enrol(&self.url, &self.invite(role, site).1).await.unwrap()
    }

    pub async fn device_of(&self, role: Role, site: &str, organisation: &str) -> Device {
        Device::enrol(&self.url, &self.invite_of(role, site, organisation, "").1).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.data.as_os_str().is_empty() && self.stop.is_some() {
            let _ = std::fs::remove_dir_all(&self.data);
        }
    }
}

/// Opens an office; one in a new folder has its ledger in the database that the stories are told to.
pub fn open(data: &Path) -> Result<Office, String> {
    postgres::prepare(data);
    Office::open(data)
}

/// Lets no line into the log, as a full disk would, or lets them in again.
pub fn refuse_lines(server: &Server, refused: bool) {
    refuse_rows(server, "audit", refused);
}

/// Lets no row into a table, as a full disk would, or lets them in again.
pub fn refuse_rows(server: &Server, table: &str, refused: bool) {
    let database = crate::office::beside(&server.data);
    let (trigger, end) = match database.dialect() {
        Dialect::Sqlite => (
            format!("CREATE TRIGGER no_room BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"),
            "DROP TRIGGER no_room".to_owned(),
        ),
        Dialect::Postgres => (
            format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'full'; END $$; \
                 CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()"
            ),
            format!("DROP TRIGGER no_room ON {table}; DROP FUNCTION refuse"),
        ),
    };
    database.execute_batch(if refused { &trigger } else { &end }).unwrap();
}

/// A line of the log, for what is asked of the ledger itself.
pub fn line() -> api::server::ledger::AuditRow {
    api::server::ledger::AuditRow {
        id: random(),
        what: 0,
        at: now_ms(),
        received_at: now_ms(),
        enrolment: None,
        subject: None,
        digest: [0; 32],
        sealed: vec![0; 40],
    }
}

/// Puts somebody into an organisation, as administration does.
pub fn set_organisation(data: &Path, user: UserId, organisation: &str) {
    let database = crate::office::beside(data);
    database.execute("UPDATE users SET organisation = $1 WHERE id = $2", (organisation, user.0)).unwrap();
}

/// An entry of a device.
pub fn entry(device: &Device, changes: Vec<Change>) -> Entry {
    let id = EntryId::fresh(now_ms(), random());
    Entry { id, author: device.user, enrolment: device.enrolment, at: now_ms(), changes }
}

pub fn record_id() -> RecordId {
    RecordId::fresh(now_ms(), random())
}

pub fn change(record: RecordId, kind: Kind, values: &[(Field, Value)]) -> Change {
    let ops =
        values.iter().map(|(field, value)| Op { field: *field, value: value.clone(), replaces: vec![] });
    Change { record, kind, ops: ops.collect() }
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A family: its group, and a person of each name, the first with a paper.
pub fn family(device: &Device, site: &str, names: &[&str]) -> Entry {
    let group = record_id();
    let people: Vec<RecordId> = names.iter().map(|_| record_id()).collect();
    let group_values = [(Field::SITE, text(site)), (Field::FOCAL_POINT, Value::Ref(people[0]))];
    let mut changes = vec![change(group, Kind::GROUP, &group_values)];
    for (id, name) in people.iter().zip(names) {
        let values = [(Field::GROUP, Value::Ref(group)), (Field::GIVEN_NAMES, text(name))];
        changes.push(change(*id, Kind::INDIVIDUAL, &values));
    }
    let paper = [(Field::HOLDER, Value::Ref(people[0])), (Field::DOCUMENT_NUMBER, text("V-12345678"))];
    changes.push(change(record_id(), Kind::DOCUMENT, &paper));
    entry(device, changes)
}

/// Everything in a device's reach.
pub async fn all_records(device: &Device) -> Vec<Record> {
    let (pages, _) = device.collect(Vec::new(), 64 * 1024).await.unwrap();
    pages.into_iter().flat_map(|page| page.records).collect()
}

/// Given names among records, sorted.
pub fn names(records: &[Record]) -> Vec<String> {
    let name = |record: &Record| record.shown(Field::GIVEN_NAMES).and_then(Value::as_text).map(str::to_owned);
    let mut names: Vec<String> = records.iter().filter_map(name).collect();
    names.sort();
    names
}
