//! From the file, the environment and the command line to one set of values.
//!
//! Every layer puts its values one by one through [`Layers::put`], which knows the keys from the structs themselves
//! and reads each value alone; so each fault has the name and the place of its key, whichever layer it came from.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor, value::Error as IntrospectionError};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::check::{self, Fault, Place, SettingsError};
use super::{
    ActorSettings, AttachmentSettings, ClientSettings, ClusterSettings, CommitSettings, DataSettings, DatabaseSettings,
    DrainSettings, FlowSettings, FundingSettings, HttpSettings, IdentitySettings, LedgerSettings, LimitSettings,
    LogSettings, MailSettings, Mode, RedisSettings, Settings, VaultSettings, WalletSettings,
};

/// Where the environment's settings begin: `QUIPU__HTTP__LISTEN`.
const PREFIX: &str = "QUIPU__";

/// The file that is read without `--config`, if it is there.
const DEFAULT_FILE: &str = "config.toml";

/// A file larger than this is not a configuration.
const FILE_BYTES: u64 = 1 << 20;

/// What the command line sets over all other layers.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--demo`, `--load-test`, `--allow-remote`.
    pub mode: Mode,
}

/// The file's name and text; `None` when none was named and there is none.
pub(super) fn read_file(named: Option<&Path>) -> Result<Option<(String, String)>, SettingsError> {
    let path = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let name = path.display().to_string();
    let refuse = |message: String| {
        let place = Place::File {
            path: name.clone(),
            line: 1,
        };
        SettingsError::one("the file", place, message)
    };
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(None),
        Err(e) => return Err(refuse(e.to_string())),
        Ok(file) if file.len() > FILE_BYTES => return Err(refuse(format!("is larger than {FILE_BYTES} bytes"))),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|e| refuse(e.to_string()))?;
    Ok(Some((name, text)))
}

/// The variables that begin with the prefix, sorted, so that faults come in the same order every time.
pub(super) fn read_environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, SettingsError> {
    let mut found = Vec::new();
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        match value.into_string() {
            Ok(value) => found.push((name, value)),
            Err(_) => {
                return Err(SettingsError::one(
                    &name,
                    Place::Environment(name.clone()),
                    "is not UTF-8",
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// All layers, merged and checked.
pub(super) fn merge(
    file: Option<(&str, &str)>,
    environment: &[(String, String)],
    overrides: &Overrides,
) -> Result<Settings, SettingsError> {
    let mut layers = Layers::default();
    if let Some((path, text)) = file {
        layers.put_file(path, text)?;
    }
    for (variable, value) in environment {
        layers.put_variable(variable, value);
    }
    layers.put_overrides(overrides);
    layers.finish(overrides.mode)
}

#[derive(Default)]
struct Layers {
    values: Table,
    places: HashMap<String, Place>,
    faults: Vec<Fault>,
}

impl Layers {
    fn put_file(&mut self, path: &str, text: &str) -> Result<(), SettingsError> {
        let place = |offset: usize| {
            let line = text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1;
            Place::File {
                path: path.to_owned(),
                line,
            }
        };
        // The message alone, not the whole error: that would quote the line, and the line may hold a secret.
        let malformed = |e: toml::de::Error| {
            let offset = e.span().map_or(0, |span| span.start);
            SettingsError::one("not TOML", place(offset), e.message())
        };
        let spans = DeTable::parse(text).map_err(malformed)?;
        let mut values: Table = toml::from_str(text).map_err(malformed)?;
        for (section, keys) in spans.get_ref() {
            let name = section.get_ref().as_ref();
            let (DeValue::Table(keys), Some(Value::Table(values))) = (keys.get_ref(), values.get_mut(name)) else {
                self.refuse(name, place(section.span().start), "stands in no section");
                continue;
            };
            if section_keys(name).is_none() {
                self.refuse(name, place(section.span().start), unknown_section());
                continue;
            }
            for key in keys.keys() {
                if let Some(value) = values.remove(key.get_ref().as_ref()) {
                    self.put(name, key.get_ref(), value, place(key.span().start));
                }
            }
        }
        Ok(())
    }

    /// A variable is text: it is taken as a string where a string fits, else as TOML (`8`, `true`, `["a", "b"]`).
    fn put_variable(&mut self, variable: &str, text: &str) {
        let place = Place::Environment(variable.to_owned());
        let name = variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase();
        let Some((section, key)) = name.split_once("__") else {
            self.refuse(variable, place, "expected QUIPU__SECTION__KEY");
            return;
        };
        // An empty variable is how compose files and service units say "not set".
        if text.is_empty() && known_key(section, key).is_ok() {
            return;
        }
        let as_text = Value::String(text.to_owned());
        let as_toml = toml::from_str::<Table>(&format!("value = {text}"))
            .ok()
            .filter(|table| table.len() == 1)
            .and_then(|mut table| table.remove("value"));
        let value = match as_toml {
            Some(value) if read_alone(section, key, &as_text).is_err() => value,
            _ => as_text,
        };
        self.put(section, key, value, place);
    }

    fn put_overrides(&mut self, overrides: &Overrides) {
        if let Some(listen) = overrides.listen {
            self.put(
                "http",
                "listen",
                Value::String(listen.to_string()),
                Place::CommandLine("--listen"),
            );
        }
        if let Some(dir) = &overrides.data_dir {
            let place = Place::CommandLine("--data-dir");
            match dir.to_str() {
                Some(dir) => self.put("data", "dir", Value::String(dir.to_owned()), place),
                None => self.refuse("data.dir", place, "is not UTF-8"),
            }
        }
    }

    fn put(&mut self, section: &str, key: &str, value: Value, place: Place) {
        let name = format!("{section}.{key}");
        if let Err(message) = known_key(section, key).and_then(|()| read_alone(section, key, &value)) {
            self.refuse(&name, place, message);
            return;
        }
        let values = self.values.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(values) = values {
            values.insert(key.to_owned(), value);
        }
        self.places.insert(name, place);
    }

    fn refuse(&mut self, key: &str, place: Place, message: impl Into<String>) {
        self.faults.push(Fault {
            key: key.to_owned(),
            place,
            message: message.into(),
        });
    }

    fn finish(mut self, mode: Mode) -> Result<Settings, SettingsError> {
        if self.faults.is_empty() {
            match Settings::deserialize(self.values) {
                Ok(mut settings) => {
                    settings.mode = mode;
                    self.faults = check::check(&settings, &self.places);
                    if self.faults.is_empty() {
                        return Ok(if mode.load_test { settings.load_test() } else { settings });
                    }
                }
                // Not reached: each value was read alone before. Told all the same, should that ever change.
                Err(e) => return Err(SettingsError::one("settings", Place::Default, e.message())),
            }
        }
        Err(SettingsError { faults: self.faults })
    }
}

/// The value read as this key, to see whether it can be.
fn read_alone(section: &str, key: &str, value: &Value) -> Result<(), String> {
    let keys = Table::from_iter([(key.to_owned(), value.clone())]);
    let table = Table::from_iter([(section.to_owned(), Value::Table(keys))]);
    Settings::deserialize(table)
        .map(drop)
        .map_err(|e| e.message().to_owned())
}

fn known_key(section: &str, key: &str) -> Result<(), String> {
    match section_keys(section) {
        None => Err(unknown_section()),
        Some(keys) if keys.contains(&key) => Ok(()),
        Some(keys) => Err(format!("unknown key; [{section}] has {}", keys.join(", "))),
    }
}

fn unknown_section() -> String {
    format!("unknown section; there are {}", sections().join(", "))
}

/// The sections, from the struct itself.
pub(super) fn sections() -> &'static [&'static str] {
    fields_of::<Settings>()
}

/// The keys of a section, from its struct; `None` for an unknown one.
pub(super) fn section_keys(section: &str) -> Option<&'static [&'static str]> {
    Some(match section {
        "http" => fields_of::<HttpSettings>(),
        "data" => fields_of::<DataSettings>(),
        "database" => fields_of::<DatabaseSettings>(),
        "redis" => fields_of::<RedisSettings>(),
        "identity" => fields_of::<IdentitySettings>(),
        "mail" => fields_of::<MailSettings>(),
        "limits" => fields_of::<LimitSettings>(),
        "attachments" => fields_of::<AttachmentSettings>(),
        "actors" => fields_of::<ActorSettings>(),
        "commit" => fields_of::<CommitSettings>(),
        "cluster" => fields_of::<ClusterSettings>(),
        "wallet" => fields_of::<WalletSettings>(),
        "flows" => fields_of::<FlowSettings>(),
        "funding" => fields_of::<FundingSettings>(),
        "ledger" => fields_of::<LedgerSettings>(),
        "vault" => fields_of::<VaultSettings>(),
        "log" => fields_of::<LogSettings>(),
        "client" => fields_of::<ClientSettings>(),
        "drain" => fields_of::<DrainSettings>(),
        _ => return None,
    })
}

/// The field names that a derived `Deserialize` asks for.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Introspect<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Introspect<'_> {
        type Error = IntrospectionError;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only a struct is looked into"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut fields: &'static [&'static str] = &[];
    // The visit always ends in the error above; the names are what it was for.
    let _ = T::deserialize(Introspect(&mut fields));
    fields
}
