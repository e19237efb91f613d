//! What can go wrong on the device. The app has the words for people.

use domain::RecordId;
use seal::SealError;

/// Why the store could not do what it was asked. Nothing was written in any of these cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The device has no room left. What is on the screen stays there.
    #[error("the device is full")]
    Full,
    /// Another tab of an older version keeps the store open and does not let go.
    #[error("another tab keeps the store open")]
    Blocked,
    /// The passphrase is another one.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// A row that must open does not.
    #[error("a row of {table} does not open")]
    Damaged {
        /// The table it lies in.
        table: &'static str,
    },
    /// A newer version of the app opened the store, or the browser closed it: reload the page.
    #[error("the store was closed")]
    Closed,
    /// A later version of the app wrote the store; this older one changes nothing in it.
    #[error("the store is of a later version of the app")]
    Newer,
    /// Too soon after a wrong passphrase. Seconds to wait.
    #[error("too soon after a wrong passphrase")]
    TooSoon(u32),
    /// After too many wrong passphrases the vault's key was destroyed. What waits to be handed in is handed in.
    #[error("the vault's key was destroyed after too many wrong passphrases")]
    Emptied,
    /// The vault is locked.
    #[error("the vault is locked")]
    Locked,
    /// This device held a vault and now holds none: the browser lost it. Nothing is created in its place
    /// before a person was told, see [`crate::Store::start_over`].
    #[error("the browser lost what was stored here")]
    Lost,
    /// Rows are missing here, and the second copy that may have them cannot be read now. Nothing was made or given up: it is
    /// tried again.
    #[error("the second copy cannot be read now")]
    SecondCopy,
    /// The server's keys are not vouched for by the root that this device knows.
    #[error("the server is not the one this device was invited to")]
    Untrusted,
    /// Who uses this device already belongs to another office.
    #[error("the device belongs to another office")]
    OtherOffice,
    /// The entry was saved before with other contents, in another tab perhaps. What was typed since stays in the
    /// draft.
    #[error("the entry was saved before with other contents")]
    SavedBefore,
    /// It is larger than the server takes: something typed has to be shortened.
    #[error("larger than the server takes")]
    TooLarge,
    /// Others wrote the same rows again and again in the meantime. Try again.
    #[error("others keep writing the same rows")]
    Busy,
    /// Anything else, in the browser's words, for logs.
    #[error("the store is not available: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// For a row that must open and does not.
    pub(crate) fn damaged(table: crate::tables::Table) -> Self {
        StoreError::Damaged { table: table.name() }
    }
}

impl From<SealError> for StoreError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::WrongKey => StoreError::WrongPassphrase,
            SealError::WrongSignature => StoreError::Untrusted,
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

/// A row that does not open. It is left where it lies, and everything else stays readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DamagedRow {
    /// The table it lies in.
    pub table: &'static str,
    /// The record it held, where its key says so; a damaged block holds many.
    pub record: Option<RecordId>,
}
