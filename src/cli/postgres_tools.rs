//! PostgreSQL's own programs for backups, and how they are told which database. The password never stands on their
//! command lines, which everybody on the machine can read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret, SecretString};

/// Where Debian puts the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Settings in a URL that libpq knows, by the names that our driver knows them by too. It refuses all others.
const PARAMETERS: [(&str, &[&str]); 9] = [
    ("sslmode", &["sslmode", "ssl-mode"]),
    ("sslrootcert", &["sslrootcert", "ssl-root-cert", "ssl-ca"]),
    ("sslcert", &["sslcert", "ssl-cert"]),
    ("sslkey", &["sslkey", "ssl-key"]),
    ("host", &["host"]),
    ("hostaddr", &["hostaddr"]),
    ("port", &["port"]),
    ("dbname", &["dbname"]),
    ("user", &["user"]),
];

/// A program, from PATH or else of the newest version that is installed.
pub(super) fn find(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = in_path
        .chain(newest(Path::new(VERSIONS), name))
        .find(|file| file.is_file());
    found.with_context(|| {
        format!("{name} is neither in PATH nor in {VERSIONS}: install PostgreSQL's client (Debian: postgresql-client)")
    })
}

fn newest(versions: &Path, name: &str) -> Option<PathBuf> {
    let folders = std::fs::read_dir(versions).ok()?.filter_map(Result::ok);
    let numbered =
        folders.filter_map(|folder| Some((folder.file_name().to_str()?.parse::<u32>().ok()?, folder.path())));
    let with_it = numbered
        .map(|(version, folder)| (version, folder.join("bin").join(name)))
        .filter(|(_, file)| file.is_file());
    with_it.max().map(|(_, file)| file)
}

/// A database as libpq is told of it.
pub(super) struct Target {
    url: String,
    password: Option<SecretString>,
}

impl Target {
    /// The database of `database.url`, which our driver has connected to already.
    pub(super) fn of(url: &SecretString) -> Self {
        let url = url.expose_secret();
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = user
            .split_once(':')
            .map_or((user, None), |(user, word)| (user, Some(word)));
        let mut password = password.map(decoded);
        let mut kept = Vec::new();
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            // In a query a space may stand as a plus, which libpq does not know.
            let (key, value) = (decoded(&key.replace('+', "%20")), value.replace('+', "%20"));
            if key == "password" {
                password = Some(decoded(&value));
            } else if let Some((name, _)) = PARAMETERS.iter().find(|(_, names)| names.contains(&key.as_str())) {
                kept.push(format!("{name}={value}"));
            }
        }
        let at = if user.is_empty() { "" } else { "@" };
        let question = if kept.is_empty() { "" } else { "?" };
        Self {
            url: format!("{scheme}://{user}{at}{host}{path}{question}{}", kept.join("&")),
            password: password.map(SecretString::from),
        }
    }

    /// Runs a program on the database to its end, however long the database is.
    pub(super) fn run(&self, program: &Path, change: impl FnOnce(&mut Command)) -> anyhow::Result<()> {
        let mut command = Command::new(program);
        // It must end rather than ask somebody for a password.
        command.arg("--no-password").stdin(Stdio::null());
        command.arg(format!("--dbname={}", self.url));
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password.expose_secret());
        }
        change(&mut command);
        let status = command.status();
        let status = status.with_context(|| format!("{} cannot be started", program.display()))?;
        if !status.success() {
            bail!("{} failed: {status}", program.display());
        }
        Ok(())
    }
}

/// The text without percent signs before hexadecimal digits.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        match digits.and_then(|digits| hex::decode(digits).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> (String, Option<String>) {
        let target = Target::of(&SecretString::from(url.to_owned()));
        let password = target.password.map(|password| password.expose_secret().to_owned());
        (target.url, password)
    }

    #[test]
    fn the_password_is_taken_out_of_the_url_wherever_it_stands() {
        let secret = |word: &str| Some(word.to_owned());
        for (url, told, word) in [
            ("postgres://ana:s3:c@h:1/db", "postgres://ana@h:1/db", secret("s3:c")),
            ("postgres://ana:a%40%2Fb%@h/db", "postgres://ana@h/db", secret("a@/b%")),
            ("postgres://ana:x@y@h/db", "postgres://ana@h/db", secret("x@y")),
            ("postgresql://h/db?p%61ssword=a+b", "postgresql://h/db", secret("a b")),
            ("postgres://%C3%A4@h", "postgres://%C3%A4@h", None),
            ("postgres:///db?host=/run/pg", "postgres:///db?host=/run/pg", None),
        ] {
            assert_eq!(target(url), (told.to_owned(), word), "{url}");
        }
    }

    #[test]
    fn what_only_our_driver_knows_is_not_told_to_libpq() {
        let (url, _) = target("postgres://h/db?ssl-mode=require&statement-cache-capacity=5&ssl-ca=/a+b&x=1#there");
        assert_eq!(url, "postgres://h/db?sslmode=require&sslrootcert=/a%20b");
    }

    #[test]
    fn of_several_versions_the_newest_with_the_program_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        for version in ["9", "15", "17", "common"] {
            std::fs::create_dir_all(folder.path().join(version).join("bin")).expect("made");
        }
        let file = |version: &str| folder.path().join(version).join("bin/pg_dump");
        assert_eq!(newest(folder.path(), "pg_dump"), None);
        for version in ["9", "15"] {
            std::fs::write(file(version), "").expect("written");
        }
        assert_eq!(newest(folder.path(), "pg_dump"), Some(file("15")));
    }
}
