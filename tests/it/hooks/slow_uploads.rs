//! Uploads that come slowly, and plugins that are loaded slowly: nobody else waits, and what was true when
//! they began need not be true when they end.

use super::{
    bombs::{prints, program},
    house::{House, server},
};
use crate::support::{
    Heyyo, eventually,
    uploads::{BOUNDARY, form},
    wait::in_time,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An upload whose body has not come yet.
struct Slow {
    stream: TcpStream,
    body: Vec<u8>,
}

impl Slow {
    async fn begin(heyyo: &Heyyo, house: &House, name: &str) -> Self {
        let address = heyyo.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let body = form(Some(&json!({ "name": name })), Some(&prints("\"allow\"")));
        let head = format!(
            "POST /api/plugins HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\n\
             x-api-key: {}\r\nx-api-secret: {}\r\ncontent-length: {}\r\n\
             content-type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
            house.tenant.api_key,
            house.tenant.api_secret,
            body.len(),
        );
        stream.write_all(head.as_bytes()).await.expect("a head");
        Self { stream, body }
    }

    /// The server asks for the body.
    async fn is_wanted(&mut self) {
        let mut said = [0; 25];
        in_time("100 Continue", self.stream.read_exact(&mut said))
            .await
            .expect("an answer");
        assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    /// Sends the body; the answer.
    async fn end(mut self) -> String {
        self.stream.write_all(&self.body).await.expect("a body");
        let mut said = String::new();
        in_time("the end", self.stream.read_to_string(&mut said))
            .await
            .expect("an answer");
        said
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_never_ends_its_uploads_is_in_no_other_apps_way() {
    let heyyo = server().await;
    let (acme, globex) = (
        House::at(&heyyo, "acme").await,
        House::at(&heyyo, "globex").await,
    );
    let mut first = Slow::begin(&heyyo, &acme, "first").await;
    first.is_wanted().await;
    let mut others = vec![];
    for other in 0..10 {
        others.push(Slow::begin(&heyyo, &acme, &format!("other-{other}")).await);
    }
    let settings = json!({ "name": "quick" });
    let quick = globex.upload(settings, &prints("\"allow\"")).await;
    quick.expect(201);
    let said = first.end().await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_ends_with_the_secret_that_began_it() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let mut upload = Slow::begin(&heyyo, &house, "late").await;
    upload.is_wanted().await;
    let app = house.tenant.path("");
    let suspend = heyyo.operator("PATCH", &app);
    suspend
        .json(&json!({ "suspended": true }))
        .await
        .expect(200);
    let said = upload.end().await;
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
    assert!(said.contains("This app is suspended"), "{said}");
    let resume = heyyo.operator("PATCH", &app);
    resume
        .json(&json!({ "suspended": false }))
        .await
        .expect(200);
    let list = house.tenant.call("GET", "/api/plugins").await.expect(200);
    assert_eq!(list, json!([]));
}

/// A node compiles for its own machine; a tenant that said `pass` does not wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_not_compiled_yet_is_missed_as_its_tenant_chose() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "large", "on_error": "pass" });
    // It takes the compiler a while.
    let sum = "i32.const 1 i32.add ".repeat(50);
    let functions = format!("(func (result i32) i32.const 1 {sum})").repeat(4_000);
    let large = program(1, &format!("(call $say)) {functions} (func"));
    house.upload(settings, &large).await.expect(201);

    let other = heyyo
        .beside_with(|config| {
            // Another machine: nothing is compiled there.
            config.boot.database.data_dir.push("another");
            config.live.database.patience_milliseconds = 300;
        })
        .await;
    let (tenant, user) = (house.tenant.at(&other), house.user.at(&other));
    let channel = house.channel.at(&other);
    let say = async || {
        let call = channel.post_message(&user, json!({ "text": "hello" }));
        call.await.expect(201);
    };
    let calls = async || {
        let shown = tenant.call("GET", "/api/plugins/large").await.expect(200);
        shown["stats"]["calls"].as_u64().expect("a count")
    };
    say().await;
    assert_eq!(calls().await, 0, "it was waited for");
    eventually("the plugin is asked there too", async || {
        say().await;
        (calls().await > 0).then_some(())
    })
    .await;
}
