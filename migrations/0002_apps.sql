-- A tenant. Every other table begins with its id: one tenant's rows stand together in each index,
-- a statement that forgets the tenant cannot use an index, and `app_id` is the distribution column
-- should the schema ever be spread over several Postgres servers.
CREATE TABLE apps (
    id               uuid        PRIMARY KEY,
    name             text        NOT NULL,
    -- Public half of the credentials: says who, proves nothing.
    api_key          text        NOT NULL UNIQUE,
    -- HMAC-SHA-256 of the api_secret under a key derived from the master key. The secret itself is
    -- 32 random bytes, so a slow password hash would buy nothing and cost CPU to whoever asks.
    secret_hash      bytea       NOT NULL,
    -- Part of the token key's derivation: raising it revokes every token of the app at once.
    token_generation integer     NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now())
);
