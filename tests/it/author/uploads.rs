//! The life of a plugin on a server, from the command line: every command that speaks to one, with a real one.

use super::{Ended, Folder, bundled_wasm, plugin_with};
use crate::hooks::attacker;
use crate::support::{
    people::{Channel, Tenant, User},
    server::Heyyo,
    wait::eventually,
};
use serde_json::json;

/// A tenant with a channel, and the folder of a plugin that filters words.
struct Author {
    heyyo: Heyyo,
    tenant: Tenant,
    jane: User,
    channel: Channel,
    folder: Folder,
}

impl Author {
    async fn new(config: &str) -> Self {
        let heyyo = Heyyo::start().await;
        let tenant = heyyo.tenant("Acme").await;
        let jane = tenant.user("jane").await;
        let channel = jane.create_channel("general").await;
        let folder = Folder::new();
        let manifest = format!(
            "name = \"word-filter\"\nlanguage = \"rust\"\n[settings]\norder = 7\nconfig = {{ {config} }}\n"
        );
        folder.write("plugin.toml", manifest);
        folder.write("dist/word-filter.wasm", bundled_wasm("word-filter"));
        Self {
            heyyo,
            tenant,
            jane,
            channel,
            folder,
        }
    }

    async fn plugin(&self, arguments: &[&str]) -> Ended {
        let url = self.heyyo.http().base().to_owned();
        let access = [
            ("HEYYO_URL", &*url),
            ("HEYYO_API_KEY", &self.tenant.api_key),
            ("HEYYO_API_SECRET", &self.tenant.api_secret),
        ];
        plugin_with(&self.folder.0, arguments, &access).await
    }

    /// The command's words, if it does well and says these.
    async fn says(&self, arguments: &[&str], words: &str) -> String {
        let said = self.plugin(arguments).await.well();
        assert!(said.contains(words), "no {words:?} in {said}");
        said
    }

    async fn sent(&self, said: &str) -> u16 {
        let message = json!({ "text": said });
        self.channel.post_message(&self.jane, message).await.status
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_is_pushed_compared_promoted_rolled_back_and_deleted() {
    let author = Author::new("words = [\"rude\"]").await;
    author.says(&["list"], "No plugins").await;
    let set = ["push", "--set", "action=flag"];
    author.says(&set, "word-filter is live, version 1").await;
    let call = author.tenant.call("GET", "/api/plugins/word-filter");
    let shown = call.await.expect(200);
    assert_eq!(shown["order"], 7);
    assert_eq!(
        shown["config"],
        json!({ "words": ["rude"], "action": "flag" })
    );
    author
        .says(
            &["list"],
            "word-filter              version 1    order 7     before-message",
        )
        .await;
    assert_eq!(author.sent("rude").await, 201, "flagged alone");

    // Later pushes leave what is configured there.
    let change = ["push", "--set", "action=reject", "--set", "words=[\"odd\"]"];
    author.says(&change, "word-filter is live, version 2").await;
    assert_eq!(author.sent("odd").await, 422);
    assert_eq!(author.sent("rude").await, 201);
    author
        .says(&["push", "--shadow"], "word-filter has a shadow, version 3")
        .await;
    assert_eq!(author.sent("fine").await, 201);
    let compared = ["replay", "word-filter", "--with", ".", "--json"];
    author.says(&compared, "").await;
    author
        .says(&["promote"], "The shadow of word-filter is live.")
        .await;
    author
        .says(&["rollback"], "word-filter is at version 2 again.")
        .await;
    author
        .says(
            &["rollback", "--to", "1"],
            "word-filter is at version 1 again.",
        )
        .await;
    author.says(&["logs"], "").await;
    author
        .says(&["delete", "word-filter"], "word-filter is deleted.")
        .await;
    author.says(&["list"], "No plugins").await;
    let gone = author.plugin(&["logs"]).await;
    gone.refused("`heyyo plugin list` says what there is.");
    assert_eq!(author.sent("odd").await, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_a_plugin_finds_wrong_is_refused_in_its_words() {
    let author = Author::new("words = \"rude\"").await;
    let ended = author.plugin(&["push"]).await;
    assert!(ended.stderr.contains("words: "), "{}", ended.stderr);
    ended.refused("The plugin finds its configuration wrong");
    author.says(&["list"], "No plugins").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_logged_and_where_its_shadow_differs_is_readable() {
    let author = Author::new("").await;
    let put = |wasm: Vec<u8>| author.folder.write("dist/word-filter.wasm", wasm);
    // Does what it is told by the message.
    put(attacker());
    author.plugin(&["push"]).await.well();
    assert_eq!(author.sent("!log how odd").await, 201);
    let said = author.says(&["logs"], "how odd").await;
    assert!(said.contains("v1  info "), "{said}");

    put(bundled_wasm("word-filter"));
    author.plugin(&["push", "--shadow"]).await.well();
    assert_eq!(author.sent("!reject rude").await, 422);
    assert_eq!(author.sent("hello").await, 201);
    let compared = ["replay", "word-filter", "--with", "."];
    let said = eventually("both are compared", async || {
        let said = author.plugin(&compared).await.well();
        said.contains("1 agreed, 1 differed").then_some(said)
    })
    .await;
    for words in [
        "\"!reject rude\"",
        "live    reject",
        "shadow  allow",
        "local   allow",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_told_with_what_to_do() {
    let author = Author::new("").await;
    let secret = ["push", "--api-secret", "cbs_wrong"];
    let ended = author.plugin(&secret).await;
    ended.refused("Check --api-key and --api-secret (HEYYO_API_KEY, HEYYO_API_SECRET).");
}
