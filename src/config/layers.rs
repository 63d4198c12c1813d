//! Who says what: the defaults, a file, the environment, flags; the stronger one wins.
//!
//! figment keeps the layers, what holds and who said it. It does not know lines, nor that a number may be
//! out of range, so each value is read and checked here before it is given to it, with its place.
//!
//! All that is said is checked, what a stronger layer hides too, and every complaint is kept: an
//! operator is told all of them at once, each with its place. Reading again reads the same layers, so
//! what the environment or a flag fixed at start stays on top.

use super::{
    Config, Flags,
    boot::Boot,
    check::{self, Problem, Problems},
    document,
    keys::{self, KEYS, Key},
    live::Live,
};
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value as Merged},
};
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use toml::Value;

/// The file that is read when none is named.
const USUAL_FILE: &str = "heyyo.toml";
/// The place of what nobody says.
const DEFAULT: &str = "default";
/// Names in the environment that need no section, and what they set. The later wins.
const SHORT_NAMES: [(&str, &str); 5] = [
    ("PORT", "server.port"),
    ("DATABASE_URL", "database.url"),
    ("RUST_LOG", "log.level"),
    ("HEYYO_ADMIN_KEY", "auth.admin_keys"),
    ("HEYYO_MASTER_KEY", "auth.master_key"),
];

/// What holds, who said it, and what is wrong.
pub struct Layers {
    said: Figment,
    problems: Vec<Problem>,
    /// The files that were read and what they said; `None` for one that could not be read.
    pub sources: BTreeMap<PathBuf, Option<String>>,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
}

/// What one setting is, and where that was said.
pub struct Setting {
    /// Its value.
    pub value: Value,
    /// `heyyo.toml:12`, a variable's name, a flag, or `default`.
    pub place: String,
}

/// One setting, said in one place.
struct One<'a> {
    name: &'a str,
    place: &'a str,
    value: &'a Value,
}

impl Provider for One<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.to_owned())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let value = Merged::serialize(self.value)?;
        let nested = figment::util::nest(self.name, value);
        let data = nested.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, data)]))
    }
}

/// Reads all layers.
pub fn read(flags: &Flags) -> Layers {
    let mut layers = Layers {
        said: Figment::from(Toml::string(keys::DEFAULTS)),
        problems: vec![],
        sources: BTreeMap::new(),
        file: flags.file(),
    };
    layers.read_file();
    layers.read_environment();
    layers.read_short_names();
    layers.read_flags(flags);
    layers
}

impl Flags {
    /// The file that is read: the one named, or the usual one if it is there.
    fn file(&self) -> Option<PathBuf> {
        let usual = || Path::new(USUAL_FILE).exists().then(|| USUAL_FILE.into());
        self.config.clone().or_else(usual)
    }

    /// The file that is read or would be, were it there.
    pub fn awaited_file(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| USUAL_FILE.into())
    }
}

/// Where each setting of one layer was said, so that nothing is said twice.
type Said = BTreeMap<&'static str, String>;

impl Layers {
    /// Everything, typed, or all that is wrong with it.
    pub fn config(&self) -> Result<Config, Problems> {
        let mut problems = self.problems.clone();
        let (boot, live) = (self.part::<Boot>(), self.part::<Live>());
        match (boot, live) {
            (Ok(boot), Ok(mut live)) => {
                live.has_file = self.file.is_some();
                let config = Config { boot, live };
                for (settings, what) in check::contradictions(&config) {
                    let was_refused = |problem: &Problem| settings.contains(&&*problem.key);
                    // One that was refused has its default here, which nobody asked for.
                    if !problems.iter().any(was_refused) {
                        problems.push(self.problem(self.said_of(settings), what));
                    }
                }
                match problems.is_empty() {
                    true => Ok(config),
                    false => Err(Problems(problems)),
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                problems.push(Problem::new("", "", error.to_string()));
                Err(Problems(problems))
            }
        }
    }

    fn part<T: DeserializeOwned>(&self) -> Result<T, Box<figment::Error>> {
        self.said.extract().map_err(Box::new)
    }

    /// What a setting is.
    pub fn setting(&self, key: &Key) -> Setting {
        let value = self.said.extract_inner(&key.name);
        Setting {
            value: value.expect("every setting has a default"),
            place: self.place(&key.name).unwrap_or_default(),
        }
    }

    /// Where a setting was said.
    fn place(&self, name: &str) -> Option<String> {
        let by = self.said.find_metadata(name)?;
        // The defaults are the only layer that is not one of ours.
        let is_default = by.name.as_ref() == Toml::string("").metadata().name;
        Some(match is_default {
            true => DEFAULT.to_owned(),
            false => by.name.to_string(),
        })
    }

    /// Of these settings the first that anybody said something of.
    fn said_of(&self, settings: &[&'static str]) -> &'static str {
        let said = |name: &&&str| self.place(name).is_some_and(|place| place != DEFAULT);
        settings.iter().find(said).unwrap_or(&settings[0])
    }

    /// A complaint about a setting, with the place where it was said.
    pub fn problem(&self, name: &str, what: impl Into<String>) -> Problem {
        let place = self.place(name).unwrap_or_default();
        Problem::new(&place, name, what)
    }

    fn read_file(&mut self) {
        let Some(file) = self.file.clone() else {
            return;
        };
        let shown = file.display().to_string();
        let text = match self.source(&file) {
            Ok(text) => text,
            Err(why) => return self.problems.push(Problem::new(&shown, "", why)),
        };
        let entries = match document::read(&text) {
            Ok(entries) => entries,
            Err(errors) => {
                let told = errors.into_iter();
                let told =
                    told.map(|(line, what)| Problem::new(&format!("{shown}:{line}"), "", what));
                return self.problems.extend(told);
            }
        };
        let mut said = Said::new();
        for entry in entries {
            let place = format!("{shown}:{}", document::line(&text, entry.span.start));
            match (keys::find(&entry.name), keys::secret_of_file(&entry.name)) {
                (Some(key), _) => {
                    let value = entry.value.and_then(|value| check::conform(key, value));
                    self.say(&mut said, (key, &key.name), place, value);
                }
                (None, Some(secret)) => {
                    let path = match entry.value {
                        Ok(Value::String(path)) => Ok(path),
                        Ok(other) => Err(format!(
                            "expected a file's path, found {}",
                            check::found(&other)
                        )),
                        Err(why) => Err(why),
                    };
                    self.say_from_file(&mut said, (secret, &entry.name), place, path);
                }
                (None, None) if is_empty_section(&entry) => {}
                (None, None) => self.unknown(place, &entry.name),
            }
        }
    }

    fn read_environment(&mut self) {
        let mut said = Said::new();
        let prefixed = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let path = name.strip_prefix("HEYYO_")?.to_lowercase();
            let (section, key) = path.split_once("__")?;
            Some((format!("{section}.{key}"), name.clone(), value))
        });
        let prefixed: BTreeMap<_, _> = prefixed
            .map(|(path, name, value)| (path, (name, value)))
            .collect();
        for (path, (name, value)) in prefixed {
            let text = value
                .into_string()
                .map_err(|_| "is not text in UTF-8".to_owned());
            match (keys::find(&path), keys::secret_of_file(&path)) {
                (Some(key), _) => {
                    let value = text.and_then(|text| check::from_text(key, &text));
                    self.say(&mut said, (key, &key.name), name, value);
                }
                (None, Some(secret)) => self.say_from_file(&mut said, (secret, &path), name, text),
                (None, None) => self.unknown(name, &path),
            }
        }
    }

    fn read_short_names(&mut self) {
        let mut said = Said::new();
        let given = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        for (name, path) in SHORT_NAMES {
            let key = keys::find(path).expect("a setting of the defaults");
            if let Some(text) = given(name) {
                // The short name of a list sets one: a key may hold a comma.
                let value = match key.default.is_array() {
                    true => check::conform(key, vec![text].into()),
                    false => check::from_text(key, &text),
                };
                self.say(&mut said, (key, path), name.to_owned(), value);
            }
            let name = format!("{name}_FILE");
            if let Some(file) = given(&name).filter(|_| key.is_secret) {
                self.say_from_file(&mut said, (key, path), name, Ok(file));
            }
        }
    }

    fn read_flags(&mut self, flags: &Flags) {
        let data_dir = flags.data_dir.as_ref();
        let data_dir = data_dir.map(|folder| folder.to_string_lossy().into_owned());
        let given = [
            ("server.address", "--address", flags.address.clone()),
            (
                "server.port",
                "--port",
                flags.port.map(|port| port.to_string()),
            ),
            ("database.url", "--database-url", flags.database_url.clone()),
            ("database.data_dir", "--data-dir", data_dir),
        ];
        let mut said = Said::new();
        for (path, flag, text) in given {
            let key = keys::find(path).expect("a setting of the defaults");
            if let Some(text) = text {
                self.say(
                    &mut said,
                    (key, path),
                    flag.to_owned(),
                    check::from_text(key, &text),
                );
            }
        }
    }

    /// One layer says one thing. `name` is what it calls the setting.
    fn say(
        &mut self,
        said: &mut Said,
        (key, name): (&'static Key, &str),
        place: String,
        value: Result<Value, String>,
    ) {
        let first = said.insert(&key.name, place.clone());
        let value = match first {
            Some(first) => Err(format!("was said in {first} already; say it in one place")),
            None => value,
        };
        match value {
            Ok(value) => {
                let one = One {
                    name: &key.name,
                    place: &place,
                    value: &value,
                };
                self.said = std::mem::take(&mut self.said).merge(one);
            }
            Err(what) => self.problems.push(Problem::new(&place, name, what)),
        }
    }

    /// The same, of a secret in a file of its own.
    fn say_from_file(
        &mut self,
        said: &mut Said,
        named: (&'static Key, &str),
        place: String,
        path: Result<String, String>,
    ) {
        let value = path.and_then(|path| {
            let text = self.source(Path::new(&path));
            let text = text.map_err(|why| format!("{path}: {why}"))?;
            match text.trim_end_matches(['\n', '\r']) {
                "" => Err(format!("{path}: is empty")),
                text => check::from_lines(named.0, text),
            }
        });
        self.say(said, named, place, value);
    }

    fn unknown(&mut self, place: String, name: &str) {
        let what = match keys::suggestion(name) {
            Some(meant) => format!("unknown key; did you mean {meant}?"),
            None => "unknown key; `heyyo config show` lists all".to_owned(),
        };
        self.problems.push(Problem::new(&place, name, what));
    }

    /// The text of a file, noted.
    fn source(&mut self, file: &Path) -> Result<String, String> {
        let text = match fs::read(file) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned()),
            Err(error) => Err(format!("cannot be read: {error}")),
        };
        self.sources.insert(file.to_owned(), text.clone().ok());
        text
    }
}

fn is_empty_section(entry: &document::Entry) -> bool {
    let is_empty = matches!(&entry.value, Ok(Value::Table(keys)) if keys.is_empty());
    is_empty && KEYS.iter().any(|key| key.section() == entry.name)
}
