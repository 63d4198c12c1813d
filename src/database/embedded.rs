//! Placeholder until the real one stands here.
#![allow(missing_docs)]
pub struct Embedded(sqlx::postgres::PgConnectOptions);
impl Embedded {
    pub async fn start(_: &std::path::Path) -> anyhow::Result<Self> {
        anyhow::bail!("none")
    }
    pub fn options(&self) -> &sqlx::postgres::PgConnectOptions {
        &self.0
    }
    pub fn version(&self) -> &str {
        ""
    }
    pub async fn stop(self) {}
}
