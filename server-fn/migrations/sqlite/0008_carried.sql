-- What is parked for a reason that no rights change, and who carried it here: the room for it is limited for each
-- carrier. Whose it is cannot be told: nobody's signature was found on it.
CREATE TABLE carried (
    envelope_seq INTEGER PRIMARY KEY REFERENCES envelopes (seq),
    carrier_id BLOB NOT NULL,
    -- Bytes, as they count.
    size INTEGER NOT NULL
);
CREATE INDEX carried_by ON carried (carrier_id, size);

-- A capsule goes with the last envelope that needed it, where that one is not kept.
CREATE INDEX envelopes_of_capsule ON envelopes (capsule_id);
