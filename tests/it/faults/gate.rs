//! Makes a commit wait, in the database, for as long as a test wants.
//!
//! An append is carried out and its commit begins; there it meets a gate that the test holds shut. So
//! the moment between the two, which else is over in a blink, can be looked at, or can be the last.

use crate::support::{Heyyo, eventually};
use sqlx::{Connection, PgConnection};

const GATE: &str = "
    CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(1);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate();";

/// Those who wait at the gate of this database: their backends.
const WAITING: &str = "
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted";

/// A gate in a server's database. It is open when this is dropped.
pub struct Gate(PgConnection);

impl Gate {
    /// Builds a gate, open.
    pub async fn build(heyyo: &Heyyo) -> Self {
        let options = heyyo.database().connect_options();
        let mut database = PgConnection::connect_with(&options)
            .await
            .expect("a database");
        sqlx::raw_sql(GATE)
            .execute(&mut database)
            .await
            .expect("a gate");
        Self(database)
    }

    /// Shuts it.
    pub async fn shut(&mut self) {
        self.say("SELECT pg_advisory_lock(1)").await;
    }

    /// Opens it.
    pub async fn open(&mut self) {
        self.say("SELECT pg_advisory_unlock(1)").await;
    }

    /// Returns when a commit waits.
    pub async fn until_a_commit_waits(&mut self) {
        eventually("a commit at the gate", async || {
            let waiting: Vec<i32> = sqlx::query_scalar(WAITING)
                .fetch_all(&mut self.0)
                .await
                .expect("a look at the gate");
            (!waiting.is_empty()).then_some(())
        })
        .await;
    }

    /// Ends the backend of the commit that waits: it does not take place.
    pub async fn end_who_waits(&mut self) {
        let waiting = format!("SELECT pg_terminate_backend(pid) FROM ({WAITING}) AS waiting");
        self.say(&waiting).await;
    }

    async fn say(&mut self, statement: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(&mut self.0)
            .await
            .expect("a gate that works");
    }
}
