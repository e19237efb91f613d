-- Passkeys of staff, version 7. A released migration is never edited.

-- One row for each passkey that a user registered. All of their devices may use it.
CREATE TABLE passkeys (
    -- The authenticator's name for it.
    credential BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    -- Public key in COSE's form (RFC 9052), as it was registered.
    public BLOB NOT NULL,
    -- The authenticator's own count of signatures; 0 where it keeps none.
    counter INTEGER NOT NULL,
    -- Whether it may be copied to other devices of its owner. Never changes in honest authenticators.
    copyable INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    -- When it was last shown; 0 for never.
    shown_at INTEGER NOT NULL
);
CREATE INDEX passkeys_of ON passkeys (user_id, added_at);

-- When a passkey was last shown on this session; 0 for never.
ALTER TABLE sessions ADD COLUMN elevated_at INTEGER NOT NULL DEFAULT 0;

-- Challenges given and not answered: one for each session and purpose, so that nobody can fill this up.
CREATE TABLE passkey_challenges (
    session BLOB NOT NULL REFERENCES sessions (cookie) ON DELETE CASCADE,
    -- 1: to register, 2: to show.
    purpose INTEGER NOT NULL,
    -- Digest of the challenge.
    challenge BLOB NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (session, purpose)
);
