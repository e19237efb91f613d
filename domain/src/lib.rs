//! What a registration is: people, groups, the changes made to them and what these add up to.
//!
//! Pure. Nothing here reads a clock, draws a random number, stores, sends, or speaks a human language;
//! callers say what day it is and hand in fresh ids. It builds for the browser and for the server alike,
//! and both judge with it.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod application;
pub mod appointment;
pub mod case;
pub mod catalogue;
pub mod condition;
pub mod conflict;
pub mod date;
mod digit;
pub mod elsewhere;
pub mod entry;
pub mod field;
pub mod finding;
pub mod id;
pub mod individual;
pub mod name;
pub mod newborn;
pub mod note;
pub mod overlay;
pub mod permission;
pub mod phone;
pub mod problem;
pub mod record;
pub mod reference;
pub mod registration_group;
pub mod regroup;
pub mod rules;
pub mod sealed_member;
pub mod search_key;
pub mod service;
pub mod short_forms;
pub mod sight;
pub mod strokes;
pub mod value;

pub use case::{CaseDetails, CaseDraft, CaseFile, CaseIds, Look, Sheet, Subject, Typed};
pub use catalogue::{Catalogue, Class, FieldSpec, Form, Mark, Stage};
pub use date::{DateFault, DateMode, DatePart, DateText, PartialDate, Precision};
pub use entry::{Change, Entry, MalformedEntry, Op};
pub use field::{Field, Kind};
pub use finding::{Finding, Findings, Spot, Suggestion, What};
pub use id::{DraftId, EnrolmentId, EntryId, EnvelopeId, RecordId, UserId, VaultId};
pub use individual::Individual;
pub use name::NameFault;
pub use note::SealedNote;
pub use permission::{Act, OfficeAct, Place, Reach, Refusal, Role, Standing, judge, may};
pub use phone::{Phone, PhoneFault};
pub use problem::{Fault, Strength};
pub use record::{CannotUndo, Event, Forgot, Record, Stated, Step};
pub use reference::{GroupRef, ReferenceFault};
pub use registration_group::GroupView;
pub use short_forms::ShortForms;
pub use sight::Sight;
pub use strokes::Strokes;
pub use value::Value;
