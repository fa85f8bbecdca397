use std::sync::Arc;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::assignment::{Assignment, AssignmentId, OrderId};
use crate::ports::{AssignmentFilter, Assignments};
use crate::supply::{NewAssignment, SupplyError, VendorAnswer};

/// Assigns lines of orders to vendors, takes their answers, and shows both.
pub struct ManageAssignments {
    assignments: Arc<dyn Assignments>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageAssignments {
    pub fn new(
        assignments: Arc<dyn Assignments>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { assignments, locales, ids }
    }

    /// Assigns lines of an order, all of them or none.
    ///
    /// # Errors
    /// What [`OrderSupply::assign`](crate::supply::OrderSupply::assign) fails with, [`SupplyError::NotFound`].
    pub async fn assign(
        &self,
        context: WriteContext<Vec<Assignment>>,
        order: OrderId,
        new: Vec<NewAssignment>,
    ) -> Result<Written<Vec<Assignment>>, SupplyError> {
        let ids = new.iter().map(|_| self.ids.id()).collect();
        self.assignments.assign(context, order, ids, new).await
    }

    /// Takes the answer of a vendor to an assignment that `by` covers.
    ///
    /// # Errors
    /// What [`OrderSupply::confirm`](crate::supply::OrderSupply::confirm) fails with.
    pub async fn confirm(
        &self,
        context: WriteContext<Assignment>,
        by: Visibility,
        id: AssignmentId,
        answer: VendorAnswer,
    ) -> Result<Written<Assignment>, SupplyError> {
        self.assignments.confirm(context, by, id, answer).await
    }

    /// The assignment of that id.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`], also where the caller may not see it.
    pub async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: AssignmentId,
    ) -> Result<Assignment, SupplyError> {
        let found = self.assignments.find(team, visibility, id).await?;
        found.ok_or(SupplyError::NotFound("assignment"))
    }

    /// The window of the assignments that the caller sees and that `filter` lets through, made in the period.
    ///
    /// # Errors
    /// [`SupplyError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        mut filter: AssignmentFilter,
        assigned: PeriodRequest,
        (window, counted): (Window, bool),
    ) -> Result<Page<Assignment>, SupplyError> {
        filter.assigned = Period::read(&[assigned], &*self.locales, team).await??;
        Ok(self.assignments.list(team, visibility, filter, window, counted).await?)
    }

    /// All assignments of these orders that the caller sees, the first first.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn of_orders(
        &self,
        team: TeamId,
        visibility: Visibility,
        orders: Vec<OrderId>,
    ) -> Result<Vec<Assignment>, SupplyError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.assignments.of_orders(team, visibility, orders).await?)
    }
}
