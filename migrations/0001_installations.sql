-- One row: which master key this database belongs to.
-- Every secret and token is derived from the master key, so a node that was given another one
-- would refuse every tenant. It compares this fingerprint at start and says so instead.
CREATE TABLE installations (
    only_row        boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    key_fingerprint bytea       NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);
