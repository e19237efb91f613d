-- Referrals that were sent, version 9. A released migration is never edited.
-- To which organisation a referral was sent, by its code; null for what is addressed to nobody, as all from before is.
ALTER TABLE records ADD COLUMN addressed_to TEXT;
-- 1 once the consent that it rests on was taken back: the receiver is told of nobody any more.
ALTER TABLE records ADD COLUMN addressed_withdrawn INTEGER NOT NULL DEFAULT 0;
-- The record of that consent.
ALTER TABLE records ADD COLUMN addressed_consent BLOB;
CREATE INDEX records_on_consent ON records (addressed_consent) WHERE addressed_consent IS NOT NULL;
CREATE INDEX records_addressed ON records (scope, addressed_to, seq) WHERE addressed_to IS NOT NULL;
-- For whoever is handed nothing but referrals: kind 9.
CREATE INDEX records_referrals ON records (scope, organisation, seq) WHERE kind = 9;
-- Sessions of many, kind 8, which hang on nobody and name whoever attended.
CREATE INDEX records_of_nobody ON records (scope, organisation, kind, seq) WHERE group_id IS NULL AND kind = 8;

ALTER TABLE departures ADD COLUMN addressed_to TEXT;
ALTER TABLE departures ADD COLUMN addressed_withdrawn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE departures ADD COLUMN addressed_consent BLOB;
CREATE INDEX departures_addressed ON departures (scope, addressed_to, seq) WHERE addressed_to IS NOT NULL;
