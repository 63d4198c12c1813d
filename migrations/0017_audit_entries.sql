-- Who changed what about apps and their users' access: written with the change itself, never a secret.
-- Entries outlive the app they are about, until their time is over.
CREATE TABLE audit_entries (
    app_id  uuid        NOT NULL,
    id      uuid        NOT NULL,
    at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
    -- An operator by the fingerprint of their key (`admin:1a2b3c4d`), a caller of dev mode (`local`), or
    -- a backend by the id of its secret (`app:…`).
    actor   text        NOT NULL,
    -- Where the call came from, as the server saw it.
    address text        NOT NULL,
    -- Such as `user.deactivated`.
    action  text        NOT NULL,
    -- The id of what it was done to, unless that is the app.
    target  text,
    -- What was set.
    details jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (app_id, id)
);

CREATE INDEX audit_by_age ON audit_entries (id);
