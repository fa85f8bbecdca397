use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::import::report::ImportRecord;
use crate::import::values::ImportId;
use crate::ports::ImportHistory;

/// Finds an import in history, with its rows.
pub struct GetImport {
    history: Arc<dyn ImportHistory>,
}

impl GetImport {
    /// Creates the use case.
    pub fn new(history: Arc<dyn ImportHistory>) -> Self {
        Self { history }
    }

    /// Finds the team's import of that id, if it has one.
    pub async fn run(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        self.history.find(team, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fixtures::{Fixture, id, row, team};
    use serde_json::json;

    #[test]
    fn an_import_is_found_by_its_team_and_id() {
        let fixture = Fixture::new();
        let rows = json!([row("A1", json!({})), {}]).to_string();
        let report = fixture.import_json(rows.as_bytes(), Default::default()).unwrap();
        let get = GetImport::new(fixture.store.clone());
        let found = pollster::block_on(get.run(team(), report.id)).unwrap().unwrap();
        let statuses: Vec<_> = found.rows.map(|row| row.unwrap().result.outcome.status()).collect();
        assert_eq!(statuses, ["created", "error"]);
        assert_eq!(found.summary.counts, report.counts);

        let unknown = pollster::block_on(get.run(team(), id(&fixture.ids))).unwrap();
        assert!(unknown.is_none());
        let foreign = pollster::block_on(get.run(id(&fixture.ids), report.id)).unwrap();
        assert!(foreign.is_none());
    }
}
