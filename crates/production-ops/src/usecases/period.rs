use kernel::error::{Fault, StoreError};
use kernel::id::TeamId;
use kernel::period::{Bound, Period};
use kernel::team::Terms;
use kernel::zone::TimeZone;

/// The period a list is asked for by `fromDate` and `toDate`, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeriodRequest {
    /// Where it begins; open if not given.
    pub from: Option<Bound>,
    /// Where it ends; open if not given.
    pub to: Option<Bound>,
}

impl PeriodRequest {
    /// The period, its days those of the team; the fault is of `toDate`.
    pub(super) async fn read(
        self,
        calendar: &dyn Terms,
        team: TeamId,
    ) -> Result<Result<Period, Fault>, StoreError> {
        let names_a_day = [self.from, self.to].iter().flatten().any(|bound| matches!(bound, Bound::Day(_)));
        let zone = if names_a_day { calendar.zone(team).await? } else { TimeZone::UTC };
        let period = Period::of(self.from, self.to, zone);
        Ok(period.map_err(|fault| Fault::new("toDate", "OUT_OF_RANGE", fault.to_string())))
    }
}
