//! In-memory implementation of the ports, for examples and tests: without audit trail, events and operations.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus};
use kernel::memory::InMemoryResponses;
use kernel::money::Currency;
use kernel::page::{Listing, Window};
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

use crate::import::PreparedImport;
use crate::import::policy::{self, Fact, Outcome, PreviousOrder};
use crate::import::report::{ImportRecord, ImportReport, ImportSummary, OrderChange, RecordedRow, Verdict};
use crate::import::values::{
    ImportId, ImportedOrder, KnownRoutings, OnExisting, OrderImage, RoutingName, RoutingRef, WorkCentreNumber,
};
use crate::ports::{ImportHistory, ManufacturingOrders, Routings, WorkCentres};

/// The orders and imports of every team. One lock serves as its transaction.
#[derive(Debug, Default)]
pub struct InMemoryOrders {
    teams: Mutex<HashMap<TeamId, Team>>,
}

#[derive(Debug, Default)]
struct Team {
    zone: TimeZone,
    work_centres: HashSet<WorkCentreNumber>,
    routings: Vec<(RoutingName, RoutingRef)>,
    orders: BTreeMap<OrderNumber, Order>,
    imports: Vec<StoredImport>,
    responses: InMemoryResponses,
}

#[derive(Debug)]
struct Order {
    id: OrderId,
    image: OrderImage,
}

#[derive(Debug)]
struct StoredImport {
    summary: ImportSummary,
    rows: Vec<RecordedRow>,
}

impl InMemoryOrders {
    /// Adds a work centre of this number to the team.
    pub fn add_work_centre(&self, team: TeamId, number: WorkCentreNumber) {
        self.lock().entry(team).or_default().work_centres.insert(number);
    }

    /// Adds a routing in use, of this name, to the team.
    pub fn add_routing(&self, team: TeamId, name: RoutingName, routing: RoutingRef) {
        self.lock().entry(team).or_default().routings.push((name, routing));
    }

    /// Sets the team's time zone, which is UTC by default.
    pub fn set_zone(&self, team: TeamId, zone: TimeZone) {
        self.lock().entry(team).or_default().zone = zone;
    }

    /// Sets an order's status, as the shop floor does; false if the team has no such order.
    pub fn set_status(&self, team: TeamId, number: &OrderNumber, status: OrderStatus) -> bool {
        let mut teams = self.lock();
        let order = teams.get_mut(&team).and_then(|team| team.orders.get_mut(number));
        let Some(order) = order else { return false };
        order.image.status = status;
        order.image.version += 1;
        true
    }

    /// The team's order of this number.
    pub fn order(&self, team: TeamId, number: &OrderNumber) -> Option<OrderImage> {
        Some(self.lock().get(&team)?.orders.get(number)?.image.clone())
    }

    /// Every order of the team, by number.
    pub fn orders(&self, team: TeamId) -> BTreeMap<OrderNumber, OrderImage> {
        let teams = self.lock();
        let orders = teams.get(&team).into_iter().flat_map(|team| &team.orders);
        orders.map(|(number, order)| (number.clone(), order.image.clone())).collect()
    }

    // Every write decides first and stores last, so a panic in between leaves the teams consistent.
    fn lock(&self) -> MutexGuard<'_, HashMap<TeamId, Team>> {
        self.teams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ManufacturingOrders for InMemoryOrders {
    async fn import(
        &self,
        context: WriteContext<ImportReport>,
        import: PreparedImport,
    ) -> Result<Written<ImportReport>, StoreError> {
        let mut teams = self.lock();
        let team = teams.entry(context.team).or_default();
        if let Some(response) = team.responses.find(&context)? {
            return Ok(Written::Replayed(response));
        }
        let facts = team.facts(&import);
        let report = import.into_report(facts).map_err(|fault| StoreError::Internal(fault.into()))?;
        if !report.options.dry_run {
            team.store(&context, &report);
        }
        Ok(team.responses.store(&context, report))
    }
}

impl Team {
    /// A fact for each good row, by index.
    fn facts(&self, import: &PreparedImport) -> Vec<Option<Fact>> {
        let fact = |row: &ImportedOrder| self.fact(row, import.options.on_existing);
        import.rows.iter().map(|row| row.order().map(fact)).collect()
    }

    fn fact(&self, row: &ImportedOrder, on_existing: OnExisting) -> Fact {
        let Some(order) = self.orders.get(&row.number) else { return Fact::Inserted };
        if on_existing != OnExisting::Update || order.image.status != OrderStatus::Pending {
            return Fact::Blocked(order.image.status);
        }
        match policy::merge(&order.image, row) {
            Some(_) => Fact::Changed(Box::new(PreviousOrder { id: order.id, image: order.image.clone() })),
            None => Fact::Unchanged,
        }
    }

    /// Applies and records the report. A rejected one has no row that changes an order.
    fn store(&mut self, context: &WriteContext<ImportReport>, report: &ImportReport) {
        let mut rows = Vec::new();
        for ((row, outcome), result) in report.rows().zip(report.row_results()) {
            let change = row.order().and_then(|order| OrderChange::of(order, outcome));
            if let Some(OrderChange { id, number, after, .. }) = change.clone() {
                self.orders.insert(number, Order { id, image: after });
            }
            let failed = matches!(outcome, Outcome::Failed(_));
            let raw = row.raw.as_deref().filter(|_| failed).cloned();
            rows.push(RecordedRow { result: result.into_owned(), raw, change });
        }
        self.imports.push(StoredImport { summary: summary(context, report), rows });
    }
}

fn summary(context: &WriteContext<ImportReport>, report: &ImportReport) -> ImportSummary {
    ImportSummary {
        id: report.id,
        created_at: context.at,
        actor: context.actor.to_string(),
        verdict: report.verdict,
        mode: report.options.mode,
        on_existing: report.options.on_existing,
        file_name: report.options.file_name.clone(),
        source: report.source.clone(),
        counts: report.counts,
    }
}

#[async_trait]
impl ImportHistory for InMemoryOrders {
    async fn list(
        &self,
        team: TeamId,
        verdict: Option<Verdict>,
        window: Window,
    ) -> Result<Listing<ImportSummary>, StoreError> {
        let teams = self.lock();
        let imports = teams.get(&team).into_iter().flat_map(|team| &team.imports);
        let mut found: Vec<_> = imports.map(|import| import.summary.clone()).collect();
        found.retain(|import| verdict.is_none_or(|verdict| verdict == import.verdict));
        found.sort_by_key(|import| std::cmp::Reverse((import.created_at, import.id)));
        let total = found.len() as u64;
        let items = found.into_iter().skip(window.offset() as usize).take(window.limit() as usize).collect();
        Ok(Listing { items, total })
    }

    async fn find(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        let teams = self.lock();
        let mut imports = teams.get(&team).into_iter().flat_map(|team| &team.imports);
        Ok(imports.find(|import| import.summary.id == id).map(|import| ImportRecord {
            summary: import.summary.clone(),
            rows: Box::new(import.rows.clone().into_iter().map(Ok)),
        }))
    }
}

#[async_trait]
impl WorkCentres for InMemoryOrders {
    async fn numbers(&self, team: TeamId) -> Result<HashSet<WorkCentreNumber>, StoreError> {
        Ok(self.lock().get(&team).map(|team| team.work_centres.clone()).unwrap_or_default())
    }
}

#[async_trait]
impl Routings for InMemoryOrders {
    async fn in_use(&self, team: TeamId) -> Result<KnownRoutings, StoreError> {
        let routings = self.lock().get(&team).map(|team| team.routings.clone());
        Ok(routings.into_iter().flatten().collect())
    }
}

#[async_trait]
impl TeamLocales for InMemoryOrders {
    async fn of(&self, team: TeamId) -> Result<TeamLocale, StoreError> {
        let zone = self.lock().get(&team).map(|team| team.zone).unwrap_or_default();
        Ok(TeamLocale { zone, currency: Currency::EUR })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Harness, ShopFloor, Suite};
    use kernel::clock::{CountedIds, IdSource};
    use std::sync::Arc;

    #[async_trait]
    impl ShopFloor for InMemoryOrders {
        async fn set_status(&self, team: TeamId, number: &OrderNumber, status: OrderStatus) {
            assert!(InMemoryOrders::set_status(self, team, number, status), "the order exists");
        }
    }

    fn run(suite: Suite) {
        let (store, ids) = (Arc::new(InMemoryOrders::default()), Arc::new(CountedIds::default()));
        let (team, other_team) = ((&*ids as &dyn IdSource).id(), (&*ids as &dyn IdSource).id());
        for number in [1, 2] {
            store.add_work_centre(team, WorkCentreNumber::try_new(number).unwrap());
        }
        for name in ["Standard", "Express"] {
            let routing = RoutingRef { id: (&*ids as &dyn IdSource).id(), version: 1 };
            store.add_routing(team, RoutingName::try_new(name).unwrap(), routing);
        }
        let harness = Harness {
            orders: store.clone(),
            history: store.clone(),
            work_centres: store.clone(),
            routings: store.clone(),
            locales: store.clone(),
            shop_floor: store,
            ids,
            team,
            other_team,
        };
        pollster::block_on(suite(&harness));
    }

    crate::contract_tests!(run);
}
