//! Numbers of record kinds and fields, fixed for ever: they lie in stored rows and on the wire.
//!
//! A number is never given a second meaning. Numbers that this version does not know are kept as they
//! came, so that an older tablet never loses what a newer one wrote.

use minicbor::{Decode, Encode};

/// What a record is about. See the constants for the kinds this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Kind(#[n(0)] pub u16);

impl Kind {
    /// People registered together, with one focal point.
    pub const GROUP: Kind = Kind(1);
    /// One person.
    pub const INDIVIDUAL: Kind = Kind(2);
    /// One paper of one person.
    pub const DOCUMENT: Kind = Kind(3);
}

/// One field of a record. Numbers are shared by all kinds, so that a field says by itself what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Field(#[n(0)] pub u16);

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $key:literal;)+) => {
        impl Field {
            $($(#[$doc])* pub const $name: Field = Field($number);)+

            /// Every field this version knows.
            pub const ALL: &'static [Field] = &[$(Field::$name),+];

            /// The field's key: names inputs, labels (`field_…`) and logs. `None` for an unknown number.
            #[must_use]
            pub fn key(self) -> Option<&'static str> {
                match self.0 { $($number => Some($key),)+ _ => None }
            }
        }
    };
}

fields! {
    // Groups: 1–39.
    /// Short reference of a group, printed and read aloud.
    GROUP_REF = 1, "group_ref";
    /// The member who speaks for the group (a reference to an individual).
    FOCAL_POINT = 2, "focal_point";
    /// Registration site: a code of `tables/sites.csv`.
    SITE = 3, "site";
    /// Province or comarca: a code of `tables/admin_pa.csv`.
    PROVINCE = 4, "province";
    /// District: a code of `tables/admin_pa.csv`.
    DISTRICT = 5, "district";
    /// Address or landmark, free text.
    ADDRESS = 6, "address_text";
    /// Arrival in the country of asylum; may be known in part.
    ARRIVAL_DATE = 7, "arrival_date";
    /// Where they came in: a code of `tables/entry_points.csv`.
    ENTRY_POINT = 8, "entry_point";
    /// Day of registration.
    REGISTRATION_DATE = 9, "registration_date";
    /// Lifecycle of a record: list `record_status`.
    RECORD_STATUS = 10, "record_status";

    // Individuals: 40–119.
    /// The group this person belongs to.
    GROUP = 40, "group";
    /// Relationship to the focal point: list `relationship`.
    RELATIONSHIP = 41, "relationship";
    /// Given names, as typed.
    GIVEN_NAMES = 42, "given_names";
    /// First surname, as typed.
    SURNAME1 = 43, "surname1";
    /// Second surname, as typed.
    SURNAME2 = 44, "surname2";
    /// Why there is no second surname: `none` or `unknown`. Different answers.
    SURNAME2_ABSENT = 45, "surname2_absent";
    /// The person has one name only; it stands in `SURNAME1`.
    ONE_NAME = 46, "one_name";
    /// Other names: married name, name commonly used, nickname.
    COMMON_NAME = 47, "common_name";
    /// Name in the person's own script.
    NAME_NATIVE = 48, "name_native";
    /// Sex: list `sex`.
    SEX = 49, "sex";
    /// Date of birth with its precision.
    DATE_OF_BIRTH = 50, "dob";
    /// Up to three nationalities: ISO 3166-1 alpha-3, `XXA` stateless, `XXX` unknown.
    NATIONALITY = 51, "nationality";
    /// Phone, E.164 where it could be read so, else as typed.
    PHONE = 52, "phone";
    /// Place of birth, free text.
    BIRTH_PLACE = 53, "birth_place";
    /// Mother's name.
    MOTHER_NAME = 54, "mother_name";
    /// Father's name.
    FATHER_NAME = 55, "father_name";
    /// Marital status: list `marital_status`.
    MARITAL_STATUS = 56, "marital_status";
    /// Protection status: list `protection_status`.
    PROTECTION_STATUS = 57, "protection_status";

    // Documents: 120–139.
    /// The person whose paper this is.
    HOLDER = 120, "holder";
    /// Type of paper: a code of `tables/document_types.csv`.
    DOCUMENT_TYPE = 121, "document_type";
    /// Number, as typed.
    DOCUMENT_NUMBER = 122, "document_number";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_key_is_given_twice() {
        let mut numbers: Vec<_> = Field::ALL.iter().map(|field| field.0).collect();
        let mut keys: Vec<_> = Field::ALL.iter().filter_map(|field| field.key()).collect();
        numbers.sort_unstable();
        keys.sort_unstable();
        numbers.dedup();
        keys.dedup();
        assert_eq!(numbers.len(), Field::ALL.len());
        assert_eq!(keys.len(), Field::ALL.len());
    }
}
