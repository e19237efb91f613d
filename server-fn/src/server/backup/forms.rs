//! What the rows of each table look like: no two tables have rows of one form.

use crate::server::sql::Value;

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The row's own number; nothing lies there.
    Number,
    /// A whole number.
    Int,
    /// So many bytes.
    Bytes(usize),
    /// More bytes than this.
    Over(usize),
    /// Text.
    Text,
    /// Any of these, or nothing.
    Perhaps(&'static Holds),
}
use Holds::{Bytes, Int, Number, Over, Perhaps, Text};

impl Holds {
    /// Whether a value may stand there.
    #[must_use]
    pub fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Number, Value::Null) | (Int, Value::Integer(_)) | (Text, Value::Text(_)) => true,
            (Bytes(length), Value::Blob(bytes)) => bytes.len() == length,
            (Over(length), Value::Blob(bytes)) => bytes.len() > length,
            (Perhaps(_), Value::Null) => true,
            (Perhaps(holds), value) => holds.fits(value),
            _ => false,
        }
    }
}

/// A table whose rows are looked for.
pub struct Form {
    /// Its name.
    pub table: &'static str,
    /// Its columns in the order in which they were made, which is that of a row's values.
    pub columns: &'static [(&'static str, Holds)],
    /// How many of them its first version had: a row that was written then has no more.
    pub at_first: usize,
}

const ID: Holds = Bytes(16);
const DIGEST: Holds = Bytes(32);
const PERHAPS_ID: Holds = Perhaps(&Bytes(16));

/// Every table of which rows are taken, in the order in which they are written: what others point at first. Left out are
/// sessions and challenges, which people make anew; chains' checkpoints, which are looked at apart; departures, which say
/// nothing in another epoch; addresses that entries state, which are found in these.
pub const FORMS: &[Form] = &[
    Form {
        table: "users",
        at_first: 5,
        columns: &[
            ("id", ID),
            ("sealed", Over(32)),
            ("role", Int),
            ("site", Text),
            ("disabled", Int),
            ("organisation", Text),
            ("team", Text),
        ],
    },
    Form {
        table: "enrolments",
        at_first: 8,
        columns: &[
            ("id", ID),
            ("user_id", ID),
            ("verifying", DIGEST),
            ("inbox", DIGEST),
            ("token", DIGEST),
            ("enrolled_at", Int),
            ("seen_at", Int),
            ("revoked", Int),
            ("deed", Int),
            ("order_serial", Int),
            ("ordered_at", Int),
            ("reported_at", Int),
            ("unsent", Int),
            ("oldest_at", Int),
            ("version", Text),
            ("carried", Int),
            ("carried_oldest_at", Int),
        ],
    },
    Form {
        table: "invitations",
        at_first: 5,
        columns: &[
            ("code", DIGEST),
            ("user_id", ID),
            ("expires_at", Int),
            ("used_at", Perhaps(&Int)),
            ("enrolment_id", PERHAPS_ID),
        ],
    },
    Form {
        table: "envelopes",
        at_first: 11,
        columns: &[
            ("seq", Number),
            ("digest", ID),
            ("id", ID),
            ("enrolment_id", ID),
            ("purpose", Int),
            ("counter", Int),
            ("capsule_id", ID),
            ("received_at", Int),
            ("state", Int),
            ("reason", Text),
            ("tried", Int),
        ],
    },
    Form {
        table: "audit",
        at_first: 10,
        columns: &[
            ("seq", Number),
            ("id", ID),
            ("what", Int),
            ("at", Int),
            ("received_at", Int),
            ("enrolment_id", PERHAPS_ID),
            ("subject", PERHAPS_ID),
            ("digest", DIGEST),
            ("sealed", Over(16)),
            ("chain", DIGEST),
        ],
    },
    Form {
        table: "entries",
        at_first: 7,
        columns: &[
            ("seq", Number),
            ("id", ID),
            ("digest", DIGEST),
            ("enrolment_id", ID),
            ("received_at", Int),
            ("sealed", Over(16)),
            ("chain", DIGEST),
        ],
    },
    Form {
        table: "records",
        at_first: 7,
        columns: &[
            ("id", ID),
            ("kind", Int),
            ("parent_id", PERHAPS_ID),
            ("scope", Text),
            ("revision", Int),
            ("seq", Int),
            ("sealed", Over(16)),
            ("organisation", Text),
            ("site", Text),
            ("team", Text),
            ("group_id", PERHAPS_ID),
            ("made_by", PERHAPS_ID),
            ("sealed_for", Perhaps(&Over(0))),
            ("from_before", Int),
            ("addressed_to", Perhaps(&Text)),
            ("addressed_withdrawn", Int),
            ("addressed_consent", PERHAPS_ID),
        ],
    },
    Form {
        table: "drafts",
        at_first: 6,
        columns: &[
            ("id", ID),
            ("user_id", ID),
            ("enrolment_id", ID),
            ("counter", Int),
            ("received_at", Int),
            ("sealed", Over(16)),
        ],
    },
    Form { table: "capsules", at_first: 2, columns: &[("id", ID), ("bytes", Over(512))] },
    Form { table: "envelope_bytes", at_first: 2, columns: &[("envelope_seq", Number), ("raw", Over(16))] },
    Form {
        table: "carried",
        at_first: 3,
        columns: &[("envelope_seq", Number), ("carrier_id", ID), ("size", Int)],
    },
    Form {
        table: "unreadable",
        at_first: 4,
        columns: &[("digest", DIGEST), ("carrier_id", ID), ("received_at", Int), ("raw", Over(0))],
    },
    Form {
        table: "chunks",
        at_first: 6,
        columns: &[
            ("address", DIGEST),
            ("carrier_id", ID),
            ("received_at", Int),
            ("stated", Int),
            ("size", Int),
            ("raw", Over(16)),
        ],
    },
    Form {
        table: "grants",
        at_first: 7,
        columns: &[
            ("id", ID),
            ("user_id", ID),
            ("group_id", ID),
            ("kind", Int),
            ("from_at", Int),
            ("until_at", Int),
            ("ended_at", Perhaps(&Int)),
        ],
    },
    Form {
        table: "access_requests",
        at_first: 12,
        columns: &[
            ("id", ID),
            ("user_id", ID),
            ("enrolment_id", ID),
            ("group_id", ID),
            ("kind", Int),
            ("asked_at", Int),
            ("state", Int),
            ("answered_by", PERHAPS_ID),
            ("answered_at", Int),
            ("seen_by", PERHAPS_ID),
            ("seen_at", Int),
            ("sealed", Over(16)),
        ],
    },
    Form {
        table: "passkeys",
        at_first: 7,
        columns: &[
            ("credential", Over(0)),
            ("user_id", ID),
            ("public", Over(32)),
            ("counter", Int),
            ("copyable", Int),
            ("added_at", Int),
            ("shown_at", Int),
        ],
    },
    Form { table: "slip_secrets", at_first: 2, columns: &[("id", Bytes(7)), ("sealed", Over(16))] },
    Form { table: "slips", at_first: 2, columns: &[("number", DIGEST), ("record_id", ID)] },
    Form {
        table: "applications",
        at_first: 6,
        columns: &[
            ("id", ID),
            ("reference", DIGEST),
            ("day", Int),
            ("is_open", Int),
            ("version", Int),
            ("sealed", Over(16)),
            ("seq", Int),
        ],
    },
    Form {
        table: "letters",
        at_first: 8,
        columns: &[
            ("seq", Number),
            ("id", ID),
            ("state", Int),
            ("network", ID),
            ("reference", DIGEST),
            ("received_at", Int),
            ("tried", Int),
            ("raw", Over(16)),
        ],
    },
    Form {
        table: "reminders",
        at_first: 4,
        columns: &[("key", DIGEST), ("tries", Int), ("not_before", Int), ("begun_at", Int)],
    },
    Form { table: "checkpoint_keys", at_first: 2, columns: &[("signing", DIGEST), ("vouched", Over(64))] },
    Form {
        table: "checkpoints",
        at_first: 3,
        columns: &[("serial", Number), ("made_at", Int), ("bytes", Over(64))],
    },
    Form { table: "marks", at_first: 2, columns: &[("name", Text), ("made_at", Int)] },
];

/// The one row of the table `server`.
pub const SERVER: Form = Form {
    table: "server",
    at_first: 5,
    columns: &[
        ("one", Number),
        ("id", ID),
        ("epoch", ID),
        ("key_check", Perhaps(&Over(16))),
        ("unreadable_bytes", Int),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::sql::{self, Source};

    #[test]
    fn the_forms_name_every_column_of_the_tables_that_they_stand_for() {
        let path = std::env::temp_dir()
            .join(format!("amparo-forms-{}", domain::id::hex(&crate::server::random::<8>())));
        let database = Source::File(path.clone()).writer().unwrap();
        crate::server::rows::bring_up_to_date(&database).unwrap();
        let mut left: Vec<String> = sql::tables(&database).unwrap();
        for form in FORMS.iter().chain([&SERVER]) {
            let columns: Vec<_> = form.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            // In the order in which they were made.
            let select = "SELECT name FROM pragma_table_info($1) ORDER BY cid";
            let mut select = database.prepare_cached(select).unwrap();
            let made: Vec<String> =
                select.query_map([form.table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            assert_eq!(made, columns, "{}", form.table);
            left.retain(|table| table != form.table);
        }
        assert_eq!(
            left,
            [
                "claims",
                "counters",
                "departures",
                "echoes",
                "passkey_challenges",
                "programs",
                "schema_version",
                "sessions",
                "stated_chunks",
                "used_challenges",
                "views"
            ]
        );
        drop(database);
        std::fs::remove_file(path).unwrap();
    }
}
