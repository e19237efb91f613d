//! The app people see: the staff door, and pieces that the applicants' door shares.
//!
//! Pages read and write the store alone; none of them knows whether there is a line.

pub mod components;
pub mod courier;
pub mod derive;
pub mod desk;
pub mod device;
pub mod files;
pub mod forms;
pub mod pages;
pub mod passkey;
pub mod passphrase;
pub mod practice;
pub mod reads;
pub mod scanning;
pub mod shown;
pub mod spreadsheet;
pub mod tables;
pub mod when;
pub mod words;
