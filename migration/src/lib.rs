//! The steps that build Quipu's database. Each is written once and rendered for SQLite and for PostgreSQL; none
//! imports an entity, since an entity tells of today and a step of its own day.

mod ddl;
mod m0001_identity;
mod m0002_chat;
mod m0003_wallet;
mod m0004_commit_hint;
mod m0005_attachment;
mod m0007_messenger;
mod m0008_search;
mod m0009_flow;
mod m0011_summary;
mod m0012_vault;
mod m0013_funding;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Step),
            Box::new(m0002_chat::Step),
            Box::new(m0003_wallet::Step),
            Box::new(m0004_commit_hint::Step),
            Box::new(m0005_attachment::Step),
            Box::new(m0007_messenger::Step),
            Box::new(m0008_search::Step),
            Box::new(m0009_flow::Step),
            Box::new(m0011_summary::Step),
            Box::new(m0012_vault::Step),
            Box::new(m0013_funding::Step),
        ]
    }
}

/// The steps of the file in which SQLite keeps what people search by.
#[derive(Debug)]
pub struct SearchFileMigrator;

impl MigratorTrait for SearchFileMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0008_search::FileStep)]
    }
}
