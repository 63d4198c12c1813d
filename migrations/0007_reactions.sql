-- One row for each user, message and kind of reaction; the key makes a second one impossible.
CREATE TABLE reactions (
    app_id     uuid        NOT NULL,
    message_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    type       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (app_id, message_id, user_id, type)
);
