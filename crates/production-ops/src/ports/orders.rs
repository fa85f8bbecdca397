use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::access::UnknownWord;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::numbering::Series;
use kernel::page::Window;
use kernel::period::Period;
use kernel::quantity::Quantity;
use kernel::write::{WriteContext, Written};
use std::str::FromStr;

use crate::department::DepartmentId;
use crate::name::Name;
use crate::operation::{OperationId, OperationStatus};
use crate::order::{ErpReference, ManufacturingOrder, NewOrder, OrderChange, OrderError, Progress};

/// The manufacturing orders of each team, with their operations; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Orders: Send + Sync {
    /// Stores a new order under `id`, with the event `order.created` and the audit entry `order.created`.
    ///
    /// - Its operations are those of the routing's current version, planned as
    ///   [`plan_operations`](crate::operation::plan_operations) says, and MUST pass
    ///   [`check_plan`](ManufacturingOrder::check_plan).
    /// - The routing MUST be looked up by [`RoutingChoice::id`](crate::routing::RoutingChoice::id), else by its name key,
    ///   and be what [`RoutingChoice::settle`](crate::routing::RoutingChoice::settle) says, until the order is stored.
    /// - Where it has no number, one of `series` MUST be given that no order has and none gets twice, though some may be
    ///   left out. A number that another order has MUST be refused even when two take it at once.
    /// - A refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        new: NewOrder,
        series: Series,
    ) -> Result<Written<OrderView>, OrderError>;

    /// Changes an order, with its events and the audit entry `order.changed`.
    ///
    /// MUST lock it with its operations, ask [`ManufacturingOrder::change`] at the context's time and save what comes of
    /// it, segments too, in one transaction. Where nothing differs it MUST write nothing.
    async fn change(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        change: OrderChange,
    ) -> Result<Written<OrderView>, OrderError>;

    /// The team's order of that id.
    async fn find(&self, team: TeamId, id: OrderId) -> Result<Option<OrderView>, StoreError>;

    /// The team's orders that `filter` lets through, in the order of `sort`, those alike by id. All of them are counted
    /// only if `counted`: that takes longer the more there are, and the window doesn't.
    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        sort: OrderSort,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, StoreError>;
}

/// An order, and the names of the departments that its operations are done in.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    pub order: ManufacturingOrder,
    pub departments: BTreeMap<DepartmentId, Name>,
}

/// A part of the list of orders.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderPage {
    /// The orders of the window, in the list's order.
    pub orders: Vec<OrderSummary>,
    /// All that match the filters, if they were counted.
    pub total: Option<u64>,
    /// Whether orders follow after the window.
    pub has_more: bool,
}

/// An order as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderSummary {
    pub id: OrderId,
    pub number: OrderNumber,
    pub erp_reference: Option<ErpReference>,
    pub sku: Sku,
    pub quantity: Quantity,
    pub status: OrderStatus,
    pub priority: Priority,
    pub scheduled_start: Option<DateTime<Utc>>,
    pub scheduled_end: Option<DateTime<Utc>>,
    pub actual_start: Option<DateTime<Utc>>,
    /// The first operation that is not completed.
    pub current: Option<CurrentOperation>,
    pub progress: Progress,
    pub created_at: DateTime<Utc>,
}

/// The operation that an order is at.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentOperation {
    pub id: OperationId,
    pub number: i32,
    pub name: Name,
    pub status: OperationStatus,
}

/// Which orders a list holds (`docs/spec/mes.md`, "List orders").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub status: Option<OrderStatus>,
    /// Only those created in it.
    pub created: Period,
    pub erp_reference: Option<ErpReference>,
    pub sku: Option<Sku>,
}

/// What orders are sorted by. Orders without a scheduled start come after all others, and before them descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderSort {
    pub key: SortKey,
    /// The smallest first, instead of the greatest.
    pub ascending: bool,
}

/// The fields that orders can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortKey {
    #[default]
    CreatedAt,
    ScheduledStart,
    Priority,
}

impl SortKey {
    pub const ALL: [Self; 3] = [Self::CreatedAt, Self::ScheduledStart, Self::Priority];

    /// Its word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "createdAt",
            Self::ScheduledStart => "scheduledStartDate",
            Self::Priority => "priority",
        }
    }
}

impl FromStr for SortKey {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|key| key.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}
