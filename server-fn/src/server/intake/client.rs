//! A family's phone without a screen: hands letters in over the same road. For the demo, measures and tests.

use crate::ApiError;
use crate::api::find_application::{FindApplication, IntakeCountsOf};
use crate::api::hand_in::HandIn;
use crate::server::client::{Client, Device};
use crate::server::{random, rng};
use axum::http::{Method, StatusCode};
use domain::GroupRef;
use domain::application::{Application, Letter, Reply};
use domain::appointment::Wish;
use seal::ServerKeys;
use seal::answer::Nonce;
use seal::found::{Found, IntakeCounts};
use seal::letter::{AnswerKey, Fate, LetterId, id, posted, read_answer, read_told, work};
use serde::Serialize;
use serde_bytes::ByteBuf;
use server_fn::codec::CborEncoding;
use server_fn::{ContentType as _, Decodes as _, Encodes as _, ServerFn as _};
use std::sync::Arc;

/// Tries before somebody else is let run.
const TRIES: u32 = 1 << 22;

/// A letter, sealed and paid for.
#[derive(Clone)]
pub struct Posted {
    /// Its name.
    pub id: LetterId,
    /// Opens its answer.
    pub key: AnswerKey,
    /// The bytes that are handed in.
    pub bytes: Vec<u8>,
}

/// A phone.
pub struct Phone {
    client: Arc<Client>,
    server: ServerKeys,
    /// As which address a proxy names it; itself where none does.
    from: Option<String>,
}

impl Phone {
    /// A phone that knows a server's keys.
    #[must_use]
    pub fn new(url: &str, server: ServerKeys, from: Option<&str>) -> Self {
        Self { client: Arc::new(Client::new(url)), server, from: from.map(str::to_owned) }
    }

    /// Another phone, whose letters a proxy carries over the same connections.
    #[must_use]
    pub fn beside(&self, from: &str) -> Self {
        let (client, server) = (Arc::clone(&self.client), self.server.clone());
        Self { client, server, from: Some(from.to_owned()) }
    }

    /// Seals a letter and does its work.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`] when it is.
    pub fn post(&self, letter: &Letter, bits: u8) -> Result<Posted, ApiError> {
        let plain = minicbor::to_vec(letter).map_err(|_| ApiError::Malformed)?;
        let sealed = seal::letter::seal(&mut rng(), &self.server.sealing, &plain);
        let (sealed, key) = sealed.map_err(|_| ApiError::TooLarge)?;
        Ok(Posted { id: id(&sealed), key, bytes: posted(worked(id(&sealed), bits), &sealed) })
    }

    /// Hands in what was posted: its fate and what is told, as far as the server signed it.
    ///
    /// # Errors
    /// As `api::hand_in`.
    pub async fn hand_in_posted(&self, letter: &Posted) -> Result<(Fate, Option<Reply>), ApiError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            letter: &'a ByteBuf,
        }
        let arguments = Arguments { letter: &ByteBuf::from(letter.bytes.clone()) };
        let body = CborEncoding::encode(&arguments).map_err(|_| ApiError::Malformed)?;
        let mut headers = vec![("content-type", CborEncoding::CONTENT_TYPE)];
        headers.extend(self.from.as_deref().map(|from| ("x-forwarded-for", from)));
        let response = self.client.send(Method::POST, HandIn::PATH, &headers, body.to_vec()).await?;
        let is_ok = response.status() == StatusCode::OK;
        let body = response.into_body();
        if !is_ok {
            return Err(CborEncoding::decode(body).unwrap_or(ApiError::NoAnswer));
        }
        let answer: ByteBuf = CborEncoding::decode(body).map_err(|_| ApiError::NoAnswer)?;
        self.read(letter, &answer)
    }

    /// Reads an answer.
    fn read(&self, letter: &Posted, answer: &[u8]) -> Result<(Fate, Option<Reply>), ApiError> {
        let read = read_answer(answer, &self.server.signing, letter.id);
        let (fate, sealed) = read.map_err(|_| ApiError::NoAnswer)?;
        let told = read_told(&letter.key, letter.id, sealed).ok();
        Ok((fate, told.and_then(|told| minicbor::decode(&told).ok())))
    }

    /// Seals a letter, hands it in, and does more work where more is asked.
    ///
    /// # Errors
    /// As `api::hand_in`.
    pub async fn hand_in(&self, letter: &Letter) -> Result<(Fate, Option<Reply>), ApiError> {
        let mut posted = self.post(letter, 0)?;
        // Sealed once, however much work it takes: it is the same letter.
        loop {
            match self.hand_in_posted(&posted).await? {
                (Fate::MoreWork(bits), _) => {
                    let sealed = posted.bytes.split_off(8);
                    posted.bytes = [&worked(posted.id, bits)[..], &sealed].concat();
                }
                answer => return Ok(answer),
            }
        }
    }
}

fn worked(letter: LetterId, bits: u8) -> [u8; 8] {
    let mut from = 0;
    loop {
        match work(letter, bits, from, TRIES) {
            Ok(nonce) => return nonce,
            Err(next) => from = next,
        }
    }
}

/// What a family holds of its application.
#[derive(Clone)]
pub struct Family {
    /// What it says.
    pub application: Application,
    /// Drawn with it.
    pub secret: [u8; 16],
    /// The key of its PIN.
    pub key: [u8; 32],
    /// When it would like to come.
    pub wish: Option<Wish>,
}

impl Family {
    /// Somebody who begins an application; the key of a PIN is as good drawn as stretched.
    #[must_use]
    pub fn of(application: Application) -> Self {
        Self { application, secret: random(), key: random(), wish: None }
    }

    /// The letter with which it sends what it says.
    #[must_use]
    pub fn letter(&self) -> Letter {
        Letter::Application {
            application: self.application.to_bytes(),
            secret: self.secret,
            status: seal::digest(&self.key),
            wish: self.wish.clone(),
        }
    }

    /// The letter with which it asks something.
    #[must_use]
    pub fn ask(&self, act: domain::application::Act) -> Letter {
        Letter::Ask { reference: self.reference().to_string(), key: self.key, act }
    }

    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> GroupRef {
        self.application.reference()
    }
}

impl Device {
    /// Looks for the application of a reference.
    ///
    /// # Errors
    /// As `api::find_application`.
    pub async fn find_application(&self, reference: &str) -> Result<Found, ApiError> {
        let nonce: Nonce = random();
        let asked = FindApplication { reference: reference.to_owned(), nonce: ByteBuf::from(nonce) };
        self.opened(&self.client.call::<_, ByteBuf>(asked).await?, &nonce)
    }

    /// How many letters there are.
    ///
    /// # Errors
    /// As `api::intake_counts`.
    pub async fn intake_counts(&self) -> Result<IntakeCounts, ApiError> {
        let nonce: Nonce = random();
        let asked = IntakeCountsOf { nonce: ByteBuf::from(nonce) };
        self.opened(&self.client.call::<_, ByteBuf>(asked).await?, &nonce)
    }
}
