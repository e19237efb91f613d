//! The sealed store on the device, used by the app and by the service worker.
//!
//! Two databases, and the line between them is an invariant: nothing sealed lies in `reference`, nothing
//! public in `vault`. A third one, `practice`, is made like `vault` for people who are made up. A fourth,
//! `applicant`, lies on the phones of families and on no tablet of staff. All sealing comes before a transaction opens; inside it only IndexedDB is awaited, because
//! anything else would end it. What is said to be saved lies in one strict transaction that has committed.
//!
//! On the host the same store runs over memory, so that its whole logic is tested without a browser.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(all(feature = "plain", not(debug_assertions)))]
compile_error!("the feature `plain` is for test builds alone");

pub mod announce;
pub mod applicant;
pub mod carry;
pub mod clock;
pub mod error;
pub mod reference;
pub mod round;
pub mod search;
pub mod worker;

mod attachment;
mod cipher;
mod database;
#[cfg(target_arch = "wasm32")]
mod line;
#[cfg(not(target_arch = "wasm32"))]
#[path = "line_host.rs"]
mod line;
// Off the browser only the tests write one.
#[cfg_attr(not(any(target_arch = "wasm32", test)), allow(dead_code))]
mod journal;
mod lock;
mod mailbox;
pub mod office_tables;
#[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
pub mod on_host;
mod opening;
pub mod practice;
mod rows;
mod schema;
mod store;
mod tables;
#[cfg(test)]
mod testing;
mod transaction;
pub mod tries;
mod vault;

pub use attachment::{Fetched, fetch_attachment};
pub use clock::{now_ms, random};
pub use error::{DamagedRow, StoreError};
pub use journal::{Copies, Journal, Recovered};
pub use line::ApiLine;
pub use mailbox::{Mailbox, Report, Withdrawn};
pub use reference::Reference;
pub use round::{Budget, Line, RoundOutcome, Trouble};
pub use search::{Counts, Disputed, Hit, Pair, Why};
pub use store::{NewVault, SecretKey, Store, VaultInfo, ask_to_persist};
pub use vault::{ApplicationAct, SlipFault, TakenIn, received_by_slip, walked_in};
pub use vault::{Colleague, KnownDevice, Leaving, NewNote, NotOpened, WaitingDevice};
pub use vault::{
    DraftItem, DraftNote, Folded, Identity, ItemKey, ItemState, Note, OutboxItem, PasskeyOf, SavedAt, Vault,
    Waiting,
};
