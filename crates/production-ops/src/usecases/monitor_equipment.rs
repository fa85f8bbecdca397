use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::equipment::{Equipment, EquipmentError, EquipmentReport, RaisedAlarm, Receipt, StoredSample, Tag};
use crate::ports::{EquipmentFilter, EquipmentRegister};

/// Takes the reports of equipment, and shows what they came to.
pub struct MonitorEquipment {
    register: Arc<dyn EquipmentRegister>,
    calendar: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl MonitorEquipment {
    /// Stands on a register of equipment, the team's calendar and ids.
    pub fn new(
        register: Arc<dyn EquipmentRegister>,
        calendar: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { register, calendar, ids }
    }

    /// Takes a report, which comes in at the context's time. Repeated and late ones are acknowledged too.
    ///
    /// # Errors
    /// Every fault of the report at once, or that there is no such department or operation.
    pub async fn report(
        &self,
        context: WriteContext<Receipt>,
        report: &EquipmentReport,
    ) -> Result<Written<Receipt>, EquipmentError> {
        let (tag, sample) = report.validate(context.at).map_err(EquipmentError::Invalid)?;
        Ok(self.register.report(context, self.ids.id(), tag, sample).await?)
    }

    /// The team's equipment of that tag.
    ///
    /// # Errors
    /// [`EquipmentError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, tag: Tag) -> Result<Equipment, EquipmentError> {
        self.register.find(team, tag).await?.ok_or(EquipmentError::NotFound)
    }

    /// The window of the team's equipment that `filter` lets through, by tag.
    ///
    /// # Errors
    /// When the store fails.
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
        let period = Period::read(&[period], &*self.calendar, team).await?;
        let period = period.map_err(EquipmentError::Invalid)?;
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
    use crate::equipment::EquipmentStatus;
    use crate::fields::codes;
    use crate::ports::{EquipmentStoreError, MockEquipmentRegister};
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};
    use kernel::team_locale::MockTeamLocales;

    fn monitoring(register: MockEquipmentRegister) -> MonitorEquipment {
        MonitorEquipment::new(Arc::new(register), Arc::new(MockTeamLocales::new()), ids())
    }

    fn tag() -> Tag {
        Tag::try_new("MACHINE-001").unwrap()
    }

    fn report() -> EquipmentReport {
        EquipmentReport {
            equipment_id: Some(" MACHINE-001 ".into()),
            department_id: Some("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".into()),
            status: Some("idle".into()),
            ..EquipmentReport::default()
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
            pollster::block_on(monitoring(register).report(context(), &report())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((receipt.status, receipt.received_at), (EquipmentStatus::Idle, at()));
    }

    #[test]
    fn faulty_input_never_reaches_the_register() {
        let monitoring = monitoring(MockEquipmentRegister::new());
        let nothing = EquipmentReport::default();
        let error = pollster::block_on(monitoring.report(context(), &nothing)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        assert!(error.to_string().starts_with("the report is not valid: equipmentId must be given"));
        assert_eq!(error.faults().len(), 3);
    }

    #[test]
    fn each_thing_that_the_team_has_not_is_the_fault_of_its_field() {
        let department = ("departmentId", "UNKNOWN_DEPARTMENT");
        let operation = ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION");
        for (unknown, expected) in [
            ((true, false), vec![department]),
            ((false, true), vec![operation]),
            ((true, true), vec![department, operation]),
        ] {
            let mut register = MockEquipmentRegister::new();
            register.expect_report().returning(move |_, _, _, _| {
                Err(EquipmentStoreError::Unknown { department: unknown.0, operation: unknown.1 })
            });
            let error = pollster::block_on(monitoring(register).report(context(), &report())).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
            assert_eq!(codes(error.faults()), expected);
        }
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
