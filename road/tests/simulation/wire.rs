//! What goes over the line. What is sealed or signed in truth is kept apart here, and named by numbers that nobody makes up.

use domain::{DraftId, Entry, Record, RecordId};
use seal::{Order, Receipt};
use std::rc::Rc;

/// A point of time or a span, in milliseconds.
pub type Ms = u64;

pub const SECOND: Ms = 1_000;
pub const MINUTE: Ms = 60 * SECOND;
pub const HOUR: Ms = 60 * MINUTE;
pub const DAY: Ms = 24 * HOUR;

/// An envelope as it was sealed.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub digest: [u8; 16],
    /// Whose enrolment sealed it.
    pub member: usize,
    pub capsule: u64,
    pub counter: u64,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Entry {
        entry: Rc<Entry>,
        digest: u64,
    },
    /// A state of a draft, counted from 1.
    Draft {
        id: DraftId,
        state: u32,
    },
}

#[derive(Debug)]
pub struct Parcel {
    pub capsules: Vec<u64>,
    pub envelopes: Vec<Rc<Sealed>>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Page {
    pub records: Vec<Rc<Record>>,
    pub evicted: Vec<RecordId>,
}

#[derive(Clone, Debug)]
pub enum Request {
    Deliver(Rc<Parcel>),
    /// Member, cursor, room in records; whether the build drops what it is told to drop.
    Collect {
        member: usize,
        cursor: u64,
        room: usize,
        is_early: bool,
    },
    Report {
        member: usize,
    },
    Echo {
        checkpoint: u64,
    },
    Keys,
}

/// Where both chains end, signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub epoch: [u8; 16],
    pub at: Ms,
    pub entries: u64,
    pub head: u64,
    pub audit: u64,
}

#[derive(Clone, Debug)]
pub enum Response {
    Receipts {
        epoch: [u8; 16],
        items: Vec<Receipt>,
        checkpoint: Option<u64>,
    },
    Page {
        page: Option<Rc<Page>>,
        cursor: u64,
        more: bool,
        epoch: [u8; 16],
    },
    Order(Order),
    Checkpoint(u64),
    Keys,
    /// Of an HTTP status that means something: 401, 403, 413, 429 with seconds, 503.
    Status(u16, u32),
    /// What a captive portal says to everything: 200, and a page of its own.
    Portal,
}
