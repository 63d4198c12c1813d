-- The code of a plugin, one row for each upload, as it was uploaded: the truth that every node compiles
-- from. Compiled code is native code and is never stored here.
CREATE TABLE plugin_versions (
    app_id        uuid        NOT NULL,
    plugin_id     uuid        NOT NULL,
    -- 1, 2, 3 …
    version       integer     NOT NULL,
    wasm          bytea       NOT NULL,
    sha256        bytea       NOT NULL,
    -- What it takes part in: what it exports, or, for a program, what its tenant named.
    hooks         text[]      NOT NULL,
    imports       text[]      NOT NULL,
    checks_config boolean     NOT NULL,
    is_program    boolean     NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (app_id, plugin_id, version),
    FOREIGN KEY (app_id, plugin_id) REFERENCES plugins (app_id, id) ON DELETE CASCADE
);

-- WebAssembly hardly compresses; trying costs each upload a second.
ALTER TABLE plugin_versions ALTER COLUMN wasm SET STORAGE EXTERNAL;
