-- The reference's tables: what its routes need, indexed for how they read.
CREATE TABLE IF NOT EXISTS apps (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    api_key    text        NOT NULL UNIQUE,
    -- SHA-256: the secret is random, so a slow hash would buy nothing.
    api_secret text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS users (
    id           uuid        PRIMARY KEY,
    app_id       uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    external_id  text        NOT NULL,
    display_name text,
    avatar_url   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (app_id, external_id)
);

-- Counters are kept, not counted; no index holds them, so that raising one touches the row alone.
CREATE TABLE IF NOT EXISTS channels (
    id              uuid        PRIMARY KEY,
    app_id          uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    name            text        NOT NULL,
    type            text        NOT NULL DEFAULT 'messaging',
    description     text,
    metadata        jsonb       NOT NULL DEFAULT '{}',
    created_by      uuid        NOT NULL REFERENCES users (id),
    member_count    integer     NOT NULL DEFAULT 0,
    message_count   bigint      NOT NULL DEFAULT 0,
    last_seq        bigint      NOT NULL DEFAULT 0,
    last_message_at timestamptz NOT NULL DEFAULT 'epoch',
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS members (
    channel_id uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       text        NOT NULL DEFAULT 'member',
    joined_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX IF NOT EXISTS members_by_user ON members (user_id) INCLUDE (channel_id);

CREATE TABLE IF NOT EXISTS messages (
    id          uuid        PRIMARY KEY,
    channel_id  uuid        NOT NULL,
    seq         bigint      NOT NULL,
    user_id     uuid        NOT NULL,
    parent_id   uuid,
    text        text,
    attachments json        NOT NULL,
    metadata    json        NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_time ON messages (channel_id, created_at DESC);

CREATE TABLE IF NOT EXISTS reactions (
    message_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    type       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, user_id, type)
);
