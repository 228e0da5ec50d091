//! Databases of one test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// A database on the server of `PECAN_TEST_POSTGRES`.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    pub(crate) async fn create(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pecan_it_{}_{count}", std::process::id());
        let database = Self { server: server.to_owned(), name };
        database.tell("CREATE DATABASE").await;
        database
    }

    /// Its connection string.
    pub(crate) fn connection(&self) -> String {
        let mut url = url::Url::parse(&self.server).unwrap();
        url.set_path(&self.name);
        url.into()
    }

    /// Removes it, whoever still uses it.
    pub(crate) async fn remove(self) {
        self.tell("DROP DATABASE").await;
    }

    async fn tell(&self, command: &str) {
        let force = if command.starts_with("DROP") { " WITH (FORCE)" } else { "" };
        let mut connection = PgConnection::connect(&self.server).await.unwrap();
        // The name is made above, of nothing but letters and digits.
        let statement = AssertSqlSafe(format!("{command} {}{force}", self.name));
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
