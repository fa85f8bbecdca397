use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::import::report::{ImportSummary, Verdict};
use crate::ports::ImportHistory;

/// Lists a team's imports, newest first.
pub struct ListImports {
    history: Arc<dyn ImportHistory>,
}

impl ListImports {
    /// The largest page of the list.
    pub const MAX_PAGE: u32 = 100;

    /// Creates the use case.
    pub fn new(history: Arc<dyn ImportHistory>) -> Self {
        Self { history }
    }

    /// Returns a page of the team's imports, those with this verdict if one is given.
    pub async fn run(
        &self,
        team: TeamId,
        verdict: Option<Verdict>,
        window: Window,
    ) -> Result<Listing<ImportSummary>, StoreError> {
        self.history.list(team, verdict, window).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fixtures::team;
    use crate::ports::MockImportHistory;

    #[test]
    fn the_store_gets_the_callers_team_verdict_and_window() {
        let mut history = MockImportHistory::new();
        let window = Window::try_new(20, 10, ListImports::MAX_PAGE).unwrap();
        history
            .expect_list()
            .withf(move |team_id, verdict, part| {
                (*team_id, *verdict, *part) == (team(), Some(Verdict::Rejected), window)
            })
            .returning(|_, _, _| Ok(Listing { items: vec![], total: 20 }));
        let list = ListImports::new(Arc::new(history));
        let listing = pollster::block_on(list.run(team(), Some(Verdict::Rejected), window)).unwrap();
        assert_eq!(listing.total, 20);
    }
}
