//! Practice: made-up people in a database of their own, from which nothing ever leaves.
//!
//! What keeps them from the ledger does so several times over, each enough by itself: the worker and the store of
//! real people open another database; no post lies in this one, so that a round has neither a token to deliver with nor
//! anybody to collect for; what is saved is sealed to keys of a server that never was, thrown away as soon as they were
//! made; and a page that practises has no line ([`is_on`]).

use crate::announce::{Change, announce};
use crate::database::{Database, Home, WhenMissing};
use crate::store::NewVault;
use crate::tables::{self, Table};
use crate::transaction::Batch;
use crate::vault::Reach;
use crate::{Reference, Store, StoreError, Vault, clock};
use domain::{EnrolmentId, Role};
use seal::page::Page;
use seal::{EnrolmentKeys, Kdf, Receipt, RootKey, ServerSecrets, Verdict, short_digest};
use std::cell::Cell;

/// What the vault of a practice is made from.
pub struct NewPractice {
    /// How the person who practises is shown.
    pub name: String,
    /// By which they pick their vault.
    pub staff_code: String,
    /// What they may do.
    pub role: Role,
    /// Code of their site.
    pub site: String,
    /// The stretched passphrase.
    pub stretched: crate::SecretKey,
    /// Costs it was stretched with.
    pub kdf: Kdf,
    /// Salt it was stretched with.
    pub salt: [u8; 16],
    /// What made-up colleagues have registered.
    pub pages: Vec<Page>,
}

/// The epoch of a server that never was.
const NO_EPOCH: [u8; 16] = [0; 16];

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
}

/// Whether this page practises. Then it has no line: [`crate::ApiLine`] asks nothing. It stays so until the page is
/// loaded anew.
#[must_use]
pub fn is_on() -> bool {
    ON.get()
}

/// Removes the database of the practice, and with it everything in it.
///
/// # Errors
/// [`StoreError::Blocked`] when another page does not let go of it.
pub async fn forget() -> Result<(), StoreError> {
    Database::remove(Home::Practice).await
}

impl Store {
    /// Opens the database of the practice in place of the one of real people, which is not opened at all. From now on
    /// this page has no line. `anew` removes whatever lies there first.
    ///
    /// # Errors
    /// [`StoreError::Blocked`] after five seconds.
    pub async fn open_practice(anew: bool) -> Result<Self, StoreError> {
        ON.set(true);
        if anew {
            forget().await?;
        }
        let database = Database::open(Home::Practice, WhenMissing::Create).await?;
        Ok(Self::practice_over(database, Reference::open().await?))
    }

    /// Whether this is the store of a practice.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.practice
    }

    /// Makes the vault of a practice with its made-up people, unlocked.
    ///
    /// The keys of its server are made here and forgotten at the end: nobody will ever open what is sealed to them.
    ///
    /// # Errors
    /// [`StoreError::Full`]; over the store of real people always.
    pub async fn create_practice(&self, new: NewPractice) -> Result<Vault, StoreError> {
        self.only_in_practice()?;
        let NewPractice { name, staff_code, role, site, stretched, kdf, salt, pages } = new;
        let rng = &mut clock::rng();
        let (root, server) = (RootKey::generate(rng), ServerSecrets::generate(rng));
        let keys = EnrolmentKeys::generate(rng);
        let inbox = keys.public()?.inbox;
        let enrolment = EnrolmentId::fresh(clock::now_ms(), clock::random());
        let enrolled = api::Enrolled {
            enrolment: enrolment.0.to_vec(),
            user: clock::random::<16>().to_vec(),
            name,
            staff_code,
            role: role.code(),
            site,
            deposit_token: Vec::new(),
            server_keys: root.vouch(&server, 0, u64::MAX).to_bytes(),
            epoch: Vec::new(),
        };
        let new = NewVault { enrolled, keys, root: root.fingerprint(), stretched, kdf, salt };
        let vault = Vault::create(self.database().clone(), new, Reach::Nobody).await?;
        let mut batch = Batch::default();
        for (number, page) in (0..).zip(&pages) {
            let sealed = page.seal(rng, &server.signing, enrolment, &inbox)?;
            batch.put(Table::Inbox, tables::numbered(vault.identity().vault, number), sealed);
        }
        self.database().commit(batch).await?;
        vault.fold_inbox(usize::MAX).await?;
        Ok(vault)
    }

    /// Does as if everything that waits had been sent: it is settled by receipts made here, for the outbox to be seen
    /// at work. Nothing leaves. Gives how much it was.
    ///
    /// # Errors
    /// When the browser does not answer; over the store of real people always, where it would lose what waits.
    pub async fn pretend_delivery(&self) -> Result<usize, StoreError> {
        self.only_in_practice()?;
        let mailbox = self.mailbox();
        let waybill = mailbox.waybill(true).await?;
        let receipt = |envelope: &[u8]| Receipt {
            envelope: short_digest(envelope),
            verdict: Verdict::Accepted,
            reason: String::new(),
        };
        let receipts: Vec<_> = waybill.waiting.iter().map(|it| receipt(&it.row.envelope)).collect();
        let settled = mailbox.settle(&waybill.waiting, &receipts, NO_EPOCH, &waybill.capsules).await?;
        mailbox.settle_chunks(&mailbox.chunks_due(true).await?, NO_EPOCH).await?;
        announce(Change::Outbox);
        Ok(settled.delivered)
    }

    fn only_in_practice(&self) -> Result<(), StoreError> {
        if self.practice {
            return Ok(());
        }
        Err(StoreError::Unavailable("this is no practice".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round::{self, Budget};
    use crate::testing::{
        Office, STRETCHED, colleagues, device, given_name, note, now, picture, registers, registers_with,
    };
    use crate::{Mailbox, VaultInfo};
    use seal::{Attachment, Media};
    use zeroize::Zeroizing;

    fn practice() -> (Store, Database) {
        let database = now(Database::open(Home::Practice, WhenMissing::Create)).unwrap();
        (Store::practice_over(database.clone(), now(Reference::open()).unwrap()), database)
    }

    fn begin(store: &Store) -> Vault {
        let records = (1..=80).map(|number| colleagues(number, &format!("Inventada {number}"))).collect();
        let pages = vec![Page { records, total: 80, ..Page::default() }];
        let new = NewPractice {
            name: "Quien practica".into(),
            staff_code: "PR".into(),
            role: Role::Caseworker,
            site: "meteti".into(),
            stretched: Box::new(Zeroizing::new(STRETCHED)),
            kdf: Kdf::FLOOR,
            salt: [3; 16],
            pages,
        };
        now(store.create_practice(new)).unwrap()
    }

    fn unlock(store: &Store) -> Vault {
        let vaults: Vec<VaultInfo> = now(store.vaults()).unwrap();
        now(store.unlock(&vaults[0], &STRETCHED)).unwrap()
    }

    /// A round with a server that takes whatever it is given.
    fn round(mailbox: &Mailbox, office: &Office) -> round::RoundOutcome {
        now(round::run(mailbox, office, Budget::NOW)).unwrap()
    }

    #[test]
    fn practice_lies_where_neither_the_worker_nor_the_mailbox_look() {
        assert_ne!(Home::Practice.name(), Home::Vault.name());
        let (real, _) = device();
        let office = Office::new();
        let (vault, _) = office.enrol(&real, 1);
        now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();

        let (store, _) = practice();
        let practised = begin(&store);
        now(practised.save(&registers(&practised, 2, 2, "Inventada"), note("Inventada"), None)).unwrap();
        assert_eq!(now(real.mailbox().left()).unwrap(), 1, "what is practised is not in the real outbox");
        assert_eq!(now(practised.waiting()).unwrap().unsent, 1);

        round(&real.mailbox(), &office);
        let delivered: Vec<_> = office.entries.borrow().values().cloned().collect();
        assert_eq!(delivered.len(), 1);
        assert_eq!(delivered[0].author, vault.identity().user);
    }

    #[test]
    fn a_round_over_a_practice_hands_nothing_in_and_asks_for_nothing() {
        let (store, _) = practice();
        let vault = begin(&store);
        let photo = picture(70_000);
        let sealed = Attachment::seal(&mut clock::rng(), Media::WEBP, &photo).unwrap();
        let entry = registers_with(&vault, 7, &sealed.reference);
        now(vault.save_with(&entry, note("Inventada"), None, vec![sealed])).unwrap();
        let office = Office::new();
        let outcome = round(&store.mailbox(), &office);
        assert_eq!((outcome.delivered, outcome.collected_pages, outcome.chunks), (0, 0, 0));
        assert_eq!(outcome.left, 1);
        assert!(office.log.borrow().is_empty(), "not even a question");
        assert_eq!(now(crate::office_tables::ask(&store, &office)).unwrap(), Ok(vec![]));
    }

    #[test]
    fn what_was_saved_in_a_practice_opens_for_nobody() {
        let (store, database) = practice();
        let vault = begin(&store);
        now(vault.save(&registers(&vault, 2, 2, "Inventada"), note("Inventada"), None)).unwrap();
        // Copied into the outbox of a device that joined, with its capsule.
        let (real, theirs) = device();
        let office = Office::new();
        office.enrol(&real, 1);
        let mut batch = Batch::default();
        for (table, key, value) in database.every_value() {
            if matches!(table, Table::Outbox | Table::Capsules) {
                batch.put(table, key, value);
            }
        }
        now(theirs.commit(batch)).unwrap();
        let outcome = round(&real.mailbox(), &office);
        assert_eq!((outcome.delivered, outcome.refused), (0, 1));
        assert!(office.entries.borrow().is_empty());
    }

    #[test]
    fn made_up_people_are_found_again_after_a_lock() {
        let (store, _) = practice();
        let vault = begin(&store);
        assert_eq!(vault.count().people, 80);
        now(vault.save(&registers(&vault, 2, 2, "Zenaida"), note("Zenaida"), None)).unwrap();
        vault.lock();
        let vault = unlock(&store);
        assert_eq!(vault.count().people, 81);
        let found = vault.search("zenaida", 5);
        assert_eq!(given_name(&now(vault.record(found[0].record)).unwrap().unwrap()), "Zenaida");
    }

    #[test]
    fn as_if_sent_empties_the_outbox_of_a_practice_and_of_nothing_else() {
        let (store, _) = practice();
        let vault = begin(&store);
        now(vault.save(&registers(&vault, 2, 2, "Inventada"), note("Inventada"), None)).unwrap();
        assert_eq!(now(store.pretend_delivery()).unwrap(), 1);
        let waiting = now(vault.waiting()).unwrap();
        assert_eq!((waiting.saved_here, waiting.unsent), (1, 0));

        let (real, _) = device();
        let (vault, _) = Office::new().enrol(&real, 1);
        now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
        assert!(now(real.pretend_delivery()).is_err());
        assert_eq!(now(real.mailbox().left()).unwrap(), 1);
    }

    #[test]
    fn nobody_joins_in_a_practice_and_nobody_practises_among_real_people() {
        let (store, _) = practice();
        let office = Office::new();
        let keys = EnrolmentKeys::generate(&mut clock::rng());
        let enrolled = api::Enrolled {
            enrolment: vec![1; 16],
            user: vec![2; 16],
            name: "Rosa".into(),
            staff_code: "R".into(),
            role: 1,
            site: "meteti".into(),
            deposit_token: vec![3; 32],
            server_keys: office.server_keys(),
            epoch: vec![1; 16],
        };
        let new = NewVault {
            enrolled,
            keys,
            root: office.root.fingerprint(),
            stretched: Box::new(Zeroizing::new(STRETCHED)),
            kdf: Kdf::FLOOR,
            salt: [3; 16],
        };
        assert!(now(store.create_vault(new)).is_err());
        let (real, _) = device();
        let new = NewPractice {
            name: String::new(),
            staff_code: String::new(),
            role: Role::Caseworker,
            site: String::new(),
            stretched: Box::new(Zeroizing::new(STRETCHED)),
            kdf: Kdf::FLOOR,
            salt: [3; 16],
            pages: Vec::new(),
        };
        assert!(now(real.create_practice(new)).is_err());
        assert!(now(real.vaults()).unwrap().is_empty());
    }
}
