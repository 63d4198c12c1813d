//! How large an upload is, by what makes compiling and instantiating dear. Counted without validating
//! and without compiling anything.
//!
//! Instances are counted as they will be made, not as they are written: a component that is instantiated
//! twice by one that is instantiated twice makes four, and thirty of those fit in two kilobytes.

use crate::hooks::engine;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Parser, Payload,
};

/// Functions of an upload together. CPython has 13,300; a million of one line took 5.5 GB.
const FUNCTIONS: usize = 30_000;
/// Bytes of one function.
const FUNCTION_BYTES: usize = 1 << 20;
/// Instances of components in one another. Each exported interface needs one.
const INSTANCES: u64 = 1_000;

/// What one component makes when it is instantiated.
#[derive(Clone, Copy, Default)]
struct Made {
    core: u64,
    components: u64,
}

impl Made {
    fn add(&mut self, other: Made) {
        self.core = self.core.saturating_add(other.core);
        self.components = self.components.saturating_add(other.components);
    }
}

/// A component or module that is being read.
struct Reading {
    is_component: bool,
    made: Made,
    /// What each component that it can name makes, in the order of their numbers.
    named: Vec<Made>,
}

/// Looks at an upload through all that is nested in it.
pub(super) fn check(wasm: &[u8]) -> Result<(), String> {
    let mut functions = 0;
    let mut open: Vec<Reading> = vec![];
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(super::check::invalid)? {
            Payload::CodeSectionStart { count, .. } => functions += count as usize,
            Payload::CodeSectionEntry(body) if body.range().len() > FUNCTION_BYTES => {
                return Err(format!(
                    "A function is larger than {} MiB.",
                    FUNCTION_BYTES >> 20
                ));
            }
            Payload::Version { encoding, .. } => open.push(Reading {
                is_component: encoding == Encoding::Component,
                made: Made::default(),
                named: vec![],
            }),
            Payload::End(_) => {
                let ended = open.pop();
                if let (Some(ended), Some(outer)) = (ended, open.last_mut())
                    && ended.is_component
                {
                    outer.named.push(ended.made);
                }
            }
            payload => count(&payload, &mut open)?,
        }
        if functions > FUNCTIONS {
            return Err(format!("{functions} functions are more than {FUNCTIONS}."));
        }
        check_made(&open)?;
    }
    Ok(())
}

fn check_made(open: &[Reading]) -> Result<(), String> {
    // Inner ones are judged when they are instantiated: one that nobody instantiates costs nothing.
    let Some(outermost) = open.first() else {
        return Ok(());
    };
    let Made { core, components } = outermost.made;
    if core > u64::from(engine::CORE_INSTANCES) {
        return Err(format!(
            "{core} core instances are more than {}.",
            engine::CORE_INSTANCES
        ));
    }
    match components > INSTANCES {
        true => Err(format!(
            "{components} instances of components are more than {INSTANCES}."
        )),
        false => Ok(()),
    }
}

/// Counts what a section makes, and numbers the components that it names.
fn count(payload: &Payload<'_>, open: &mut [Reading]) -> Result<(), String> {
    let Some((reading, outer)) = open.split_last_mut() else {
        return Ok(());
    };
    match payload {
        Payload::InstanceSection(section) => {
            reading.made.core = reading.made.core.saturating_add(section.count().into());
        }
        Payload::ComponentInstanceSection(section) => {
            for instance in section.clone() {
                if let ComponentInstance::Instantiate {
                    component_index, ..
                } = instance.map_err(super::check::invalid)?
                {
                    let made = reading.named.get(component_index as usize);
                    reading.made.add(*made.ok_or_else(unknown)?);
                    reading.made.components = reading.made.components.saturating_add(1);
                }
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section.clone() {
                match alias.map_err(super::check::invalid)? {
                    ComponentAlias::Outer {
                        kind: ComponentOuterAliasKind::Component,
                        count,
                        index,
                    } => {
                        let named = match (count as usize).checked_sub(1) {
                            None => &reading.named,
                            Some(above) => {
                                let place = outer.len().checked_sub(above + 1);
                                &outer[place.ok_or_else(unknown)?].named
                            }
                        };
                        let made = *named.get(index as usize).ok_or_else(unknown)?;
                        reading.named.push(made);
                    }
                    ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Component,
                        ..
                    } => return Err(passed_around()),
                    _ => {}
                }
            }
        }
        Payload::ComponentImportSection(section) => {
            for import in section.clone() {
                let import = import.map_err(super::check::invalid)?;
                if matches!(import.ty, ComponentTypeRef::Component(_)) {
                    return Err(passed_around());
                }
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section.clone() {
                let export = export.map_err(super::check::invalid)?;
                if export.kind == ComponentExternalKind::Component {
                    let made = reading.named.get(export.index as usize);
                    let made = *made.ok_or_else(unknown)?;
                    reading.named.push(made);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn unknown() -> String {
    "This is not valid WebAssembly: it names a component that is not there".to_owned()
}

/// How many instances that would make cannot be told before it happens.
fn passed_around() -> String {
    "It passes a component as a value. Put its parts together first (wac plug).".to_owned()
}
