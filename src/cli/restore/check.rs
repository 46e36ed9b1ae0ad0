//! Whether a backup is one of Quipu, whether its ledger holds, and whether a server can go on writing it here.

use std::str::FromStr;

use anyhow::{Context as _, bail};

use crate::app::{Schema, present_ledger_key, present_vault_key, schema_of};
use crate::cli::audit::{Progress, SinceArg, told};
use crate::config::Settings;
use crate::db::Db;
use crate::vault::{MasterKey, Vault};
use crate::wallet::{AuditError, LedgerKey, Moment, PublicKey, Standing, audit};

/// A block with its hash, kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct HeadArg {
    block: i64,
    hash: Vec<u8>,
}

impl FromStr for HeadArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let SinceArg(since) = text.parse()?;
        let hash = since.hash.filter(|hash| hash.len() == 32);
        let hash = hash.ok_or("behind the block's number stand a colon and its hash, 64 hexadecimal digits")?;
        Ok(Self {
            block: since.block,
            hash,
        })
    }
}

/// What is said of a backup.
#[derive(Debug)]
pub(super) enum Judged {
    /// It can be used; and what there is to know.
    Holds(String),
    /// It is not what a server wrote.
    Broken(String),
}

/// Judges the database of a backup.
pub(super) async fn judge(
    settings: &Settings,
    db: &Db,
    verify: bool,
    kept: Option<&HeadArg>,
) -> anyhow::Result<Judged> {
    match schema_of(db).await? {
        Schema::Current => {}
        Schema::Older if verify => bail!(
            "the backup is of an older version, whose ledger this one cannot replay before it is migrated: restore it \
             without --verify, then run quipu migrate and quipu audit"
        ),
        Schema::Older => {
            let text = "the backup is of an older version: quipu migrate or the next start brings it up to date\n";
            return Ok(Judged::Holds(text.to_owned()));
        }
        Schema::Newer(name) => bail!("the backup is of a newer version: this one does not know its step {name}"),
        Schema::Foreign => bail!("this is no database of Quipu"),
    }
    let moment = Moment::open(db).await?;
    let standing = moment.standing().await?;
    drop(moment);
    let present = present_ledger_key(settings)?;
    let Some(standing) = standing else {
        return Ok(if verify {
            Judged::Broken("the ledger has no head".into())
        } else {
            Judged::Holds("the ledger has not begun\n".into())
        });
    };
    let mut text = String::new();
    if verify {
        match replay(db, &standing, present.as_ref(), kept).await? {
            Judged::Holds(told) => text += &told,
            broken @ Judged::Broken(_) => return Ok(broken),
        }
    } else {
        text += &format!("head {}:{}, not verified\n", standing.head_block, standing.head);
    }
    text += &about_key(settings, &standing, present.as_ref());
    if let Some(wanted) = Vault::wrapped_by(db).await? {
        text += &about_vault_key(settings, &wanted, present_vault_key(settings)?.as_ref());
    }
    Ok(Judged::Holds(text))
}

/// The whole audit, with the public half of the signing key if it is here, else with the one that the backup names.
async fn replay(
    db: &Db,
    standing: &Standing,
    present: Option<&LedgerKey>,
    kept: Option<&HeadArg>,
) -> anyhow::Result<Judged> {
    let own = present.filter(|key| key.id() == standing.key_id).map(LedgerKey::public);
    let believed = own.is_none();
    let key: Option<PublicKey> = own.or_else(|| standing.last_public());
    let Some(key) = key else {
        return Ok(Judged::Broken("the ledger has no readable key".into()));
    };
    let progress = Progress::new(false);
    let audited = audit(db, &key, None, |at, of| progress.at(at, of)).await;
    progress.end();
    let report = match audited {
        Ok(report) => report,
        Err(AuditError::Broken(broken)) => return Ok(Judged::Broken(broken.what)),
        Err(error) => return Err(error).context("the backup's ledger"),
    };
    let mut text = told(&report);
    if let Some(kept) = kept {
        if let Some(broken) = differs(db, kept, report.head_block).await? {
            return Ok(Judged::Broken(broken));
        }
        text += &format!("block {} has the hash that was kept\n", kept.block);
    }
    text += match (believed, kept) {
        (false, _) => "",
        (true, Some(_)) => "what came behind that block was audited with the key that the backup itself names\n",
        (true, None) => {
            "it was audited with the key that the backup itself names: whoever exchanged the whole backup would have \
             named one of their own, and against that only the signing key helps, or a head that was kept elsewhere \
             (--head)\n"
        }
    };
    Ok(Judged::Holds(text))
}

/// How the backup disagrees with a head that was kept elsewhere, if it does.
async fn differs(db: &Db, kept: &HeadArg, last: i64) -> anyhow::Result<Option<String>> {
    if kept.block > last {
        return Ok(Some(format!(
            "the ledger ends at block {last}, before block {} that was kept: it is older than that, or its end was cut \
             off",
            kept.block
        )));
    }
    let hash = Moment::open(db).await?.block_hash(kept.block).await?;
    let hash = hash.unwrap_or_default();
    Ok((hash != kept.hash).then(|| {
        format!(
            "block {} has the hash {}, not the one kept",
            kept.block,
            hex::encode(hash)
        )
    }))
}

/// Whether a server can go on writing the ledger here.
fn about_key(settings: &Settings, standing: &Standing, present: Option<&LedgerKey>) -> String {
    let wanted = &standing.key_id;
    let (where_, put) = if settings.ledger.signing_key.is_some() {
        (
            "ledger.signing_key".to_owned(),
            "set it in ledger.signing_key".to_owned(),
        )
    } else {
        let file = settings.signing_key_file().display().to_string();
        let put = format!("put it into {file}, readable by its owner alone,");
        (file, put)
    };
    match present {
        Some(key) if key.id() == wanted => format!("the signing key {wanted} is here: {where_}\n"),
        Some(other) => format!(
            "MISSING: the signing key {wanted}. {where_} has {}, which does not sign this ledger: {put} before the next \
             start\n",
            other.id()
        ),
        None => format!(
            "MISSING: the signing key {wanted}, without which no server goes on writing this ledger: {put} before the \
             next start, which would make another one that does not sign it\n"
        ),
    }
}

/// Whether a server can read here what is secret.
fn about_vault_key(settings: &Settings, wanted: &str, present: Option<&MasterKey>) -> String {
    let place = if settings.vault.key.is_some() {
        "vault.key".to_owned()
    } else {
        settings.vault_key_file().display().to_string()
    };
    if present.is_some_and(|key| key.id() == wanted) {
        return format!("the vault's key {wanted} is here: {place}\n");
    }
    format!(
        "MISSING: the vault's key {wanted}, without which no server starts here: put it into {place} before the next start\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_block_with_its_whole_hash() {
        let hash = "ab".repeat(32);
        let head: HeadArg = format!("7:{hash}").parse().unwrap();
        assert_eq!((head.block, head.hash), (7, vec![0xab; 32]));
        for wrong in ["7", "7:", "7:abcd", "0:00", "x", &format!(":{hash}")] {
            assert!(wrong.parse::<HeadArg>().is_err(), "{wrong}");
        }
    }
}
