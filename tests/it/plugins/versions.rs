//! Versions: added, gone back to, and swapped while messages are sent.

use crate::support::{server::Heyyo, uploads::bundled};
use serde_json::json;

#[tokio::test]
async fn a_version_can_be_added_and_gone_back_from() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    let upload = tenant.upload_to(
        "/api/plugins",
        Some(&json!({ "name": "policy" })),
        Some(&bundled("emoji-policy")),
    );
    upload.await.expect(201);
    let send = || channel.post_message(&jane, json!({ "text": "jane@example.com" }));
    assert_eq!(send().await.expect(201)["text"], "jane@example.com");

    // Another plugin altogether is a version like any other.
    let path = "/api/plugins/policy/versions";
    let added = tenant.upload_to(path, None, Some(&bundled("pii-mask")));
    assert_eq!(added.await.expect(201)["version"], 2);
    assert_ne!(send().await.expect(201)["text"], "jane@example.com");

    let back = tenant.call("POST", "/api/plugins/policy/rollback").await;
    assert_eq!(back.expect(200)["version"], 1);
    assert_eq!(send().await.expect(201)["text"], "jane@example.com");
    let forward = tenant
        .call("POST", "/api/plugins/policy/rollback")
        .json(&json!({ "version": 2 }));
    assert_eq!(forward.await.expect(200)["version"], 2);
    let nowhere = tenant
        .call("POST", "/api/plugins/policy/rollback")
        .json(&json!({ "version": 9 }));
    nowhere.await.expect_refusal(409, "conflict");
}
