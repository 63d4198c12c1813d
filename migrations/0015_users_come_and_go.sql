-- What becomes of a user: sent away for a while, or deleted.
ALTER TABLE users
    -- Since when they are let in no more. Their messages and memberships stay.
    ADD COLUMN deactivated_at timestamptz,
    -- Deleted: the row stays for the sake of the messages, without a name, and its external id is free again.
    ADD COLUMN erased_at      timestamptz,
    -- When the memberships and reactions of a deleted user were all gone.
    ADD COLUMN cleared_at     timestamptz,
    -- Each token carries the number it was issued under; raising it revokes all of the user's at once.
    -- Counted and not timed: a token of the same second, or of a node whose clock is ahead, would outlive
    -- a time.
    ADD COLUMN token_generation integer NOT NULL DEFAULT 0,
    DROP COLUMN tokens_valid_after;

CREATE INDEX users_to_clear ON users (app_id, id) WHERE erased_at IS NOT NULL AND cleared_at IS NULL;
