-- Grants, version 4. A released migration is never edited.
-- Who asked to open what another organisation registered, and what came of it. Why somebody asked, and why they were
-- answered so, is sealed.

CREATE TABLE access_requests (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    group_id BLOB NOT NULL,
    -- 1: asked, 2: opened in an emergency.
    kind INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    -- 0: open, 1: granted, 2: refused.
    state INTEGER NOT NULL,
    answered_by BLOB REFERENCES users (id),
    answered_at INTEGER NOT NULL DEFAULT 0,
    -- Who took note of what was opened in an emergency.
    seen_by BLOB REFERENCES users (id),
    seen_at INTEGER NOT NULL DEFAULT 0,
    sealed BLOB NOT NULL
);
CREATE INDEX access_requests_when ON access_requests (asked_at);
CREATE INDEX access_requests_of ON access_requests (user_id, asked_at);

-- What is open to whom, for reading only. One for a request, under its id.
CREATE TABLE grants (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    group_id BLOB NOT NULL,
    -- As in access_requests.
    kind INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    -- When it was ended before its time.
    ended_at INTEGER
);
CREATE INDEX grants_of ON grants (user_id, until_at);
