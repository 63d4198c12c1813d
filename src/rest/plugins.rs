//! Plugins, for a tenant's backend. An upload is a form of two parts: `wasm`, the file, and
//! `settings`, JSON.

use crate::{
    chat::{
        plugins::{self, Code, Line, Patch, Trial, Wanted},
        text,
    },
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use bytes::Bytes;
use http::header;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The parts of an upload.
#[derive(Default)]
struct Form {
    wasm: Option<Bytes>,
    settings: Option<Bytes>,
}

impl Form {
    async fn read(call: &Call) -> Result<Self> {
        let content_type = call.head.headers.get(header::CONTENT_TYPE);
        let boundary = content_type
            .and_then(|value| multer::parse_boundary(value.to_str().ok()?).ok())
            .ok_or(Error::invalid(
                "An upload is multipart/form-data, with the parts wasm and settings",
            ))?;
        let body = call.body.clone();
        let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
        let mut parts = multer::Multipart::new(stream, boundary);
        let broken =
            |error: multer::Error| Error::invalid(format!("The form cannot be read: {error}"));
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            match part.name() {
                Some("wasm") => form.wasm = Some(part.bytes().await.map_err(broken)?),
                Some("settings") => form.settings = Some(part.bytes().await.map_err(broken)?),
                _ => {}
            }
        }
        Ok(form)
    }

    fn wasm(&self) -> Result<&Bytes> {
        self.wasm
            .as_ref()
            .filter(|wasm| !wasm.is_empty())
            .ok_or(Error::invalid("wasm is required: the plugin's file"))
    }
}

pub(super) async fn create(call: Call) -> Result<Reply> {
    let form = Form::read(&call).await?;
    let settings = form.settings.as_ref().ok_or(Error::invalid(
        "settings is required: JSON, at least {\"name\": …}",
    ))?;
    let wanted: Wanted = text::from_json("settings", settings)?;
    let id = plugins::create(&call.node, call.tenant()?, wanted, form.wasm()?).await?;
    Reply::created(&plugins::show(&call.node, call.tenant()?, &id.to_string()).await?)
}

pub(super) async fn add_version(call: Call) -> Result<Reply> {
    let form = Form::read(&call).await?;
    let code = match &form.settings {
        Some(settings) => text::from_json("settings", settings)?,
        None => Code::default(),
    };
    let id = plugins::upload(&call.node, call.tenant()?, call.word(), code, form.wasm()?).await?;
    Reply::created(&plugins::show(&call.node, call.tenant()?, &id.to_string()).await?)
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    Reply::ok(&plugins::list(&call.node, call.tenant()?).await?)
}

pub(super) async fn show(call: Call) -> Result<Reply> {
    Reply::ok(&plugins::show(&call.node, call.tenant()?, call.word()).await?)
}

pub(super) async fn update(call: Call) -> Result<Reply> {
    let patch: Patch = call.json()?;
    let id = plugins::update(&call.node, call.tenant()?, call.word(), &patch).await?;
    Reply::ok(&plugins::show(&call.node, call.tenant()?, &id.to_string()).await?)
}

pub(super) async fn delete(call: Call) -> Result<Reply> {
    plugins::delete(&call.node, call.tenant()?, call.word()).await?;
    Reply::done("Plugin deleted")
}

pub(super) async fn promote(call: Call) -> Result<Reply> {
    let id = plugins::promote(&call.node, call.tenant()?, call.word()).await?;
    Reply::ok(&plugins::show(&call.node, call.tenant()?, &id.to_string()).await?)
}

/// Where to go back to.
#[derive(Default, Deserialize, JsonSchema)]
pub(super) struct Back {
    /// The version; absent: the one before.
    version: Option<i32>,
}

pub(super) async fn rollback(call: Call) -> Result<Reply> {
    let back: Back = call.json_or_nothing()?;
    let id = plugins::rollback(&call.node, call.tenant()?, call.word(), back.version).await?;
    Reply::ok(&plugins::show(&call.node, call.tenant()?, &id.to_string()).await?)
}

pub(super) async fn try_out(call: Call) -> Result<Reply> {
    let trial: Trial = call.json()?;
    Reply::ok(&plugins::try_out(&call.node, call.tenant()?, call.word(), trial).await?)
}

/// A log.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Log")]
pub(super) struct Lines {
    /// The newest 200, oldest first.
    lines: Vec<Line>,
}

pub(super) async fn logs(call: Call) -> Result<Reply> {
    let lines = plugins::logs(&call.node, call.tenant()?, call.word()).await?;
    Reply::ok(&Lines { lines })
}

pub(super) async fn shadow(call: Call) -> Result<Reply> {
    Reply::ok(&plugins::shadow(&call.node, call.tenant()?, call.word()).await?)
}
