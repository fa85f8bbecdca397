//! The ports in memory, for examples and tests. It keeps no audit trail.

mod master_data;
mod orders;
mod routings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::manufacturing::OrderId;
use kernel::memory::{InMemoryResponses, InMemoryState, Records, page};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::collection::{Collection, CollectionId};
use crate::data_collection::{Activity, ActivityError, ActivityId};
use crate::department::{Department, DepartmentId};
use crate::operation::{OperationId, Segment};
use crate::operator::{Attendance, Operator, OperatorId};
use crate::order::ManufacturingOrder;
use crate::pause_reason::{PauseReason, PauseReasonId};
use crate::routing::{Routing, RoutingId};
use crate::work_centre::{WorkCentre, WorkCentreId};

/// The plant of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryPlant {
    state: Mutex<State>,
}

/// What is stored of every team.
#[derive(Debug, Default)]
pub struct State {
    departments: Records<Department>,
    work_centres: Records<WorkCentre>,
    pause_reasons: Records<PauseReason>,
    activities: Records<Activity>,
    users: BTreeSet<(TeamId, UserId)>,
    operators: Records<Operator>,
    attendance: BTreeMap<(TeamId, OperatorId), Vec<Attendance>>,
    /// Every version of each, the first first.
    routings: BTreeMap<(TeamId, RoutingId), Vec<Routing>>,
    orders: BTreeMap<(TeamId, OrderId), ManufacturingOrder>,
    segments: BTreeMap<OperationId, Vec<Segment>>,
    collections: BTreeMap<(TeamId, CollectionId), Collection>,
    /// How far each series of each team has counted, by kind and period.
    counters: BTreeMap<(TeamId, &'static str, String), u64>,
    responses: InMemoryResponses,
}

impl InMemoryPlant {
    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

fn of_team<I, T: Clone>(things: &BTreeMap<(TeamId, I), T>, team: TeamId) -> Vec<T> {
    things.iter().filter(|((owner, _), _)| *owner == team).map(|(_, thing)| thing.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use kernel::clock::{CountedIds, IdSource};

    /// A plant, and two teams with their users: two of the first, one of the other.
    fn plant(ids: &dyn IdSource) -> (InMemoryPlant, contract::Teams) {
        let plant = InMemoryPlant::default();
        let teams = contract::Teams {
            team: ids.id(),
            users: [ids.id(), ids.id()],
            other_team: ids.id(),
            foreign_user: ids.id(),
        };
        plant.admit_user(teams.other_team, teams.foreign_user);
        for user in teams.users {
            plant.admit_user(teams.team, user);
        }
        (plant, teams)
    }

    #[test]
    fn it_keeps_master_data_as_the_contract_says() {
        let ids = CountedIds::default();
        let new = || plant(&ids);
        let ((departments, teams), (centres, other)) = (new(), new());
        pollster::block_on(contract::departments(&departments, &ids, &teams));
        pollster::block_on(contract::work_centres(&centres, &centres, &ids, &other));
        let ((reasons, teams), (activities, other)) = (new(), new());
        pollster::block_on(contract::pause_reasons(&reasons, &ids, &teams));
        pollster::block_on(contract::activities(&activities, &ids, &other));
        let (operators, teams) = new();
        pollster::block_on(contract::operators(&operators, &operators, &ids, &teams));
    }

    #[test]
    fn it_keeps_orders_as_the_contract_says() {
        let ids = CountedIds::default();
        let (plant, teams) = plant(&ids);
        let stores = contract::OrderStores {
            orders: &plant,
            operations: &plant,
            collections: &plant,
            routings: &plant,
            departments: &plant,
            activities: &plant,
            operators: &plant,
            pause_reasons: &plant,
        };
        pollster::block_on(contract::orders(stores, &ids, &teams));
    }

    #[test]
    fn it_keeps_routings_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let stores = contract::RoutingStores { routings: &plant, departments: &plant, activities: &plant };
        pollster::block_on(contract::routings(stores, ids, ids.id(), ids.id()));
    }
}
