//! Appointments at an office: the families of a day in the order in which they are called, with or without a line; and
//! the days that an office publishes.

mod board;
mod close;
mod family;
mod home;
mod plan;
mod publish;
mod slots;

pub use board::Appointments;
pub use home::AtHome;
pub use plan::PlanPage;

use crate::device::Device;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words};
use domain::appointment::{Booking, DAY_MINUTES, clock_text, day_text};
use domain::service::brief::minutes_of;
use domain::{Act, Change, Entry, EntryId, Kind, RecordId, Role, may};
use store::{Note, Vault};

/// Whether a role gives appointments to families.
#[must_use]
pub fn books(role: Option<Role>) -> bool {
    role.is_some_and(|role| may(role, Act::Amend, Kind::APPLICATION) && !role.is_voice())
}

/// Whether a role publishes and closes days.
#[must_use]
pub fn publishes(role: Option<Role>) -> bool {
    role == Some(Role::Supervisor)
}

/// Now, in minutes since 1970 by the clock on the wall.
fn minute_now() -> i64 {
    minutes_of(&when::local_minute()).unwrap_or(0)
}

/// Today, counted from 1970.
fn day_now() -> i64 {
    minute_now().div_euclid(DAY_MINUTES)
}

/// A time of a day, as clocks show it.
fn time_words(minutes: i64) -> String {
    clock_text(minutes.rem_euclid(DAY_MINUTES))
}

/// A day with the day of the week: `mar 1 dic 2026`.
fn day_words(words: Words, day: i64) -> String {
    let names = words.get(Key::AppointmentsPlanWeekdays);
    let name = names.split(' ').nth(domain::appointment::weekday(day)).unwrap_or_default().to_owned();
    let written = domain::date::PartialDate::from_text(&day_text(day));
    format!("{name} {}", written.map(|date| when::partial(words, date)).unwrap_or_default())
}

/// States what becomes of a family's appointment, all of it in one entry; nothing where it stands so already.
async fn book(vault: &Vault, device: Device, family: RecordId, booking: &Booking) -> Result<(), Key> {
    let record = vault.application(family).await.map_err(|error| explain(&error))?.ok_or(Key::NotRead)?;
    let Some(change) = record.change(booking.values()) else { return Ok(()) };
    let person = domain::application::Summary::of(&record).map(|line| line.name).unwrap_or_default();
    save(vault, device, vec![change], Note { person, act: "appointment".into(), record: family }).await
}

/// Saves changes in one entry and lets the line know.
async fn save(vault: &Vault, device: Device, changes: Vec<Change>, note: Note) -> Result<(), Key> {
    let (me, at) = (vault.identity(), when::now());
    let id = EntryId::fresh(at, store::random());
    let entry = Entry { id, author: me.user, enrolment: me.enrolment, at, changes };
    vault.save(&entry, note, None).await.map_err(|error| explain(&error))?;
    device.courier().saved(device);
    Ok(())
}
