-- An app's secrets: one, and a second while its backends change over from the old to the new.
CREATE TABLE app_secrets (
    app_id      uuid        NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id          uuid        NOT NULL,
    -- HMAC-SHA-256 of the secret under a key derived from the master key. The secret itself is 32 random
    -- bytes, so a slow password hash would buy nothing and cost CPU to whoever asks.
    secret_hash bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    -- Refused from then on; NULL: good until it is deleted.
    expires_at  timestamptz,
    PRIMARY KEY (app_id, id)
);

INSERT INTO app_secrets (app_id, id, secret_hash, created_at)
    SELECT id, gen_random_uuid(), secret_hash, created_at FROM apps;

ALTER TABLE apps DROP COLUMN secret_hash;
