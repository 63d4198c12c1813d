-- What was revoked of late, for two readers: each node looks every two seconds whether somebody is
-- connected who may not be any more, whatever it was told; and a single token is refused by its row.
-- A row is kept until no token that was issued before it can be valid. An app that is deleted keeps its
-- rows until then, hence no foreign key.
CREATE TABLE revocations (
    app_id     uuid        NOT NULL,
    id         uuid        NOT NULL,
    -- Whose tokens. Neither of the two: those of the whole app.
    user_id    uuid,
    -- The one token.
    jti        uuid,
    revoked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '25 hours',
    PRIMARY KEY (app_id, id)
);

CREATE UNIQUE INDEX revoked_tokens ON revocations (app_id, jti) WHERE jti IS NOT NULL;
CREATE INDEX revocations_by_time ON revocations (revoked_at);
CREATE INDEX revocations_to_expire ON revocations (expires_at);
