//! The house is in order: who imports what, no dead files, no long functions, no names that say nothing.

mod lexer;
mod paths;
mod planted;
mod rules;

use std::path::Path;

use rules::{Sources, faults};

/// Where Rust sources live.
const FOLDERS: [&str; 5] = ["src", "entity/src", "migration/src", "tests", "benches"];

fn read(root: &Path, folder: &Path, sources: &mut Sources) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            sources.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_house_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    for folder in FOLDERS {
        read(root, &root.join(folder), &mut sources);
    }
    assert!(sources.contains_key("src/main.rs"), "the sources are found");
    let found = faults(&sources);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The names of the crates that a TOML list of tables holds under a key.
fn names(table: &toml::Table, key: &str) -> Vec<String> {
    let of = |crate_: &toml::Value| crate_.get(key)?.as_str().map(str::to_owned);
    table
        .values()
        .filter_map(toml::Value::as_array)
        .flatten()
        .filter_map(of)
        .collect()
}

#[test]
fn no_banned_crate_is_locked() {
    let deny: toml::Table = toml::from_str(include_str!("../../deny.toml")).unwrap();
    let lock: toml::Table = toml::from_str(include_str!("../../Cargo.lock")).unwrap();
    let banned = names(deny["bans"].as_table().unwrap(), "crate");
    let locked = names(&lock, "name");
    assert!(
        banned.len() > 8 && locked.contains(&"actix".to_owned()),
        "both lists were read"
    );
    let found: Vec<_> = banned.iter().filter(|name| locked.contains(name)).collect();
    assert!(found.is_empty(), "{found:?} are banned by deny.toml");
}
