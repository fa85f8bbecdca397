//! The ports in memory, for examples and tests. It keeps no audit trail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::page::{Listing, Window};
use kernel::period::Period;
use kernel::write::{WriteContext, Written};

use crate::equipment::{
    Applied, DepartmentId, Equipment, EquipmentError, EquipmentId, RaisedAlarm, Receipt, Sample,
    StoredSample, Tag, WorkOrderOperationId,
};
use crate::ports::{EquipmentFilter, EquipmentRegister};

/// The equipment of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryEquipment {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    departments: BTreeSet<(TeamId, DepartmentId)>,
    operations: BTreeSet<(TeamId, WorkOrderOperationId)>,
    equipment: BTreeMap<(TeamId, Tag), Equipment>,
    samples: BTreeMap<(TeamId, Tag), BTreeMap<DateTime<Utc>, Vec<StoredSample>>>,
    alarms: BTreeMap<(TeamId, Tag), Vec<RaisedAlarm>>,
    responses: InMemoryResponses,
}

impl InMemoryEquipment {
    /// Lets the team's equipment stand in a department.
    pub fn admit_department(&self, team: TeamId, department: DepartmentId) {
        self.lock().departments.insert((team, department));
    }

    /// Lets the team's equipment work on an operation.
    pub fn admit_operation(&self, team: TeamId, operation: WorkOrderOperationId) {
        self.lock().operations.insert((team, operation));
    }

    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EquipmentRegister for InMemoryEquipment {
    async fn report(
        &self,
        context: WriteContext<Receipt>,
        id: EquipmentId,
        tag: Tag,
        sample: Sample,
    ) -> Result<Written<Receipt>, EquipmentError> {
        self.lock().once(&context, |state| {
            let (team, at) = (context.team, context.at);
            state.knows(team, &sample)?;
            let applied = match state.equipment.get(&(team, tag.clone())) {
                Some(equipment) => equipment.report(&sample, at),
                None => Some(Equipment::register(id, tag.clone(), &sample, at)),
            };
            let raised = applied.as_ref().map(|applied| applied.raised.clone()).unwrap_or_default();
            let receipt = Receipt::of(&tag, &sample, &raised, at);
            if let Some(applied) = applied {
                state.apply(team, applied);
            }
            let samples = state.samples.entry((team, tag)).or_default();
            let of_that_moment = samples.entry(sample.taken_at).or_default();
            if of_that_moment.iter().all(|stored: &StoredSample| stored.sample != sample) {
                of_that_moment.push(StoredSample { sample, received_at: at });
            }
            Ok(receipt)
        })
    }

    async fn find(&self, team: TeamId, tag: Tag) -> Result<Option<Equipment>, StoreError> {
        Ok(self.lock().equipment.get(&(team, tag)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: EquipmentFilter,
        window: Window,
    ) -> Result<Listing<Equipment>, StoreError> {
        let state = self.lock();
        let all = state.equipment.iter().filter(|((owner, _), _)| *owner == team);
        let mut found: Vec<_> = all.map(|(_, equipment)| equipment.clone()).collect();
        found.retain(|one| filter.status.is_none_or(|status| status == one.status));
        found.retain(|one| filter.department.is_none_or(|department| department == one.department));
        found.retain(|one| filter.alarm.is_none_or(|alarm| alarm != one.alarms.is_empty()));
        Ok(page(found, window))
    }

    async fn samples(
        &self,
        team: TeamId,
        tag: Tag,
        period: Period,
        window: Window,
    ) -> Result<Listing<StoredSample>, StoreError> {
        let Period { from, before: until } = period;
        let samples = self.lock().samples.get(&(team, tag)).cloned().unwrap_or_default();
        let mut found: Vec<_> = samples.into_values().flatten().collect();
        found.reverse();
        found.retain(|stored| from.is_none_or(|from| from <= stored.sample.taken_at));
        found.retain(|stored| until.is_none_or(|until| stored.sample.taken_at < until));
        Ok(page(found, window))
    }

    async fn alarms(
        &self,
        team: TeamId,
        tag: Tag,
        window: Window,
    ) -> Result<Listing<RaisedAlarm>, StoreError> {
        let mut found = self.lock().alarms.get(&(team, tag)).cloned().unwrap_or_default();
        found.reverse();
        found.sort_by(|one, other| {
            other.raised_at.cmp(&one.raised_at).then_with(|| one.alarm.code.cmp(&other.alarm.code))
        });
        Ok(page(found, window))
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    fn knows(&self, team: TeamId, sample: &Sample) -> Result<(), EquipmentError> {
        let department = !self.departments.contains(&(team, sample.department));
        let operation =
            sample.operation.is_some_and(|operation| !self.operations.contains(&(team, operation)));
        if department || operation {
            return Err(EquipmentError::UnknownReferences { department, operation });
        }
        Ok(())
    }

    fn apply(&mut self, team: TeamId, applied: Applied) {
        let Applied { after, raised, cleared, .. } = applied;
        let history = self.alarms.entry((team, after.tag.clone())).or_default();
        for known in history.iter_mut() {
            if known.cleared_at.is_none() && cleared.contains(&known.alarm.code) {
                known.cleared_at = Some(after.taken_at);
            }
        }
        let raised = raised.into_iter().map(|open| RaisedAlarm {
            alarm: open.alarm,
            raised_at: open.raised_at,
            cleared_at: None,
        });
        history.extend(raised);
        self.equipment.insert((team, after.tag.clone()), after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn it_keeps_equipment_as_the_contract_says() {
        let (store, ids) = (InMemoryEquipment::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let halls = [(); 2].map(|()| contract::Hall {
            team: ids.id(),
            departments: [ids.id(), ids.id()],
            operation: ids.id(),
        });
        for hall in &halls {
            store.admit_operation(hall.team, hall.operation);
            for department in hall.departments {
                store.admit_department(hall.team, department);
            }
        }
        let [hall, other] = &halls;
        pollster::block_on(contract::equipment(&store, ids, hall, other));
    }
}
