//! A server that the bench page plays itself: it vouches for its keys, hands out pages and signs receipts.
//!
//! Its secrets lie in the page's local storage, so that a page opened later goes on as the same server.

use crate::person::{self, Person};
use crate::{Outcome, fault};
use api::Collected;
use domain::{Record, id};
use seal::page::{Author, Page};
use seal::{
    EnrolmentKeys, Envelope, Parcel, Receipt, Receipts, RootKey, ServerSecrets, Verdict, short_digest,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use store::{Identity, Line, Trouble, clock, random};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

const EPOCH: [u8; 16] = [1; 16];
const KEPT: &str = "made-up-server";
/// About as much as a server hands out at once: the records of a hundred families of five.
const FAMILIES_A_PAGE: usize = 100;

/// The server's secrets, and the inbox key of the one who enrolled.
pub struct MadeUpServer {
    secrets: ServerSecrets,
    inbox: [u8; 32],
}

impl MadeUpServer {
    /// Makes a server and enrols somebody with it: its answer, and the fingerprint of its root.
    pub fn enrol(keys: &EnrolmentKeys) -> Outcome<(api::Enrolled, [u8; 32])> {
        let mut rng = clock::rng();
        let (root, secrets) = (RootKey::generate(&mut rng), ServerSecrets::generate(&mut rng));
        let server_keys = root.vouch(&secrets, 0, u64::MAX).to_bytes();
        let inbox = keys.public().map_err(fault)?.inbox;
        let kept = format!("{}{}", id::hex(&inbox), id::hex(&secrets.to_bytes()));
        storage()?.set_item(KEPT, &kept).map_err(|_| JsError::new("local storage is full"))?;
        let enrolled = api::Enrolled {
            enrolment: random::<16>().to_vec(),
            user: person::AUTHOR.0.to_vec(),
            name: "Rosa Miranda".into(),
            staff_code: "RM".into(),
            role: domain::Role::Caseworker.code(),
            site: "meteti".into(),
            deposit_token: random::<32>().to_vec(),
            server_keys,
            epoch: EPOCH.to_vec(),
        };
        Ok((enrolled, root.fingerprint()))
    }

    /// The server that was made on this device.
    pub fn load() -> Outcome<Self> {
        let kept = storage()?.get_item(KEPT).ok().flatten().unwrap_or_default();
        let digits = kept.as_bytes().chunks_exact(2);
        let bytes: Option<Vec<u8>> =
            digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        let bytes = bytes.unwrap_or_default();
        let (inbox, secrets) =
            bytes.split_first_chunk().ok_or_else(|| JsError::new("no server was made here"))?;
        Ok(Self { secrets: ServerSecrets::from_bytes(secrets).map_err(fault)?, inbox: *inbox })
    }

    /// Seals pages of people for the one who enrolled.
    pub fn pages(&self, identity: &Identity, people: &[Person]) -> Outcome<HandOut> {
        let records = people.chunks(FAMILIES_A_PAGE * person::FAMILY).map(person::records).collect();
        self.pages_of(identity, records)
    }

    /// Seals pages of records for the one who enrolled.
    pub fn pages_of(&self, identity: &Identity, records: Vec<Vec<Record>>) -> Outcome<HandOut> {
        let total = records.iter().map(Vec::len).sum::<usize>() as u64;
        let author =
            Author { user: person::AUTHOR, name: identity.name.clone(), site: identity.site.clone() };
        let pages = records.into_iter().map(|records| {
            let page = Page { records, authors: vec![author.clone()], total, ..Page::default() };
            page.seal(&mut clock::rng(), &self.secrets.signing, identity.enrolment, &self.inbox)
                .map_err(fault)
        });
        Ok(HandOut(RefCell::new(pages.collect::<Outcome<_>>()?)))
    }
}

fn storage() -> Outcome<web_sys::Storage> {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    storage.ok_or_else(|| JsError::new("no local storage"))
}

/// A line that hands out prepared pages.
pub struct HandOut(RefCell<VecDeque<Vec<u8>>>);

impl Line for HandOut {
    async fn deliver(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }

    async fn collect(&self, _: &[u8], _: u32) -> Result<Collected, Trouble> {
        let mut pages = self.0.borrow_mut();
        let page = pages.pop_front().unwrap_or_default();
        Ok(Collected {
            page: page.into(),
            cursor: random::<8>().to_vec().into(),
            more: !pages.is_empty(),
            epoch: EPOCH.to_vec().into(),
            signer: Vec::new().into(),
        })
    }
}

/// A line that takes parcels in: `post` puts the bytes somewhere safe, then receipts are signed.
pub struct TakeIn<F> {
    server: MadeUpServer,
    post: F,
}

impl<F: Fn(&[u8]) -> Result<JsFuture, JsValue>> TakeIn<F> {
    /// Made-up server and the function that keeps a parcel.
    pub fn new(server: MadeUpServer, post: F) -> Self {
        Self { server, post }
    }
}

impl<F: Fn(&[u8]) -> Result<JsFuture, JsValue>> Line for TakeIn<F> {
    async fn deliver(&self, _: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
        (self.post)(parcel).map_err(|_| Trouble::NoAnswer)?.await.map_err(|_| Trouble::NoAnswer)?;
        let envelopes = Parcel::from_bytes(parcel).map_err(|_| Trouble::Refused)?.envelopes;
        let items = envelopes.iter().map(|bytes| Receipt {
            envelope: short_digest(bytes),
            verdict: if Envelope::read(bytes).is_ok() { Verdict::Accepted } else { Verdict::Unreadable },
            reason: String::new(),
        });
        let receipts = Receipts { epoch: EPOCH, items: items.collect(), checkpoint: None };
        Ok(receipts.to_bytes(&self.server.secrets.signing, parcel))
    }

    async fn collect(&self, _: &[u8], _: u32) -> Result<Collected, Trouble> {
        Ok(Collected {
            page: Vec::new().into(),
            cursor: Vec::new().into(),
            more: false,
            epoch: EPOCH.to_vec().into(),
            signer: Vec::new().into(),
        })
    }
}
