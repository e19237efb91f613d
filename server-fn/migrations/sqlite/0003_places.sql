-- Places, version 3. A released migration is never edited.
-- Where staff work and where records belong: codes of tables that anybody may read.

ALTER TABLE users ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN team TEXT NOT NULL DEFAULT '';
