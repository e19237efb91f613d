-- The log of deeds and readings, version 5. A released migration is never edited.

-- Append-only, chained by hashes: each row's "chain" covers the row before it and every column but "sealed", which
-- "digest" stands for, so that rows can be sealed anew under another storage key.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Random, or made of a device's batch and a place in it: what comes twice is written once.
    id BLOB NOT NULL UNIQUE,
    -- See server/audit/event.rs.
    what INTEGER NOT NULL,
    -- When it happened, by the clock of whoever tells it; and when it was written here.
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- Who did it, where an enrolled device did: no reference, for some of it is about devices that nobody knows.
    enrolment_id BLOB,
    -- What it was done to: a record, a user, an enrolment.
    subject BLOB,
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    chain BLOB NOT NULL
);
CREATE INDEX audit_about ON audit (subject, seq);
CREATE INDEX audit_by ON audit (enrolment_id, seq);
CREATE INDEX audit_when ON audit (at, seq);

-- Heads of both chains as the server signed them, one after the other.
CREATE TABLE checkpoints (
    serial INTEGER PRIMARY KEY,
    made_at INTEGER NOT NULL,
    bytes BLOB NOT NULL
);

-- Keys that signed checkpoints, as the root vouched for them.
CREATE TABLE checkpoint_keys (
    signing BLOB PRIMARY KEY,
    vouched BLOB NOT NULL
);

-- Checkpoints that devices handed back: of each the latest, and for ever those that the chains contradicted.
CREATE TABLE echoes (
    digest BLOB PRIMARY KEY,
    enrolment_id BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    contradicted INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX echoes_of ON echoes (enrolment_id, contradicted);
