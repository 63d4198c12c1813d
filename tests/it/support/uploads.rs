//! A tenant's backend and its plugins: the calls with an api key and secret, and uploads as forms.
//!
//! The plugins are the bundled ones, as `plugins/build` left them in `plugins/dist`.

use super::{http::Reply, people::Tenant};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

/// The longest that an upload may take: it is compiled by a debug build, behind everybody else's work.
pub const COMPILING: Duration = Duration::from_secs(90);
/// Between the parts of a form.
pub const BOUNDARY: &str = "a-line-that-no-plugin-holds";

/// A bundled plugin's file.
pub fn bundled(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/dist");
    let file = folder.join(format!("{name}.wasm"));
    std::fs::read(&file)
        .unwrap_or_else(|why| panic!("{}: {why}; run plugins/build first", file.display()))
}

/// A form with the two parts of an upload.
pub fn form(settings: Option<&Value>, wasm: Option<&[u8]>) -> Vec<u8> {
    let mut form = vec![];
    let mut part = |head: &str, body: &[u8]| {
        form.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes(),
        );
        form.extend(body);
        form.extend(b"\r\n");
    };
    if let Some(settings) = settings {
        part("name=\"settings\"", settings.to_string().as_bytes());
    }
    if let Some(wasm) = wasm {
        part("name=\"wasm\"; filename=\"plugin.wasm\"", wasm);
    }
    form.extend(format!("--{BOUNDARY}--\r\n").bytes());
    form
}

impl Tenant {
    /// Uploads to a path.
    pub fn upload_to(
        &self,
        path: &str,
        settings: Option<&Value>,
        wasm: Option<&[u8]>,
    ) -> impl Future<Output = Reply> + use<> {
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let call = self
            .call("POST", path)
            .bytes(&content_type, form(settings, wasm));
        async move {
            let reply = tokio::time::timeout(COMPILING, call.exchange()).await;
            reply.expect("an answer to an upload").expect("an answer")
        }
    }

    /// A bundled plugin, live, with this configuration.
    pub async fn plugin(&self, name: &str, config: Value) -> Value {
        let settings = json!({ "name": name, "config": config });
        let call = self.upload_to("/api/plugins", Some(&settings), Some(&bundled(name)));
        call.await.expect(201)
    }

    /// Changes a plugin's settings.
    pub async fn change_plugin(&self, name: &str, patch: Value) -> Value {
        let call = self.call("PATCH", &format!("/api/plugins/{name}"));
        call.json(&patch).await.expect(200)
    }
}
