-- Keys of subjects, wrapped under a master key that is not in the database. What is left of a destroyed key tells its erasure from its loss.
-- Its rows are no part of the log: leave them out of backups that are kept for long (pg_dump --exclude-table-data).
CREATE TABLE subject_keys (
    key_id  uuid PRIMARY KEY,
    subject bytea NOT NULL, -- HMAC under the master key, not the name
    wrapped bytea,          -- null when it was destroyed
    erasure uuid
);
CREATE UNIQUE INDEX subject_keys_in_use ON subject_keys (subject) WHERE wrapped IS NOT NULL;
CREATE INDEX subject_keys_by_subject ON subject_keys (subject);

CREATE TABLE subject_master (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint bytea NOT NULL
);
