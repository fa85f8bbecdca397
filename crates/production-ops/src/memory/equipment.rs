use super::*;
use crate::equipment::{Applied, Receipt, Sample};
use crate::operation::OperationId;
use crate::ports::{EquipmentFilter, EquipmentRegister, EquipmentStoreError};
use kernel::period::Period;

impl InMemoryPlant {
    /// Lets the team's equipment work on an operation.
    pub fn admit_operation(&self, team: TeamId, operation: OperationId) {
        self.lock().operations.insert((team, operation));
    }
}

#[async_trait]
impl EquipmentRegister for InMemoryPlant {
    async fn report(
        &self,
        context: WriteContext<Receipt>,
        id: EquipmentId,
        tag: Tag,
        sample: Sample,
    ) -> Result<Written<Receipt>, EquipmentStoreError> {
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
            samples.entry(sample.taken_at).or_insert(StoredSample { sample, received_at: at });
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
        let mut found = of_team(&self.lock().equipment, team);
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
        let mut found: Vec<_> = samples.into_values().rev().collect();
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
        found.sort_by(|one, other| {
            other.raised_at.cmp(&one.raised_at).then_with(|| one.alarm.code.cmp(&other.alarm.code))
        });
        Ok(page(found, window))
    }
}

impl State {
    fn knows(&self, team: TeamId, sample: &Sample) -> Result<(), EquipmentStoreError> {
        let department = !self.departments.contains_key(&(team, sample.department));
        let operation =
            sample.operation.is_some_and(|operation| !self.operations.contains(&(team, operation)));
        if department || operation {
            return Err(EquipmentStoreError::Unknown { department, operation });
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
