//! How PostgreSQL answers each hot query, on a database that is not empty: by index, and by looking at
//! no more rows than it gives.
//!
//! The statements are those of `.sqlx/`, which the build checks against the source, found by words of
//! theirs; so this cannot drift from what the server says. They are prepared and planned once for all
//! values, as the server's are.

use crate::support::server::fresh_database;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{fs, path::Path};

/// Tables that may only be read by an index: those that grow.
const BY_INDEX: [&str; 4] = ["messages", "members", "reactions", "channels"];

const APP: &str = "00000000-0000-4000-8000-000000000001";
/// The busiest channel, and a user who is in 50 channels.
const CHANNEL: &str = "00000000-0000-4000-8000-000000100001";
const USER: &str = "00000000-0000-4000-8000-000000200001";
/// A message in that channel.
const MESSAGE: &str = "00000000-0000-4000-8000-000001000010";

/// Two apps alike, each with 5,000 channels, 200 users, 40,000 messages of which the first channel has
/// half, and 20,000 reactions. All ids follow from numbers: an app's begin at 0, a channel's at 0x100000,
/// a user's at 0x200000, and the first channel's messages at 0x1000000 plus their place.
const ROWS: &str = "
    CREATE FUNCTION id(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN
        ('00000000-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;
    INSERT INTO apps (id, name, api_key)
        SELECT id(app), 'app', 'key ' || app FROM generate_series(1, 2) AS app;
    INSERT INTO users (app_id, id, external_id)
        SELECT id(app), id(x'200000'::int + one), 'user ' || one
        FROM generate_series(1, 2) AS app, generate_series(1, 200) AS one;
    INSERT INTO channels (app_id, id, name, created_by, last_seq)
        SELECT id(app), id(x'100000'::int + one), 'channel', id(x'200000'::int + 1),
               CASE one WHEN 1 THEN 20000 ELSE 400 END
        FROM generate_series(1, 2) AS app, generate_series(1, 5000) AS one;
    INSERT INTO members (app_id, channel_id, user_id)
        SELECT id(app), id(x'100000'::int + channel), id(x'200000'::int + one)
        FROM generate_series(1, 2) AS app, generate_series(1, 50) AS channel, generate_series(1, 200) AS one
        WHERE one = 1 OR (one + channel) % 4 = 0;
    INSERT INTO messages (app_id, channel_id, seq, id, user_id, client_id, client_digest, text,
                          attachments, metadata, created_at, updated_at)
        SELECT id(app), id(x'100000'::int + channel), seq, id(x'1000000'::int * channel + seq),
               id(x'200000'::int + 1 + seq % 200), 'name ' || seq, '', 'a text as people write it',
               '[]', '{}', timestamptz '2026-01-31 00:00:00Z' + seq * interval '1 second', now()
        FROM generate_series(1, 2) AS app, generate_series(1, 50) AS channel,
             generate_series(1, CASE channel WHEN 1 THEN 20000 ELSE 400 END) AS seq;
    INSERT INTO reactions (app_id, message_id, user_id, type)
        SELECT app_id, messages.id, id(x'200000'::int + one), ':heart:'
        FROM messages, generate_series(1, 2) AS one WHERE seq % 8 = 0;
    DROP FUNCTION id;
    ANALYZE;";

/// Takes every index away from the tables that grow.
const NO_INDEXES: &str = "
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
            WHERE contype IN ('p', 'u') AND conrelid::regclass::text IN ('messages', 'members', 'reactions', 'channels')
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', one.of, one.conname); END LOOP;
        DROP INDEX messages_sent_once, members_by_user, channels_to_discover, reactions_by_user;
    END $$;";

/// A hot query.
struct Hot {
    what: &'static str,
    /// Words that its statement has and no other, with single spaces.
    words: &'static str,
    /// A call of it.
    values: String,
    /// Rows of the tables above that it may look at, all together.
    rows: f64,
    /// Whether it may sort: what it sorts is then as small as what it gives.
    may_sort: bool,
}

/// Every hot query, with values for which a bad plan would be dear: in the middle of the busiest channel.
fn hot_queries() -> Vec<Hot> {
    let hot = |what, words, values: String, rows: u32| Hot {
        what,
        words,
        values,
        rows: f64::from(rows),
        may_sort: false,
    };
    let sorted = |hot: Hot| Hot {
        may_sort: true,
        ..hot
    };
    let in_channel = format!("'{APP}', '{CHANNEL}'");
    let of_user = format!("'{APP}', '{USER}'");
    let of_message = format!("'{APP}', '{MESSAGE}'");
    let page = "deleted_at IS NULL AND seq < $3 AND seq <= CASE";
    let most = i64::MAX;
    let earlier = "'2026-01-31 01:00:00Z'";
    let list = |value: &str| format!("'{{{value}}}'");
    let append = [
        APP,
        CHANNEL,
        USER,
        "00000000-0000-4000-8000-f00000000001",
        MESSAGE,
        "a new name",
    ];
    let append: Vec<String> = append.iter().map(|value| list(value)).collect();
    let append = append.join(", ");
    let fifty: Vec<String> = (1..=50)
        .map(|seq| format!("'00000000-0000-4000-8000-{:012x}'", 0x0100_0000 + seq))
        .collect();
    let fifty = format!("'{APP}', ARRAY[{}]::uuid[]", fifty.join(", "));
    vec![
        hot(
            "the newest page",
            page,
            format!("{in_channel}, {most}, NULL, 50"),
            50,
        ),
        hot(
            "a page before a time",
            page,
            format!("{in_channel}, {most}, {earlier}, 50"),
            51,
        ),
        hot(
            "a page before a place",
            page,
            format!("{in_channel}, 10000, NULL, 50"),
            50,
        ),
        hot(
            "a page after a place",
            "AND seq > $3 AND seq < $4",
            format!("{in_channel}, 10000, {most}, NULL, 50"),
            50,
        ),
        hot(
            // Once for its size.
            "what was missed",
            "AND seq > $3 AND seq <= GREATEST($3 + 1",
            format!("{in_channel}, 10000, 10100, 262144"),
            200,
        ),
        hot(
            "the state of a channel",
            "SELECT last_seq, message_count FROM channels",
            in_channel.clone(),
            1,
        ),
        hot(
            "the channel of a message",
            "SELECT channel_id AS \"channel: ChannelId\" FROM messages",
            of_message.clone(),
            1,
        ),
        sorted(hot(
            "messages by their ids",
            "(messages.app_id, messages.id) IN",
            format!("{}, {}", list(APP), list(MESSAGE)),
            1,
        )),
        hot(
            "what became of a message",
            "deleted_at IS NULL AS \"stands!\"",
            format!("'{APP}', {}", list(MESSAGE)),
            1,
        ),
        sorted(hot(
            "what is new of a message",
            "deleted_at IS NULL ORDER BY app_id, id FOR SHARE",
            format!("{}, {}", list(APP), list(MESSAGE)),
            1,
        )),
        sorted(hot(
            "reactions to a page",
            "FROM reactions WHERE app_id = $1 AND message_id = message.id",
            format!("{fifty}, 100, 1000"),
            12,
        )),
        sorted(hot(
            "a reaction",
            "AS \"is_repeat!\"",
            format!("{in_channel}, '{MESSAGE}', '{USER}', ':heart:', 20, 50, 1000"),
            4,
        )),
        hot(
            "a membership",
            "channel_id = $2 AND user_id = $3 ) AS \"is_member!\"",
            format!("{in_channel}, '{USER}'"),
            1,
        ),
        hot(
            "a user who connects and their channels",
            "AS newcomer (app_id, user_id, jti, place)",
            format!("{}, {}, {}", list(APP), list(USER), list(MESSAGE)),
            // Each with its place in the log.
            100,
        ),
        hot(
            "the channels of several users",
            "JOIN members USING (app_id, user_id)",
            format!("{}, {}", list(APP), list(USER)),
            100,
        ),
        hot(
            "the state of a list of channels",
            "bit_xor(uuid_hash_extended(channels.id",
            of_user.clone(),
            100,
        ),
        sorted(hot(
            "what other nodes stored",
            "AND seq > after AND seq <= up_to",
            format!(
                "{}, {}, '{{10000}}', '{{10100}}', 1000",
                list(APP),
                list(CHANNEL)
            ),
            100,
        )),
        sorted(hot(
            "the list of channels",
            "AND user_id = $2 ORDER BY updated_at DESC, id DESC",
            format!("{of_user}, 1000"),
            100,
        )),
        sorted(hot(
            "channels in which messages have had their time",
            "SELECT DISTINCT ended.app_id",
            "1, 20000, 100".to_owned(),
            // Of each of two apps so many messages.
            200,
        )),
        hot(
            "a channel's oldest messages",
            "created_at < $3 ORDER BY created_at LIMIT $4",
            format!("{in_channel}, {earlier}, 500"),
            500,
        ),
        hot(
            "messages that have had their time",
            "DELETE FROM messages USING channel",
            format!("{in_channel}, 500"),
            // With the channel, which is locked and then changed.
            502,
        ),
        sorted(hot(
            "an append",
            "FOR NO KEY UPDATE OF channels ) AS locked",
            format!(
                r#"{append}, '{{"\\x00"}}', '{{hello}}', '{{"[]"}}', '{{"{{}}"}}', '{{1}}', {}, {}"#,
                list(APP),
                list(CHANNEL)
            ),
            // The channel to lock and to raise, the parent, the membership.
            4,
        )),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot_queries_are_answered_by_index() {
    let url = fresh_database().await;
    let mut database = PgConnection::connect(&url).await.expect("a database");
    run(&mut database, ROWS).await;
    run(&mut database, "SET plan_cache_mode = force_generic_plan").await;
    let statements = statements();
    for hot in hot_queries() {
        let statement = only_one(&statements, hot.words);
        let complaints = complaints(&mut database, &hot, statement, "").await;
        assert!(complaints.is_empty(), "{}: {complaints:#?}", hot.what);
    }
    // What would be a bad plan is seen: without the indexes, all of them are; and two statements that
    // would be slow with any index.
    for hot in hot_queries() {
        let statement = only_one(&statements, hot.words);
        let complaints = complaints(&mut database, &hot, statement, NO_INDEXES).await;
        assert!(!complaints.is_empty(), "{}: no index is missed", hot.what);
    }
    let bad = [
        "SELECT id FROM messages WHERE app_id = $1 AND channel_id = $2 AND text < $3 ORDER BY seq DESC LIMIT 50",
        "SELECT id FROM messages WHERE app_id = $1 AND channel_id = $2 AND text > $3 ORDER BY updated_at LIMIT 50",
    ];
    for statement in bad {
        let hot = Hot {
            what: "a bad one",
            words: "",
            values: format!("'{APP}', '{CHANNEL}', 'a'"),
            rows: 50.0,
            may_sort: false,
        };
        let complaints = complaints(&mut database, &hot, statement, "").await;
        assert!(!complaints.is_empty(), "nothing is wrong with {statement}");
    }
}

/// Runs a statement, after `first`, for its plan, and undoes both. Says what is wrong with the plan.
async fn complaints(
    database: &mut PgConnection,
    hot: &Hot,
    statement: &str,
    first: &str,
) -> Vec<String> {
    run(database, &format!("BEGIN; {first}")).await;
    run(database, &format!("PREPARE hot AS {statement}")).await;
    let explain = format!(
        "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE hot({})",
        hot.values
    );
    let plan: Value = sqlx::query_scalar(AssertSqlSafe(explain))
        .persistent(false)
        .fetch_one(&mut *database)
        .await
        .unwrap_or_else(|why| panic!("{}: {why}", hot.what));
    run(database, "ROLLBACK; DEALLOCATE hot").await;
    let mut seen = Seen::default();
    seen.look_at(&plan[0]["Plan"]);
    if seen.rows > hot.rows {
        let rows = seen.rows;
        seen.complaints
            .push(format!("looks at {rows} rows, {} are needed", hot.rows));
    }
    if seen.sorts && !hot.may_sort {
        seen.complaints.push("sorts".to_owned());
    }
    if !seen.complaints.is_empty() {
        seen.complaints.push(plan.to_string());
    }
    seen.complaints
}

/// What a plan does.
#[derive(Default)]
struct Seen {
    complaints: Vec<String>,
    rows: f64,
    sorts: bool,
}

impl Seen {
    fn look_at(&mut self, node: &Value) {
        let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
        let kind = node["Node Type"].as_str().expect("a kind of node");
        let table = node["Relation Name"].as_str().unwrap_or_default();
        if BY_INDEX.contains(&table) && kind != "ModifyTable" {
            let removed = ["Rows Removed by Filter", "Rows Removed by Index Recheck"];
            let removed: f64 = removed.iter().map(|name| number(name)).sum();
            self.rows += (number("Actual Rows") + removed) * number("Actual Loops");
            if !["Index Scan", "Index Only Scan", "Bitmap Heap Scan"].contains(&kind) {
                self.complaints.push(format!("{kind} on {table}"));
            }
        }
        self.sorts |= kind.contains("Sort");
        for part in node["Plans"].as_array().into_iter().flatten() {
            self.look_at(part);
        }
    }
}

async fn run(database: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(database)
        .await
        .unwrap_or_else(|why| panic!("{statements}: {why}"));
}

/// Every statement of the source, with single spaces.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let files = fs::read_dir(folder)
        .expect("the folder of statements")
        .flatten();
    let statement = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).expect("a file");
        let about: Value = serde_json::from_str(&text).expect("a statement in JSON");
        let statement = about["query"].as_str().expect("a statement");
        statement.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    files.map(statement).collect()
}

/// The statement that has these words.
fn only_one<'a>(statements: &'a [String], words: &str) -> &'a str {
    let mut found = statements
        .iter()
        .filter(|statement| statement.contains(words));
    let first = found.next();
    assert!(found.next().is_none(), "two statements say {words:?}");
    first.unwrap_or_else(|| panic!("no statement says {words:?}"))
}
