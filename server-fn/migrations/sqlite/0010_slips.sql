-- Slips, version 10. A released migration is never edited.
-- Of slips nothing lies here by which one could be found: their numbers are digests under a secret of the server's.

CREATE TABLE slip_secrets (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL
);

-- Which referral a slip's number belongs to. Two slips may have one number: then the code tells them apart.
CREATE TABLE slips (
    number BLOB NOT NULL,
    record_id BLOB NOT NULL,
    PRIMARY KEY (number, record_id)
);
