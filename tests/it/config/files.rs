//! How files change in the world: editors put a new one in the old one's place, Kubernetes swaps a link,
//! others cut the file and write it anew, or write it two hundred times. What goes live is what stands
//! there in the end, soon, and never the half of it.

use super::stage::{SOON, Stage};
use crate::{faults::server_process::folder_for, support::eventually};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

fn at_most(characters: usize) -> String {
    format!("[limits]\ntext_characters = {characters}\n")
}

/// Writes beside the file and puts it in its place.
fn replace(file: &Path, text: &str) {
    let beside = file.with_extension("new");
    fs::write(&beside, text).expect("a file");
    fs::rename(&beside, file).expect("a place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_an_editor_puts_in_place_is_live() {
    let stage = Stage::start("editor", &at_most(10)).await;
    stage.takes_at_most(10, Instant::now()).await;
    let file = stage.file("heyyo.toml");
    // More than once: the file that was watched at first is gone by then.
    for characters in [11, 12, 13] {
        let since = Instant::now();
        replace(&file, &at_most(characters));
        stage.takes_at_most(characters, since).await;
    }
    // As editors do that keep a copy of the old one.
    let since = Instant::now();
    fs::rename(&file, file.with_extension("old")).expect("a copy");
    fs::write(&file, at_most(14)).expect("a file");
    stage.takes_at_most(14, since).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_the_middle_of_being_written_changes_nothing() {
    let stage = Stage::start("truncated", &at_most(10)).await;
    let path = stage.file("heyyo.toml");
    let mut file = File::create(&path).expect("a file");
    stage.logged("heyyo.toml: is empty").await;
    assert!(!stage.takes(11).await, "an empty file went live");
    // What is there so far would be a configuration, with the usual limit.
    let half = Instant::now();
    file.write_all(b"[recovery]\nmax_messages = 7\n")
        .expect("words");
    while half.elapsed() < Duration::from_millis(300) {
        assert!(!stage.takes(500).await, "the half of a file went live");
    }
    let since = Instant::now();
    file.write_all(at_most(11).as_bytes()).expect("words");
    drop(file);
    stage.takes_at_most(11, since).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_kubernetes_swaps_is_followed() {
    let name = "kubernetes";
    let mount = folder_for(name).join("mount");
    // As a mounted ConfigMap lies: file -> ..data/file, ..data -> ..<time>.
    let publish = |version: &str, text: &str, key: &str| {
        let folder = mount.join(version);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("heyyo.toml"), text).expect("a file");
        fs::write(folder.join("key"), key).expect("a file");
        symlink(version, mount.join("..data_tmp")).expect("a link");
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).expect("a place");
    };
    let text = |characters| {
        format!(
            "auth.admin_keys_file = \"mount/key\"\n{}",
            at_most(characters)
        )
    };
    publish("..1", &text(10), "an-admin-key-for-tests\n");
    for file in ["heyyo.toml", "key"] {
        symlink(Path::new("..data").join(file), mount.join(file)).expect("a link");
    }
    let variables = [
        ("HEYYO_CONFIG", "mount/heyyo.toml"),
        ("HEYYO_ADMIN_KEY", ""),
    ];
    let stage = Stage::start_with(name, &variables).await;
    for (old, new, characters) in [("..1", "..2", 11), ("..2", "..3", 12)] {
        let since = Instant::now();
        publish(new, &text(characters), "an-admin-key-for-tests\n");
        fs::remove_dir_all(mount.join(old)).expect("the old one");
        stage.takes_at_most(characters, since).await;
    }
    // A secret alone.
    let since = Instant::now();
    publish("..4", &text(12), "another-admin-key-for-tests\n");
    eventually("the new key", async || {
        let call = stage.server.http().get("/api/apps");
        let reply = call
            .header("x-admin-key", "another-admin-key-for-tests")
            .await;
        (reply.status == 200).then_some(())
    })
    .await;
    assert!(since.elapsed() <= SOON, "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_writes_ends_in_what_stands_there() {
    let stage = Stage::start("storm-of-writes", &at_most(10)).await;
    let file = stage.file("heyyo.toml");
    let is_over = AtomicBool::new(false);
    let watch = async {
        let mut looks = 0;
        while !is_over.load(Ordering::Relaxed) {
            // What no version of the file allows; the defaults would.
            assert!(!stage.takes(500).await, "the half of a file went live");
            looks += 1;
        }
        looks
    };
    let storm = async {
        for write in 0..200 {
            let characters = if write == 199 { 20 } else { 10 + write % 7 };
            match write % 2 {
                0 => replace(&file, &at_most(characters)),
                _ => fs::write(&file, at_most(characters)).expect("a file"),
            }
            tokio::task::yield_now().await;
        }
        let since = Instant::now();
        stage.takes_at_most(20, since).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (looks, ()) = tokio::join!(watch, storm);
    assert!(looks > 0);
    let log = stage.server.log();
    let reloads = log
        .lines()
        .filter(|line| line.contains("configuration"))
        .count();
    assert!(reloads < 50, "{reloads} reloads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_goes_changes_nothing_and_may_come_back() {
    let stage = Stage::start("deleted", &at_most(10)).await;
    let file = stage.file("heyyo.toml");
    fs::remove_file(&file).expect("a file");
    stage.logged("heyyo.toml: is gone").await;
    assert!(!stage.takes(11).await, "a deletion went live");
    let since = Instant::now();
    fs::write(&file, at_most(12)).expect("a file");
    stage.takes_at_most(12, since).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_not_there_is_found_when_it_comes() {
    let stage = Stage::start_with("newcomer", &[]).await;
    assert!(stage.takes(4_000).await, "the defaults");
    let since = Instant::now();
    fs::write(stage.file("heyyo.toml"), at_most(12)).expect("a file");
    stage.takes_at_most(12, since).await;
}
