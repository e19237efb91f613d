-- Several programs on one database, version 13. A released migration is never edited.

-- Challenges of sign-ins that were answered and have not run out: none counts twice, whichever program it is shown to.
CREATE TABLE used_challenges (
    -- Digest of the challenge.
    challenge BLOB PRIMARY KEY,
    -- When it runs out, milliseconds since 1970.
    until_at INTEGER NOT NULL
);
CREATE INDEX used_challenges_by_age ON used_challenges (until_at);

-- Programs that serve this database now, each with a random name.
CREATE TABLE programs (
    holder BLOB PRIMARY KEY,
    -- Digest of the machine and folder that it runs in: whoever begins there knows which others of it have ended.
    place BLOB NOT NULL,
    -- When it said so last.
    seen_at INTEGER NOT NULL
);

-- What one program does at a time.
CREATE TABLE claims (
    name TEXT PRIMARY KEY,
    -- The program that does it now, until a time; null for none.
    holder BLOB,
    until_at INTEGER NOT NULL,
    -- When it was last done, for what is done once in a while.
    done_at INTEGER NOT NULL DEFAULT 0
);
