-- A person inside one app. The tenant knows them by `external_id`, Heyyo by `id`.
CREATE TABLE users (
    app_id             uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id                 uuid        NOT NULL,
    external_id        text        NOT NULL,
    display_name       text,
    avatar_url         text,
    -- Tokens issued before this instant are refused: revokes one user's tokens.
    tokens_valid_after timestamptz NOT NULL DEFAULT 'epoch',
    created_at         timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at         timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (app_id, id),
    UNIQUE (app_id, external_id)
);
