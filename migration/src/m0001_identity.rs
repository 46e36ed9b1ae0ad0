//! People, their sessions, the tokens mailed to them and the mail that waits to be sent.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        ddl.table(
            "app_user",
            [
                ddl.id("id"),
                ddl.text("handle"),
                ddl.text("email"),
                ddl.optional_number("email_verified_at"),
                ddl.text("display_name"),
                ddl.text("password_hash"),
                ddl.number("created_at"),
                "PRIMARY KEY (id)".into(),
                "CONSTRAINT app_user_handle UNIQUE (handle)".into(),
                "CONSTRAINT app_user_email UNIQUE (email)".into(),
            ],
        )
        .await?;
        ddl.table(
            "session",
            [
                ddl.id("id"),
                ddl.id("user_id"),
                ddl.bytes("token_hash"),
                ddl.text("device"),
                ddl.number("created_at"),
                ddl.number("last_seen_at"),
                ddl.number("expires_at"),
                ddl.optional_number("revoked_at"),
                "PRIMARY KEY (id)".into(),
                "CONSTRAINT session_token UNIQUE (token_hash)".into(),
            ],
        )
        .await?;
        ddl.run("CREATE INDEX session_by_user ON session (user_id)").await?;
        ddl.table(
            "email_token",
            [
                ddl.bytes("token_hash"),
                ddl.id("user_id"),
                ddl.text("email"),
                ddl.number("expires_at"),
                ddl.optional_number("used_at"),
                "PRIMARY KEY (token_hash)".into(),
            ],
        )
        .await?;
        ddl.run("CREATE INDEX email_token_user ON email_token (user_id)")
            .await?;
        ddl.table(
            "mail",
            [
                ddl.id("id"),
                ddl.text("recipient"),
                ddl.text("subject"),
                ddl.text("body"),
                ddl.number("created_at"),
                ddl.number("attempts"),
                ddl.number("next_attempt_at"),
                ddl.optional_number("sent_at"),
                ddl.optional_text("last_error"),
                "PRIMARY KEY (id)".into(),
            ],
        )
        .await?;
        ddl.run("CREATE INDEX mail_waiting ON mail (next_attempt_at) WHERE sent_at IS NULL")
            .await
    }
}
