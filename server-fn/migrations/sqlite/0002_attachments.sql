-- Attachments, version 2. A released migration is never edited.
-- Chunks as devices sealed them, under SHA-256 of their bytes. Their keys lie in the entries that state them and
-- nowhere else; nothing here says which record that is.

CREATE TABLE chunks (
    address BLOB PRIMARY KEY,
    carrier_id BLOB NOT NULL REFERENCES enrolments (id),
    -- The beginning of its day.
    received_at INTEGER NOT NULL,
    -- 1 when an entry of the ledger states it. Until then it counts against its carrier's room.
    stated INTEGER NOT NULL,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX chunks_unstated ON chunks (carrier_id, size) WHERE stated = 0;
CREATE INDEX chunks_of_day ON chunks (carrier_id, received_at, size) WHERE stated = 1;

-- What the entries of the ledger state. Entries come before chunks. In order of address, and without numbers of its
-- rows: they would say which addresses came together.
CREATE TABLE stated_chunks (
    address BLOB NOT NULL PRIMARY KEY
) WITHOUT ROWID;
