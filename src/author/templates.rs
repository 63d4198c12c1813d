//! The folders that `heyyo plugin new` makes, carried in the program: nothing is fetched.

use crate::author::project::Language;

/// A file of a template: its place in the new folder, and its text, with `{{name}}` for the name.
pub type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($place:literal $(from $source:literal)?),* $(,)?) => {
        &[$(($place, files!(@text $folder, $place $(, $source)?))),*]
    };
    (@text $folder:literal, $place:literal) => {
        include_str!(concat!("../../plugins/templates/", $folder, "/", $place))
    };
    (@text $folder:literal, $place:literal, $source:literal) => {
        include_str!(concat!("../../plugins/templates/", $folder, "/", $source))
    };
}

/// What every plugin has; a language's own file of the same name goes before it.
pub const COMMON: &[File] = files!("common":
    "plugin.toml", "README.md", ".gitignore" from "gitignore",
    "fixtures/banned.json", "fixtures/nothing-banned.json",
);

/// One language's.
pub struct Template {
    /// What `plugin.toml` calls it.
    pub word: &'static str,
    /// What the README says of it.
    pub about: &'static str,
    /// Its files.
    pub files: &'static [File],
}

/// The template of a language.
pub fn of(language: Language) -> Template {
    match language {
        Language::Rust => Template {
            word: "rust",
            about: include_str!("../../plugins/templates/rust/about.md"),
            files: files!("rust": "Cargo.toml", "src/lib.rs"),
        },
        Language::JavaScript => Template {
            word: "javascript",
            about: include_str!("../../plugins/templates/javascript/about.md"),
            files: files!("javascript": "package.json", "plugin.js"),
        },
        Language::TypeScript => Template {
            word: "typescript",
            about: include_str!("../../plugins/templates/typescript/about.md"),
            files: files!("typescript": "package.json", "tsconfig.json", "heyyo.d.ts", "plugin.ts"),
        },
        Language::Python => Template {
            word: "python",
            about: include_str!("../../plugins/templates/python/about.md"),
            files: files!("python": "requirements.txt", "plugin.py"),
        },
        Language::C => Template {
            word: "c",
            about: include_str!("../../plugins/templates/c/about.md"),
            files: files!("c": "plugin.c"),
        },
        Language::Go => Template {
            word: "go",
            about: include_str!("../../plugins/templates/go/about.md"),
            files: files!("go": "plugin.toml", "go.mod", "main.go"),
        },
        Language::Zig => Template {
            word: "zig",
            about: include_str!("../../plugins/templates/zig/about.md"),
            files: files!("zig": "plugin.zig"),
        },
    }
}
