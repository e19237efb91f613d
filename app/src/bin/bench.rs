//! The bench page: drives the real store for `e2e/bench`, with made-up people and a made-up server.
//!
//! Not part of the app that people get. Every function is called from `e2e/bench/adapters/amparo.js`; what goes
//! wrong is told in the words of the error, because only people who measure read it.

#[path = "bench/codes.rs"]
mod codes;
#[path = "bench/kept.rs"]
mod kept;
#[path = "bench/made_up_server.rs"]
mod made_up_server;
#[path = "bench/person.rs"]
mod person;
#[path = "bench/services.rs"]
mod services;

use js_sys::{Function, Promise, Uint8Array};
use made_up_server::{HandOut, MadeUpServer, TakeIn};
use person::Person;
use seal::{EnrolmentKeys, Kdf};
use std::cell::RefCell;
use std::fmt::Display;
use store::{ApiLine, round};
use store::{Budget, DraftNote, NewVault, Note, RoundOutcome, Store, Vault};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// About as many as a server hands out at once.
const SERVICES_A_PAGE: usize = 1_500;

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// What is open. Clones are the same store and the same vault.
#[derive(Clone)]
struct Bench {
    store: Store,
    vault: Vault,
}

fn main() {}

type Outcome<T> = Result<T, JsError>;

fn fault(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}

fn open_bench() -> Outcome<Bench> {
    BENCH.with(|bench| bench.borrow().clone()).ok_or_else(|| JsError::new("nothing is open"))
}

fn keep(store: Store, vault: Vault) {
    BENCH.with(|bench| *bench.borrow_mut() = Some(Bench { store, vault }));
}

/// Whether the program has started.
#[wasm_bindgen]
pub fn started() -> bool {
    true
}

/// A stretched passphrase, with what it was stretched with.
#[wasm_bindgen]
pub struct Stretched {
    kdf: Kdf,
    salt: [u8; 16],
    key: store::SecretKey,
    /// Whether no vault is here yet.
    pub fresh: bool,
}

/// Stretches the passphrase of the vault on this device, or of the one to be made, in the app's own worker.
#[wasm_bindgen]
pub async fn derive(passphrase: String) -> Outcome<Stretched> {
    let vaults =
        Store::open(app::files::address("journal")).await.map_err(fault)?.vaults().await.map_err(fault)?;
    let (kdf, salt) =
        vaults.first().map_or_else(|| (Kdf::STANDARD, store::random()), |vault| (vault.kdf, vault.salt));
    let key = app::derive::stretch(&passphrase, kdf, &salt).await;
    let key = key.map_err(|_| JsError::new("the worker could not stretch"))?;
    Ok(Stretched { kdf, salt, key, fresh: vaults.is_empty() })
}

/// Stretches on the page itself, with given costs: the browser's slowing down does not reach workers.
#[wasm_bindgen]
pub fn stretch(memory: u32, passes: u32, lanes: u32) -> Outcome<()> {
    Kdf { memory, passes, lanes }.stretch("correct horse battery staple", &[7; 16]).map(|_| ()).map_err(fault)
}

/// Unlocks the vault on this device; makes one, with a made-up server, when there is none.
#[wasm_bindgen]
pub async fn unlock(stretched: Stretched) -> Outcome<()> {
    let store = Store::open(app::files::address("journal")).await.map_err(fault)?;
    let vaults = store.vaults().await.map_err(fault)?;
    let vault = match vaults.first() {
        Some(info) => store.unlock(info, &stretched.key).await.map_err(fault)?,
        None => {
            let keys = EnrolmentKeys::generate(&mut store::clock::rng());
            let (enrolled, root) = MadeUpServer::enrol(&keys)?;
            let Stretched { kdf, salt, key, .. } = stretched;
            let new = NewVault { enrolled, keys, root, stretched: key, kdf, salt };
            store.create_vault(new).await.map_err(fault)?
        }
    };
    keep(store, vault);
    Ok(())
}

/// How many people can be searched.
#[wasm_bindgen]
pub fn people() -> Outcome<usize> {
    Ok(open_bench()?.vault.count().people)
}

/// Keeps a draft of a person, as the form does while somebody types.
#[wasm_bindgen]
pub async fn draft(line: String) -> Outcome<()> {
    let bench = open_bench()?;
    let person = Person::read(&line)?;
    let note = DraftNote { title: person.name(), form: "family".into(), step: 1 };
    bench
        .vault
        .save_draft(person.draft_id(), person.entry_id(), line.as_bytes(), note)
        .await
        .map(|_| ())
        .map_err(fault)
}

/// Registers a person: record rows and envelope in, draft out, on the disk when this resolves.
#[wasm_bindgen]
pub async fn save(line: String) -> Outcome<()> {
    let bench = open_bench()?;
    let person = Person::read(&line)?;
    let entry = person::entry(&bench.vault.identity(), std::slice::from_ref(&person));
    let note = Note { person: person.name(), act: "registered".into(), record: person.record_id() };
    bench.vault.save(&entry, note, Some(person.draft_id())).await.map(|_| ()).map_err(fault)
}

/// Registers a family as the app's form does: only what the form asks for, checked, one entry.
#[wasm_bindgen]
pub async fn save_family(lines: Vec<String>) -> Outcome<()> {
    let bench = open_bench()?;
    let people: Vec<Person> = lines.iter().map(|line| Person::read(line)).collect::<Outcome<_>>()?;
    let (entry, note) = person::family(&bench.vault.identity(), &people)?;
    bench.vault.save(&entry, note, None).await.map(|_| ()).map_err(fault)
}

/// Pages as a server would have sealed them for this enrolment, ready to be handed out.
#[wasm_bindgen]
pub struct Pages(HandOut);

/// Seals pages of people for this enrolment: what the server does, so it is not the store's time.
#[wasm_bindgen]
pub fn prepare(lines: &str) -> Outcome<Pages> {
    let identity = open_bench()?.vault.identity();
    let people: Vec<Person> = lines.lines().map(Person::read).collect::<Outcome<_>>()?;
    MadeUpServer::load()?.pages(&identity, &people).map(Pages)
}

/// Seals pages of the services of the people of these numbers.
#[wasm_bindgen]
pub fn prepare_services(from: u32, to: u32) -> Outcome<Pages> {
    let identity = open_bench()?.vault.identity();
    let records = services::records(from..to).chunks(SERVICES_A_PAGE).map(<[_]>::to_vec).collect();
    MadeUpServer::load()?.pages_of(&identity, records).map(Pages)
}

/// Reads the tables that a board needs, as the app does when it starts.
#[wasm_bindgen]
pub fn read_tables() {
    services::read_tables();
}

/// How many services this device knows, once it knows them all.
#[wasm_bindgen]
pub async fn services() -> Outcome<usize> {
    Ok(open_bench()?.vault.services().await.map_err(fault)?.len())
}

/// The numbers of the team's board and of one's own work.
#[wasm_bindgen]
pub async fn board() -> Outcome<String> {
    let briefs = open_bench()?.vault.services().await.map_err(fault)?;
    services::board(&briefs)
}

/// Changes the state of one service, as whoever answers does: the board after it reads only that one anew.
#[wasm_bindgen]
pub async fn answer_one() -> Outcome<()> {
    let vault = open_bench()?.vault;
    let briefs = vault.services().await.map_err(fault)?;
    let first = briefs.iter().find(|brief| brief.state == "sent").map(|brief| brief.record);
    drop(briefs);
    let record =
        vault.record(first.ok_or_else(|| JsError::new("nothing to answer"))?).await.map_err(fault)?;
    let record = record.ok_or_else(|| JsError::new("not here"))?;
    let (entry, note) = services::answer(&vault.identity(), &record)?;
    vault.save(&entry, note, None).await.map(|_| ()).map_err(fault)
}

/// Collects the pages into the inbox and folds them in.
#[wasm_bindgen]
pub async fn collect(pages: Pages) -> Outcome<()> {
    let bench = open_bench()?;
    let outcome = round::run(&bench.store.mailbox(), &pages.0, everything()).await.map_err(fault)?;
    settled(outcome)?;
    fold(&bench.vault).await
}

async fn fold(vault: &Vault) -> Outcome<()> {
    while vault.fold_inbox(4).await.map_err(fault)?.left > 0 {}
    Ok(())
}

/// Numbers of the people found, best first.
#[wasm_bindgen]
pub fn search(text: &str) -> Outcome<Vec<u32>> {
    let hits = open_bench()?.vault.search(text, 20);
    Ok(hits.iter().filter_map(|hit| person::number_of(hit.record)).collect())
}

/// Delivers what waits; `post` takes a parcel's bytes and resolves when they are safe. Gives envelopes delivered.
#[wasm_bindgen]
pub async fn deliver(post: Function) -> Outcome<usize> {
    let bench = open_bench()?;
    let line = TakeIn::new(MadeUpServer::load()?, move |parcel| {
        let promise = post.call1(&JsValue::NULL, &Uint8Array::from(parcel))?;
        promise.dyn_into::<Promise>().map(JsFuture::from)
    });
    let outcome = round::run(&bench.store.mailbox(), &line, everything()).await.map_err(fault)?;
    settled(outcome).map(|outcome| outcome.delivered)
}

/// Enrols with an invitation of a real server, under a passphrase, and makes the vault.
#[wasm_bindgen]
pub async fn enrol(link: String, stretched: Stretched) -> Outcome<()> {
    let invitation = seal::Invitation::parse(&link).map_err(fault)?;
    let keys = EnrolmentKeys::generate(&mut store::clock::rng());
    let public = keys.public().map_err(fault)?;
    let request = api::EnrolRequest {
        code: invitation.code.to_vec(),
        verifying: public.verifying.to_vec(),
        inbox: public.inbox.to_vec(),
    };
    let enrolled = api::enrol(request).await.map_err(fault)?;
    let store = Store::open(app::files::address("journal")).await.map_err(fault)?;
    let Stretched { kdf, salt, key, .. } = stretched;
    let new = NewVault { enrolled, keys, root: invitation.root, stretched: key, kdf, salt };
    let vault = store.create_vault(new).await.map_err(fault)?;
    keep(store, vault);
    Ok(())
}

/// What a round with a real server came to.
#[wasm_bindgen]
pub struct Round {
    /// Envelopes the server took over.
    pub delivered: usize,
    /// Pages collected.
    pub pages: usize,
    /// Envelopes that still wait.
    pub left: usize,
    trouble: String,
}

#[wasm_bindgen]
impl Round {
    /// What stopped it; empty when nothing did.
    #[wasm_bindgen(getter)]
    pub fn trouble(&self) -> String {
        self.trouble.clone()
    }
}

/// One round with the real server: delivers, and collects when asked to. Trouble with the line is no fault.
#[wasm_bindgen]
pub async fn go(collect: bool) -> Outcome<Round> {
    let bench = open_bench()?;
    let budget = Budget { collect, ..everything() };
    let outcome = round::run(&bench.store.mailbox(), &ApiLine::PAGE, budget).await.map_err(fault)?;
    fold(&bench.vault).await?;
    Ok(Round {
        delivered: outcome.delivered,
        pages: outcome.collected_pages,
        left: outcome.left,
        trouble: outcome.trouble.map(|trouble| trouble.to_string()).unwrap_or_default(),
    })
}

/// Bytes of the envelopes that wait.
#[wasm_bindgen]
pub async fn waiting_bytes() -> Outcome<usize> {
    let waiting = open_bench()?.vault.outbox().await.map_err(fault)?;
    Ok(waiting.iter().map(|item| item.size).sum())
}

/// Bytes of the program's memory, which the browser does not count among the page's.
#[wasm_bindgen]
pub fn memory_bytes() -> u32 {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length()
}

/// Forgets the vault's key and everything opened.
#[wasm_bindgen]
pub fn close() {
    if let Some(bench) = BENCH.with(|bench| bench.borrow_mut().take()) {
        bench.vault.lock();
    }
}

/// As long as it takes, everything that waits.
fn everything() -> Budget {
    Budget { ms: 3_600_000, ..Budget::NOW }
}

fn settled(outcome: RoundOutcome) -> Outcome<RoundOutcome> {
    match outcome.trouble {
        Some(trouble) => Err(fault(trouble)),
        None => Ok(outcome),
    }
}
