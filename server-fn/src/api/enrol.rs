//! Enrolment: a one-time invitation makes one user's keys on one device known to the server.

use super::error::ApiError;
use serde::{Deserialize, Serialize};
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// What a device says to enrol. Its secret keys never leave it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The invitation's code, 16 bytes.
    #[serde(with = "serde_bytes")]
    pub code: Vec<u8>,
    /// Public signing key (Ed25519), 32 bytes.
    #[serde(with = "serde_bytes")]
    pub verifying: Vec<u8>,
    /// Public inbox key (X25519), 32 bytes.
    #[serde(with = "serde_bytes")]
    pub inbox: Vec<u8>,
}

/// What the server answers. A session cookie is set besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolled {
    /// This enrolment, 16 bytes.
    #[serde(with = "serde_bytes")]
    pub enrolment: Vec<u8>,
    /// The user, 16 bytes.
    #[serde(with = "serde_bytes")]
    pub user: Vec<u8>,
    /// How the user is shown beside what they state.
    pub name: String,
    /// Short code by which the user picks themselves on a shared tablet; no name.
    pub staff_code: String,
    /// Role: code of `domain::permission::Role`.
    pub role: u8,
    /// Code of the user's site (`tables/sites.csv`).
    pub site: String,
    /// Write-only token with which this device delivers, 32 bytes.
    #[serde(with = "serde_bytes")]
    pub deposit_token: Vec<u8>,
    /// `seal::ServerKeys`; believed only if the root of the invitation vouches for them.
    #[serde(with = "serde_bytes")]
    pub server_keys: Vec<u8>,
    /// Changes when the server was restored from a backup, 16 bytes.
    #[serde(with = "serde_bytes")]
    pub epoch: Vec<u8>,
}

/// Enrols a device with an invitation.
///
/// # Errors
/// The invitation is unknown, used or expired.
#[server(name = Enrol, prefix = "/api", endpoint = "enrol", input = Cbor, output = Cbor)]
pub async fn enrol(request: EnrolRequest) -> Result<Enrolled, ApiError> {
    crate::server::enrolment::enrol(request).await
}

/// The server's public keys as bytes of `seal::ServerKeys`. Anyone may ask.
///
/// # Errors
/// None of its own.
#[server(name = ServerKeysOf, prefix = "/api", endpoint = "server_keys", input = Cbor, output = Cbor)]
pub async fn server_keys() -> Result<serde_bytes::ByteBuf, ApiError> {
    crate::server::enrolment::server_keys().await
}
