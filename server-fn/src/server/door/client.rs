//! What a device without a screen asks about the applicants' door, for tests.

use crate::ApiError;
use crate::api::door::{DoorOf, IntakeKeysOf};
use crate::server::client::{Client, Device};
use crate::server::random;
use domain::application::Door;
use seal::answer::Nonce;
use seal::door::IntakeKeys;
use serde_bytes::ByteBuf;

impl Client {
    /// Asks `api::door`.
    ///
    /// # Errors
    /// As there.
    pub async fn door(&self, known: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(DoorOf { known: ByteBuf::from(known) }).await
    }

    /// Asks `api::intake_keys`.
    ///
    /// # Errors
    /// As there.
    pub async fn intake_keys(&self, nonce: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(IntakeKeysOf { nonce: ByteBuf::from(nonce) }).await
    }
}

impl Device {
    /// The notice for applicants, if the server signed it.
    ///
    /// # Errors
    /// [`ApiError::NoAnswer`] when another did; as `api::door`.
    pub async fn door(&self) -> Result<Door, ApiError> {
        seal::door::read(&self.client.door(&[]).await?, &self.server.signing).map_err(|_| ApiError::NoAnswer)
    }

    /// The intake keys of this device's office.
    ///
    /// # Errors
    /// As `api::intake_keys`.
    pub async fn intake_keys(&self) -> Result<IntakeKeys, ApiError> {
        let nonce: Nonce = random();
        self.opened(&self.client.intake_keys(&nonce).await?, &nonce)
    }
}
