//! The ports in memory, for examples and tests. It keeps no audit trail.

mod activities;
mod departments;
mod operators;
mod pause_reasons;
mod routings;
mod work_centres;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId};
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::data_collection::{Activity, ActivityId};
use crate::department::{Department, DepartmentId};
use crate::operator::{Attendance, Operator, OperatorId};
use crate::pause_reason::{PauseReason, PauseReasonId};
use crate::routing::{Routing, RoutingId};
use crate::work_centre::{WorkCentre, WorkCentreId};

/// The plant of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryPlant {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    departments: BTreeMap<(TeamId, DepartmentId), Department>,
    work_centres: BTreeMap<(TeamId, WorkCentreId), WorkCentre>,
    pause_reasons: BTreeMap<(TeamId, PauseReasonId), PauseReason>,
    activities: BTreeMap<(TeamId, ActivityId), Activity>,
    users: BTreeSet<(TeamId, UserId)>,
    operators: BTreeMap<(TeamId, OperatorId), Operator>,
    attendance: BTreeMap<(TeamId, OperatorId), Vec<Attendance>>,
    /// Every version of each, the first first.
    routings: BTreeMap<(TeamId, RoutingId), Vec<Routing>>,
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

    #[test]
    fn it_keeps_departments_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        pollster::block_on(contract::departments(&plant, ids, ids.id(), ids.id()));
    }

    #[test]
    fn it_keeps_work_centres_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        pollster::block_on(contract::work_centres(&plant, &plant, ids, ids.id(), ids.id()));
    }

    #[test]
    fn it_keeps_pause_reasons_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        pollster::block_on(contract::pause_reasons(&plant, ids, ids.id(), ids.id()));
    }

    #[test]
    fn it_keeps_operators_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let (team, other_team) = (ids.id(), ids.id());
        let (users, foreign) = ([ids.id(), ids.id()], ids.id());
        plant.admit_user(other_team, foreign);
        for user in users {
            plant.admit_user(team, user);
        }
        pollster::block_on(contract::operators(&plant, ids, (team, users), (other_team, foreign)));
    }

    #[test]
    fn it_keeps_activities_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        pollster::block_on(contract::activities(&plant, ids, ids.id(), ids.id()));
    }

    #[test]
    fn it_keeps_routings_as_the_contract_says() {
        let (plant, ids) = (InMemoryPlant::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let stores = contract::RoutingStores { routings: &plant, departments: &plant, activities: &plant };
        pollster::block_on(contract::routings(stores, ids, ids.id(), ids.id()));
    }
}
