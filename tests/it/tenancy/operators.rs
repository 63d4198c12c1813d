//! The operator's calls are nobody else's: to a user and to a backend, their own app, another's and none
//! are all the same refusal.

use crate::support::{
    Heyyo, Reply, Tenant,
    routes::{self, Access},
    shape::text,
};
use serde_json::json;
use uuid::Uuid;

async fn secret_of(tenant: &Tenant) -> String {
    let secrets = tenant.call("GET", "/api/secrets").await.expect(200);
    text(&secrets[0], "id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_an_operator_tells_a_tenant_anything() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let mallory = globex.user("mallory").await;
    let ids = [
        [acme.id.clone(), secret_of(&acme).await],
        [globex.id.clone(), secret_of(&globex).await],
        [Uuid::now_v7().to_string(), Uuid::now_v7().to_string()],
    ];
    let all = routes::all().into_iter();
    let operators: Vec<_> = all.filter(|route| route.access == Access::Admin).collect();
    assert!(operators.len() >= 9, "only {}", operators.len());
    let before = heyyo.operator("GET", &acme.path("")).await.expect(200);
    for route in &operators {
        let mut told: Vec<[(u16, String); 2]> = vec![];
        for ids in &ids {
            let path = route.path_with(&[&ids[0], &ids[1]]);
            let body = json!({ "name": "mallory's" });
            let by_user: Reply = mallory.call(&route.method, &path).json(&body).await;
            let by_backend = globex.call(&route.method, &path).json(&body).await;
            by_user.expect_refusal(403, "forbidden");
            by_backend.expect_refusal(401, "unauthenticated");
            told.push([by_user.visible(), by_backend.visible()]);
        }
        let name = route.name();
        assert!(told.iter().all(|one| *one == told[0]), "{name} tells");
    }
    let after = heyyo.operator("GET", &acme.path("")).await.expect(200);
    assert_eq!(after, before);
    // And each of them does something for an operator.
    for route in &operators {
        if route.method != "DELETE" {
            let path = route.path_with(&[&acme.id]);
            let call = heyyo.operator(&route.method, &path);
            let reply = call.json(&json!({ "name": "mine" })).await;
            assert!(reply.status < 300, "{}: {}", route.name(), reply.text());
        }
    }
}
