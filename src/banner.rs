//! What a person reads when the server has started.

use crate::{auth::admin::AdminRule, server::Server};
use std::fmt::Write;

/// Where it listens, where the data is, whether dev mode is on, and how to send a first message.
pub fn text(server: &Server) -> String {
    let node = server.node();
    let port = server
        .addresses()
        .first()
        .map_or(0, |address| address.port());
    let host = match node.boot.server.is_loopback() {
        true => "localhost".to_owned(),
        false => node.boot.server.address.clone(),
    };
    let url = format!("http://{host}:{port}");
    let data = match server.embedded() {
        Some(embedded) => {
            let folder = std::path::absolute(&node.boot.database.data_dir).unwrap_or_default();
            format!("{} in {}", embedded.version(), folder.display())
        }
        None => "your PostgreSQL (database.url)".to_owned(),
    };
    let mut text = format!(
        "\n  Heyyo {} listens on {url}\n  Data      {data}\n",
        env!("CARGO_PKG_VERSION")
    );
    match node.admin() {
        AdminRule::DirectLoopback => {
            let _ = writeln!(
                text,
                "  Dev mode  on: this machine may create apps without a key. Set HEYYO_ADMIN_KEY to end it."
            );
            let _ = writeln!(
                text,
                "  Demo      {url}/demo is a page to chat on, in several windows"
            );
            text.push_str(&first_message(&url));
        }
        AdminRule::Keys(_) => text.push_str("  Apps      are managed with your admin key\n"),
        AdminRule::Nobody => text.push_str(
            "  Apps      cannot be created: there is no admin key. Set HEYYO_ADMIN_KEY.\n",
        ),
    }
    text.push('\n');
    text
}

fn first_message(url: &str) -> String {
    let json = "-H 'Content-Type: application/json'";
    let bearer = "-H \"Authorization: Bearer $TOKEN\"";
    format!(
        r#"
  A first message:
    eval "$(curl -s {url}/api/apps {json} -d '{{"name":"Acme"}}' | sed -E 's/.*"api_key":"([^"]*)","api_secret":"([^"]*)".*/KEY=\1 SECRET=\2/')"
    TOKEN=$(curl -s {url}/api/auth/token {json} -d '{{"api_key":"'$KEY'","api_secret":"'$SECRET'","user_id":"jane"}}' | cut -d'"' -f4)
    CHANNEL=$(curl -s {url}/api/channels {json} {bearer} -d '{{"name":"general"}}' | cut -d'"' -f4)
    curl -s {url}/api/channels/$CHANNEL/messages {json} {bearer} -d '{{"text":"Hello"}}'
"#
    )
}
