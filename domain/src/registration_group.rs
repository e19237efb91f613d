//! A registration group, as recorded.

use crate::date::PartialDate;
use crate::field::Field;
use crate::id::RecordId;
use crate::record::Record;
use crate::reference::GroupRef;
use crate::value::Value;

/// Code of list `record_status` for a group just registered.
pub const ACTIVE: &str = "active";

/// A group as a record tells it. Where values are in conflict the newest is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its record.
    pub id: RecordId,
    /// Short reference, without the hyphen it is printed with.
    pub group_ref: Option<String>,
    /// Who speaks for it.
    pub focal_point: Option<RecordId>,
    /// Code of the registration site.
    pub site: Option<String>,
    /// Day of registration.
    pub registration_date: Option<PartialDate>,
}

impl GroupView {
    /// Reads a record. What it does not say, or says in a form of another version, is left out.
    #[must_use]
    pub fn from_record(record: &Record) -> Self {
        let text = |field| record.shown(field).and_then(Value::as_text);
        Self {
            id: record.id,
            group_ref: text(Field::GROUP_REF).map(str::to_owned),
            focal_point: record.shown(Field::FOCAL_POINT).and_then(Value::as_ref),
            site: text(Field::SITE).map(str::to_owned),
            registration_date: text(Field::REGISTRATION_DATE).and_then(PartialDate::from_text),
        }
    }

    /// The reference as it is printed, `KX7M-42P2`; as recorded where it is none of ours.
    #[must_use]
    pub fn printed_ref(&self) -> Option<String> {
        let recorded = self.group_ref.as_deref()?;
        Some(
            GroupRef::parse(recorded).map_or_else(|_| recorded.to_owned(), |reference| reference.to_string()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::field::Kind;
    use crate::id::{EnrolmentId, EntryId, UserId};

    #[test]
    fn a_group_stated_is_read_back() {
        let (group, focal) = (RecordId([3; 16]), RecordId([4; 16]));
        for (reference, printed) in [("22222222", "2222-2222"), ("PAN-7", "PAN-7")] {
            let mut record = Record::new(group, Kind::GROUP);
            let change = record.change([
                (Field::GROUP_REF, Value::text(reference)),
                (Field::FOCAL_POINT, Value::Ref(focal)),
                (Field::SITE, Value::text("meteti")),
                (Field::REGISTRATION_DATE, Value::text("2026-03-02")),
            ]);
            let (id, author, enrolment) = (EntryId([2; 16]), UserId([9; 16]), EnrolmentId([8; 16]));
            record.apply(&Entry { id, author, enrolment, at: 1, changes: change.into_iter().collect() });
            let view = GroupView::from_record(&record);
            let read = (view.id, view.focal_point, view.site.as_deref(), view.registration_date);
            assert_eq!(read, (group, Some(focal), Some("meteti"), PartialDate::from_text("2026-03-02")));
            assert_eq!(view.printed_ref().as_deref(), Some(printed));
        }
    }
}
