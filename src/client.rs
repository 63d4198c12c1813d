//! A server, as seen through its public API, for the commands that ask one: of plugins' authors and of
//! operators. Nothing is done here that curl could not do.

use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use ureq::{
    Agent,
    http::{Method, Request, Response},
};
use uuid::Uuid;

/// Longer than a server takes to compile the largest upload.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long a server may take to say whether it can serve.
const READY: Duration = Duration::from_secs(5);

/// Where the server is.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The server
    #[arg(long, env = "HEYYO_URL", default_value = "http://localhost:4000")]
    url: String,
}

/// Where the server is, and which app speaks.
#[derive(Debug, clap::Args)]
pub struct Access {
    #[command(flatten)]
    place: Place,
    /// The app's API key
    #[arg(long, env = "HEYYO_API_KEY", value_name = "KEY")]
    pub api_key: Option<String>,
    /// The app's API secret
    #[arg(
        long,
        env = "HEYYO_API_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub api_secret: Option<String>,
}

/// Where the server is, and the operator's key.
#[derive(Debug, clap::Args)]
pub struct Operator {
    #[command(flatten)]
    place: Place,
    /// An admin key of the server; not needed on its own machine in dev mode
    #[arg(
        long,
        env = "HEYYO_ADMIN_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    admin_key: Option<String>,
    /// A file whose first line is one, if the key itself is not given
    #[arg(long, env = "HEYYO_ADMIN_KEY_FILE", value_name = "FILE")]
    admin_key_file: Option<PathBuf>,
}

/// What a server said.
pub enum Said {
    /// Yes, and this.
    Done(Value),
    /// There is no such thing.
    NotFound(String),
}

impl Said {
    /// What it said, where it must be there.
    pub fn done(self) -> anyhow::Result<Value> {
        match self {
            Said::Done(value) => Ok(value),
            Said::NotFound(why) => bail!("{why}."),
        }
    }
}

/// The parts of a form.
#[derive(Default)]
pub struct Form(Vec<(&'static str, &'static str, Vec<u8>)>);

impl Form {
    /// With JSON under a name.
    pub fn with_json(mut self, name: &'static str, value: &Value) -> Self {
        let text = value.to_string().into_bytes();
        self.0.push((name, "application/json", text));
        self
    }

    /// With a component under a name.
    pub fn with_wasm(mut self, name: &'static str, wasm: Vec<u8>) -> Self {
        self.0.push((name, "application/wasm", wasm));
        self
    }

    fn encode(self) -> (String, Vec<u8>) {
        // Random, so that no part has it in it.
        let boundary = format!("heyyo-{}", Uuid::now_v7().simple());
        let mut body = vec![];
        for (name, kind, bytes) in self.0 {
            let file = match kind {
                "application/wasm" => "; filename=\"plugin.wasm\"",
                _ => "",
            };
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\nContent-Type: {kind}\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }
}

impl Access {
    /// Asks for something.
    pub fn get(&self, path: &str) -> anyhow::Result<Said> {
        self.ask(Method::GET, path, None)
    }

    /// Sends JSON.
    pub fn send(&self, method: Method, path: &str, value: &Value) -> anyhow::Result<Said> {
        self.ask(method, path, Some(json(value)))
    }

    /// Sends a form.
    pub fn send_form(&self, path: &str, form: Form) -> anyhow::Result<Said> {
        self.ask(Method::POST, path, Some(form.encode()))
    }

    /// Deletes something.
    pub fn delete(&self, path: &str) -> anyhow::Result<Said> {
        self.ask(Method::DELETE, path, None)
    }

    /// The key and the secret.
    pub fn credentials(&self) -> anyhow::Result<(&str, &str)> {
        let missing = "A server wants to know which app this is: --api-key and --api-secret, or HEYYO_API_KEY and HEYYO_API_SECRET.";
        let key = self.api_key.as_ref().context(missing)?;
        let secret = self.api_secret.as_ref().context(missing)?;
        Ok((key, secret))
    }

    fn ask(&self, method: Method, path: &str, body: Option<Body>) -> anyhow::Result<Said> {
        let (key, secret) = self.credentials()?;
        let headers = [("X-API-Key", key), ("X-API-Secret", secret)];
        let advice = "Check --api-key and --api-secret (HEYYO_API_KEY, HEYYO_API_SECRET).";
        self.place.ask((method, path), &headers, body, advice)
    }

    /// Sends JSON without the headers, for a call that proves itself in the body.
    pub fn send_bare(&self, path: &str, value: &Value) -> anyhow::Result<Said> {
        let advice = "Check --api-key and --api-secret (HEYYO_API_KEY, HEYYO_API_SECRET).";
        let call = (Method::POST, path);
        self.place.ask(call, &[], Some(json(value)), advice)
    }
}

impl Operator {
    fn key(&self) -> anyhow::Result<Option<String>> {
        let (None, Some(file)) = (&self.admin_key, &self.admin_key_file) else {
            return Ok(self.admin_key.clone());
        };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Ok(text.lines().next().map(|line| line.trim().to_owned()))
    }

    /// Calls something, with JSON or without.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let bearer = self.key()?.map(|key| format!("Bearer {key}"));
        let header = bearer.as_ref().map(|bearer| ("Authorization", &**bearer));
        let advice = "Check --admin-key (HEYYO_ADMIN_KEY) or --admin-key-file.";
        let said = self
            .place
            .ask((method, path), header.as_slice(), body.map(json), advice)?;
        said.done()
    }
}

/// The media type of a body, and its bytes.
type Body = (String, Vec<u8>);

fn json(value: &Value) -> Body {
    (
        "application/json".to_owned(),
        value.to_string().into_bytes(),
    )
}

impl Place {
    /// Whether the server can serve, or why it cannot.
    pub fn is_ready(&self) -> anyhow::Result<()> {
        let said = self.ask_for(READY, (Method::GET, "/ready"), &[], None, "")?;
        said.done().map(drop)
    }

    fn ask(
        &self,
        call: (Method, &str),
        headers: &[(&str, &str)],
        body: Option<Body>,
        advice: &str,
    ) -> anyhow::Result<Said> {
        self.ask_for(PATIENCE, call, headers, body, advice)
    }

    fn ask_for(
        &self,
        patience: Duration,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Option<Body>,
        advice: &str,
    ) -> anyhow::Result<Said> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirected upload would carry the secret to another place.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(patience.min(Duration::from_secs(10))))
            .timeout_global(Some(patience))
            .user_agent(concat!("heyyo/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            None => agent.run(request.body(())?),
            Some((kind, bytes)) => agent.run(request.header("Content-Type", kind).body(bytes)?),
        };
        let response = answered.map_err(|error| {
            anyhow!("{url} does not answer: {error}. Does --url (HEYYO_URL) name the server?")
        })?;
        understood(response, &url, advice)
    }
}

fn understood(mut response: Response<ureq::Body>, url: &str, advice: &str) -> anyhow::Result<Said> {
    let status = response.status();
    let text = response
        .body_mut()
        .read_to_string()
        .with_context(|| format!("{url} broke off"))?;
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(Said::Done(value));
    }
    let why = match value["error"].as_str() {
        Some(error) => error.to_owned(),
        None => format!("{url} answered {status}, and not as a Heyyo does"),
    };
    if status == 404 && value["error"].is_string() {
        return Ok(Said::NotFound(why));
    }
    let mut all = format!("The server refused ({}): {why}", status.as_u16());
    for problem in value["problems"].as_array().into_iter().flatten() {
        let word = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        all.push_str(&format!("\n  {}: {}", word("key"), word("message")));
    }
    if status == 401 || status == 403 {
        all.push_str(&format!("\n{advice}"));
    }
    bail!(all)
}
