//! A new plugin in each language builds with that language's real tools, and passes its own test.

use super::{Folder, plugin};

async fn is_made_built_and_passes(language: &str) {
    let folder = Folder::new();
    let here = &folder.0;
    let said = plugin(here, &["new", "my-plugin", "--lang", language])
        .await
        .well();
    assert!(said.contains("heyyo plugin build"), "{said}");
    plugin(here, &["build", "my-plugin"]).await.well();
    // The deadlines of production are for machines that do nothing else.
    let tested = plugin(here, &["test", "my-plugin", "--patience", "20"])
        .await
        .well();
    assert!(tested.contains("\n3 passed, 0 failed\n"), "{tested}");
}

#[tokio::test]
async fn a_rust_plugin_is_made_built_and_passes() {
    is_made_built_and_passes("rust").await;
}

#[tokio::test]
async fn a_javascript_plugin_is_made_built_and_passes() {
    is_made_built_and_passes("js").await;
}

#[tokio::test]
async fn a_typescript_plugin_is_made_built_and_passes() {
    is_made_built_and_passes("ts").await;
}

#[tokio::test]
async fn a_python_plugin_is_made_built_and_passes() {
    is_made_built_and_passes("python").await;
}

#[tokio::test]
async fn a_c_plugin_is_made_built_and_passes() {
    is_made_built_and_passes("c").await;
}
