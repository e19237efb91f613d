//! Tablets with the real store in memory, an office that keeps its address, and the line between them.
#![allow(dead_code)]

mod line;

use api::EnrolRequest;
use api::server::client::Client;
use api::server::http::{Settings, serve};
use api::server::peer::Proxies;
use api::server::{self, NewUser, Site, now_ms, random};
use domain::{Change, DraftId, Entry, EntryId, Field, Kind, Op, RecordId, Role, UserId, Value};
use line::Wire;
use seal::{Attachment, EnrolmentKeys, Invitation, Kdf, Media};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::on_host::Device;
use store::{Budget, Fetched, NewVault, Note, Store, Trouble, Vault};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

const STRETCHED: [u8; 32] = [7; 32];

/// Luck that comes of a seed alone (SplitMix64).
pub struct Luck(u64);

impl Luck {
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn bytes(&mut self) -> [u8; 16] {
        core::array::from_fn(|_| u8::try_from(self.below(256)).unwrap())
    }
}

/// A running office over its folder, at one address for all its life.
pub struct Office {
    office: Option<Arc<server::Office>>,
    pub url: String,
    data: PathBuf,
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl Office {
    pub async fn start() -> Self {
        let name = domain::id::hex(&random::<8>());
        Self::over(std::env::temp_dir().join(format!("amparo-test-{name}")), 0, false).await
    }

    async fn over(data: PathBuf, port: u16, restored: bool) -> Self {
        let office = Arc::new(crate::office::open(&data).unwrap());
        if restored {
            office.restored().unwrap();
        }
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let settings = Settings { site: Site::Absent, public_url: None, proxies: Proxies::default() };
        let served = serve(listener, Arc::clone(&office), settings, async move {
            let _ = stopped.await;
        });
        let serving = tokio::spawn(async move { served.await.unwrap() });
        let url = format!("http://127.0.0.1:{port}");
        Self { office: Some(office), url, data, port, stop: Some(stop), serving: Some(serving) }
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Stopped, something done to its folder, and begun again as `amparo serve` does: it looks first whether its database is
    /// the one that it was.
    pub async fn meanwhile(mut self, deed: impl FnOnce(&Path)) -> Self {
        self.halt().await;
        deed(&self.data);
        let seat = server::several::Seat::to_serve(&self.data).unwrap();
        let again = Self::over(self.data, self.port, false).await;
        again.running().begin_serving(seat).unwrap();
        again.running().judge_at_start().unwrap();
        again
    }

    pub fn running(&self) -> &server::Office {
        self.office.as_ref().unwrap()
    }

    pub fn invite(&self, role: Role, site: &str) -> String {
        let user = NewUser {
            id: UserId::fresh(now_ms(), random()),
            name: "Staff".to_owned(),
            staff_code: "TST-01".to_owned(),
            role,
            site: site.to_owned(),
            organisation: String::new(),
            team: String::new(),
        };
        self.running().invite(&user).unwrap().to_text()
    }

    async fn halt(&mut self) {
        self.stop.take();
        self.serving.take().unwrap().await.unwrap();
        let office = self.office.take().unwrap();
        office.ledger().settle().unwrap();
    }

    pub async fn stop(mut self) {
        self.halt().await;
        std::fs::remove_dir_all(&self.data).unwrap();
    }

    /// Stopped as SIGTERM would, and started again.
    pub async fn reopened(mut self) -> Self {
        self.halt().await;
        Self::over(self.data, self.port, false).await
    }

    /// A copy of the database as it is now, apart; of a database that is no file, `None`.
    pub async fn copied(&mut self) -> Option<PathBuf> {
        if crate::office::postgres::is_wanted() {
            return None;
        }
        let copy = self.data.join(format!("backup-{}", domain::id::hex(&random::<4>())));
        let from = crate::office::beside(&self.data);
        from.execute_batch(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
        Some(copy)
    }

    /// Its database put back to what it was; said so to it, or left to be noticed.
    pub async fn put_back(mut self, backup: &Path, said: bool) -> Self {
        self.halt().await;
        for left in ["amparo.db-wal", "amparo.db-shm"] {
            let _ = std::fs::remove_file(self.data.join(left));
        }
        std::fs::copy(backup, self.data.join("amparo.db")).unwrap();
        Self::over(self.data, self.port, said).await
    }
}

/// What somebody saved.
pub struct Saved {
    pub entry: EntryId,
    pub record: RecordId,
    pub name: String,
    /// The picture that was taken with it, and how large it is.
    pub photo: Option<(Attachment, usize)>,
}

/// So many bytes that could be a photo's.
fn picture(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * at % 251) as u8).collect()
}

/// A tablet with one person on it.
pub struct Tablet {
    disk: Device,
    store: Store,
    pub vault: Vault,
    client: Client,
    pub saved: Vec<Saved>,
}

impl Tablet {
    pub async fn enrol(url: &str, invitation: &str) -> Self {
        let invitation = Invitation::parse(invitation).unwrap();
        let client = Client::new(url);
        let keys = EnrolmentKeys::generate(&mut server::rng());
        let public = keys.public().unwrap();
        let request = EnrolRequest {
            code: invitation.code.to_vec(),
            verifying: public.verifying.to_vec(),
            inbox: public.inbox.to_vec(),
        };
        let enrolled = client.enrol(request).await.unwrap();
        let disk = Device::new().await.unwrap();
        let store = disk.open();
        let stretched = Box::new(Zeroizing::new(STRETCHED));
        let (kdf, salt, root) = (Kdf::FLOOR, [3; 16], invitation.root);
        let new = NewVault { enrolled, keys, root, stretched, kdf, salt };
        let vault = store.create_vault(new).await.unwrap();
        Self { disk, store, vault, client, saved: Vec::new() }
    }

    async fn saves(
        &mut self,
        luck: &mut Luck,
        record: RecordId,
        name: String,
        changes: Vec<Change>,
        photo: Option<(DraftId, Attachment, usize)>,
    ) {
        let identity = self.vault.identity();
        let entry = Entry {
            id: EntryId(luck.bytes()),
            author: identity.user,
            enrolment: identity.enrolment,
            at: store::now_ms(),
            changes,
        };
        let note = Note { person: name.clone(), act: "registered".into(), record };
        let draft = photo.as_ref().map(|(draft, ..)| *draft);
        self.vault.save(&entry, note, draft).await.unwrap();
        let photo = photo.map(|(_, photo, size)| (photo, size));
        self.saved.push(Saved { entry: entry.id, record, name, photo });
    }

    pub async fn registers(&mut self, luck: &mut Luck) {
        let (group, person) = (RecordId(luck.bytes()), RecordId(luck.bytes()));
        let name = format!("Name {}", luck.below(1_000_000));
        let op = |field, value| Op { field, value, replaces: vec![] };
        let text = |text: &str| Value::Text(text.to_owned());
        let mut photo = None;
        let mut of_person = vec![op(Field::GROUP, Value::Ref(group)), op(Field::GIVEN_NAMES, text(&name))];
        if luck.below(4) == 0 {
            let (draft, size) = (DraftId(luck.bytes()), luck.below(60_000) as usize + 1);
            let made = self.vault.keep_attachment(draft, Media::JPEG, &picture(size)).await.unwrap();
            of_person.push(op(Field::PHOTO, text(&made.to_text())));
            photo = Some((draft, made, size));
        }
        let changes = vec![
            Change {
                record: group,
                kind: Kind::GROUP,
                ops: vec![op(Field::SITE, text("meteti")), op(Field::FOCAL_POINT, Value::Ref(person))],
            },
            Change { record: person, kind: Kind::INDIVIDUAL, ops: of_person },
        ];
        self.saves(luck, person, name, changes, photo).await;
    }

    /// Corrects the name of somebody whom this tablet knows, maybe from a colleague.
    pub async fn renames(&mut self, luck: &mut Luck) {
        let hits = self.vault.search("Name", 1_000);
        if hits.is_empty() {
            return;
        }
        let hit = &hits[luck.below(hits.len() as u64) as usize];
        let Some(record) = self.vault.record(hit.record).await.unwrap() else { return };
        let name = format!("Name {}", luck.below(1_000_000));
        let change = record.change([(Field::GIVEN_NAMES, Value::Text(name.clone()))]).unwrap();
        self.saves(luck, record.id, name, vec![change], None).await;
    }

    /// A round, over a line that fails or one that does not. How much went wrong, and whether the page was killed in it.
    pub async fn round(&mut self, luck: &mut Luck, fails: bool) -> (usize, bool) {
        let wire = Wire::new(&self.client, luck, fails);
        let (mailbox, budget) = (self.store.mailbox(), if fails { Budget::PAGE } else { Budget::NOW });
        let outcome = tokio::select! {
            biased;
            outcome = store::round::run(&mailbox, &wire, budget) => Some(outcome.unwrap()),
            () = wire.killed() => None,
        };
        let faults = wire.faults();
        match outcome {
            None => {
                self.reloads().await;
                return (faults, true);
            }
            Some(outcome) if outcome.trouble == Some(Trouble::NotSignedIn) => {
                self.signs_in().await;
                if !fails {
                    let wire = Wire::new(&self.client, luck, false);
                    store::round::run(&self.store.mailbox(), &wire, Budget::NOW).await.unwrap();
                }
            }
            Some(_) => {}
        }
        if luck.below(2) == 0 {
            self.folds().await;
        }
        (faults, false)
    }

    /// A round of a tablet on which nobody is signed in (any more), over a line that does not fail.
    pub async fn round_signed_out(&self, luck: &mut Luck) {
        self.client.forget_cookie();
        let wire = Wire::new(&self.client, luck, false);
        store::round::run(&self.store.mailbox(), &wire, Budget::NOW).await.unwrap();
    }

    /// Whether a picture that a colleague took can be looked at here.
    pub async fn shows(&self, luck: &mut Luck, photo: &Attachment, size: usize) -> bool {
        let wire = Wire::new(&self.client, luck, false);
        let fetched = store::fetch_attachment(&self.store.mailbox(), &wire, photo.addresses()).await;
        fetched.unwrap() == Fetched::Here && self.vault.attachment(photo).await == Ok(Some(picture(size)))
    }

    async fn signs_in(&self) {
        let enrolment = self.vault.identity().enrolment;
        let Ok(challenge) = self.client.challenge(&enrolment.0).await else { return };
        let signature = self.vault.answer(&challenge).unwrap();
        if let Ok(answer) = self.client.sign_in(&enrolment.0, &challenge, &signature).await {
            self.vault.signed_in(&answer).await.unwrap();
        }
    }

    pub async fn folds(&self) {
        while self.vault.fold_inbox(10).await.unwrap().left > 0 {}
        assert!(self.vault.set_aside().is_empty(), "no page is damaged");
    }

    /// The page is gone, with all it had in its hands, and loaded anew.
    pub async fn reloads(&mut self) {
        self.store = self.disk.open();
        let info = self.store.vaults().await.unwrap().remove(0);
        self.vault = self.store.unlock(&info, &STRETCHED).await.unwrap();
    }
}
