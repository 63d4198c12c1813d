//! The configuration: what is refused and in which words, who wins, and what a running server does when
//! its file changes. Against the real program, in a folder of its own.

mod agreement;
mod edge;
mod files;
mod layers;
mod refusals;
mod reload;
pub mod stage;

use crate::faults::server_process::folder_for;
use std::{path::PathBuf, process::Command};

/// How a command ended, and what it said.
struct Said {
    code: Option<i32>,
    output: String,
    complaints: String,
}

/// A folder for the configuration of one test, with these files in it.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = folder_for(name);
    for (file, text) in files {
        std::fs::write(folder.join(file), text).expect("a file");
    }
    folder
}

/// Runs `heyyo config` there, with these variables alone.
fn heyyo_config(folder: &PathBuf, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_heyyo"))
        .arg("config")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Said {
        code: output.status.code(),
        output: text(output.stdout),
        complaints: text(output.stderr),
    }
}
