-- A channel and the head of its message log.
-- Counters are kept, never counted: a channel list with COUNT(*) was 60 times slower.
-- None of the columns that a message changes is indexed, and pages are half empty, so that raising
-- a counter rewrites the row in its own page (a HOT update) and touches no index.
CREATE TABLE channels (
    app_id          uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id              uuid        NOT NULL,
    -- 'messaging' unless the client says otherwise; 'private' and 'direct' are not open to join.
    type            text        NOT NULL DEFAULT 'messaging',
    name            text        NOT NULL,
    description     text,
    metadata        jsonb       NOT NULL DEFAULT '{}',
    created_by      uuid        NOT NULL,
    member_count    bigint      NOT NULL DEFAULT 0,
    -- Messages that can be read: a deletion lowers it.
    message_count   bigint      NOT NULL DEFAULT 0,
    -- The newest message's `seq`, deleted or not: the log has no holes.
    last_seq        bigint      NOT NULL DEFAULT 0,
    -- The newest message's `created_at`; the next one's is later, whatever the clock says.
    last_message_at timestamptz NOT NULL DEFAULT 'epoch',
    created_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    -- Newest activity: creation, a change, or a message.
    updated_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, created_by) REFERENCES users (app_id, id)
) WITH (fillfactor = 50);

-- The open channels of an app, newest first.
CREATE INDEX channels_to_discover ON channels (app_id, created_at DESC, id DESC)
    WHERE type NOT IN ('private', 'direct');
