-- Staff as administration sees them, version 6. A released migration is never edited.

-- What stands ordered of a device: 0 nothing, 1 revoke, 2 wipe. The serial grows with each order.
ALTER TABLE enrolments ADD COLUMN deed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN order_serial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN ordered_at INTEGER NOT NULL DEFAULT 0;
UPDATE enrolments SET deed = 1, order_serial = 1 WHERE revoked <> 0;

-- What a device said of itself last; 0 for never. Figures and a version, nothing about people.
ALTER TABLE enrolments ADD COLUMN reported_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN oldest_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrolments ADD COLUMN version TEXT NOT NULL DEFAULT '';

CREATE INDEX enrolments_of ON enrolments (user_id);

CREATE INDEX invitations_open ON invitations (expires_at) WHERE used_at IS NULL;

-- What is kept of a device, parked or set apart.
CREATE INDEX envelopes_kept ON envelopes (enrolment_id, state, seq) WHERE state IN (2, 3);
