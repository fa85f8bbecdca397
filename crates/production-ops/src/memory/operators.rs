use super::*;
use crate::operator::{ClockEvent, OperatorChange, OperatorError};
use crate::ports::{OperatorFilter, Operators};

impl InMemoryPlant {
    /// Lets the team's operators be linked to a user.
    pub fn admit_user(&self, team: TeamId, user: UserId) {
        self.lock().users.insert((team, user));
    }
}

#[async_trait]
impl Operators for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<Operator>,
        operator: Operator,
    ) -> Result<Written<Operator>, OperatorError> {
        self.lock().once(&context, |state| state.store_operator(context.team, operator))
    }

    async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        change: OperatorChange,
    ) -> Result<Written<Operator>, OperatorError> {
        self.lock().once(&context, |state| {
            let present = state.operators.get(&(context.team, id)).ok_or(OperatorError::NotFound)?;
            match present.change(&change, context.at) {
                Some(changed) => state.store_operator(context.team, changed),
                None => Ok(present.clone()),
            }
        })
    }

    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError> {
        self.lock().once(&context, |state| {
            let present = state.operators.get_mut(&(context.team, id)).ok_or(OperatorError::NotFound)?;
            let entry = present.clock(event, context.at)?;
            present.attendance = Some(entry);
            state.attendance.entry((context.team, id)).or_default().push(entry);
            Ok(present.clone())
        })
    }

    async fn find(&self, team: TeamId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
        Ok(self.lock().operators.get(&(team, id)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OperatorFilter,
        window: Window,
    ) -> Result<Listing<Operator>, StoreError> {
        let mut found = of_team(&self.lock().operators, team);
        found.retain(|operator| operator.is_active || !filter.active_only);
        found.retain(|operator| filter.skill.as_ref().is_none_or(|skill| operator.skills.contains(skill)));
        found.retain(|operator| filter.badge.as_ref().is_none_or(|badge| *badge == operator.badge));
        found.sort_by_key(|operator| (operator.name.key(), operator.id));
        Ok(page(found, window))
    }

    async fn attendance(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError> {
        let mut found = self.lock().attendance.get(&(team, id)).cloned().unwrap_or_default();
        found.reverse();
        Ok(page(found, window))
    }
}

impl State {
    fn store_operator(&mut self, team: TeamId, operator: Operator) -> Result<Operator, OperatorError> {
        let mut others = of_team(&self.operators, team);
        others.retain(|other| other.id != operator.id);
        if others.iter().any(|other| other.badge == operator.badge) {
            return Err(OperatorError::BadgeTaken);
        }
        if let Some(user) = operator.user {
            if !self.users.contains(&(team, user)) {
                return Err(OperatorError::UnknownUser);
            }
            if others.iter().any(|other| other.user == Some(user)) {
                return Err(OperatorError::UserTaken);
            }
        }
        self.operators.insert((team, operator.id), operator.clone());
        Ok(operator)
    }
}
