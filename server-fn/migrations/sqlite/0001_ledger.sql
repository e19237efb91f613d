-- The ledger, version 1. A released migration is never edited.
-- Only portable SQL: migrations/postgres/ will say the same under the same number and name.
-- Columns named "sealed" are sealed under the storage key, which lies outside the database; "raw" ones are
-- envelopes as devices sealed them. No other column says a word about anyone.

CREATE TABLE server (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL,
    epoch BLOB NOT NULL,
    -- Sealed at the first start: it opens under no storage key but the one of that start.
    key_check BLOB,
    -- Bytes in the table "unreadable".
    unreadable_bytes INTEGER NOT NULL DEFAULT 0
);

-- What was done once to this database, such as loading the demo caseload.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    made_at INTEGER NOT NULL
);

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL,
    role INTEGER NOT NULL,
    site TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
);

-- Codes, tokens and cookies are kept as digests: who reads the database can present none of them.
CREATE TABLE invitations (
    code BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    enrolment_id BLOB
);

CREATE TABLE enrolments (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    verifying BLOB NOT NULL,
    inbox BLOB NOT NULL,
    token BLOB NOT NULL UNIQUE,
    enrolled_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE sessions (
    cookie BLOB PRIMARY KEY,
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    created_at INTEGER NOT NULL
);

CREATE TABLE capsules (
    id BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- Envelopes that came. States: see server/ledger.rs.
CREATE TABLE envelopes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    id BLOB NOT NULL,
    enrolment_id BLOB NOT NULL,
    purpose INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    capsule_id BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    -- 1 from before a start judges it until that has come to an end: whatever brings the program down is seen
    -- at the next start.
    tried INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX envelopes_open ON envelopes (state, seq) WHERE state <> 1;

-- Their bytes as they came. Deleted once an envelope has been entered; what is parked or quarantined keeps
-- them for good. Apart, so that their room is used again.
CREATE TABLE envelope_bytes (
    envelope_seq INTEGER PRIMARY KEY REFERENCES envelopes (seq),
    raw BLOB NOT NULL
);

-- What came in an envelope's place and could not be opened. Bounded in size by the program.
CREATE TABLE unreadable (
    digest BLOB PRIMARY KEY,
    carrier_id BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    raw BLOB NOT NULL
);

-- Append-only, chained by hashes: each row's "chain" covers the row before it.
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    received_at INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    chain BLOB NOT NULL
);

-- What the entries add up to. "seq" is given anew at each change: collecting means reading on from a seq.
CREATE TABLE records (
    id BLOB PRIMARY KEY,
    kind INTEGER NOT NULL,
    parent_id BLOB,
    scope TEXT NOT NULL,
    revision INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE,
    sealed BLOB NOT NULL
);
CREATE INDEX records_in_scope ON records (scope, seq);
CREATE INDEX records_below ON records (parent_id);

CREATE TABLE drafts (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    enrolment_id BLOB NOT NULL,
    -- Counted by the device, envelope by envelope.
    counter INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
