-- The nodes that serve this database, each with a lease that it renews every two seconds.
-- Not logged: after a crash of PostgreSQL both tables are empty, and every node enters itself again.
CREATE UNLOGGED TABLE nodes (
    id      uuid        PRIMARY KEY,
    -- The PostgreSQL process of the connection it listens on: gone means that it does not hear now.
    backend integer     NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- What nodes tell each other and NOTIFY cannot carry, for the minute in which it is read.
CREATE UNLOGGED TABLE kept_frames (
    id      uuid        PRIMARY KEY,
    frame   text        NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
