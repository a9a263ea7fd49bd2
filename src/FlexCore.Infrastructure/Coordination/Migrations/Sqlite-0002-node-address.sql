-- As on PostgreSQL, where the words are.
ALTER TABLE run_nodes ADD COLUMN address TEXT;
