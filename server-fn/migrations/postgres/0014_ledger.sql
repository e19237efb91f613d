-- The ledger on PostgreSQL, version 14: what the first fourteen steps on SQLite come to. A released migration is never edited.
-- What tables and columns mean is said in migrations/sqlite/. Whole numbers and truth are BIGINT, as on SQLite; numbers
-- that a cursor reads are given by the program, in the one transaction that writes at a time: no sequences.

CREATE TABLE server (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id BYTEA NOT NULL,
    epoch BYTEA NOT NULL,
    key_check BYTEA,
    unreadable_bytes BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    made_at BIGINT NOT NULL
);

CREATE TABLE users (
    id BYTEA PRIMARY KEY,
    sealed BYTEA NOT NULL,
    role BIGINT NOT NULL,
    site TEXT NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0,
    organisation TEXT NOT NULL DEFAULT '',
    team TEXT NOT NULL DEFAULT ''
);

CREATE TABLE invitations (
    code BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    enrolment_id BYTEA
);

CREATE TABLE enrolments (
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    verifying BYTEA NOT NULL,
    inbox BYTEA NOT NULL,
    token BYTEA NOT NULL UNIQUE,
    enrolled_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    revoked BIGINT NOT NULL DEFAULT 0,
    deed BIGINT NOT NULL DEFAULT 0,
    order_serial BIGINT NOT NULL DEFAULT 0,
    ordered_at BIGINT NOT NULL DEFAULT 0,
    reported_at BIGINT NOT NULL DEFAULT 0,
    unsent BIGINT NOT NULL DEFAULT 0,
    oldest_at BIGINT NOT NULL DEFAULT 0,
    version TEXT NOT NULL DEFAULT ''
);

CREATE TABLE sessions (
    cookie BYTEA PRIMARY KEY,
    enrolment_id BYTEA NOT NULL REFERENCES enrolments (id),
    created_at BIGINT NOT NULL,
    elevated_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE capsules (
    id BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL
);

CREATE TABLE envelopes (
    seq BIGINT PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    id BYTEA NOT NULL,
    enrolment_id BYTEA NOT NULL,
    purpose BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    capsule_id BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    tried BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX envelopes_open ON envelopes (state, seq) WHERE state <> 1;

CREATE TABLE envelope_bytes (
    envelope_seq BIGINT PRIMARY KEY REFERENCES envelopes (seq),
    raw BYTEA NOT NULL
);

CREATE TABLE unreadable (
    digest BYTEA PRIMARY KEY,
    carrier_id BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    raw BYTEA NOT NULL
);

CREATE TABLE entries (
    seq BIGINT PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    digest BYTEA NOT NULL,
    enrolment_id BYTEA NOT NULL REFERENCES enrolments (id),
    received_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    chain BYTEA NOT NULL
);

CREATE TABLE records (
    id BYTEA PRIMARY KEY,
    kind BIGINT NOT NULL,
    parent_id BYTEA,
    scope TEXT NOT NULL,
    revision BIGINT NOT NULL,
    seq BIGINT NOT NULL UNIQUE,
    sealed BYTEA NOT NULL,
    organisation TEXT NOT NULL DEFAULT '',
    site TEXT NOT NULL DEFAULT '',
    team TEXT NOT NULL DEFAULT '',
    group_id BYTEA,
    made_by BYTEA,
    sealed_for BYTEA,
    from_before BIGINT NOT NULL DEFAULT 1,
    addressed_to TEXT,
    addressed_withdrawn BIGINT NOT NULL DEFAULT 0,
    addressed_consent BYTEA
);
CREATE INDEX records_below ON records (parent_id);

CREATE TABLE drafts (
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    enrolment_id BYTEA NOT NULL,
    counter BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);

CREATE TABLE chunks (
    address BYTEA PRIMARY KEY,
    carrier_id BYTEA NOT NULL REFERENCES enrolments (id),
    received_at BIGINT NOT NULL,
    stated BIGINT NOT NULL,
    size BIGINT NOT NULL,
    raw BYTEA NOT NULL
);
CREATE INDEX chunks_unstated ON chunks (carrier_id, size) WHERE stated = 0;
CREATE INDEX chunks_of_day ON chunks (carrier_id, received_at, size) WHERE stated = 1;

CREATE TABLE stated_chunks (
    address BYTEA NOT NULL PRIMARY KEY
);
CREATE INDEX records_in_share ON records (scope, organisation, seq);
-- Not by "sealed_for" too: PostgreSQL's indices hold no long values.
CREATE INDEX records_counted ON records (scope, organisation, kind);
CREATE INDEX records_of_group ON records (group_id, seq);
CREATE INDEX records_sealed ON records (scope) WHERE sealed_for IS NOT NULL;

CREATE TABLE departures (
    seq BIGINT PRIMARY KEY,
    record_id BYTEA NOT NULL,
    scope TEXT NOT NULL,
    organisation TEXT NOT NULL,
    site TEXT NOT NULL,
    team TEXT NOT NULL,
    group_id BYTEA,
    sealed_for BYTEA,
    renew BIGINT NOT NULL,
    addressed_to TEXT,
    addressed_withdrawn BIGINT NOT NULL DEFAULT 0,
    addressed_consent BYTEA
);
CREATE INDEX departures_in_share ON departures (scope, organisation, seq);
CREATE INDEX departures_of_group ON departures (group_id, seq);

CREATE TABLE views (
    enrolment_id BYTEA PRIMARY KEY REFERENCES enrolments (id),
    view BYTEA NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE access_requests (
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    enrolment_id BYTEA NOT NULL REFERENCES enrolments (id),
    group_id BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    answered_by BYTEA REFERENCES users (id),
    answered_at BIGINT NOT NULL DEFAULT 0,
    seen_by BYTEA REFERENCES users (id),
    seen_at BIGINT NOT NULL DEFAULT 0,
    sealed BYTEA NOT NULL
);
CREATE INDEX access_requests_when ON access_requests (asked_at);
CREATE INDEX access_requests_of ON access_requests (user_id, asked_at);

CREATE TABLE grants (
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    group_id BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX grants_of ON grants (user_id, until_at);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    what BIGINT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    enrolment_id BYTEA,
    subject BYTEA,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    chain BYTEA NOT NULL
);
CREATE INDEX audit_about ON audit (subject, seq);
CREATE INDEX audit_by ON audit (enrolment_id, seq);
CREATE INDEX audit_when ON audit (at, seq);

CREATE TABLE checkpoints (
    serial BIGINT PRIMARY KEY,
    made_at BIGINT NOT NULL,
    bytes BYTEA NOT NULL
);

CREATE TABLE checkpoint_keys (
    signing BYTEA PRIMARY KEY,
    vouched BYTEA NOT NULL
);

CREATE TABLE echoes (
    digest BYTEA PRIMARY KEY,
    enrolment_id BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    contradicted BIGINT NOT NULL,
    bytes BYTEA NOT NULL
);
CREATE INDEX echoes_of ON echoes (enrolment_id, contradicted);
CREATE INDEX enrolments_of ON enrolments (user_id);
CREATE INDEX invitations_open ON invitations (expires_at) WHERE used_at IS NULL;
CREATE INDEX envelopes_kept ON envelopes (enrolment_id, state, seq) WHERE state IN (2, 3);

CREATE TABLE passkeys (
    credential BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES users (id),
    public BYTEA NOT NULL,
    counter BIGINT NOT NULL,
    copyable BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    shown_at BIGINT NOT NULL
);
CREATE INDEX passkeys_of ON passkeys (user_id, added_at);

CREATE TABLE passkey_challenges (
    session BYTEA NOT NULL REFERENCES sessions (cookie) ON DELETE CASCADE,
    purpose BIGINT NOT NULL,
    challenge BYTEA NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (session, purpose)
);

CREATE TABLE carried (
    envelope_seq BIGINT PRIMARY KEY REFERENCES envelopes (seq),
    carrier_id BYTEA NOT NULL,
    size BIGINT NOT NULL
);
CREATE INDEX carried_by ON carried (carrier_id, size);
CREATE INDEX envelopes_of_capsule ON envelopes (capsule_id);
CREATE INDEX records_on_consent ON records (addressed_consent) WHERE addressed_consent IS NOT NULL;
CREATE INDEX records_addressed ON records (scope, addressed_to, seq) WHERE addressed_to IS NOT NULL;
CREATE INDEX records_referrals ON records (scope, organisation, seq) WHERE kind = 9;
CREATE INDEX records_of_nobody ON records (scope, organisation, kind, seq) WHERE group_id IS NULL AND kind = 8;
CREATE INDEX departures_addressed ON departures (scope, addressed_to, seq) WHERE addressed_to IS NOT NULL;

CREATE TABLE slip_secrets (
    id BYTEA PRIMARY KEY,
    sealed BYTEA NOT NULL
);

CREATE TABLE slips (
    number BYTEA NOT NULL,
    record_id BYTEA NOT NULL,
    PRIMARY KEY (number, record_id)
);

CREATE TABLE applications (
    id BYTEA PRIMARY KEY,
    reference BYTEA NOT NULL,
    day BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    seq BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX applications_of_day ON applications (day) WHERE is_open = 1;

CREATE TABLE letters (
    seq BIGINT PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    state BIGINT NOT NULL,
    network BYTEA NOT NULL,
    reference BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    tried BIGINT NOT NULL DEFAULT 0,
    raw BYTEA NOT NULL
);
CREATE INDEX letters_of_network ON letters (state, network, seq);
CREATE INDEX letters_of_reference ON letters (reference);
CREATE INDEX records_of_appointments ON records (seq) WHERE kind IN (14, 15);

CREATE TABLE reminders (
    key BYTEA PRIMARY KEY,
    tries BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    begun_at BIGINT NOT NULL
);
CREATE INDEX reminders_by_age ON reminders (begun_at);

CREATE TABLE used_challenges (
    challenge BYTEA PRIMARY KEY,
    until_at BIGINT NOT NULL
);
CREATE INDEX used_challenges_by_age ON used_challenges (until_at);

CREATE TABLE programs (
    holder BYTEA PRIMARY KEY,
    place BYTEA NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE claims (
    name TEXT PRIMARY KEY,
    holder BYTEA,
    until_at BIGINT NOT NULL,
    done_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
CREATE UNIQUE INDEX applications_in_order ON applications (seq);
CREATE INDEX applications_of_reference ON applications (reference, seq);

INSERT INTO counters (name, value) VALUES ('envelopes', 0), ('letters', 0), ('applications', 0);
