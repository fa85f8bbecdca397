use kernel::clock::SystemIds;

use super::*;
use crate::ports::{RoutingFilter, Routings};
use crate::routing::{Reference, References, RoutingContent, RoutingError, RoutingSummary, RoutingVersion};

#[async_trait]
impl Routings for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.lock().once(&context, |state| {
            let made = Routing::create(id, content, &state.references(context.team), &SystemIds, context.at);
            state.store_version(context.team, made.map_err(RoutingError::Unusable)?)
        })
    }

    async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.lock().once(&context, |state| {
            let present = state.routing(context.team, id, None).ok_or(RoutingError::NotFound)?;
            if present.says(&content) {
                return Ok(present);
            }
            let revised = present.revise(content, &state.references(context.team), &SystemIds, context.at);
            state.store_version(context.team, revised.map_err(RoutingError::Unusable)?)
        })
    }

    async fn set_active(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        is_active: bool,
    ) -> Result<Written<Routing>, RoutingError> {
        self.lock().once(&context, |state| {
            let present = state.routing(context.team, id, None).ok_or(RoutingError::NotFound)?;
            let Some(changed) = present.set_active(is_active, context.at) else { return Ok(present) };
            let versions = state.routings.entry((context.team, id)).or_default();
            versions.pop();
            versions.push(changed.clone());
            Ok(changed)
        })
    }

    async fn find(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Result<Option<Routing>, StoreError> {
        Ok(self.lock().routing(team, id, version))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: RoutingFilter,
        window: Window,
    ) -> Result<Listing<RoutingSummary>, StoreError> {
        let routings = of_team(&self.lock().routings, team);
        let latest = routings.iter().filter_map(|versions| versions.last());
        let mut found: Vec<_> = latest.map(Routing::summary).collect();
        found.retain(|routing| routing.is_active || !filter.active_only);
        found.retain(|routing| filter.product.is_none() || routing.product == filter.product);
        found.sort_by_key(|routing| (routing.name.key(), routing.id));
        Ok(page(found, window))
    }
}

impl State {
    fn references(&self, team: TeamId) -> References {
        let departments = of_team(&self.departments, team).into_iter();
        let activities = of_team(&self.activities, team).into_iter();
        References {
            departments: departments
                .map(|department| {
                    (department.id, Reference { name: department.name, is_active: department.is_active })
                })
                .collect(),
            activities: activities
                .map(|activity| {
                    (activity.id, Reference { name: activity.name, is_active: activity.is_active })
                })
                .collect(),
        }
    }

    /// A version of a routing, with everything else, and the names of what it names, as they are now.
    pub(super) fn routing(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Option<Routing> {
        let versions = self.routings.get(&(team, id))?;
        let latest = versions.last()?;
        let wanted = version.unwrap_or(latest.version);
        let mut routing = versions.iter().find(|routing| routing.version == wanted)?.clone();
        for operation in &mut routing.operations {
            if let Some(department) = self.departments.get(&(team, operation.department.id)) {
                operation.department.name = department.name.clone();
            }
            for collecting in &mut operation.activities {
                if let Some(activity) = self.activities.get(&(team, collecting.activity.id)) {
                    collecting.activity.name = activity.name.clone();
                }
            }
        }
        let (is_active, revision, updated_at) = (latest.is_active, latest.revision, latest.updated_at);
        Some(Routing { is_active, revision, updated_at, ..routing })
    }

    fn store_version(&mut self, team: TeamId, routing: Routing) -> Result<Routing, RoutingError> {
        let routings = of_team(&self.routings, team);
        let mut others = routings.iter().filter_map(|versions| versions.last());
        if others.any(|other| other.id != routing.id && other.name.key() == routing.name.key()) {
            return Err(RoutingError::NameTaken);
        }
        self.routings.entry((team, routing.id)).or_default().push(routing.clone());
        Ok(routing)
    }
}
