use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::period::{EmptyPeriod, Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::equipment::{
    Equipment, EquipmentError, EquipmentReport, RaisedAlarm, Receipt, Sample, StoredSample, Tag,
};
use crate::ports::{EquipmentFilter, EquipmentRegister};

/// Stores the reports of equipment, and shows its state, samples and alarms.
pub struct MonitorEquipment {
    register: Arc<dyn EquipmentRegister>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl MonitorEquipment {
    pub fn new(
        register: Arc<dyn EquipmentRegister>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { register, locales, ids }
    }

    /// Stores a report, which comes in at the context's time. Repeated and late ones are acknowledged too.
    ///
    /// # Errors
    /// [`EquipmentError::ClockAhead`] or [`EquipmentError::UnknownReferences`].
    pub async fn report(
        &self,
        context: WriteContext<Receipt>,
        report: EquipmentReport,
    ) -> Result<Written<Receipt>, EquipmentError> {
        let (tag, sample) = Sample::of(report, context.at)?;
        self.register.report(context, self.ids.id(), tag, sample).await
    }

    /// The team's equipment of that tag.
    ///
    /// # Errors
    /// [`EquipmentError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, tag: Tag) -> Result<Equipment, EquipmentError> {
        self.register.find(team, tag).await?.ok_or(EquipmentError::NotFound)
    }

    /// The window of the team's equipment that `filter` lets through, by tag.
    pub async fn list(
        &self,
        team: TeamId,
        filter: EquipmentFilter,
        window: Window,
    ) -> Result<Listing<Equipment>, EquipmentError> {
        Ok(self.register.list(team, filter, window).await?)
    }

    /// The window of an equipment's samples of a period, the newest first.
    ///
    /// # Errors
    /// [`EquipmentError::NotFound`] when there is no such equipment, or that the period is empty.
    pub async fn samples(
        &self,
        team: TeamId,
        tag: Tag,
        period: PeriodRequest,
        window: Window,
    ) -> Result<Listing<StoredSample>, EquipmentError> {
        let period = Period::read(&[period], &*self.locales, team).await?;
        let period = period.map_err(|_| EmptyPeriod)?;
        let listing = self.register.samples(team, tag.clone(), period, window).await?;
        self.known(team, tag, listing).await
    }

    /// The window of the alarms that an equipment ever raised, the newest first.
    ///
    /// # Errors
    /// [`EquipmentError::NotFound`] when there is no such equipment.
    pub async fn alarms(
        &self,
        team: TeamId,
        tag: Tag,
        window: Window,
    ) -> Result<Listing<RaisedAlarm>, EquipmentError> {
        let listing = self.register.alarms(team, tag.clone(), window).await?;
        self.known(team, tag, listing).await
    }

    /// The listing; where it is empty, whether that is because there is no such equipment.
    async fn known<T>(
        &self,
        team: TeamId,
        tag: Tag,
        listing: Listing<T>,
    ) -> Result<Listing<T>, EquipmentError> {
        if listing.total == 0 {
            self.find(team, tag).await?;
        }
        Ok(listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equipment::{EquipmentStatus, Readings};
    use crate::ports::MockEquipmentRegister;
    use chrono::{DateTime, TimeDelta, Utc};
    use kernel::access::{Actor, Identity};
    use kernel::clock::CountedIds;
    use kernel::error::{Classified, ErrorKind};
    use kernel::team_locale::MockTeamLocales;

    fn ids() -> Arc<dyn IdSource> {
        Arc::new(CountedIds::default())
    }

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1)
    }

    fn context<O>() -> WriteContext<O> {
        let actor = Actor { team: ids().id(), identity: Identity::System { part: "test" } };
        WriteContext::unclaimed(&actor, "test", at())
    }

    fn monitoring(register: MockEquipmentRegister) -> MonitorEquipment {
        MonitorEquipment::new(Arc::new(register), Arc::new(MockTeamLocales::new()), ids())
    }

    fn tag() -> Tag {
        Tag::try_new("MACHINE-001").unwrap()
    }

    fn report() -> EquipmentReport {
        EquipmentReport {
            tag: tag(),
            department: ids().id(),
            status: EquipmentStatus::Idle,
            operation: None,
            readings: Readings::default(),
            alarms: Vec::new(),
            taken_at: None,
        }
    }

    #[test]
    fn a_report_reaches_the_register_as_a_sample_of_the_contexts_time_with_a_new_id() {
        let mut register = MockEquipmentRegister::new();
        register.expect_report().times(1).returning(|context, id, of, sample| {
            assert_eq!((id, of, sample.taken_at), (ids().id(), tag(), at()));
            Ok(Written::Done(Receipt::of(&tag(), &sample, &[], context.at)))
        });
        let Written::Done(receipt) =
            pollster::block_on(monitoring(register).report(context(), report())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((receipt.status, receipt.received_at), (EquipmentStatus::Idle, at()));
    }

    #[test]
    fn a_report_from_the_future_never_reaches_the_register() {
        let taken_at = Some(at() + TimeDelta::minutes(6));
        let monitoring = monitoring(MockEquipmentRegister::new());
        let report = EquipmentReport { taken_at, ..report() };
        let error = pollster::block_on(monitoring.report(context(), report)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
    }

    #[test]
    fn what_the_team_has_not_is_refused() {
        let mut register = MockEquipmentRegister::new();
        register.expect_report().returning(|_, _, _, _| {
            Err(EquipmentError::UnknownReferences { department: true, operation: false })
        });
        let error = pollster::block_on(monitoring(register).report(context(), report())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
    }

    #[test]
    fn nothing_of_what_does_not_exist_is_not_found() {
        let nothing = || {
            let mut register = MockEquipmentRegister::new();
            register.expect_find().returning(|_, _| Ok(None));
            register.expect_samples().returning(|_, _, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
            register.expect_alarms().returning(|_, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
            monitoring(register)
        };
        let (team, window) = (ids().id(), Window::try_new(0, 1, 1).unwrap());
        let monitoring = nothing();
        for error in [
            pollster::block_on(monitoring.find(team, tag())).unwrap_err(),
            pollster::block_on(monitoring.samples(team, tag(), PeriodRequest::default(), window))
                .unwrap_err(),
            pollster::block_on(monitoring.alarms(team, tag(), window)).unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
        }
    }
}
