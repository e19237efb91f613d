//! What a family's phone says to the server, and what it is answered. All of it travels sealed (`seal::letter`).

use crate::appointment::{Appointment, Wish};
use minicbor::{Decode, Encode};

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Letter {
    /// An application, or a correction of one that was sent before.
    #[n(1)]
    Application {
        /// [`super::Application::to_bytes`].
        #[cbor(n(0), with = "minicbor::bytes")]
        application: Vec<u8>,
        /// Drawn on the phone with the application and told to nobody else: who shows it again may correct it.
        #[cbor(n(1), with = "minicbor::bytes")]
        secret: [u8; 16],
        /// SHA-256 of the key by which the status is asked for: stretched from the PIN, with the reference as salt.
        #[cbor(n(2), with = "minicbor::bytes")]
        status: [u8; 32],
        /// A wish for an appointment, sent along with it.
        #[n(3)]
        wish: Option<Wish>,
    },
    /// A sealed piece of a picture, by whose digest an application that came before names it.
    #[n(2)]
    Chunk {
        /// The application (16 bytes).
        #[cbor(n(0), with = "minicbor::bytes")]
        application: [u8; 16],
        /// The sealed bytes, at most 32 KiB.
        #[cbor(n(1), with = "minicbor::bytes")]
        chunk: Vec<u8>,
    },
    /// A question or a wish by whoever knows reference and PIN, also from another phone.
    #[n(3)]
    Ask {
        /// The reference, eight characters.
        #[n(0)]
        reference: String,
        /// The key whose digest came with the application.
        #[cbor(n(1), with = "minicbor::bytes")]
        key: [u8; 32],
        /// What is asked.
        #[n(2)]
        act: Act,
    },
}

/// What is asked with reference and PIN.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// How far it has come.
    #[n(0)]
    Status,
    /// An appointment, or another one than there is.
    #[n(1)]
    Wish(#[n(0)] Wish),
    /// Takes the appointment that was offered.
    #[n(2)]
    Accept,
    /// No appointment any more.
    #[n(3)]
    Cancel,
    /// No application any more: it is closed, and what was said is not used.
    #[n(4)]
    Withdraw,
}

/// What the server says in answer. Tells nothing about anyone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Reply {
    /// How it stands, after what was asked was done.
    #[n(0)]
    Standing(#[n(0)] Standing),
    /// No application of this reference and PIN. Which of the two is wrong is told by nothing.
    #[n(1)]
    NotKnown,
    /// An office has begun the registration: corrections are told there.
    #[n(2)]
    TooLate(#[n(0)] Standing),
    /// Asked too often with a wrong PIN: again after so many seconds.
    #[n(3)]
    Wait(#[n(0)] u32),
}

/// How far an application has come, for the family.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Standing {
    /// How far.
    #[n(0)]
    pub phase: Phase,
    /// The revision that the server holds.
    #[n(1)]
    pub revision: u32,
    /// When it was received first, milliseconds since 1970.
    #[n(2)]
    pub received_at: u64,
    /// Office: code of table `sites`.
    #[n(3)]
    pub site: String,
    /// The appointment, or what became of the wish for one.
    #[n(4)]
    pub appointment: Option<Appointment>,
    /// Last day on which it can be taken up, `2027-05-22`.
    #[n(5)]
    pub until: String,
}

/// How far, in the steps that a family is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// The server has it.
    #[n(0)]
    Received,
    /// An office has seen it.
    #[n(1)]
    Seen,
    /// Registered: no correction any more.
    #[n(2)]
    Registered,
    /// Closed: withdrawn, expired, double.
    #[n(3)]
    Closed,
}
