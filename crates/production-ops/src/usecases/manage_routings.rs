use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{RoutingFilter, Routings};
use crate::routing::{
    Routing, RoutingDraft, RoutingError, RoutingId, RoutingPatch, RoutingSummary, RoutingVersion,
};

/// Administers how things are made.
pub struct ManageRoutings {
    routings: Arc<dyn Routings>,
    ids: Arc<dyn IdSource>,
}

impl ManageRoutings {
    /// Stands on a store of routings and ids.
    pub fn new(routings: Arc<dyn Routings>, ids: Arc<dyn IdSource>) -> Self {
        Self { routings, ids }
    }

    /// Creates the routing that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once; every department and activity it names and may not; or that the name is
    /// taken.
    pub async fn create(
        &self,
        context: WriteContext<Routing>,
        draft: &RoutingDraft,
    ) -> Result<Written<Routing>, RoutingError> {
        let content = draft.validate(&*self.ids).map_err(RoutingError::Invalid)?;
        Ok(self.routings.create(context, self.ids.id(), content).await?)
    }

    /// Makes the routing's next version, which says what `draft` asks for; gives the routing as it is where nothing
    /// differs.
    ///
    /// # Errors
    /// As [`create`](Self::create), or that there is no such routing.
    pub async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        draft: &RoutingDraft,
    ) -> Result<Written<Routing>, RoutingError> {
        let content = draft.validate(&*self.ids).map_err(RoutingError::Invalid)?;
        Ok(self.routings.revise(context, id, content).await?)
    }

    /// Takes the routing into use or out of it; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// That the patch says nothing, or that there is no such routing.
    pub async fn change(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        patch: RoutingPatch,
    ) -> Result<Written<Routing>, RoutingError> {
        let is_active = patch.validate().map_err(RoutingError::Invalid)?;
        Ok(self.routings.set_active(context, id, is_active).await?)
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
    ///
    /// # Errors
    /// When the store fails.
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
    use crate::fields::codes;
    use crate::ports::{MockRoutings, RoutingStoreError};
    use crate::routing::{Reference, References};
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind, Fault};
    use serde_json::json;

    fn managing(store: MockRoutings) -> ManageRoutings {
        ManageRoutings::new(Arc::new(store), ids())
    }

    fn draft() -> RoutingDraft {
        let operation = json!({"operationName": "Cut", "departmentId": ids().uuid()});
        RoutingDraft {
            name: Some(" Widget ".into()),
            operations: Some(vec![operation]),
            ..Default::default()
        }
    }

    fn known() -> References {
        let milling = Reference { name: crate::Name::try_new("Milling").unwrap(), is_active: true };
        References { departments: [(ids().id(), milling)].into(), ..Default::default() }
    }

    #[test]
    fn a_routing_and_its_operations_are_created_with_new_ids() {
        let mut store = MockRoutings::new();
        store.expect_create().times(1).returning(|context, id, content| {
            Ok(Written::Done(Routing::create(id, content, &known(), context.at).unwrap()))
        });
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), &draft())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!(
            (made.name.as_str(), made.version, made.created_at),
            ("Widget", RoutingVersion::FIRST, at())
        );
        let ids = ids();
        let expected = (ids.uuid(), ids.uuid());
        assert_eq!((made.operations[0].id.uuid(), made.id.uuid()), expected);
    }

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let managing = managing(MockRoutings::new());
        let nothing = RoutingDraft::default();
        for refused in [
            pollster::block_on(managing.create(context(), &nothing)),
            pollster::block_on(managing.revise(context(), ids().id(), &nothing)),
        ] {
            let error = refused.unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
            let expected = [("name", "MISSING_FIELD"), ("operations", "MISSING_FIELD")];
            assert_eq!(codes(error.faults()), expected);
        }
        let nothing = RoutingPatch::default();
        let error = pollster::block_on(managing.change(context(), ids().id(), nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("body", "MISSING_FIELD")]);
    }

    #[test]
    fn a_refused_routing_blames_the_field() {
        let unusable = || vec![Fault::new("operations.0.departmentId", "UNKNOWN_DEPARTMENT", "x")];
        let mut store = MockRoutings::new();
        store.expect_create().returning(|_, _, _| Err(RoutingStoreError::NameTaken));
        store.expect_revise().returning(move |_, _, _| Err(RoutingStoreError::Unusable(unusable())));
        let managing = managing(store);
        let error = pollster::block_on(managing.create(context(), &draft())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "ROUTING_NAME_TAKEN"));
        assert_eq!(codes(error.faults()), [("name", "ROUTING_NAME_TAKEN")]);
        let error = pollster::block_on(managing.revise(context(), ids().id(), &draft())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        assert_eq!(codes(error.faults()), [("operations.0.departmentId", "UNKNOWN_DEPARTMENT")]);
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockRoutings::new();
        store.expect_find().returning(|_, _, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id(), None)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
