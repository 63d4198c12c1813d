-- What an operator sets for one app.
ALTER TABLE apps
    -- Since when its tokens and secrets are refused; its data stays.
    ADD COLUMN suspended_at    timestamptz,
    -- Since when it is as if it were not there. Its rows go bit by bit, this one last.
    ADD COLUMN deleted_at      timestamptz,
    -- The limits that are other than the server's: an object of numbers.
    ADD COLUMN limits          jsonb NOT NULL DEFAULT '{}',
    -- The origins whose pages may call; empty: all.
    ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}';

CREATE INDEX apps_to_remove ON apps (deleted_at) WHERE deleted_at IS NOT NULL;
