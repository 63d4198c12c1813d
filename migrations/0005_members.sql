-- Who belongs to a channel. The composite keys make a member of two different apps impossible.
CREATE TABLE members (
    app_id     uuid        NOT NULL,
    channel_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'member')),
    joined_at  timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
    PRIMARY KEY (app_id, channel_id, user_id),
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

-- "My channels", answered from the index alone. All three columns are keys, so that it is as good as the
-- primary key for one membership, whichever the planner takes.
CREATE INDEX members_by_user ON members (app_id, user_id, channel_id);
