use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::import::report::ImportRecord;
use crate::import::values::ImportId;
use crate::ports::ImportHistory;

/// Gives an import out of history, every row with it.
pub struct GetImport {
    history: Arc<dyn ImportHistory>,
}

impl GetImport {
    /// Stands on the history.
    pub fn new(history: Arc<dyn ImportHistory>) -> Self {
        Self { history }
    }

    /// The team's import of that id, if it has one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        self.history.find(team, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fixtures::{Shop, id, row, team};
    use serde_json::json;

    #[test]
    fn an_import_is_found_by_its_team_and_id() {
        let shop = Shop::open();
        let rows = json!([row("A1", json!({})), {}]).to_string();
        let report = shop.import_json(rows.as_bytes(), Default::default()).unwrap();
        let get = GetImport::new(shop.store.clone());
        let found = pollster::block_on(get.run(team(), report.id)).unwrap().unwrap();
        let statuses: Vec<_> = found.rows.map(|row| row.unwrap().answer.outcome.status()).collect();
        assert_eq!(statuses, ["created", "error"]);
        assert_eq!(found.summary.counts, report.counts);

        let unknown = pollster::block_on(get.run(team(), id(&shop.ids))).unwrap();
        assert!(unknown.is_none());
        let foreign = pollster::block_on(get.run(id(&shop.ids), report.id)).unwrap();
        assert!(foreign.is_none());
    }
}
