-- What plugins remember. A value or a counter, never both.
CREATE TABLE plugin_state (
    app_id     uuid   NOT NULL,
    plugin_id  uuid   NOT NULL,
    key        text   NOT NULL,
    value      bytea,
    number     bigint,
    expires_at timestamptz,
    PRIMARY KEY (app_id, plugin_id, key),
    FOREIGN KEY (app_id, plugin_id) REFERENCES plugins (app_id, id) ON DELETE CASCADE,
    CHECK ((value IS NULL) <> (number IS NULL))
);

CREATE INDEX plugin_state_to_expire ON plugin_state (expires_at) WHERE expires_at IS NOT NULL;

-- How much each plugin remembers, so that a quota costs no count. Raised and lowered with each write
-- that changes a size; counted anew when the expired are removed, which mends what two writers of one
-- new key counted twice.
CREATE TABLE plugin_state_sizes (
    app_id    uuid    NOT NULL,
    plugin_id uuid    NOT NULL,
    keys      bigint  NOT NULL,
    bytes     bigint  NOT NULL,
    PRIMARY KEY (app_id, plugin_id),
    FOREIGN KEY (app_id, plugin_id) REFERENCES plugins (app_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);
