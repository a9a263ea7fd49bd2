-- Where others reach what a node serves over HTTP; null where it serves nothing, or is older than this.
ALTER TABLE run_nodes ADD COLUMN address text;
