//! Who works within reach: the people of an organisation in one operation, with the keys of their devices.

use crate::server::ledger::{EnrolmentRow, LedgerError, UserRow};
use crate::server::{Office, log};
use domain::Place;
use seal::directory::{DeviceKey, Directory, Person};

/// Somebody and their devices.
type Staff = (UserRow, Vec<EnrolmentRow>);

/// The people around a place, in order of their ids.
pub fn staff(office: &Office, place: &Place) -> Result<Vec<Staff>, LedgerError> {
    let mut staff = office.ledger().staff_of(&place.organisation)?;
    staff.retain(|(user, _)| office.operation(&user.site) == place.operation);
    Ok(staff)
}

/// The same for the same directory, without opening anybody's name.
pub fn digest(staff: &[Staff]) -> [u8; 8] {
    let mut said = vec![1];
    for (user, devices) in staff {
        said.extend(user.id.0);
        said.extend(seal::digest(&user.sealed));
        for word in [&user.site, &user.organisation, &user.team] {
            said.extend((word.len() as u64).to_be_bytes());
            said.extend(word.bytes());
        }
        said.extend([user.role, 0xff]);
        for device in devices {
            said.extend(device.id.0);
            said.extend(device.inbox);
            said.extend(device.verifying);
        }
    }
    seal::digest(&said).first_chunk::<8>().copied().unwrap_or_default()
}

/// The directory as devices are told it. Whose name does not open is left out, and the log tells.
pub fn directory(office: &Office, staff: &[Staff]) -> Directory {
    let person = |(user, devices): &Staff| {
        let Ok(profile) = office.profile(user) else {
            log::trouble("author_does_not_open", &user.id);
            return None;
        };
        let device = |row: &EnrolmentRow| DeviceKey {
            enrolment: row.id,
            inbox: row.inbox.into(),
            verifying: row.verifying.into(),
            since: row.enrolled_at,
        };
        Some(Person {
            user: user.id,
            name: profile.name,
            role: user.role,
            site: user.site.clone(),
            organisation: user.organisation.clone(),
            team: user.team.clone(),
            devices: devices.iter().map(device).collect(),
        })
    };
    Directory { people: staff.iter().filter_map(person).collect() }
}
