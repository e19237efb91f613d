-- Appointments, version 12. A released migration is never edited.
-- Who has which slot stands in the applications; here is only what finds them quickly, and what was sent.

-- Applications (14) and days of appointments (15), in the order of their changes.
CREATE INDEX records_of_appointments ON records (seq) WHERE kind IN (14, 15);

-- Reminders that went out or are to be tried again. The key is a digest: it says nothing of whom or when.
CREATE TABLE reminders (
    key BLOB PRIMARY KEY,
    tries INTEGER NOT NULL,
    -- Milliseconds since 1970; the largest number for one that never goes out again.
    not_before INTEGER NOT NULL,
    begun_at INTEGER NOT NULL
);
CREATE INDEX reminders_by_age ON reminders (begun_at);
