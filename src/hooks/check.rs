//! What an upload must be, looked at before any of it is compiled.
//!
//! Compiling is the one step that wasmtime does not defend (its security policy leaves denial of
//! service by compilation out), so size and shape are bounded here and in `shape.rs`, and `compile.rs`
//! bounds what it may cost. Every refusal says what to do about it.

use crate::hooks::{event::Hook, shape};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use wasmparser::{
    BinaryReaderError, ComponentExternalKind, ComponentTypeRef, Encoding, Parser, Payload,
};

/// What may be imported: the host, and a WASI with nothing behind it.
const IMPORTS: [&str; 7] = [
    "heyyo:hooks/",
    "wasi:cli/",
    "wasi:io/",
    "wasi:clocks/",
    "wasi:random/",
    "wasi:filesystem/",
    "wasi:sockets/",
];
/// The export of a program.
const RUN: &str = "wasi:cli/run@";

/// What an upload is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Examined {
    /// The hooks it exports; empty for a program, which takes those its tenant names.
    pub hooks: Vec<Hook>,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// Whether it can check its configuration.
    pub checks_config: bool,
    /// Whether it is a program that reads stdin.
    pub is_program: bool,
}

/// Looks at an upload. Gives back the component that is to be compiled: the upload itself, or the
/// program wrapped into one.
pub fn examine(wasm: &[u8]) -> Result<(Examined, Cow<'_, [u8]>), String> {
    if wasmtime::Engine::detect_precompiled(wasm).is_some() {
        return Err("This is compiled code. Upload the .wasm it was made from.".to_owned());
    }
    let component = match encoding(wasm)? {
        Encoding::Component => Cow::Borrowed(wasm),
        Encoding::Module => Cow::Owned(wrap(wasm)?),
    };
    shape::check(&component)?;

    let mut imports = vec![];
    let mut exports = vec![];
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(&component) {
        match payload.map_err(invalid)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Those of nested components are not the upload's own.
            Payload::ComponentImportSection(section) if depth == 1 => {
                let interfaces = section
                    .into_iter()
                    .flatten()
                    .filter(|import| !matches!(import.ty, ComponentTypeRef::Type(_)));
                imports.extend(interfaces.map(|import| import.name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                let interfaces = section
                    .into_iter()
                    .flatten()
                    .filter(|export| export.kind == ComponentExternalKind::Instance);
                exports.extend(interfaces.map(|export| export.name.name.to_owned()));
            }
            _ => {}
        }
    }
    imports.sort();
    imports.dedup();
    let examined = examined(imports, &exports)?;
    Ok((examined, component))
}

pub(super) fn invalid(error: BinaryReaderError) -> String {
    format!("This is not valid WebAssembly: {}", error.message())
}

fn encoding(wasm: &[u8]) -> Result<Encoding, String> {
    match Parser::new(0).parse_all(wasm).next() {
        Some(Ok(Payload::Version { encoding, .. })) => Ok(encoding),
        _ => Err("This is not WebAssembly: it does not begin with \\0asm.".to_owned()),
    }
}

/// A program for WASI preview 1 becomes a component by the adapter that the WASI project provides.
fn wrap(module: &[u8]) -> Result<Vec<u8>, String> {
    shape::check(module)?;
    let mut is_program = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(invalid)? {
            Payload::ExportSection(section) => {
                is_program |= section
                    .into_iter()
                    .flatten()
                    .any(|export| export.name == "_start");
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports().flatten() {
                    if import.module != "wasi_snapshot_preview1" {
                        return Err(format!(
                            "This core module imports {}.{}. A program may import wasi_snapshot_preview1 alone; \
                             a plugin that needs more is a component (wasm-tools component new).",
                            import.module, import.name
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    if !is_program {
        return Err(
            "This is a core module without _start. Make a component of it (wasm-tools component new), \
             or a program that reads an event from stdin."
                .to_owned(),
        );
    }
    let cannot = |error: anyhow::Error| {
        format!("This program cannot be wrapped into a component: {error:#}")
    };
    wit_component::ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| {
            encoder.adapter(
                wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            )
        })
        .and_then(|mut encoder| encoder.encode())
        .map_err(cannot)
}

fn examined(imports: Vec<String>, exports: &[String]) -> Result<Examined, String> {
    if let Some(import) = imports
        .iter()
        .find(|import| !IMPORTS.iter().any(|allowed| import.starts_with(allowed)))
    {
        return Err(match import.starts_with("wasi:http") {
            true => format!(
                "It imports {import}, and a plugin has no network. Build it without (componentize-js: -d http)."
            ),
            false => format!(
                "It imports {import}, which is not there. A plugin may import heyyo:hooks and wasi (cli, io, clocks, random, filesystem, sockets)."
            ),
        });
    }
    let mut hooks = vec![];
    let mut checks_config = false;
    for export in exports {
        let Some((interface, version)) = export
            .strip_prefix("heyyo:hooks/")
            .and_then(|name| name.split_once('@'))
        else {
            continue;
        };
        if !version.starts_with("0.1.") {
            return Err(format!(
                "It exports {export}. This server speaks version 0.1."
            ));
        }
        match Hook::named(interface) {
            Some(hook) => hooks.push(hook),
            None if interface == "lifecycle" => checks_config = true,
            None => {
                return Err(format!(
                    "It exports {export}, which is no hook of version 0.1."
                ));
            }
        }
    }
    hooks.sort();
    let is_program = exports.iter().any(|export| export.starts_with(RUN));
    if hooks.is_empty() && !is_program {
        return Err(
            "It exports no hook. Export one of heyyo:hooks/before-message, after-message, \
                    before-reaction, after-reaction at version 0.1.0."
                .to_owned(),
        );
    }
    Ok(Examined {
        is_program: hooks.is_empty(),
        hooks,
        imports,
        checks_config,
    })
}
