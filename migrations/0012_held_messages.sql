-- Messages kept aside until the tenant's backend decides: a plugin said so, or could not decide and its
-- tenant said `hold`. They are in no channel yet; released, they are appended under this id.
CREATE TABLE held_messages (
    app_id        uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id            uuid        NOT NULL,
    channel_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    parent_id     uuid,
    client_id     text,
    client_digest bytea,
    text          text,
    attachments   json        NOT NULL,
    metadata      json        NOT NULL,
    -- Who held it, and why.
    plugin        text        NOT NULL,
    code          text        NOT NULL,
    reason        text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

-- A send that is tried again is held once.
CREATE UNIQUE INDEX held_once ON held_messages (app_id, channel_id, user_id, client_id)
    WHERE client_id IS NOT NULL;
