//! All that the worker may touch.

/// The outbox, the inbox and what delivery and collection need. Holds no key and reads nothing.
#[derive(Clone)]
pub struct Mailbox;
