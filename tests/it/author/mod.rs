//! `heyyo plugin …` from outside: what an author types, and what they are told.

mod bundled;
mod languages;
mod refusals;
mod uploads;

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;
use uuid::Uuid;

/// The longest that a command may run: a compiler's first run on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a command did.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Fails unless all went well.
    fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Fails unless it was refused in these words.
    fn refused(self, words: &str) {
        assert_eq!(self.code, Some(1), "{}\n{}", self.stdout, self.stderr);
        assert!(
            self.stderr.contains(words),
            "no {words:?} in {}",
            self.stderr
        );
    }
}

/// Runs `heyyo plugin` in a folder. Compilers and tools are shared by all tests and all runs.
async fn plugin(folder: &Path, arguments: &[&str]) -> Ended {
    plugin_with(folder, arguments, &[]).await
}

async fn plugin_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let child = Command::new(env!("CARGO_BIN_EXE_heyyo"))
        .arg("plugin")
        .args(arguments)
        .current_dir(folder)
        .env("HEYYO_CACHE", shared.join("author"))
        .env("CARGO_TARGET_DIR", shared.join("author-cargo"))
        // This is a debug build on a machine that does much at once.
        .env("HEYYO_PLUGINS__COMPILE_SECONDS", "300")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("heyyo starts");
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = ended
        .unwrap_or_else(|_| panic!("heyyo plugin {arguments:?} did not end"))
        .expect("an end");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("heyyo-author-{}", Uuid::now_v7()));
        fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn write(&self, place: &str, bytes: impl AsRef<[u8]>) {
        let file = self.0.join(place);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, bytes).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder of the bundled plugins.
fn bundled_plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins")
}

/// The component of a bundled plugin.
fn bundled_wasm(name: &str) -> Vec<u8> {
    let file = bundled_plugins().join("dist").join(format!("{name}.wasm"));
    fs::read(&file).unwrap_or_else(|_| panic!("{} is not there: run plugins/build", file.display()))
}

/// A folder with emoji-policy's component and one fixture of one step.
fn one_step(expect: &Value) -> Folder {
    let folder = Folder::new();
    folder.write(
        "plugin.toml",
        "name = \"emoji-policy\"\nlanguage = \"rust\"\n",
    );
    folder.write("dist/emoji-policy.wasm", bundled_wasm("emoji-policy"));
    let fixture = serde_json::json!({
        "name": "a pizza is no reaction",
        "config": { "deny": ["🍕"] },
        "steps": [{ "hook": "before-reaction", "reaction": { "kind": "🍕" }, "expect": expect }],
    });
    folder.write("fixtures/pizza.json", fixture.to_string());
    folder
}
