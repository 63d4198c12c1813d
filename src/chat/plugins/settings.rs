//! What a tenant may say of a plugin, checked: at its creation, and in a change.

use crate::{
    chat::text,
    config::live,
    error::{Error, Result},
    hooks::{
        event::Hook,
        plugin::{Isolation, OnError},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Names of plugins, in bytes.
const NAME_BYTES: usize = 40;
/// A configuration, as JSON in bytes: a list of some thousand words fits.
const CONFIG_BYTES: usize = 64 << 10;
/// Types of channels that a plugin may name.
const CHANNEL_TYPES: usize = 20;

/// A plugin to be made.
#[derive(Deserialize, JsonSchema)]
pub struct Wanted {
    /// Unique in the app: small letters, digits and hyphens.
    pub name: String,
    /// The hooks of a program; a component's are what it exports.
    #[serde(default)]
    pub hooks: Vec<Hook>,
    /// Whether its first version decides or is only compared.
    #[serde(default)]
    pub mode: Mode,
    /// All else, as in a change.
    #[serde(flatten)]
    pub patch: Patch,
}

/// What becomes of a version that is uploaded.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It decides.
    #[default]
    Live,
    /// It runs beside the live one and is only compared.
    Shadow,
}

/// A version to be made.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Code {
    /// Whether it decides or is only compared.
    #[serde(default)]
    pub mode: Mode,
    /// The hooks of a program.
    #[serde(default)]
    pub hooks: Vec<Hook>,
}

/// A change of settings. What is absent stays as it is.
#[derive(Clone, Default, Deserialize, JsonSchema)]
pub struct Patch {
    /// Whether it is asked at all.
    pub enabled: Option<bool>,
    /// Lower comes first.
    pub order: Option<i32>,
    /// Types of channels; empty: all.
    pub channel_types: Option<Vec<String>>,
    /// When it cannot decide.
    pub on_error: Option<OnError>,
    /// Whether instances are used again.
    pub isolation: Option<Isolation>,
    /// Milliseconds of a before-hook; `null`: as the operator set it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub before_ms: Option<Option<u64>>,
    /// Milliseconds of an after-hook; `null`: as the operator set it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub after_ms: Option<Option<u64>>,
    /// What the plugin reads, as a whole.
    pub config: Option<Map<String, Value>>,
}

/// Tells `null` from absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A plugin's name: it stands in paths, and in the metadata of messages.
pub(super) fn check_name(name: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = (1..=NAME_BYTES).contains(&name.len())
        && name.bytes().all(is_plain)
        && name.starts_with(|first: char| first.is_ascii_lowercase());
    match is_name {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "name must begin with a small letter and have small letters, digits and hyphens, {NAME_BYTES} at most"
        ))),
    }
}

impl Patch {
    /// Checks what is given.
    pub(super) fn check(&self, bounds: &live::Plugins) -> Result<()> {
        for (field, given) in [("before_ms", self.before_ms), ("after_ms", self.after_ms)] {
            if let Some(Some(time)) = given
                && !(1..=bounds.longest_ms).contains(&time)
            {
                return Err(Error::invalid(format!(
                    "{field} must be between 1 and {}",
                    bounds.longest_ms
                )));
            }
        }
        let types = self.channel_types.iter().flatten();
        if types.clone().count() > CHANNEL_TYPES {
            return Err(Error::invalid(format!(
                "channel_types: {CHANNEL_TYPES} at most"
            )));
        }
        for one in types {
            text::required("channel_types", one, text::NAME_CHARACTERS)?;
        }
        if let Some(config) = &self.config {
            text::json("config", &Value::Object(config.clone()), CONFIG_BYTES, 8)?;
        }
        Ok(())
    }
}

/// The hooks of an upload: a component's own, or those that its tenant names for a program.
pub(super) fn hooks(
    examined: &crate::hooks::check::Examined,
    named: &[Hook],
) -> Result<Vec<String>> {
    let hooks = match (examined.is_program, named) {
        (true, []) => &[Hook::BeforeMessage][..],
        (true, named) => named,
        (false, []) => &examined.hooks,
        (false, named) if named.iter().all(|hook| examined.hooks.contains(hook)) => named,
        (false, _) => {
            return Err(Error::invalid(
                "hooks: names one that the component does not export",
            ));
        }
    };
    Ok(hooks.iter().map(|hook| hook.name().to_owned()).collect())
}
