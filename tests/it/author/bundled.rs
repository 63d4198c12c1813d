//! The bundled plugins keep the promises of their own fixtures, under the limits of production.

use super::{bundled_plugins, plugin};
use std::fs;

#[tokio::test]
async fn every_bundled_plugin_passes_its_fixtures() {
    let folders = fs::read_dir(bundled_plugins()).expect("plugins").flatten();
    let mut names: Vec<_> = folders
        .filter(|folder| folder.path().join("plugin.toml").is_file())
        .map(|folder| folder.file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert!(names.len() >= 7, "only {names:?}");
    for name in names {
        // The deadlines of production are for machines that do nothing else.
        let said = plugin(&bundled_plugins(), &["test", &name, "--patience", "20"]).await;
        let said = said.well();
        assert!(said.contains(" passed, 0 failed"), "{name}: {said}");
    }
}
