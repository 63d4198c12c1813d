-- The log. Only `chat/log.rs` appends to it.
-- No foreign keys: the insert selects from `members`, which has them, and a check per row and key
-- would be the dearest part of a send.
CREATE TABLE messages (
    app_id        uuid        NOT NULL,
    channel_id    uuid        NOT NULL,
    -- 1, 2, 3 … without holes: the one order of a channel, for history, live events and recovery.
    seq           bigint      NOT NULL,
    id            uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    parent_id     uuid,
    -- The sender's own name for this message: sending it again answers the first one.
    client_id     text,
    -- SHA-256 of what the sender sent under that name, so that other content is told apart even
    -- after the message was amended or deleted.
    client_digest bytea,
    -- NULL without text, and once deleted: a deleted text is gone, not hidden.
    text          text,
    -- `json`, not `jsonb`: they are given back as they came and never searched.
    attachments   json        NOT NULL,
    metadata      json        NOT NULL,
    -- Strictly increasing with `seq`, to the millisecond: paging by it alone is exact.
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    deleted_at    timestamptz,
    PRIMARY KEY (app_id, channel_id, seq),
    UNIQUE (app_id, id),
    UNIQUE (app_id, channel_id, created_at)
);

CREATE UNIQUE INDEX messages_sent_once ON messages (app_id, channel_id, user_id, client_id)
    WHERE client_id IS NOT NULL;
