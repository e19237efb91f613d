//! What a device may be told when the server cannot do what it was asked.

use serde::{Deserialize, Serialize};
use server_fn::codec::CborEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why there is no answer. None of these acknowledges anything: what was to be sent stays on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// The invitation is not one of this server's, or was mistyped.
    #[error("no such invitation")]
    InvitationUnknown,
    /// The invitation has enrolled a device already.
    #[error("invitation used")]
    InvitationUsed,
    /// The invitation was not used in time.
    #[error("invitation expired")]
    InvitationExpired,
    /// No session, or one that has ended: the device must sign in again. Nothing is deleted for it.
    #[error("not signed in")]
    NotSignedIn,
    /// The deposit token is not one of a device of this server's.
    #[error("deposit token unknown")]
    DepositRefused,
    /// The request could not be read.
    #[error("request not readable")]
    Malformed,
    /// Too large for one request.
    #[error("request too large")]
    TooLarge,
    /// Too many of these in a short time. Ask again after so many seconds; nothing is lost and nothing deleted.
    #[error("too many requests")]
    TooMany {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Not there, or not for whoever asked: the two are not told apart.
    #[error("not here")]
    NotHere,
    /// Not for whoever asked, and that it exists is no secret.
    #[error("refused")]
    Refused,
    /// First a passkey: none was shown on this session lately.
    #[error("a passkey is needed")]
    PasskeyNeeded,
    /// The server could not do it now (its disk is full, its database is away). Try again later.
    #[error("server not able now")]
    Unavailable,
    /// No answer came, or one that is not the server's: no line, a captive portal, a proxy.
    #[error("no answer from the server")]
    NoAnswer,
}

impl FromServerFnError for ApiError {
    type Encoder = CborEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => ApiError::Malformed,
            ServerFnErrorErr::ServerError(_) | ServerFnErrorErr::Registration(_) => ApiError::Unavailable,
            // Everything else was seen on the device's side of the line.
            _ => ApiError::NoAnswer,
        }
    }
}
