//! What goes wrong on the line, how much a round may do and what it did.

/// Why a line gave no answer. Nothing is deleted for any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Trouble {
    /// No line, no answer in time, or an answer that is not the server's.
    #[error("no answer from the server")]
    NoAnswer,
    /// The session has ended: sign in again to collect. Delivery goes on without.
    #[error("not signed in")]
    NotSignedIn,
    /// The server does not know the deposit token.
    #[error("the server does not take deliveries from this device")]
    DepositRefused,
    /// The answer was not signed by the server this device was invited to.
    #[error("the answer was not signed by the server")]
    WrongSignature,
    /// The server could not do it now.
    #[error("the server is not able now")]
    ServerUnavailable,
    /// The server could not read the request, or it was too large for it.
    #[error("the server refused the request")]
    Refused,
    /// The device is full: nothing more is collected.
    #[error("the device is full")]
    Full,
    /// The server was asked too often, by this device or by others behind the same address. Seconds to wait.
    #[error("asked too often")]
    TooMany(u32),
    /// Another page or the worker is at it already.
    #[error("already under way")]
    Busy,
}

impl Trouble {
    /// Its name in rows, fixed for ever.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trouble::NoAnswer => "NoAnswer",
            Trouble::NotSignedIn => "NotSignedIn",
            Trouble::DepositRefused => "DepositRefused",
            Trouble::WrongSignature => "WrongSignature",
            Trouble::ServerUnavailable => "ServerUnavailable",
            Trouble::Refused => "Refused",
            Trouble::Full => "Full",
            Trouble::TooMany(_) => "TooMany",
            Trouble::Busy => "Busy",
        }
    }
}

/// How much a round may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Milliseconds after which no new request is begun.
    pub ms: u64,
    /// Whether to collect too, or to deliver only.
    pub collect: bool,
    /// Whether items that were refused or wait for a later attempt are tried now: "Send now".
    pub everything: bool,
}

impl Budget {
    /// For an open page.
    pub const PAGE: Budget = Budget { ms: 120_000, collect: true, everything: false };
    /// For the worker: browsers grant it little time.
    pub const WORKER: Budget = Budget { ms: 45_000, collect: true, everything: false };
    /// For the button "Send now".
    pub const NOW: Budget = Budget { everything: true, ..Budget::PAGE };
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundOutcome {
    /// Envelopes the server took over, drafts included.
    pub delivered: usize,
    /// Envelopes it could not read or take.
    pub refused: usize,
    /// Envelopes it took over without entering them; a supervisor sees them.
    pub parked: usize,
    /// Pages collected into the inbox.
    pub collected_pages: usize,
    /// Envelopes that still wait.
    pub left: usize,
    /// Chunks of pictures the server took over, or turned out to hold.
    pub chunks: usize,
    /// Chunks that still wait and may go.
    pub chunks_left: usize,
    /// What stopped the round, if something did.
    pub trouble: Option<Trouble>,
}

/// What a parcel may weigh at least, in bytes.
pub const SMALLEST_PARCEL: usize = 2 * 1024;
/// Largest parcel.
pub const LARGEST_PARCEL: usize = 64 * 1024;
/// How large the first parcel on an unknown line is.
pub const FIRST_PARCEL: usize = 8 * 1024;
/// A request answered faster than this, in milliseconds, makes the next parcel larger; one that failed slower makes it
/// smaller.
pub const SOON: u64 = 10_000;
/// Most pages in the inbox of a vault that is not opened.
pub const INBOX_LIMIT: usize = 1_000;
/// How long what was delivered is kept, should the server lose it: 14 days in milliseconds.
pub const KEEP: u64 = 14 * 24 * 3_600_000;
/// When what was refused is tried again without anybody asking, in milliseconds: the server may have been updated.
pub const REFUSED_PAUSE: u64 = 6 * 3_600_000;
/// Longest that a server is left alone because it asked for that, in seconds: whoever answered may have been anybody.
pub const LONGEST_QUIET: u32 = 5 * 60;
/// How often a checkpoint that was handed back is handed back again while nothing newer came, in milliseconds.
pub const ECHO_AGAIN: u64 = 10 * 60_000;
/// How long pictures may take while nobody is signed in, in milliseconds: who can do something about that is to be told
/// soon.
pub const BEFORE_SIGN_IN: u64 = 15_000;

/// What is to be noted as "until when the server is left alone" when it asks for so many seconds. Nothing waits longer
/// than [`LONGEST_QUIET`].
#[must_use]
pub fn quiet_until(seconds: u32, now: u64) -> u64 {
    now.saturating_add(u64::from(seconds.min(LONGEST_QUIET)) * 1_000)
}

/// Seconds for which the server is still to be left alone, from what was noted (0 for nothing).
#[must_use]
pub fn quiet_for(until: u64, now: u64) -> u32 {
    let seconds = until.saturating_sub(now).div_ceil(1_000);
    // More than was ever noted: the clock was put back.
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST_QUIET).unwrap_or_default()
}

/// The size of the first parcel of a round, from what is remembered of the lines before.
#[must_use]
pub fn parcel_size(remembered: Option<u64>) -> usize {
    let size = remembered.and_then(|size| usize::try_from(size).ok()).unwrap_or(FIRST_PARCEL);
    size.clamp(SMALLEST_PARCEL, LARGEST_PARCEL)
}
