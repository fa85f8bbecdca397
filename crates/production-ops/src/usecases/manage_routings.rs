use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{RoutingFilter, Routings};
use crate::routing::{Routing, RoutingContent, RoutingError, RoutingId, RoutingSummary, RoutingVersion};

/// Creates, changes and shows routings.
pub struct ManageRoutings {
    routings: Arc<dyn Routings>,
    ids: Arc<dyn IdSource>,
}

impl ManageRoutings {
    pub fn new(routings: Arc<dyn Routings>, ids: Arc<dyn IdSource>) -> Self {
        Self { routings, ids }
    }

    /// Creates a routing in its first version.
    ///
    /// # Errors
    /// [`RoutingError::Unusable`] or [`RoutingError::NameTaken`].
    pub async fn create(
        &self,
        context: WriteContext<Routing>,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.routings.create(context, self.ids.id(), content).await
    }

    /// Makes the routing's next version; gives the routing as it is where nothing differs.
    ///
    /// # Errors
    /// As [`create`](Self::create), or [`RoutingError::NotFound`].
    pub async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.routings.revise(context, id, content).await
    }

    /// Takes the routing into use or out of it; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// [`RoutingError::NotFound`].
    pub async fn set_active(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        is_active: bool,
    ) -> Result<Written<Routing>, RoutingError> {
        self.routings.set_active(context, id, is_active).await
    }

    /// The team's routing of that id, in that version or in its latest.
    ///
    /// # Errors
    /// [`RoutingError::NotFound`] when there is none, or not in that version.
    pub async fn find(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Result<Routing, RoutingError> {
        self.routings.find(team, id, version).await?.ok_or(RoutingError::NotFound)
    }

    /// The window of the team's routings that `filter` lets through, by name.
    pub async fn list(
        &self,
        team: TeamId,
        filter: RoutingFilter,
        window: Window,
    ) -> Result<Listing<RoutingSummary>, RoutingError> {
        Ok(self.routings.list(team, filter, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockRoutings;
    use crate::routing::{
        Minutes, OperationActivities, OperationContent, OperationTimes, Reference, References, RunTimeBasis,
        Unusable, UnusableReference,
    };
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockRoutings) -> ManageRoutings {
        ManageRoutings::new(Arc::new(store), ids())
    }

    fn name(text: &str) -> crate::Name {
        crate::Name::try_new(text).unwrap()
    }

    fn content() -> RoutingContent {
        let operation = OperationContent {
            number: 1,
            name: name("Cut"),
            department: ids().id(),
            times: OperationTimes { setup: Minutes::ZERO, run: Minutes::ZERO, basis: RunTimeBasis::PerOrder },
            instructions: None,
            required_skills: [].into(),
            activities: OperationActivities::default(),
        };
        RoutingContent {
            name: name("Widget"),
            description: None,
            product: None,
            allow_overlap: false,
            operations: vec![operation],
        }
    }

    fn known() -> References {
        let milling = Reference { name: name("Milling"), is_active: true };
        References { departments: [(ids().id(), milling)].into(), ..Default::default() }
    }

    #[test]
    fn a_routing_is_created_with_a_new_id() {
        let mut store = MockRoutings::new();
        store.expect_create().times(1).returning(|context, id, content| {
            Ok(Written::Done(Routing::create(id, content, &known(), &*ids(), context.at).unwrap()))
        });
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), content())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        let facts = (made.id, made.name.as_str(), made.version, made.created_at);
        assert_eq!(facts, (ids().id(), "Widget", RoutingVersion::FIRST, at()));
    }

    #[test]
    fn a_refused_routing_is_a_conflict_or_invalid() {
        let unusable = UnusableReference { operation: 0, activity: None, why: Unusable::Unknown };
        let mut store = MockRoutings::new();
        store.expect_create().returning(|_, _, _| Err(RoutingError::NameTaken));
        store.expect_revise().returning(move |_, _, _| Err(RoutingError::Unusable(vec![unusable])));
        let managing = managing(store);
        let error = pollster::block_on(managing.create(context(), content())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "ROUTING_NAME_TAKEN"));
        let error = pollster::block_on(managing.revise(context(), ids().id(), content())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockRoutings::new();
        store.expect_find().returning(|_, _, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id(), None)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
