//! Two tenants whose things have the very same ids.
//!
//! Ids are random, so a statement that forgot its tenant would hardly ever be caught by trying. Here
//! one tenant's rows are copied into another app, ids and all; whatever one twin then does, the rows
//! of the other must not change, and no answer may hold a word of the other's.

use super::{
    backends::{self, Things},
    rows::{self, Names},
};
use crate::support::{
    Channel, Heyyo, Reply, Socket, Tenant, User,
    routes::{self, Route},
    shape::{items, text},
    wire::Transport,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// Stands in every text of the first twin and of nobody else.
const SECRET: &str = "combination";

/// Two apps with the same rows, but for that word.
struct Twins {
    heyyo: Heyyo,
    first: Tenant,
    second: Tenant,
    furniture: Furniture,
}

/// What the first twin had when it was copied.
struct Furniture {
    alice: User,
    carol: User,
    open: Channel,
    closed: Channel,
    message: Value,
    names: Names,
    things: Things,
}

async fn twins() -> Twins {
    let heyyo = Heyyo::start().await;
    let (first, second) = (heyyo.tenant("first").await, heyyo.tenant("second").await);
    let furniture = furnish(&first).await;
    copy(heyyo.database(), &first, &second).await;
    Twins {
        heyyo,
        first,
        second,
        furniture,
    }
}

impl Twins {
    /// Runs something that must leave every row of the first twin as it is.
    async fn while_the_first_stays_the_same(&self, run: impl AsyncFnOnce()) {
        let before = rows_of(self.heyyo.database(), &self.first).await;
        assert!(before.to_string().contains(SECRET));
        run().await;
        let after = rows_of(self.heyyo.database(), &self.first).await;
        for (table, rows) in before.as_object().expect("tables") {
            assert_eq!(after[table], *rows, "a twin changed {table}");
        }
    }

    /// A user of the second twin, who has the id of a user of the first.
    async fn second(&self, like: &User) -> User {
        let user = self.second.user(&like.external_id).await;
        assert_eq!(user.id, like.id, "a twin has the same id");
        user
    }
}

fn expect_own(route: &Route, reply: &Reply) {
    assert!(
        reply.status < 300,
        "{} by a twin was answered {}",
        route.name(),
        reply.text()
    );
    assert!(
        !reply.text().contains(SECRET),
        "{} told {}",
        route.name(),
        reply.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_never_touch_each_other() {
    let twins = twins().await;
    let names = &twins.furniture.names;
    let alice = twins.second(&twins.furniture.alice).await;
    let newcomer = twins.second.user("newcomer").await;
    twins
        .while_the_first_stays_the_same(async || {
            for route in routes::all()
                .into_iter()
                .filter(|route| route.access == routes::Access::User)
            {
                if route.method == "GET" && route.ids() == 0 {
                    expect_own(&route, &alice.get(route.path).await);
                }
            }
            let socket = alice.socket().await;
            for (event, attempts) in rows::events() {
                for attempt in attempts {
                    let ack = socket
                        .emit_with_ack(event, attempt.payload(names, names))
                        .await;
                    assert!(
                        ack.get("error").is_none(),
                        "{event} by a twin was acked {ack}"
                    );
                    assert!(!ack.to_string().contains(SECRET), "{event} told {ack}");
                }
            }
            // What ends something last, and once: nothing can be done with it after that.
            let (deletions, others): (Vec<_>, Vec<_>) = rows::calls()
                .into_iter()
                .partition(|(route, _)| route.method == "DELETE" || route.path.ends_with("/leave"));
            for (route, attempts) in &others {
                for attempt in attempts {
                    expect_own(route, &attempt.call(route, &alice, names, names).await);
                }
            }
            for (route, attempts) in &deletions {
                expect_own(route, &attempts[0].call(route, &alice, names, names).await);
            }
            twins.furniture.open.join(&newcomer).await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_backends_never_touch_each_other() {
    let twins = twins().await;
    twins
        .while_the_first_stays_the_same(async || {
            for path in ["/api/plugins", "/api/held"] {
                let listed = twins.second.call("GET", path).await;
                assert_eq!(items(&listed.expect(200)).len(), 2, "{path}");
                assert!(!listed.text().contains(SECRET), "{}", listed.text());
            }
            for (route, attempts) in backends::calls() {
                if let Some(attempt) = attempts.last() {
                    let reply = attempt
                        .call(&twins.second, &route, &twins.furniture.things)
                        .await;
                    expect_own(&route, &reply);
                }
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_has_nothing_of_what_the_other_did_later() {
    let twins = twins().await;
    let Furniture {
        alice,
        carol,
        open,
        closed,
        ..
    } = &twins.furniture;
    let body = json!({ "text": SECRET, "client_id": "later" });
    let later = open.post_message(alice, body).await.expect(201);
    open.join(carol).await;
    closed
        .owner
        .post(&closed.path("/members"), &json!({ "user_id": carol.id }))
        .await
        .expect(200);

    let (alice, carol) = (twins.second(alice).await, twins.second(carol).await);
    twins
        .while_the_first_stays_the_same(async || {
            carol
                .get(&open.path(""))
                .await
                .expect_refusal(404, "not_found");
            carol
                .get(&open.path("/messages"))
                .await
                .expect_refusal(403, "forbidden");
            open.post_message(&carol, json!({ "text": "a" }))
                .await
                .expect_refusal(403, "forbidden");
            carol
                .call("POST", &closed.path("/join"))
                .await
                .expect_refusal(404, "not_found");
            let own = carol.create_channel("own").await;
            let listening = carol.socket().await;
            open.send_as(&alice, "not for carol").await;
            listening.expect_nothing(&own).await;

            let parent = json!({ "text": "a", "parent_id": later["id"] });
            open.post_message(&alice, parent)
                .await
                .expect_refusal(404, "not_found");
            let reaction = json!({ "type": ":heart:" });
            let path = open.message_path(&later, "/reactions");
            alice
                .post(&path, &reaction)
                .await
                .expect_refusal(404, "not_found");
            alice
                .delete(&open.message_path(&later, ""))
                .await
                .expect_refusal(404, "not_found");
            // The same client id names nothing here yet.
            let body = json!({ "text": "other", "client_id": "later" });
            open.post_message(&alice, body).await.expect(201);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_reads_its_own_log_only() {
    let twins = twins().await;
    let Furniture {
        alice,
        open,
        message,
        ..
    } = &twins.furniture;
    let later = open.send(SECRET).await;
    let database = twins.heyyo.database();
    let postpone =
        "UPDATE messages SET created_at = created_at + interval '1 hour' WHERE app_id = $1";
    sqlx::query(postpone)
        .bind(app_id(&twins.second))
        .execute(database)
        .await
        .expect("an update");

    let alice = twins.second(alice).await;
    let read = async |query: &str| {
        let page = alice.get(&open.path(&format!("/messages{query}"))).await;
        assert!(
            !page.text().contains(SECRET),
            "{query} told {}",
            page.text()
        );
        items(&page.expect(200)).len()
    };
    assert_eq!(
        [
            read("").await,
            read("?after_seq=0").await,
            read("?before_seq=100").await
        ],
        [2, 2, 2]
    );
    let before = format!("?before={}", text(&later, "created_at"));
    assert_eq!(
        read(&before).await,
        0,
        "everything of this twin was sent an hour later"
    );

    // The retry of a message whose content was another before it was copied.
    let retry = open.post_message(&alice, marked_message()).await;
    assert_eq!(retry.expect(200)["id"], message["id"]);
    assert!(!retry.text().contains(SECRET), "{}", retry.text());

    let auth = json!({ "token": alice.token, "since": { &open.id: 0 } });
    let socket = Socket::connect(&twins.heyyo.http(), Transport::WebSocket, Some(&auth))
        .await
        .expect("a welcome");
    let word = socket.next_event("recovery").await;
    assert_eq!(
        (&word["to"], &word["complete"]),
        (&json!(2), &json!(true)),
        "its log ends here"
    );
    assert!(!format!("{:?}", socket.events_so_far()).contains(SECRET));
}

fn marked_message() -> Value {
    json!({ "text": SECRET, "metadata": { "a": SECRET }, "attachments": [{ "a": SECRET }], "client_id": "a" })
}

/// People, channels, messages and reactions, all of them marked.
async fn furnish(tenant: &Tenant) -> Furniture {
    let profile = json!({ "display_name": format!("alice {SECRET}") });
    let alice = tenant.sign_in("alice", profile).await;
    let (bob, carol) = (tenant.user("bob").await, tenant.user("carol").await);
    let body = json!({ "name": SECRET, "description": SECRET, "metadata": { "a": SECRET }, "members": ["bob"] });
    let open = alice.create_channel_with(body).await;
    let closed = alice
        .create_channel_with(json!({ "name": SECRET, "type": "private" }))
        .await;
    let message = open
        .post_message(&alice, marked_message())
        .await
        .expect(201);
    open.send_as(&bob, SECRET).await;
    let reaction = json!({ "type": SECRET });
    bob.post(&open.message_path(&message, "/reactions"), &reaction)
        .await
        .expect(200);
    let window =
        json!({ "messages": 1_000, "window_seconds": 3_600, "repeats": 0, "exempt": [SECRET] });
    tenant.plugin("flood", window).await;
    let things = backends::furnish(tenant, "policy", SECRET).await;
    let names = Names {
        channel: open.id.clone(),
        message: text(&message, "id").to_owned(),
        user: bob.id,
        external_id: bob.external_id,
    };
    Furniture {
        alice,
        carol,
        open,
        closed,
        message,
        names,
        things,
    }
}

/// Copies every row of one app into another and takes the mark off. Tables in order of creation, so
/// that what is referred to comes first.
async fn copy(database: &PgPool, from: &Tenant, to: &Tenant) {
    for table in tenant_tables(database).await {
        let statement = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, copied)).*
             FROM {table} AS original, replace(
                 (to_jsonb(original) || jsonb_build_object('app_id', $2::text))::text, '{SECRET}', 'twin'
             ) AS renamed, CAST(renamed AS jsonb) AS copied
             WHERE original.app_id = $1"
        );
        let copied = sqlx::query(AssertSqlSafe(statement))
            .bind(app_id(from))
            .bind(&to.id);
        let copied = copied
            .execute(database)
            .await
            .unwrap_or_else(|why| panic!("{table}: {why}"));
        assert!(
            copied.rows_affected() > 0,
            "nothing in {table} to copy: furnish it"
        );
    }
}

/// Every row of an app, by table.
async fn rows_of(database: &PgPool, tenant: &Tenant) -> Value {
    let mut rows = json!({});
    for table in tenant_tables(database).await {
        let statement = format!(
            "SELECT COALESCE(jsonb_agg(t ORDER BY t::text), '[]') FROM {table} AS t WHERE app_id = $1"
        );
        let of_table = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(app_id(tenant))
            .fetch_one(database);
        rows[&table] = of_table
            .await
            .unwrap_or_else(|why| panic!("{table}: {why}"));
    }
    rows
}

/// The tables that hold tenants' data, which is those with a column `app_id`.
async fn tenant_tables(database: &PgPool) -> Vec<String> {
    let statement = "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND attname = 'app_id' AND relnamespace = 'public'::regnamespace ORDER BY pg_class.oid";
    let tables: Vec<String> = sqlx::query_scalar(statement)
        .fetch_all(database)
        .await
        .expect("the tables");
    assert!(tables.len() >= 5, "only {tables:?}");
    tables
}

fn app_id(tenant: &Tenant) -> Uuid {
    tenant.id.parse().expect("a UUID")
}
