//! `heyyo plugin new`: a folder with a plugin that builds, passes its test and can be pushed.

use crate::author::{
    build,
    project::{self, Language},
    templates,
};
use anyhow::{Context, ensure};
use std::{fs, path::PathBuf};

/// What to make.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The plugin's name, and its folder's: small letters, digits and dashes
    name: String,
    /// What to write it in
    #[arg(long, short, alias = "language", value_enum, default_value = "rust")]
    lang: Language,
    /// The folder [default: the plugin's name]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Makes the folder; never touches one that is there.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let name = &options.name;
    project::check_name(name)?;
    let folder = options.folder.clone().unwrap_or_else(|| name.into());
    ensure!(
        !folder.exists(),
        "{} is there already. Choose another name, or another place with --folder.",
        folder.display()
    );
    let template = templates::of(options.lang);
    let own = |place: &str| template.files.iter().any(|(other, _)| *other == place);
    let common = templates::COMMON.iter().filter(|(place, _)| !own(place));
    for (place, text) in common.chain(template.files) {
        let text = text
            .replace("{{about}}", template.about)
            .replace("{{language}}", template.word)
            .replace("{{name}}", name);
        let file = folder.join(place);
        let around = file.parent().context("a folder")?;
        fs::create_dir_all(around)
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    build::write_contract(&folder.join("wit/0.1"))?;
    let folder = folder.display();
    println!("{folder} has a plugin that refuses messages with a banned word. Next:\n");
    println!("    cd {folder}");
    println!("    heyyo plugin build    # makes dist/{name}.wasm");
    println!("    heyyo plugin test     # plays fixtures/*.json");
    println!("    heyyo plugin push     # uploads it\n");
    println!("README.md says the rest, wit/0.1 is the contract.");
    Ok(())
}
