-- Places, version 3. A released migration is never edited.
-- Where staff work and where records belong: codes of tables that anybody may read.

ALTER TABLE users ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN team TEXT NOT NULL DEFAULT '';

ALTER TABLE records ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN team TEXT NOT NULL DEFAULT '';
-- The group at the top.
ALTER TABLE records ADD COLUMN group_id BLOB;
-- The user who began it.
ALTER TABLE records ADD COLUMN made_by BLOB;
-- Ids of the users who alone know of it, one after the other in their order; null for what is not sealed.
ALTER TABLE records ADD COLUMN sealed_for BLOB;
-- 1 for what was here before there were places, and was handed to everybody in its operation.
ALTER TABLE records ADD COLUMN from_before INTEGER NOT NULL DEFAULT 1;
DROP INDEX records_in_scope;
CREATE INDEX records_in_share ON records (scope, organisation, seq);
CREATE INDEX records_counted ON records (scope, organisation, kind, sealed_for);
CREATE INDEX records_of_group ON records (group_id, seq);
CREATE INDEX records_sealed ON records (scope) WHERE sealed_for IS NOT NULL;

-- What has left a place, or is no longer for all who knew of it there: told to those who could read it and cannot now.
-- "seq" is counted with that of the records.
CREATE TABLE departures (
    seq INTEGER PRIMARY KEY,
    record_id BLOB NOT NULL,
    scope TEXT NOT NULL,
    organisation TEXT NOT NULL,
    site TEXT NOT NULL,
    team TEXT NOT NULL,
    group_id BLOB,
    sealed_for BLOB,
    -- 1 when it is to be dropped and handed out again, because it names somebody.
    renew INTEGER NOT NULL
);
CREATE INDEX departures_in_share ON departures (scope, organisation, seq);
CREATE INDEX departures_of_group ON departures (group_id, seq);

-- As whom an enrolment collected last, so that what it holds can be taken back when it has lost its cursor: role, codes of
-- the place, groups that were open to it. "since" is the number at which it began for the first time.
CREATE TABLE views (
    enrolment_id BLOB PRIMARY KEY REFERENCES enrolments (id),
    view BLOB NOT NULL,
    since INTEGER NOT NULL
);
