-- Counters, version 14. A released migration is never edited.
-- The same order on every database: numbers are taken from here, in the one transaction that writes at a time.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    -- The newest number that was given.
    value INTEGER NOT NULL
);
INSERT INTO counters (name, value)
    SELECT 'envelopes', COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'envelopes'), 0);
INSERT INTO counters (name, value) SELECT 'letters', COALESCE(MAX(seq), 0) FROM letters;
INSERT INTO counters (name, value) SELECT 'applications', COALESCE(MAX(rowid), 0) FROM applications;

-- In which order they came.
ALTER TABLE applications ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
UPDATE applications SET seq = rowid;
CREATE UNIQUE INDEX applications_in_order ON applications (seq);
DROP INDEX applications_of_reference;
CREATE INDEX applications_of_reference ON applications (reference, seq);
