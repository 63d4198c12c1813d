//! The server's own host of plugins, on the author's machine: the same checks, the same compiler, the
//! same bounds, with a memory where the server has a database.

use crate::{
    author::{
        memory::Memory,
        project::{Sent, Subject},
        toolchain,
    },
    config::{Config, Current, Flags, live},
    hooks::{
        Hooks, check,
        check::Examined,
        plugin::{Plugin, Settings},
    },
    ids::AppId,
};
use anyhow::{Context, anyhow, ensure};
use serde_json::{Map, Value};
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use uuid::Uuid;

/// How long compiled code is kept for the next command.
const KEPT: Duration = Duration::from_secs(7 * 86_400);

/// The host, and what it answers plugins from.
pub struct Workshop {
    /// The host. It bounds no time: an author's machine may need a multiple of what a server allows.
    pub hooks: Hooks,
    /// What a server with this configuration would allow.
    pub bounds: live::Plugins,
    /// What its plugins find when they ask.
    pub memory: Memory,
}

impl Workshop {
    /// Opens it, with the limits of the server: the defaults, or what `heyyo.toml` here says.
    pub fn open() -> anyhow::Result<Self> {
        let Config { boot, mut live } = Config::load(&Flags::default())?;
        let bounds = live.plugins;
        live.plugins.longest_ms = u64::MAX;
        // Native code: in the author's own cache, which nobody else writes to.
        let folder = toolchain::cache().join("compiled");
        forget_old_code(&folder);
        let current = Current::new(live);
        let (hooks, questions) = Hooks::new(&boot.plugins, &current, folder, Arc::default());
        let memory = Memory::default();
        tokio::spawn(memory.clone().answer(questions));
        Ok(Self {
            hooks,
            bounds,
            memory,
        })
    }

    /// Looks at a component; refuses what the server would refuse before it compiles it.
    pub fn examine(&self, subject: &Subject) -> anyhow::Result<Examined> {
        let (bytes, most) = (subject.wasm.len(), self.bounds.upload_bytes);
        ensure!(
            bytes <= most,
            "It has {bytes} bytes, and an upload {most} at most. Make it smaller: optimise for size, strip names."
        );
        let (examined, _) = check::examine(&subject.wasm).map_err(|why| anyhow!(why))?;
        let hooks = &subject.settings().hooks;
        ensure!(
            !examined.is_program || !hooks.is_empty(),
            "It is a program that reads stdin, so plugin.toml must say for which hooks: hooks = [\"before-message\"] under [settings]."
        );
        Ok(examined)
    }

    /// Makes a plugin of it, as a tenant of its own: nothing that another one kept is there.
    pub async fn load(
        &self,
        subject: &Subject,
        examined: &Examined,
        config: Map<String, Value>,
        patience: u32,
    ) -> anyhow::Result<Arc<Plugin>> {
        let settings = self.settings(subject, examined, config, patience);
        self.load_with(subject, settings).await
    }

    /// Makes a plugin of it with exactly these settings.
    pub async fn load_with(
        &self,
        subject: &Subject,
        settings: Settings,
    ) -> anyhow::Result<Arc<Plugin>> {
        let wasm = subject.wasm.clone();
        let upload = Hooks::fingerprint(&wasm);
        let loaded = self.hooks.load(settings, upload, async { Ok(wasm) }).await;
        loaded.with_context(|| format!("{} was refused", subject.file.display()))
    }

    /// What a new tenant would have set.
    pub fn settings(
        &self,
        subject: &Subject,
        examined: &Examined,
        config: Map<String, Value>,
        patience: u32,
    ) -> Settings {
        let bounds = &self.bounds;
        let sent: Sent = subject.settings();
        let deadline = |own: Option<u64>, usual: u64| {
            Duration::from_millis(own.unwrap_or(usual).min(bounds.longest_ms)) * patience
        };
        Settings {
            app: AppId::new(),
            plugin: Uuid::now_v7(),
            name: subject.name(),
            version: 1,
            config,
            on_error: sent.on_error.unwrap_or_default(),
            isolation: sent.isolation.unwrap_or_default(),
            before: Some(deadline(sent.before_ms, bounds.before_ms)),
            after: Some(deadline(sent.after_ms, bounds.after_ms)),
            hooks: match examined.is_program {
                true => sent.hooks,
                false => examined.hooks.clone(),
            },
            channel_types: sent.channel_types,
        }
    }
}

fn forget_old_code(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let used = entry.metadata().and_then(|about| about.modified());
        let age = used.map(|used| SystemTime::now().duration_since(used).unwrap_or_default());
        if age.is_ok_and(|age| age > KEPT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
