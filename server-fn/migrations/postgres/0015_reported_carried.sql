-- What devices carry for others, version 15. A released migration is never edited.

-- How many envelopes a device said that it carries, and when the oldest of them was sealed. Figures, nothing about people.
ALTER TABLE enrolments ADD COLUMN carried BIGINT NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN carried_oldest_at BIGINT NOT NULL DEFAULT 0;
