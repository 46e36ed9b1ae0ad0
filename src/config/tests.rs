//! The settings as a whole: the shipped file, the layers, the refusals.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::layers::{section_keys, sections};
use super::*;

const SHIPPED: &str = include_str!("../../config.toml");
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn from_file(text: &str) -> Result<Settings, SettingsError> {
    Settings::from_layers(Some(("config.toml", text)), &[], &Overrides::default())
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let variables: Vec<_> = variables
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Settings::from_layers(None, &variables, &Overrides::default())
}

fn refusal(result: Result<Settings, SettingsError>) -> String {
    result.expect_err("these settings must be refused").to_string()
}

#[test]
fn the_shipped_file_is_exactly_the_defaults() {
    let shipped = from_file(SHIPPED).unwrap();
    // Debug shows every field; of a secret whether it is set.
    assert_eq!(format!("{shipped:?}"), format!("{:?}", Settings::default()));
}

#[test]
fn defaults_alone_are_valid() {
    let settings = Settings::from_layers(None, &[], &Overrides::default()).unwrap();
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.mail_folder(), PathBuf::from("data/mail"));
    assert_eq!(settings.signing_key_file(), PathBuf::from("data/ledger.key"));
}

#[test]
fn every_key_stands_in_the_shipped_file_under_an_explanation() {
    let chapters: Vec<_> = SHIPPED
        .split("\n[")
        .skip(1)
        .filter_map(|c| c.split_once("]\n"))
        .collect();
    let names: Vec<_> = chapters.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, sections(), "sections in the order of Settings");
    for (section, body) in chapters {
        for key in section_keys(section).unwrap() {
            let line = |l: &str| {
                let l = l.strip_prefix('#').unwrap_or(l);
                l.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
            };
            let lines = body.lines().filter(|l| line(l)).count();
            assert_eq!(lines, 1, "{section}.{key} stands there once");
        }
        assert!(
            body.contains("\n# ") || body.starts_with("# "),
            "[{section}] is explained"
        );
    }
}

#[test]
fn every_example_of_an_optional_key_can_be_set() {
    for section in sections() {
        let body = SHIPPED.split(&format!("\n[{section}]\n")).nth(1).unwrap();
        let body = body.split("\n[").next().unwrap();
        for line in body
            .lines()
            .filter(|l| l.starts_with('#') && !l.starts_with("# ") && *l != "#")
        {
            let text = format!("[{section}]\n{}\n", &line[1..]);
            if let Err(e) = from_file(&text) {
                // Alone some do not make sense, and say so; but each is known and well formed.
                let together = ["needs", "https needs"].iter().any(|word| e.to_string().contains(word))
                    || e.to_string().contains("several nodes");
                assert!(together, "{line}: {e}");
            }
        }
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_line() {
    let told = refusal(from_file("[http]\nlisten = \"127.0.0.1:1\"\n\nlistn = \"x\"\n"));
    assert!(
        told.starts_with("config.toml:4: http.listn: unknown key; [http] has listen, public_url,"),
        "{told}"
    );
    let told = refusal(from_file("[htp]\nlisten = \"127.0.0.1:1\"\n"));
    assert!(
        told.starts_with("config.toml:1: htp: unknown section; there are http, data,"),
        "{told}"
    );
    let told = refusal(from_file("listen = \"127.0.0.1:1\"\n"));
    assert_eq!(told, "config.toml:1: listen: stands in no section");
    let told = refusal(from_file("[mode]\ndemo = true\n"));
    assert!(told.starts_with("config.toml:1: mode: unknown section"), "{told}");
    let told = refusal(from_file("[http.tls]\ncertificate = \"a\"\nkye = \"b\"\n"));
    assert!(
        told.starts_with("config.toml:1: http.tls: unknown field `kye`"),
        "{told}"
    );
}

/// A file, and how its refusal begins.
const MALFORMED: &[(&str, &str)] = &[
    (
        "[http]\n\nworkers = \"two\"\n",
        "config.toml:3: http.workers: invalid type: string \"two\"",
    ),
    (
        "[http]\nworkers = -1\n",
        "config.toml:2: http.workers: invalid value: integer `-1`",
    ),
    (
        "[http]\nworkers = 1000\n",
        "config.toml:2: http.workers: 1000 is not from 0 to 256",
    ),
    (
        "[http]\nlisten = \"8080\"\n",
        "config.toml:2: http.listen: invalid socket address syntax",
    ),
    (
        "[http]\ntls = \"on\"\n",
        "config.toml:2: http.tls: expected \"off\", \"proxy\" or {",
    ),
    (
        "[http]\ntrusted_proxies = [\"10.0.0.0/40\"]\n",
        "config.toml:2: http.trusted_proxies: expected an address",
    ),
    (
        "[identity]\nverify_email = \"later\"\n",
        "config.toml:2: identity.verify_email: unknown variant `later`",
    ),
    ("[log]\nlevel = \"loud\"\n", "config.toml:2: log.level: must be a level"),
    (
        "[wallet]\ncurrencies = [\"CNY\", \"XXX\"]\n",
        "config.toml:2: wallet.currencies: \"XXX\" is no ISO 4217",
    ),
    (
        "[wallet]\ncurrencies = [\"CNY\", \"CNY\"]\n",
        "config.toml:2: wallet.currencies: \"CNY\" stands there twice",
    ),
    (
        "[wallet]\ndefault_currency = \"CHF\"\n",
        "config.toml:2: wallet.default_currency: \"CHF\" is not one of",
    ),
    (
        "[mail]\nfrom = \"Quipu\"\n",
        "config.toml:2: mail.from: must be an address",
    ),
    (
        "[mail]\nfrom = \"a@b\\r\\nBcc: c@d\"\n",
        "config.toml:2: mail.from: must be an address",
    ),
    (
        "[client]\nmin_web_version = \"1\"\n",
        "config.toml:2: client.min_web_version: expected major.minor.patch",
    ),
    (
        "[limits]\nheartbeat_seconds = 50\n",
        "default: limits.heartbeat_timeout_seconds: 45 is not from 51",
    ),
    (
        "[limits]\nhistory_page = 0\n",
        "config.toml:2: limits.history_page: 0 is not from 1 to 1000",
    ),
    ("[http]\nlisten = \n", "config.toml:2: not TOML: "),
    (
        "[http]\nworkers = 1\nworkers = 2\n",
        "config.toml:3: not TOML: duplicate key",
    ),
];

#[test]
fn a_malformed_value_is_refused_with_its_name_and_line() {
    for (text, start) in MALFORMED {
        let told = refusal(from_file(text));
        assert!(told.starts_with(start), "{text:?} told {told:?}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let told = refusal(from_file("[http]\nlistn = 1\nworkers = true\n[drain]\nsecond = 1\n"));
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[test]
fn each_layer_stands_over_the_one_before() {
    let environment = [("QUIPU__HTTP__LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
    let file = Some(("config.toml", "[http]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n"));
    let listen = |overrides: &Overrides| Settings::from_layers(file, &environment, overrides).unwrap();
    assert_eq!(listen(&Overrides::default()).http.listen.port(), 2);
    assert_eq!(listen(&Overrides::default()).http.workers, 3);
    let overrides = Overrides {
        listen: "127.0.0.1:3".parse().ok(),
        data_dir: Some("d".into()),
        mode: Mode::default(),
    };
    let settings = listen(&overrides);
    assert_eq!(
        (settings.http.listen.port(), settings.data.dir),
        (3, PathBuf::from("d"))
    );
}

#[test]
fn the_environment_sets_every_kind_of_value() {
    let settings = from_environment(&[
        ("QUIPU__LIMITS__SENDS_PER_SECOND", "0"),
        ("QUIPU__WALLET__CURRENCIES", "[\"EUR\"]"),
        ("QUIPU__WALLET__DEFAULT_CURRENCY", "EUR"),
        ("QUIPU__HTTP__TLS", "{ certificate = \"c.pem\", key = \"k.pem\" }"),
        ("QUIPU__LOG__FORMAT", "json"),
        ("QUIPU__CLUSTER__NODE_NAME", "42"),
        ("QUIPU__REDIS__URL", ""),
    ])
    .unwrap();
    assert_eq!(settings.limits.sends(), None);
    assert_eq!(settings.wallet.currencies, ["EUR"]);
    assert_eq!(
        settings.http.tls,
        TlsMode::Files(TlsFiles {
            certificate: "c.pem".into(),
            key: "k.pem".into()
        })
    );
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.cluster.node_name.as_deref(), Some("42"));
    assert!(settings.redis.url.is_none(), "an empty variable is as none");
}

#[test]
fn an_unknown_or_malformed_variable_is_refused_by_its_name() {
    for (variable, value, start) in [
        (
            "QUIPU__HTTP__LISTN",
            "x",
            "environment QUIPU__HTTP__LISTN: http.listn: unknown key; [http] has",
        ),
        (
            "QUIPU__HTTP__LISTN",
            "",
            "environment QUIPU__HTTP__LISTN: http.listn: unknown key; [http] has",
        ),
        (
            "QUIPU__HTP__LISTEN",
            "x",
            "environment QUIPU__HTP__LISTEN: htp.listen: unknown section",
        ),
        (
            "QUIPU__MODE__DEMO",
            "true",
            "environment QUIPU__MODE__DEMO: mode.demo: unknown section",
        ),
        (
            "QUIPU__HTTP",
            "x",
            "environment QUIPU__HTTP: QUIPU__HTTP: expected QUIPU__SECTION__KEY",
        ),
        (
            "QUIPU__HTTP__WORKERS",
            "two",
            "environment QUIPU__HTTP__WORKERS: http.workers: invalid type: string \"two\"",
        ),
        (
            "QUIPU__HTTP__WORKERS",
            "1000",
            "environment QUIPU__HTTP__WORKERS: http.workers: 1000 is not from 0 to 256",
        ),
        (
            "QUIPU__HTTP__WORKERS",
            "1\nx = 2",
            "environment QUIPU__HTTP__WORKERS: http.workers: invalid type: string",
        ),
    ] {
        let told = refusal(from_environment(&[(variable, value)]));
        assert!(told.starts_with(start), "{variable} told {told:?}");
    }
}

#[test]
fn only_variables_of_the_prefix_are_looked_at() {
    let variables = [
        "QUIPU_TEST_POSTGRES",
        "QUIPU__HTTP__WORKERS",
        "PATH",
        "XQUIPU__HTTP__WORKERS",
    ];
    let read = layers::read_environment(variables.iter().map(|v| (v.into(), "1".into()))).unwrap();
    assert_eq!(read, [("QUIPU__HTTP__WORKERS".to_owned(), "1".to_owned())]);
}

#[test]
fn a_vault_without_a_key_and_clients_that_cannot_be_are_refused_by_name() {
    let postgres = ("QUIPU__DATABASE__URL", "postgres://a@h/d");
    let key = ("QUIPU__LEDGER__SIGNING_KEY", KEY);
    for (variables, name) in [
        (vec![postgres, key], "vault.key: PostgreSQL needs a key"),
        (
            vec![("QUIPU__CLIENT__MIN_WEB_VERSION", "1.0.0")],
            "client.min_pay_version: is below client.min_web_version, 1.0.0",
        ),
        (
            vec![("QUIPU__VAULT__KEY", "abc")],
            "vault.key: must be 64 hexadecimal digits",
        ),
        (
            vec![("QUIPU__VAULT__KEY", KEY), ("QUIPU__VAULT__KEY_FILE", "k")],
            "vault.key_file: the key stands in",
        ),
    ] {
        let told = refusal(from_environment(&variables));
        assert!(told.contains(name), "{variables:?} told {told:?}");
    }
}

#[test]
fn combinations_that_cannot_work_are_refused_by_name() {
    let postgres = ("QUIPU__DATABASE__URL", "postgres://a@h/d");
    let key = ("QUIPU__LEDGER__SIGNING_KEY", KEY);
    let redis = ("QUIPU__REDIS__URL", "redis://h");
    for (variables, name) in [
        (vec![redis], "redis.url: several nodes need PostgreSQL"),
        (vec![postgres], "ledger.signing_key: PostgreSQL needs a signing key"),
        (
            vec![postgres, ("QUIPU__LEDGER__SIGNING_KEY", "abc")],
            "ledger.signing_key: must be 64 hexadecimal digits",
        ),
        (
            vec![key, ("QUIPU__LEDGER__SIGNING_KEY_FILE", "k")],
            "ledger.signing_key_file: the key stands in",
        ),
        (
            vec![postgres, key, ("QUIPU__DATABASE__WRITE_CONNECTIONS", "3")],
            "database.write_connections: 3 is too few",
        ),
        (
            vec![("QUIPU__DATABASE__URL", "sqlite://x")],
            "database.url: must begin with postgres://",
        ),
        (
            vec![("QUIPU__HTTP__LISTEN", "0.0.0.0:80")],
            "http.listen: with http.tls = \"off\" only a loopback",
        ),
        (
            vec![("QUIPU__HTTP__LISTEN", "[::]:80")],
            "http.listen: with http.tls = \"off\" only a loopback",
        ),
        (
            vec![("QUIPU__HTTP__TLS", "proxy")],
            "http.trusted_proxies: http.tls = \"proxy\" needs",
        ),
        (
            vec![("QUIPU__HTTP__PUBLIC_URL", "https://a")],
            "http.public_url: https needs http.tls",
        ),
        (
            vec![("QUIPU__MAIL__SMTP_URL", "smtp://a"), ("QUIPU__MAIL__FOLDER", "m")],
            "mail.folder: mail goes either",
        ),
        (
            vec![("QUIPU__LIMITS__OUTBOX_BYTES", "65536")],
            "limits.outbox_bytes: 65536 is not from 131072",
        ),
        (
            vec![("QUIPU__LIMITS__TEXT_BYTES", "70000")],
            "limits.text_bytes: 70000 is not from 1 to 65536",
        ),
    ] {
        let told = refusal(from_environment(&variables));
        assert!(told.contains(name), "{variables:?} told {told:?}");
    }
    assert!(
        from_environment(&[postgres, key, ("QUIPU__VAULT__KEY", KEY), redis])
            .unwrap()
            .is_postgres()
    );
    let behind_proxy = [
        ("QUIPU__HTTP__LISTEN", "0.0.0.0:80"),
        ("QUIPU__HTTP__TLS", "proxy"),
        ("QUIPU__HTTP__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
    ];
    assert!(from_environment(&behind_proxy).unwrap().http.is_https());
}

#[test]
fn what_the_command_line_asks_for_must_fit_the_address() {
    let start = |listen: &str, mode: Mode| {
        let file = format!("[http]\nlisten = \"{listen}\"\ntls = {{ certificate = \"c\", key = \"k\" }}\n");
        let overrides = Overrides {
            mode,
            ..Overrides::default()
        };
        Settings::from_layers(Some(("config.toml", &file)), &[], &overrides)
    };
    let demo = Mode {
        demo: true,
        ..Mode::default()
    };
    let load_test = Mode {
        load_test: true,
        ..Mode::default()
    };
    assert!(start("127.0.0.1:1", demo).is_ok());
    assert!(refusal(start("0.0.0.0:1", demo)).contains("--demo signs anyone in"));
    let settings = start("127.0.0.1:1", load_test).unwrap();
    assert_eq!((settings.limits.sends(), settings.limits.connections_per_ip), (None, 0));
    assert!(!settings.requires_pin() && !start("127.0.0.1:1", demo).unwrap().requires_pin());
    assert!(start("127.0.0.1:1", Mode::default()).unwrap().requires_pin());
    assert!(refusal(start("0.0.0.0:1", load_test)).contains("needs --allow-remote"));
    assert!(
        start(
            "0.0.0.0:1",
            Mode {
                allow_remote: true,
                ..load_test
            }
        )
        .is_ok()
    );
}

#[test]
fn no_secret_is_printed() {
    let variables = [
        ("QUIPU__DATABASE__URL", "postgres://a:canary@h/d"),
        ("QUIPU__REDIS__URL", "redis://:canary@h"),
        ("QUIPU__MAIL__SMTP_URL", "smtps://a:canary@h"),
        ("QUIPU__LEDGER__SIGNING_KEY", KEY),
        ("QUIPU__VAULT__KEY", KEY),
    ];
    let settings = from_environment(&variables).unwrap();
    let url = settings.database.url.as_ref().unwrap();
    assert_eq!(url.expose_secret(), "postgres://a:canary@h/d");
    let shown = format!("{settings:?}");
    assert!(!shown.contains("canary") && !shown.contains(KEY), "{shown}");
    for file in [
        "[database]\nurl = \"mysql://canary\"\n",
        "[database]\nurl = canary\n",
        "[database]\nurl = \"canary\n",
        "[ledger]\nsigning_key = [\"canary\"]\n",
        "[ledger]\nsigning_key = \"canary\"\n",
        "[ledger]\nsigning_key = 12345678901234567\n",
        "[vault]\nkey = [\"canary\"]\n",
        "[vault]\nkey = \"canary\"\n",
    ] {
        let told = refusal(from_file(file));
        assert!(!told.contains("canary") && !told.contains("1234567"), "{told}");
    }
}

#[test]
fn mail_that_is_really_sent_asks_for_verified_addresses() {
    assert_eq!(
        from_environment(&[]).unwrap().email_verification(),
        EmailVerification::Never
    );
    let smtp = from_environment(&[("QUIPU__MAIL__SMTP_URL", "smtp://h")]).unwrap();
    assert_eq!(smtp.email_verification(), EmailVerification::BeforePayment);
    let strict = from_environment(&[("QUIPU__IDENTITY__VERIFY_EMAIL", "before_sign_in")]).unwrap();
    assert_eq!(strict.email_verification(), EmailVerification::BeforeSignIn);
}

#[test]
fn a_named_file_must_be_there() {
    let told = refusal(Settings::load(
        Some(Path::new("/nonexistent/quipu.toml")),
        &Overrides::default(),
    ));
    assert!(told.starts_with("/nonexistent/quipu.toml:1: the file: "), "{told}");
}
