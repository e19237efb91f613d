//! The second version: attachments. Never edit: tablets hold databases made by it.

/// Object stores that it adds, made like those of the first.
pub const STORES: [&str; 2] = ["chunks", "chunks_due"];
