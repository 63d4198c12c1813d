-- A tenant's plugin: its settings, and which of its versions is live.
CREATE TABLE plugins (
    app_id         uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id             uuid        NOT NULL,
    -- Unique in the app: what it adds to a message stands under it.
    name           text        NOT NULL,
    enabled        boolean     NOT NULL DEFAULT true,
    -- Lower comes first; the same, by name.
    position       integer     NOT NULL DEFAULT 0,
    -- Empty: all.
    channel_types  text[]      NOT NULL DEFAULT '{}',
    on_error       text        NOT NULL DEFAULT 'reject' CHECK (on_error IN ('reject', 'pass', 'hold')),
    isolation      text        NOT NULL DEFAULT 'reused' CHECK (isolation IN ('reused', 'fresh')),
    -- NULL: as the operator set it.
    before_ms      integer,
    after_ms       integer,
    -- What the plugin reads: an object. `json` keeps the order of its keys.
    config         json        NOT NULL DEFAULT '{}',
    -- The newest version that was made; numbers are never used twice.
    last_version   integer     NOT NULL DEFAULT 0,
    -- NULL while only a shadow runs.
    live_version   integer,
    -- Runs beside the live one on the same events; what it decides is only compared.
    shadow_version integer,
    created_at     timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at     timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (app_id, id),
    UNIQUE (app_id, name)
);
