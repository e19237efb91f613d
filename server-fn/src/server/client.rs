//! A device without a screen: speaks to a server over the same road as a tablet. For the demo caseload and tests.
//!
//! Plain HTTP only, meant for the loopback.

use super::{now_ms, random, rng};
use crate::api::attachments::{ChunksGet, ChunksLacking, ChunksPut};
use crate::api::{
    audit, collect::Collect, collect_as::CollectAs, deliver::Deliver, enrol, passkeys, sign_in, tables,
};
use crate::{
    ApiError, Collected, EnrolRequest, Enrolled, PasskeyAsked, PasskeyInfo, PasskeyMade, PasskeyShown,
    SignedIn,
};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, header};
use domain::{DraftId, EnrolmentId, Entry, EnvelopeId, UserId};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use seal::page::Page;
use seal::signed::SIGN_IN;
use seal::{
    Address, Ask, AuditPage, AuditQuery, CapsuleId, EnrolmentKeys, Exported, Holding, Holdings, Invitation,
    Load, Outgoing, Parcel, Purpose, Reading, Reads, Receipts, ServerKeys, Signed,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use server_fn::codec::CborEncoding;
use server_fn::{ContentType, Decodes, Encodes, ServerFn};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A connection to one server, with the cookie it set.
pub struct Client {
    base: String,
    http: HttpClient<HttpConnector, Body>,
    cookie: Mutex<Option<String>>,
}

impl Client {
    /// To a server at `http://host:port`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Self { base: base.trim_end_matches('/').to_owned(), http, cookie: Mutex::default() }
    }

    /// The same session, at another address of the same server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        let cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { cookie: Mutex::new(cookie), ..Self::new(base) }
    }

    /// Sends any request, for whoever wants to see what a server makes of it.
    ///
    /// # Errors
    /// [`ApiError::NoAnswer`] when there is none.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response<Bytes>, ApiError> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).map_err(|_| ApiError::Malformed)?;
        let response = self.http.request(request).await.map_err(|_| ApiError::NoAnswer)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| ApiError::NoAnswer)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    pub(in crate::server) async fn call<F: ServerFn + Serialize, T: DeserializeOwned>(
        &self,
        arguments: F,
    ) -> Result<T, ApiError> {
        let body = CborEncoding::encode(&arguments).map_err(|_| ApiError::Malformed)?;
        let cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut headers = vec![(header::CONTENT_TYPE.as_str(), CborEncoding::CONTENT_TYPE)];
        headers.extend(cookie.as_deref().map(|cookie| (header::COOKIE.as_str(), cookie)));
        let response = self.send(Method::POST, F::PATH, &headers, body.to_vec()).await?;
        let set = response.headers().get(header::SET_COOKIE).and_then(|line| line.to_str().ok());
        if let Some(set) = set.and_then(|line| line.split(';').next()) {
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(set.to_owned());
        }
        if !response.status().is_success() {
            return Err(CborEncoding::decode(response.into_body()).unwrap_or(ApiError::NoAnswer));
        }
        CborEncoding::decode(response.into_body()).map_err(|_| ApiError::NoAnswer)
    }

    /// Forgets the cookie, as a device does whose session has ended.
    pub fn forget_cookie(&self) {
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks `api::enrol`.
    ///
    /// # Errors
    /// As there.
    pub async fn enrol(&self, request: EnrolRequest) -> Result<Enrolled, ApiError> {
        self.call(enrol::Enrol { request }).await
    }

    /// Asks `api::server_keys`.
    ///
    /// # Errors
    /// As there.
    pub async fn server_keys(&self) -> Result<ByteBuf, ApiError> {
        self.call(enrol::ServerKeysOf {}).await
    }

    /// Asks `api::office_tables`.
    ///
    /// # Errors
    /// As there.
    pub async fn office_tables(&self, known: Vec<(String, ByteBuf)>) -> Result<ByteBuf, ApiError> {
        self.call(tables::OfficeTablesOf { known }).await
    }

    /// Asks `api::deliver`.
    ///
    /// # Errors
    /// As there.
    pub async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(Deliver { token: ByteBuf::from(token), parcel: ByteBuf::from(parcel) }).await
    }

    /// Asks `api::echo`.
    ///
    /// # Errors
    /// As there.
    pub async fn echo(&self, token: &[u8], checkpoint: &[u8]) -> Result<ByteBuf, ApiError> {
        let (token, checkpoint) = (ByteBuf::from(token), ByteBuf::from(checkpoint));
        self.call(audit::EchoOf { token, checkpoint }).await
    }

    /// Asks `api::collect_as`.
    ///
    /// # Errors
    /// As there.
    pub async fn collect(&self, cursor: &[u8], room: u32) -> Result<Collected, ApiError> {
        self.call(CollectAs { cursor: ByteBuf::from(cursor), room }).await
    }

    /// Asks `api::collect`, as builds from before there were places do.
    ///
    /// # Errors
    /// As there.
    pub async fn collect_as_before(&self, cursor: &[u8], room: u32) -> Result<Collected, ApiError> {
        self.call(Collect { cursor: ByteBuf::from(cursor), room }).await
    }

    /// Asks `api::chunks_lacking`.
    ///
    /// # Errors
    /// As there.
    pub async fn chunks_lacking(&self, token: &[u8], ask: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(ChunksLacking { token: ByteBuf::from(token), ask: ByteBuf::from(ask) }).await
    }

    /// Asks `api::chunks_put`.
    ///
    /// # Errors
    /// As there.
    pub async fn chunks_put(&self, token: &[u8], load: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(ChunksPut { token: ByteBuf::from(token), load: ByteBuf::from(load) }).await
    }

    /// Asks `api::chunks_get`.
    ///
    /// # Errors
    /// As there.
    pub async fn chunks_get(&self, addresses: &[Address], room: u32) -> Result<Vec<ByteBuf>, ApiError> {
        let addresses: Vec<u8> = addresses.iter().flat_map(|address| address.0).collect();
        self.call(ChunksGet { addresses: ByteBuf::from(addresses), room }).await
    }

    /// Asks `api::challenge`.
    ///
    /// # Errors
    /// As there.
    pub async fn challenge(&self, enrolment: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(sign_in::Challenge { enrolment: ByteBuf::from(enrolment) }).await
    }

    /// Asks `api::sign_in`.
    ///
    /// # Errors
    /// As there.
    pub async fn sign_in(
        &self,
        enrolment: &[u8],
        challenge: &[u8],
        signature: &[u8],
    ) -> Result<SignedIn, ApiError> {
        let (enrolment, challenge) = (ByteBuf::from(enrolment), ByteBuf::from(challenge));
        self.call(sign_in::SignIn { enrolment, challenge, signature: ByteBuf::from(signature) }).await
    }

    /// Asks `api::passkey_challenge`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkey_challenge(&self, to_make: bool) -> Result<PasskeyAsked, ApiError> {
        self.call(passkeys::PasskeyChallenge { to_make }).await
    }

    /// Asks `api::passkey_register`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkey_register(&self, made: PasskeyMade) -> Result<(), ApiError> {
        self.call(passkeys::PasskeyRegister { made }).await
    }

    /// Asks `api::passkey_show`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkey_show(&self, shown: PasskeyShown) -> Result<u32, ApiError> {
        self.call(passkeys::PasskeyShow { shown }).await
    }

    /// Asks `api::passkeys`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkeys(&self) -> Result<Vec<PasskeyInfo>, ApiError> {
        self.call(passkeys::PasskeysOwn {}).await
    }

    /// Asks `api::passkey_remove`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkey_remove(&self, credential: &[u8]) -> Result<(), ApiError> {
        self.call(passkeys::PasskeyRemove { credential: ByteBuf::from(credential) }).await
    }

    /// Asks `api::passkeys_reset`.
    ///
    /// # Errors
    /// As there.
    pub async fn passkeys_reset(&self, user: &[u8]) -> Result<u64, ApiError> {
        self.call(passkeys::PasskeysReset { user: ByteBuf::from(user) }).await
    }

    /// Asks `api::sign_out`.
    ///
    /// # Errors
    /// As there.
    pub async fn sign_out(&self) -> Result<(), ApiError> {
        self.call(sign_in::SignOut {}).await
    }
}

/// An enrolled device with its vault open, holding everything in memory.
pub struct Device {
    /// Its connection.
    pub client: Client,
    /// Its keys.
    pub keys: EnrolmentKeys,
    /// What the server answered to the enrolment.
    pub enrolled: Enrolled,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// Its user.
    pub user: UserId,
    /// The server's keys, vouched for by the invitation's root.
    pub server: ServerKeys,
    outgoing: Outgoing,
    seq: AtomicU64,
}

impl Device {
    /// Enrols with an invitation, as text or link.
    ///
    /// # Errors
    /// As `api::enrol`; [`ApiError::NoAnswer`] when the answer is not the invited server's.
    pub async fn enrol(base: &str, invitation: &str) -> Result<Self, ApiError> {
        let invitation = Invitation::parse(invitation).map_err(|_| ApiError::InvitationUnknown)?;
        let client = Client::new(base);
        let keys = EnrolmentKeys::generate(&mut rng());
        let public = keys.public().map_err(|_| ApiError::Malformed)?;
        let request = EnrolRequest {
            code: invitation.code.to_vec(),
            verifying: public.verifying.to_vec(),
            inbox: public.inbox.to_vec(),
        };
        let enrolled = client.enrol(request).await?;
        Self::open(client, keys, enrolled, &invitation.root)
    }

    /// What to keep of the device, secret keys included.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ApiError> {
        let kept = (ByteBuf::from(self.keys.to_bytes().to_vec()), &self.enrolled);
        CborEncoding::encode(&kept).map(Vec::from).map_err(|_| ApiError::Malformed)
    }

    /// The device again, with a new session of envelopes and no cookie.
    ///
    /// # Errors
    /// [`ApiError::Malformed`] when these bytes were not kept by [`Self::to_bytes`].
    pub fn reopen(base: &str, kept: &[u8], root: &[u8; 32]) -> Result<Self, ApiError> {
        let kept = CborEncoding::decode(Bytes::copy_from_slice(kept));
        let (keys, enrolled): (ByteBuf, Enrolled) = kept.map_err(|_| ApiError::Malformed)?;
        let keys = EnrolmentKeys::from_bytes(&keys).map_err(|_| ApiError::Malformed)?;
        Self::open(Client::new(base), keys, enrolled, root)
    }

    fn open(
        client: Client,
        keys: EnrolmentKeys,
        enrolled: Enrolled,
        root: &[u8; 32],
    ) -> Result<Self, ApiError> {
        let server = ServerKeys::from_bytes(&enrolled.server_keys, root).map_err(|_| ApiError::NoAnswer)?;
        let enrolment = EnrolmentId::from_slice(&enrolled.enrolment).ok_or(ApiError::NoAnswer)?;
        let user = UserId::from_slice(&enrolled.user).ok_or(ApiError::NoAnswer)?;
        let outgoing = Outgoing::begin(&mut rng(), &server.sealing).map_err(|_| ApiError::NoAnswer)?;
        let seq = AtomicU64::new(0);
        Ok(Self { client, keys, enrolled, enrolment, user, server, outgoing, seq })
    }

    /// The capsule that opens this device's envelopes.
    #[must_use]
    pub fn capsule(&self) -> (CapsuleId, Vec<u8>) {
        let (id, capsule) = self.outgoing.capsule();
        (id, capsule.to_vec())
    }

    /// Signs an entry and seals it into an envelope.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal(&self, entry: &Entry) -> Result<Vec<u8>, ApiError> {
        self.seal_signed(Purpose::Entry, &Signed::entry(&self.keys, entry))
    }

    /// Signs the state of a draft and seals it into an envelope.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal_draft(&self, draft: DraftId, at: u64, state: &[u8]) -> Result<Vec<u8>, ApiError> {
        self.seal_signed(Purpose::Draft, &Signed::draft(&self.keys, draft, at, state))
    }

    /// Seals what was signed, by whomever.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal_signed(&self, purpose: Purpose, signed: &Signed) -> Result<Vec<u8>, ApiError> {
        let id = EnvelopeId::fresh(now_ms(), random());
        let seq = self.seq.fetch_add(1, Ordering::Relaxed);
        let sealed = self.outgoing.seal(&mut rng(), purpose, id, self.enrolment, seq, &signed.to_bytes());
        sealed.map_err(|_| ApiError::TooLarge)
    }

    /// Delivers envelopes of this device with its capsule, and believes only the server's signature.
    ///
    /// # Errors
    /// As `api::deliver`.
    pub async fn deliver(&self, envelopes: Vec<Vec<u8>>) -> Result<Receipts, ApiError> {
        self.deliver_parcel(&Parcel { capsules: vec![self.capsule().1], envelopes }.to_bytes()).await
    }

    /// Delivers a parcel as it is.
    ///
    /// # Errors
    /// As `api::deliver`.
    pub async fn deliver_parcel(&self, parcel: &[u8]) -> Result<Receipts, ApiError> {
        let answer = self.client.deliver(&self.enrolled.deposit_token, parcel).await?;
        Receipts::from_bytes(&answer, &self.server.signing, parcel).map_err(|_| ApiError::NoAnswer)
    }

    /// Asks which of some chunks the server holds, and believes only its signature.
    ///
    /// # Errors
    /// As `api::chunks_lacking`.
    pub async fn ask_chunks(&self, addresses: &[Address]) -> Result<Vec<(Address, Holding)>, ApiError> {
        let ask = Ask { nonce: random(), addresses: addresses.to_vec() }.to_bytes();
        let answer = self.client.chunks_lacking(&self.enrolled.deposit_token, &ask).await?;
        let holdings = Holdings::from_bytes(&answer, &self.server.signing, &ask);
        holdings.map(|holdings| holdings.items).map_err(|_| ApiError::NoAnswer)
    }

    /// Hands chunks in, and believes only the server's signature.
    ///
    /// # Errors
    /// As `api::chunks_put`.
    pub async fn put_chunks(&self, chunks: Vec<Vec<u8>>) -> Result<Vec<(Address, Holding)>, ApiError> {
        let load = Load { nonce: random(), chunks }.to_bytes();
        let answer = self.client.chunks_put(&self.enrolled.deposit_token, &load).await?;
        let holdings = Holdings::from_bytes(&answer, &self.server.signing, &load);
        holdings.map(|holdings| holdings.items).map_err(|_| ApiError::NoAnswer)
    }

    /// Signs in anew.
    ///
    /// # Errors
    /// As `api::sign_in`.
    pub async fn sign_in(&self) -> Result<SignedIn, ApiError> {
        let challenge = self.client.challenge(&self.enrolment.0).await?;
        let signature = self.keys.sign(SIGN_IN, &[&challenge[..], &self.enrolment.0].concat());
        self.client.sign_in(&self.enrolment.0, &challenge, &signature).await
    }

    /// Seals readings into an envelope.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal_reads(&self, batch: [u8; 16], items: Vec<Reading>) -> Result<Vec<u8>, ApiError> {
        let reads = Reads { batch, enrolment: self.enrolment, items };
        self.seal_signed(Purpose::Reads, &reads.sign(&self.keys))
    }

    /// Seals the line of an export into an envelope.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal_exported(&self, exported: &Exported) -> Result<Vec<u8>, ApiError> {
        self.seal_signed(Purpose::Reads, &exported.sign(&self.keys))
    }

    /// Asks for lines of the log, before a number.
    ///
    /// # Errors
    /// As `api::audit_page`; [`ApiError::NoAnswer`] for an answer that the server did not give to this question.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, ApiError> {
        let nonce: [u8; 16] = random();
        let query = ByteBuf::from(minicbor::to_vec(query).map_err(|_| ApiError::Malformed)?);
        let asked = audit::AuditPageOf { query, before, limit, nonce: ByteBuf::from(nonce) };
        let answer: ByteBuf = self.client.call(asked).await?;
        let opened = seal::answer::open(&answer, &self.keys, self.enrolment, &self.server.signing, &nonce);
        opened.map_err(|_| ApiError::NoAnswer)
    }

    /// Collects everything after a cursor: the pages, and where to go on.
    ///
    /// # Errors
    /// As `api::collect_as`; [`ApiError::NoAnswer`] for a page that the server did not make for this device.
    pub async fn collect(&self, mut cursor: Vec<u8>, room: u32) -> Result<(Vec<Page>, Vec<u8>), ApiError> {
        let mut pages = Vec::new();
        loop {
            let collected = self.client.collect(&cursor, room).await?;
            if !collected.page.is_empty() {
                let page = Page::open(&collected.page, &self.keys, self.enrolment, &self.server.signing);
                pages.push(page.map_err(|_| ApiError::NoAnswer)?);
            }
            cursor = collected.cursor.into_vec();
            if !collected.more {
                return Ok((pages, cursor));
            }
        }
    }
}
