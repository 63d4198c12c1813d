//! Where the master key comes from: the operator, or a file made once beside the embedded database.

use crate::{auth::secret, config::Boot};
use anyhow::Context;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
};

/// The master key's text. Makes one, readable by us alone, when there is none.
pub fn load(boot: &Boot) -> anyhow::Result<String> {
    if !boot.auth.master_key.is_empty() {
        return Ok(boot.auth.master_key.clone());
    }
    let folder = &boot.database.data_dir;
    let file = folder.join("master.key");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
    {
        Ok(mut new) => {
            let key = secret::new_master_key();
            new.write_all(key.as_bytes())
                .and_then(|()| new.sync_all())
                .with_context(|| format!("cannot write {}", file.display()))?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let key = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            Ok(key.trim().to_owned())
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", file.display())),
    }
}
