//! Uploads that come slowly, and plugins that are compiled slowly: nobody else waits, and what was true when
//! they began need not be true when they end.

use super::{bombs::prints, house::House};
use crate::support::{
    Heyyo, eventually,
    server::folder,
    shape::text,
    uploads::{BOUNDARY, COMPILING, form},
    wait::in_time,
};
use heyyo::config::Config;
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use uuid::Uuid;

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
        let wanted = "HTTP/1.1 100 Continue\r\n\r\n";
        let mut said = vec![0; wanted.len()];
        in_time("an answer", self.stream.read_exact(&mut said))
            .await
            .expect("an answer");
        assert_eq!(said, wanted.as_bytes());
    }

    async fn send_body(&mut self) {
        self.stream.write_all(&self.body).await.expect("a body");
    }

    async fn answer(mut self) -> String {
        let mut said = String::new();
        let answer = timeout(COMPILING, self.stream.read_to_string(&mut said));
        answer.await.expect("an answer in time").expect("an answer");
        said
    }
}

/// A compiler that begins when it is let go.
struct Gate {
    compiler: PathBuf,
}

impl Gate {
    fn new() -> Self {
        let folder = folder().join(format!("gate-{}", Uuid::now_v7()));
        fs::create_dir_all(&folder).expect("a folder");
        let gate = folder.join("gate");
        let made = Command::new("mkfifo").arg(&gate).status().expect("mkfifo");
        assert!(made.success());
        let compiler = folder.join("compiler");
        let heyyo = env!("CARGO_BIN_EXE_heyyo");
        let script = format!(
            "#!/bin/sh\nread go < '{}'\nexec '{heyyo}' \"$@\"\n",
            gate.display()
        );
        fs::write(&compiler, script).expect("a script");
        fs::set_permissions(&compiler, fs::Permissions::from_mode(0o700)).expect("a program");
        Self { compiler }
    }

    /// Lets one go, as soon as it is there.
    async fn open(&self) {
        let gate = self.compiler.with_file_name("gate");
        let opened = timeout(COMPILING, tokio::fs::write(gate, "go\n"));
        opened.await.expect("a compiler").expect("it is let go");
    }
}

fn patient(config: &mut Config) {
    config.boot.plugins.instances = 16;
    config.live.server.body_seconds = 60;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_never_ends_its_uploads_is_in_no_other_apps_way() {
    let heyyo = Heyyo::start_with(patient).await;
    let (acme, globex) = (
        House::at(&heyyo, "acme").await,
        House::at(&heyyo, "globex").await,
    );
    let mut first = Slow::begin(&heyyo, &acme, "first").await;
    first.is_wanted().await;
    for other in 0..10 {
        let mut other = Slow::begin(&heyyo, &acme, &format!("other-{other}")).await;
        other.send_body().await;
        let said = other.answer().await;
        assert!(
            said.contains("An upload of this app is under way"),
            "{said}"
        );
    }
    let settings = json!({ "name": "quick" });
    let quick = globex.upload(settings, &prints("\"allow\"")).await;
    quick.expect(201);
    first.send_body().await;
    let said = first.answer().await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_stored_for_who_may_upload_when_it_is_compiled() {
    for (shut_out, expected) in [("the app", "HTTP/1.1 403"), ("the secret", "HTTP/1.1 401")] {
        let gate = Gate::new();
        let heyyo = Heyyo::start_with(|config| {
            patient(config);
            config.boot.plugins.compiler = gate.compiler.clone();
        })
        .await;
        let house = House::at(&heyyo, "acme").await;
        let old = house.tenant.call("GET", "/api/secrets").await.expect(200);
        let other = house.tenant.call("POST", "/api/secrets").await.expect(201);
        let mut upload = Slow::begin(&heyyo, &house, "late").await;
        upload.is_wanted().await;
        upload.send_body().await;
        match shut_out {
            "the app" => {
                let suspend = heyyo.operator("PATCH", &house.tenant.path(""));
                let suspended = suspend.json(&json!({ "suspended": true }));
                suspended.await.expect(200);
            }
            _ => {
                let path = format!("/api/secrets/{}", text(&old[0], "id"));
                house.tenant.call("DELETE", &path).await.expect(200);
            }
        }
        gate.open().await;
        let said = upload.answer().await;
        assert!(said.starts_with(expected), "{shut_out}: {said}");
        let resume = heyyo.operator("PATCH", &house.tenant.path(""));
        resume
            .json(&json!({ "suspended": false }))
            .await
            .expect(200);
        let tenant = house.tenant.with_secret(text(&other, "api_secret"));
        let list = tenant.call("GET", "/api/plugins").await.expect(200);
        assert_eq!(list, json!([]), "{shut_out}");
    }
}

/// A node compiles for its own machine; what a tenant said of a plugin that cannot decide holds meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_not_compiled_yet_is_missed_as_its_tenant_chose() {
    let heyyo = Heyyo::start_with(patient).await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "judge", "on_error": "reject" });
    house
        .upload(settings, &prints("\"allow\""))
        .await
        .expect(201);

    let gate = Gate::new();
    let other = heyyo
        .beside_with(|config| {
            patient(config);
            // Another machine: nothing is compiled there.
            config.boot.database.data_dir.push("another");
            config.boot.plugins.compiler = gate.compiler.clone();
        })
        .await;
    let (tenant, user) = (house.tenant.at(&other), house.user.at(&other));
    let channel = house.channel.at(&other);
    let say = || channel.post_message(&user, json!({ "text": "hello" }));
    let calls = async || {
        let shown = tenant.call("GET", "/api/plugins/judge").await.expect(200);
        shown["stats"]["calls"].as_u64().expect("a count")
    };
    // Nobody's message is refused for good because a server was started.
    let refused = say().exchange().await.expect("an answer");
    refused.expect_refusal(503, "unavailable");
    let pass = tenant.call("PATCH", "/api/plugins/judge");
    pass.json(&json!({ "on_error": "pass" })).await.expect(200);
    say().await.expect(201);
    assert_eq!(calls().await, 0, "it was waited for");
    gate.open().await;
    eventually("the plugin is asked there too", async || {
        say().await.expect(201);
        (calls().await > 0).then_some(())
    })
    .await;

    // One that is compiled keeps none out that is there, wherever it stands.
    let settings = json!({ "name": "first", "order": -1, "on_error": "pass" });
    let slow = prints(r#"{"amend":{"metadata":{"slow":true}}}"#);
    house.upload(settings, &slow).await.expect(201);
    let before = calls().await;
    let said = say().await.expect(201);
    assert_eq!(said["metadata"], json!({}), "the first was not waited for");
    assert_eq!(calls().await, before + 1, "the other was asked");
    gate.open().await;
    eventually("the first is asked, too", async || {
        let said = say().await.expect(201);
        (said["metadata"]["plugins"]["first"]["slow"] == true).then_some(())
    })
    .await;
}
