//! Making and unlocking vaults, and what a sign-in changes.

use super::slots::{self, Means};
use super::{Identity, Open, Session, Vault, evict};
use crate::cipher::Cipher;
use crate::database::Database;
use crate::rows::{self, IdentityRow, PostRow, VaultRow};
use crate::store::{NewVault, VaultInfo};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{Mailbox, StoreError, clock};
use domain::{EnrolmentId, UserId, VaultId};
use seal::{EnrolmentKeys, Locker, ServerKeys, Slot};
use std::cell::RefCell;
use std::rc::Rc;
use zeroize::Zeroizing;

/// Times that a deed begins anew because somebody else wrote in between.
pub(super) const ATTEMPTS: usize = 8;

/// Whom a vault's envelopes may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The server that its user enrolled with.
    Server,
    /// Nobody: without a post there is no token to deliver with and nobody to collect for.
    Nobody,
}

impl Vault {
    pub(crate) async fn create(database: Database, new: NewVault, reach: Reach) -> Result<Vault, StoreError> {
        let NewVault { enrolled, keys, root, stretched, kdf, salt } = new;
        let server =
            ServerKeys::from_bytes(&enrolled.server_keys, &root).map_err(|_| StoreError::Untrusted)?;
        Mailbox::over(database.clone()).admits(&root).await?;
        let odd = || StoreError::Unavailable("the server's answer is not an enrolment".into());
        let enrolment = EnrolmentId::from_slice(&enrolled.enrolment).ok_or_else(odd)?;
        let user = UserId::from_slice(&enrolled.user).ok_or_else(odd)?;
        let vault = VaultId::fresh(clock::now_ms(), clock::random());
        let cipher = Rc::new(Cipher::new(Locker::generate(&mut clock::rng(), vault.0)));
        let slot = Slot::wrap(&mut clock::rng(), vault, kdf, salt, &stretched, cipher.key())?;
        let identity = IdentityRow {
            enrolment,
            user,
            name: enrolled.name,
            role: enrolled.role,
            site: enrolled.site,
            root: root.to_vec().into(),
            server_keys: enrolled.server_keys.into(),
            keys: keys.to_bytes().to_vec().into(),
        };
        let key = vault.0.to_vec();
        let sealed = cipher.seal(Table::Vaults, &key, 0, &Zeroizing::new(rows::write_secret(&identity)))?;
        let row = VaultRow {
            slots: vec![slot.to_bytes().into()],
            staff_code: enrolled.staff_code,
            identity: sealed.into(),
            created: clock::now_ms(),
        };
        let post = PostRow {
            enrolment,
            deposit_token: enrolled.deposit_token.into(),
            server: server.signing.to_vec().into(),
            epoch: enrolled.epoch.into(),
            cursor: Vec::new().into(),
            collected_at: 0,
            // Enrolling set the cookie.
            signed_in_at: Mailbox::over(database.clone()).sign_in().await?,
            began_anew_at: 0,
            root: Some(root.to_vec().into()),
            server_keys: None,
            former: Vec::new(),
            keys_from: server.from,
            order: 0,
            ordered: 0,
            ordered_at: 0,
            checkpoint: None,
            echoed_at: 0,
            heard_all_at: 0,
        };
        let mut batch = Batch::default();
        batch.put(Table::Vaults, key.clone(), rows::write(&row));
        if reach == Reach::Server {
            batch.put(Table::Posts, key, rows::write(&post));
        }
        database.commit(batch).await?;
        let vault = Self::begin(database, vault, &row, identity, cipher, keys, server);
        seal::scrub::stack();
        Ok(vault)
    }

    pub(crate) async fn unlock(
        database: Database,
        info: &VaultInfo,
        means: Means<'_>,
    ) -> Result<Vault, StoreError> {
        let vault = info.id;
        let (key, within) = (vault.0.to_vec(), tables::beginning_with(&vault.0));
        let rows = database
            .read(&[
                Query::Get(Table::Vaults, key.clone()),
                Query::range(Table::Segments, within.clone()),
                Query::range(Table::Records, within.clone()),
                Query::range(Table::Authors, within),
                Query::Get(Table::Counters, total_of(vault)),
                Query::Get(Table::Counters, evict::gone_of(vault)),
                Query::Get(Table::Counters, evict::grants_of(vault)),
            ])
            .await?;
        let [row, segments, newer, authors, total, gone, grants] = rows.try_into().unwrap_or_default();
        let (_, row) = row.into_iter().next().ok_or(StoreError::Damaged { table: Table::Vaults.name() })?;
        let row: VaultRow = rows::read(Table::Vaults, &row)?;
        let cipher = Rc::new(Cipher::new(Locker::new(slots::unwrap(vault, &row, means)?, vault.0)));
        let damaged = |_| StoreError::damaged(Table::Vaults);
        let (_, plain) = cipher.open(Table::Vaults, &key, &row.identity).map_err(damaged)?;
        let identity: IdentityRow = rows::read(Table::Vaults, &Zeroizing::new(plain))?;
        let keys = EnrolmentKeys::from_bytes(&identity.keys).map_err(damaged)?;
        let root =
            <[u8; 32]>::try_from(identity.root.as_slice()).map_err(|_| StoreError::damaged(Table::Vaults))?;
        let server = ServerKeys::from_bytes(&identity.server_keys, &root).map_err(damaged)?;
        let vault = Self::begin(database, vault, &row, identity, cipher, keys, server);
        seal::scrub::stack();
        let session = vault.session()?;
        vault.with(|open| {
            open.total = rows::read_number(total.first().map(|(_, value)| value.as_slice()));
            open.gone = rows::read_number(gone.first().map(|(_, value)| value.as_slice()));
            if let Some((key, row)) = grants.first() {
                let opened = session.cipher.open(Table::Counters, key, row).ok();
                open.grants = opened.and_then(|(_, plain)| minicbor::decode(&plain).ok()).unwrap_or_default();
            }
            for (key, row) in authors {
                let author = session.cipher.open(Table::Authors, &key, &row).ok();
                let author: Option<seal::page::Author> =
                    author.and_then(|(_, plain)| minicbor::decode(&plain).ok());
                if let Some(author) = author {
                    open.authors.insert(author.user, author);
                }
            }
        })?;
        vault.take_in(&session, segments, newer).await?;
        // Before anything is shown: what was granted until yesterday is not for today.
        // Should the device be too full for it, they are hidden, and everything else opens.
        let _ = vault.drop_ended().await;
        // The worker may have heard that a step was refused.
        let _ = vault.forget_refused().await;
        Ok(vault)
    }

    fn begin(
        database: Database,
        vault: VaultId,
        row: &VaultRow,
        identity: IdentityRow,
        cipher: Rc<Cipher>,
        keys: EnrolmentKeys,
        server: ServerKeys,
    ) -> Vault {
        let identity = Identity {
            vault,
            enrolment: identity.enrolment,
            user: identity.user,
            name: identity.name.clone(),
            staff_code: row.staff_code.clone(),
            role: identity.role,
            site: identity.site.clone(),
            root: <[u8; 32]>::try_from(identity.root.as_slice()).unwrap_or_default(),
        };
        let session = Session {
            cipher,
            keys: Rc::new(keys),
            server: Rc::new(server),
            former: Rc::default(),
            outgoing: None,
        };
        let open = Open {
            session,
            index: Default::default(),
            total: 0,
            authors: Default::default(),
            blocks: Vec::new(),
            set_aside: Vec::new(),
            seq: None,
            grants: Vec::new(),
            read_lately: Default::default(),
            gone: 0,
            retried: false,
        };
        Vault {
            database,
            identity: Rc::new(RefCell::new(Rc::new(identity))),
            open: Rc::new(RefCell::new(Some(open))),
        }
    }

    /// Notes a sign-in: role, site, the server's keys as they are now. From now on collection is this user's.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] when the pinned root does not vouch for the server's keys.
    pub async fn signed_in(&self, answer: &api::SignedIn) -> Result<(), StoreError> {
        let identity = self.identity();
        let server =
            ServerKeys::from_bytes(&answer.server_keys, &identity.root).map_err(|_| StoreError::Untrusted)?;
        let key = identity.vault.0.to_vec();
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            if server.from < session.server.from {
                // Keys of former days, which somebody may have stolen.
                return Err(StoreError::Untrusted);
            }
            let rows = self
                .database
                .read(&[Query::Get(Table::Vaults, key.clone()), Query::Get(Table::Posts, key.clone())])
                .await?;
            let [vault_row, post] = rows.try_into().unwrap_or_default();
            let (Some((_, vault_row)), Some((_, post))) = (vault_row.first(), post.first()) else {
                return Err(StoreError::damaged(Table::Vaults));
            };
            let mut row: VaultRow = rows::read(Table::Vaults, vault_row)?;
            let opened = session.cipher.open(Table::Vaults, &key, &row.identity);
            let (version, plain) = opened.map_err(|_| StoreError::damaged(Table::Vaults))?;
            let mut inner: IdentityRow = rows::read(Table::Vaults, &Zeroizing::new(plain))?;
            inner.role = answer.role;
            inner.site.clone_from(&answer.site);
            let before = core::mem::replace(&mut inner.server_keys, answer.server_keys.to_vec().into());
            let plain = Zeroizing::new(rows::write_secret(&inner));
            row.identity = session.cipher.seal(Table::Vaults, &key, version + 1, &plain)?.into();
            let mut post_row: PostRow = rows::read(Table::Posts, post)?;
            post_row.server = server.signing.to_vec().into();
            post_row.root = Some(identity.root.to_vec().into());
            post_row.former = post_row.with_former(Some(before).filter(|keys| *keys != inner.server_keys));
            let heard = post_row.server_keys.take();
            post_row.former = post_row.with_former(heard);
            post_row.keys_from = server.from;
            // The epoch is left to the round, which has more to do when it changes.
            post_row.signed_in_at = Mailbox::over(self.database.clone()).sign_in().await?;
            let mut batch = Batch::default();
            batch.require(Table::Vaults, key.clone(), Expected::Bytes(vault_row.clone()));
            batch.require(Table::Posts, key.clone(), Expected::Bytes(post.clone()));
            batch.put(Table::Vaults, key.clone(), rows::write(&row));
            batch.put(Table::Posts, key.clone(), rows::write(&post_row));
            if self.database.commit(batch).await? == Commit::Overtaken {
                continue;
            }
            self.believe(server)?;
            let changed = Identity { role: answer.role, site: answer.site.clone(), ..(*identity).clone() };
            *self.identity.borrow_mut() = Rc::new(changed);
            return Ok(());
        }
        Err(StoreError::Busy)
    }

    /// Believes the keys that a round heard of since the last sign-in, where the pinned root vouches for them.
    /// Pages signed with them would be taken for damaged otherwise.
    pub(super) async fn hear_of_keys(&self) -> Result<(), StoreError> {
        let identity = self.identity();
        let Some(post) = self.get(Table::Posts, &identity.vault.0.to_vec()).await? else { return Ok(()) };
        let post: PostRow = rows::read(Table::Posts, &post)?;
        let read = |keys: &minicbor::bytes::ByteVec| ServerKeys::from_bytes(keys, &identity.root).ok();
        let former: Vec<[u8; 32]> = post.former.iter().filter_map(read).map(|keys| keys.signing).collect();
        self.with(|open| {
            let known = Rc::make_mut(&mut open.session.former);
            known.extend(former.into_iter().filter(|signer| !known.contains(signer)).collect::<Vec<_>>());
        })?;
        let heard = post.server_keys.as_ref().and_then(read);
        match heard.filter(|heard| self.with(|open| heard.from >= open.session.server.from).unwrap_or(false))
        {
            Some(server) => self.believe(server),
            None => Ok(()),
        }
    }

    fn believe(&self, server: ServerKeys) -> Result<(), StoreError> {
        self.with(|open| {
            if open.session.server.sealing != server.sealing {
                // What is sealed from now on is sealed to the new key.
                open.session.outgoing = None;
            }
            if open.session.server.signing != server.signing {
                Rc::make_mut(&mut open.session.former).push(open.session.server.signing);
            }
            open.session.server = Rc::new(server);
        })
    }
}

/// Key of the number of records in reach.
pub fn total_of(vault: VaultId) -> tables::Key {
    [b"total".as_slice(), &vault.0].concat()
}
