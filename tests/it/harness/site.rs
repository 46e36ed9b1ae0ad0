//! A place for a server before it has ever run: what commands do there, and then a server on what they left.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use tempfile::TempDir;

use super::server::{Plan, Server, new_folder, run_quipu};

/// A plan with a folder, and no server yet.
pub(crate) struct Site {
    plan: Plan,
    folder: Arc<TempDir>,
}

impl Site {
    /// A new folder, with a database of its own on PostgreSQL.
    pub(crate) async fn new(plan: Plan) -> Self {
        Self {
            plan: plan.with_database().await,
            folder: new_folder(),
        }
    }

    /// Changes the plan.
    pub(crate) fn change(mut self, change: impl FnOnce(Plan) -> Plan) -> Self {
        self.plan = change(self.plan);
        self
    }

    /// Where the server's files will be.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A name beside them.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database's URL, where it has one.
    pub(crate) fn database_url(&self) -> Option<&str> {
        self.plan.database_url()
    }

    /// Brings the key of another server's ledger, and that of its vault, which lies beside it.
    pub(crate) fn bring_key(&self, from: &Path) {
        std::fs::create_dir_all(self.data_folder()).unwrap();
        std::fs::copy(from, self.data_folder().join("ledger.key")).unwrap();
        std::fs::copy(from.with_file_name("vault.key"), self.data_folder().join("vault.key")).unwrap();
    }

    /// Runs a `quipu` there to its end. Returns how it ended and all that it said.
    pub(crate) fn quipu(&self, arguments: &[&str]) -> (ExitStatus, String) {
        run_quipu(&self.plan, self.folder.path(), arguments)
    }

    /// The same, expecting that it ends well.
    pub(crate) fn expect_quipu(&self, arguments: &[&str]) -> String {
        let (status, said) = self.quipu(arguments);
        assert!(status.success(), "quipu {arguments:?}: {status}\n{said}");
        said
    }

    /// The same, expecting that it refuses with exit code 1 and says this.
    pub(crate) fn refused_quipu(&self, arguments: &[&str], why: &str) -> String {
        let (status, said) = self.quipu(arguments);
        assert_eq!(status.code(), Some(1), "quipu {arguments:?}: {said}");
        assert!(said.contains(why), "quipu {arguments:?} says {why:?}: {said}");
        said
    }

    /// Starts a server there.
    pub(crate) fn start(self) -> Server {
        self.plan.start_in(self.folder)
    }
}
