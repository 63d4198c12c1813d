//! Compiled code on this machine: a cache, never a truth.
//!
//! A file is named by what it was compiled from and by the engine it is for. It is native code, so
//! the folder is the server's alone and nothing in it comes from anybody else; losing it costs
//! compiling again.

use crate::hooks::{
    Fingerprint, Hooks,
    check::Examined,
    compile::{self, Refused},
    engine::Code,
};
use anyhow::{Context, anyhow};
use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

fn file(hooks: &Hooks, upload: Fingerprint) -> anyhow::Result<PathBuf> {
    let folder = &hooks.0.folder;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let name: String = upload.iter().map(|byte| format!("{byte:02x}")).collect();
    let engine = &hooks.machine()?.fingerprint;
    Ok(folder.join(format!("{name}-{engine}.cwasm")))
}

/// Looks at an upload and compiles it. One that this node did that with before is known: many tenants
/// upload the same, and one goes back and forth.
pub(super) async fn admit(hooks: &Hooks, wasm: &[u8]) -> Result<Examined, Refused> {
    let upload = Hooks::fingerprint(wasm);
    compiled(hooks, upload, async { Ok(wasm) }, &hooks.0.uploading).await
}

async fn compiled<W: AsRef<[u8]>>(
    hooks: &Hooks,
    upload: Fingerprint,
    wasm: impl Future<Output = anyhow::Result<W>>,
    turns: &Semaphore,
) -> Result<Examined, Refused> {
    let file = file(hooks, upload).map_err(Refused::Internal)?;
    let _alone = turns.acquire().await;
    if let Some(examined) = hooks.0.examined.get(&upload)
        && file.is_file()
    {
        return Ok(examined);
    }
    // Large: not before its turn.
    let wasm = wasm.await.map_err(Refused::Internal)?;
    // Complete or not there: another process may look for it.
    let beside = file.with_extension(Uuid::now_v7().to_string());
    let bounds = hooks.bounds();
    let compiler = (hooks.0.bounds.compiler.as_path(), bounds);
    let examined = compile::compile(compiler, wasm.as_ref(), &beside).await;
    match examined {
        Ok(examined) => {
            let moved = fs::rename(&beside, &file).context("the compiled code");
            moved.map_err(Refused::Internal)?;
            trim(&hooks.0.folder, bounds.cache_bytes);
            hooks.0.examined.insert(upload, examined.clone());
            hooks.0.refused.invalidate(&upload);
            Ok(examined)
        }
        Err(refused) => {
            let _ = fs::remove_file(&beside);
            Err(refused)
        }
    }
}

/// Removes the oldest files when all together are too large. What runs of them runs on.
fn trim(folder: &Path, most: u64) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = files
        .filter_map(|file| {
            let about = file.metadata().ok()?;
            Some((about.modified().ok()?, about.len(), file.path()))
        })
        .collect();
    files.sort_by(|one, other| other.cmp(one));
    let mut bytes = 0;
    for (_, length, path) in files {
        bytes += length;
        if bytes > most {
            let _ = fs::remove_file(path);
        }
    }
}

/// The code of an upload: from memory, or loaded once for all who want it. What could not be loaded is not
/// tried again at once: who sends to an app with such a plugin would have it tried each time.
pub(super) async fn code<F>(
    hooks: &Hooks,
    upload: Fingerprint,
    wasm: F,
) -> Result<Arc<Code>, Arc<Refused>>
where
    F: Future<Output = anyhow::Result<Vec<u8>>>,
{
    if let Some(refused) = hooks.0.refused.get(&upload) {
        return Err(refused);
    }
    let load = load(hooks, upload, wasm);
    let loaded = hooks.0.codes.try_get_with(upload, load).await;
    if let Err(refused) = &loaded {
        hooks.0.refused.insert(upload, refused.clone());
    }
    loaded
}

/// From the folder, or compiled anew.
async fn load<F>(hooks: &Hooks, upload: Fingerprint, wasm: F) -> Result<Arc<Code>, Refused>
where
    F: Future<Output = anyhow::Result<Vec<u8>>>,
{
    let file = file(hooks, upload).map_err(Refused::Internal)?;
    if !file.is_file() {
        compiled(hooks, upload, wasm, &hooks.0.loading).await?;
    }
    // What is used last is removed last.
    let _ = File::open(&file).and_then(|file| file.set_modified(SystemTime::now()));
    let machine = hooks.machine().map_err(Refused::Internal)?;
    let component = Code::read(&machine.engine, &file).map_err(|error| {
        match error.chain().any(is_of_the_machine) {
            true => Refused::Internal(anyhow!("cannot read {}: {error:#}", file.display())),
            // More than the engine takes. The cause alone: what is said around it names our file.
            false => Refused::Upload(error.root_cause().to_string()),
        }
    })?;
    let code = Code::link(&machine.linker, &component)
        .map_err(|error| Refused::Upload(format!("{error:#}")))?;
    Ok(Arc::new(code))
}

/// Whether it was the machine that failed, and not what is in a file.
fn is_of_the_machine(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<std::io::Error>() || cause.is::<rustix::io::Errno>()
}
