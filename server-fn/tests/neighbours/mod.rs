//! Two organisations in one country: HIAS registered a family at Metetí, and somebody of NRC looks for them.

use crate::office::*;
use api::server::audit::What;
use api::server::client::Device;
use api::server::ledger::AuditFilter;
use domain::elsewhere::Wanted;
use domain::{Entry, Field, Kind, RecordId, Role, Value};
use minicbor::bytes::ByteVec;
use seal::Verdict;
use seal::elsewhere::{Asked, Found, Ground, Question, Somebody, Told};

/// A reason that is long enough.
pub const REASON: &str = "Llegó sola al puesto y no sabemos con quién viaja";

/// A family that HIAS registered at Metetí, with all that a neighbour is told of it: Yuleisy, her son, her passport.
pub struct Registered {
    pub group: RecordId,
    pub mother: RecordId,
    pub son: RecordId,
    pub entry: Entry,
}

pub fn registered(device: &Device) -> Registered {
    let (group, mother, son) = (record_id(), record_id(), record_id());
    let group_values = [
        (Field::SITE, text("meteti")),
        (Field::FOCAL_POINT, Value::Ref(mother)),
        (Field::GROUP_REF, text("KX7M42P2")),
    ];
    let person = |given, born| {
        vec![
            (Field::GROUP, Value::Ref(group)),
            (Field::GIVEN_NAMES, text(given)),
            (Field::SURNAME1, text("Bázquez")),
            (Field::SURNAME2, text("Uribe")),
            (Field::DATE_OF_BIRTH, text(born)),
        ]
    };
    let paper = [(Field::HOLDER, Value::Ref(mother)), (Field::DOCUMENT_NUMBER, text("V-18.442.001"))];
    let need = [(Field::OWNER, Value::Ref(mother)), (Field::NEED_CODE, text("SV-VA"))];
    let entry = entry(
        device,
        vec![
            change(group, Kind::GROUP, &group_values),
            change(mother, Kind::INDIVIDUAL, &person("Yuleisy", "1991-05-04")),
            change(son, Kind::INDIVIDUAL, &person("Deiver", "2015")),
            change(record_id(), Kind::DOCUMENT, &paper),
            change(record_id(), Kind::NEED, &need),
        ],
    );
    Registered { group, mother, son, entry }
}

/// Caseworker and supervisor of HIAS, a caseworker of NRC, and the family.
pub struct Story {
    pub server: Server,
    pub hias: Device,
    pub supervisor: Device,
    pub nrc: Device,
    pub family: Registered,
}

impl Story {
    pub async fn begin() -> Self {
        let server = Server::start().await;
        let hias = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
        let supervisor = server.device_of(Role::Supervisor, "panama", "HIAS").await;
        let nrc = server.device_of(Role::Caseworker, "panama", "NRC").await;
        let family = registered(&hias);
        deliver(&hias, &family.entry).await;
        Self { server, hias, supervisor, nrc, family }
    }

    /// What the neighbour is told of Yuleisy.
    pub async fn found(&self) -> Vec<Somebody> {
        found(&self.nrc, wanted("Yuleisy Bázquez", 1991, "")).await.people
    }

    pub async fn handle(&self) -> ByteVec {
        self.found().await.remove(0).handle
    }

    pub async fn break_glass(&self) -> Told {
        let (handle, reason) = (self.handle().await, REASON.to_owned());
        let question = Question::BreakGlass { handle, ground: Ground::ChildAlone, reason };
        self.nrc.ask_elsewhere(&question).await.unwrap()
    }

    /// The only request that waits for the supervisor.
    pub async fn waiting(&self) -> Asked {
        let book = self.supervisor.book().await.unwrap();
        assert_eq!((book.waiting(), book.others.len()), (1, 1));
        book.others[0].clone()
    }

    /// Lines of the log about the group.
    pub fn noted(&self) -> Vec<What> {
        let filter = AuditFilter { subject: Some(self.family.group.0), ..AuditFilter::default() };
        let links = self.server.office.ledger().audit(&filter, None, 100).unwrap();
        links.iter().rev().filter_map(|link| What::from_code(link.row.what)).collect()
    }

    /// Time passes at the server: what was granted was granted so much earlier.
    pub fn later(&self, ms: u64) {
        let database = crate::office::beside(&self.server.data);
        let update = "UPDATE grants SET from_at = from_at - $1, until_at = until_at - $1";
        assert_eq!(database.execute(update, [ms as i64]).unwrap(), 1);
    }
}

pub async fn deliver(device: &Device, entry: &Entry) {
    let receipts = device.deliver(vec![device.seal(entry).unwrap()]).await.unwrap();
    let verdicts: Vec<_> = receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect();
    assert_eq!(verdicts, [(Verdict::Accepted, "")]);
}

pub fn wanted(names: &str, year: u16, number: &str) -> Wanted {
    Wanted { names: names.into(), year: (year > 0).then_some(year), number: number.into() }
}

pub async fn found(device: &Device, wanted: Wanted) -> Found {
    match device.ask_elsewhere(&Question::Exists(wanted)).await.unwrap() {
        Told::Found(found) => found,
        other => panic!("{other:?}"),
    }
}
