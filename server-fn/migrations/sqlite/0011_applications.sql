-- Applications, version 11. A released migration is never edited.
-- What the server alone knows of an application: what its family said stands in its record.

CREATE TABLE applications (
    -- The record.
    id BLOB PRIMARY KEY,
    -- Digest of its reference under a secret of the server's.
    reference BLOB NOT NULL,
    -- Day on which it came, in days since 1970.
    day INTEGER NOT NULL,
    -- 1 until it was registered or closed, as far as the server was told when it last looked.
    is_open INTEGER NOT NULL,
    -- Counts what was written here; bound into the sealed bytes.
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX applications_of_reference ON applications (reference);
CREATE INDEX applications_of_day ON applications (day) WHERE is_open = 1;

-- Letters of families as they came: sealed to the server's key.
CREATE TABLE letters (
    seq INTEGER PRIMARY KEY,
    -- Digest of the letter.
    id BLOB NOT NULL UNIQUE,
    -- 0 to be judged next, 1 in quarantine, 2 kept apart: nothing looks at it by itself.
    state INTEGER NOT NULL,
    -- Digest of the network under a secret of the server's: says nothing of where somebody is.
    network BLOB NOT NULL,
    -- As that of applications.
    reference BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    -- How often the program ended while it was being judged: what brings it down again and again is kept apart.
    tried INTEGER NOT NULL DEFAULT 0,
    raw BLOB NOT NULL
);
CREATE INDEX letters_of_network ON letters (state, network, seq);
CREATE INDEX letters_of_reference ON letters (reference);
