//! The first version. Never edit: tablets hold databases made by it.

/// Object stores, all with keys of their own (bytes) beside the values.
pub const STORES: [&str; 12] = [
    "vaults", "posts", "records", "blocks", "segments", "authors", "drafts", "outbox", "sent", "capsules",
    "inbox", "counters",
];
