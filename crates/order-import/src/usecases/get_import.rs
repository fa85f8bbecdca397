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
