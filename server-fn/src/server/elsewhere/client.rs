//! What a device without a screen asks about people registered elsewhere, for tests.

use crate::ApiError;
use crate::api::elsewhere::{Elsewhere, Requests};
use crate::server::client::{Client, Device};
use crate::server::{random, rng};
use seal::answer::Nonce;
use seal::elsewhere::{Book, Question, Told};
use seal::question;
use serde_bytes::ByteBuf;

impl Client {
    /// Asks `api::elsewhere`.
    ///
    /// # Errors
    /// As there.
    pub async fn elsewhere(&self, question: &[u8], nonce: &[u8]) -> Result<ByteBuf, ApiError> {
        let (question, nonce) = (ByteBuf::from(question), ByteBuf::from(nonce));
        self.call(Elsewhere { question, nonce }).await
    }

    /// Asks `api::requests`.
    ///
    /// # Errors
    /// As there.
    pub async fn requests(&self, known: &[u8], nonce: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(Requests { known: ByteBuf::from(known), nonce: ByteBuf::from(nonce) }).await
    }
}

impl Device {
    /// Asks about people registered elsewhere, and believes only the server's signature.
    ///
    /// # Errors
    /// As `api::elsewhere`.
    pub async fn ask_elsewhere(&self, asked: &Question) -> Result<Told, ApiError> {
        let nonce: Nonce = random();
        let answer = self.client.elsewhere(&self.seal_question(asked)?, &nonce).await?;
        self.opened(question::emptied(&answer).map_err(|_| ApiError::NoAnswer)?, &nonce)
    }

    /// Seals a question as this device would.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn seal_question(&self, asked: &Question) -> Result<Vec<u8>, ApiError> {
        let plain = minicbor::to_vec(asked).map_err(|_| ApiError::Malformed)?;
        let sealed = question::seal(&mut rng(), &self.server.sealing, self.enrolment, &plain);
        sealed.map_err(|_| ApiError::TooLarge)
    }

    /// Requests of this user, and those that they decide on.
    ///
    /// # Errors
    /// As `api::requests`.
    pub async fn book(&self) -> Result<Book, ApiError> {
        let nonce: Nonce = random();
        let answer = self.client.requests(&[], &nonce).await?;
        self.opened(question::emptied(&answer).map_err(|_| ApiError::NoAnswer)?, &nonce)
    }
}
