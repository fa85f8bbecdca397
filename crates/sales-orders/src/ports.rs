//! What selling needs from outside.

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::money::Money;
use kernel::page::{Listing, Page, Window};
use kernel::period::Period;
use kernel::team_locale::TeamLocale;
use kernel::text::folded;
use kernel::write::{WriteContext, Written};

use crate::order::{
    Command, NewOrder, OrderLineId, PaymentStatus, Placed, PosStatus, SalesOrder, SalesOrderError,
    SalesOrderId, SalesStatus,
};
use crate::product::{NewProduct, Product, ProductChange, ProductError, ProductId};
use crate::stock::{Adjustment, Movement, Receipt};

/// The catalogue and the stock of each team; a team MUST NOT see or change another's.
///
/// Stock is a ledger: every change of it MUST append movements in the same transaction, numbered without a gap from 1
/// for each product, and a product's stock MUST always be the sum of its movements. Every change of stock MUST announce
/// one `stock.changed` a product.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Products: Send + Sync {
    /// Stores a new product with the next number of the team, and its opening stock as a movement; with the audit entry
    /// `product.created`. [`ProductError::SkuTaken`] if another has the SKU.
    async fn create(
        &self,
        context: WriteContext<Product>,
        id: ProductId,
        new: NewProduct,
    ) -> Result<Written<Product>, ProductError>;

    /// Changes a product under a lock, with the audit entry `product.changed`; counted stock moves the difference. A
    /// change that changes nothing MUST leave nothing behind.
    ///
    /// [`ProductError::NotFound`], [`ProductError::SkuTaken`]; [`ProductError::Stale`] if its version is none of `seen`.
    async fn change(
        &self,
        context: WriteContext<Product>,
        number: i64,
        change: ProductChange,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<Product>, ProductError>;

    /// Moves stock by hand, with the audit entry `stock.adjusted`. [`ProductError::NotFound`], and what
    /// [`Adjustment::check`] fails with.
    async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError>;

    /// Receives goods into the stock of the product with their SKU, once for each event whatever repeats, as `consumer`;
    /// gives the movement, or `None` if the team has no such product or received them before.
    async fn receive(
        &self,
        context: WriteContext<Option<Movement>>,
        consumer: &'static str,
        receipt: Receipt,
    ) -> Result<Option<Movement>, StoreError>;

    /// The product of that number.
    async fn find(&self, team: TeamId, number: i64) -> Result<Option<Product>, StoreError>;

    /// Products by number.
    async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, StoreError>;

    /// A product's ledger, the latest first; `None` if the team has no such product.
    async fn movements(
        &self,
        team: TeamId,
        number: i64,
        window: Window,
    ) -> Result<Option<Listing<Movement>>, StoreError>;
}

/// Which products are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Of this SKU, exactly.
    pub sku: Option<String>,
    /// Whose name begins so, in any case.
    pub name: Option<String>,
}

impl ProductFilter {
    /// Whether the filter lets a product through.
    pub fn passes(&self, product: &Product) -> bool {
        let begins = |name: &String| product.name.key().starts_with(&folded(name));
        self.sku.as_ref().is_none_or(|sku| sku == product.sku.as_str())
            && self.name.as_ref().is_none_or(begins)
    }
}

/// The sales orders of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait SalesOrders: Send + Sync {
    /// Places a new order ([`NewOrder::place`]) with the next numbers of the team, under a lock on its products taken in
    /// the order of their ids, and takes from stock what its lines were served; with `sales_order.created` and the audit
    /// entry of that name. Numbers MUST be unique whatever races; what fails may leave a gap in them.
    async fn create(
        &self,
        context: WriteContext<Placed>,
        id: SalesOrderId,
        line_ids: Vec<OrderLineId>,
        new: NewOrder,
        locale: TeamLocale,
    ) -> Result<Written<Placed>, SalesOrderError>;

    /// Does something to an order ([`SalesOrder::apply`]) under a lock, and gives back to stock what that returns, in
    /// the same transaction; with its event and the audit entry of that name. A command that changes nothing MUST leave
    /// nothing behind.
    ///
    /// The obstacles to the end of an order that is bought in MUST be looked for under that lock, where no dispatch, receipt
    /// or ticket of it can be made; its end MUST release its assignments and purchase orders in the same transaction.
    ///
    /// [`SalesOrderError::NotFound`], what [`SalesOrder::apply`] fails with; [`SalesOrderError::Stale`] if its version is
    /// none of `seen`.
    async fn apply(
        &self,
        context: WriteContext<SalesOrder>,
        which: OrderRef,
        command: Command,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<SalesOrder>, SalesOrderError>;

    /// An order that was not deleted.
    async fn find(&self, team: TeamId, which: OrderRef) -> Result<Option<SalesOrder>, StoreError>;

    /// Orders that were not deleted, the latest first; those of one moment by id, so that pages don't overlap.
    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<SalesOrder>, StoreError>;
}

/// How an order is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderRef {
    /// By its number in the team, as tills do.
    Number(i64),
    /// By its id, as the order API does.
    Id(SalesOrderId),
}

/// Which orders are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub status: Option<SalesStatus>,
    pub pos_status: Option<PosStatus>,
    pub payment_status: Option<PaymentStatus>,
    /// How the order number begins.
    pub order_number: Option<String>,
    /// What the customer's name contains, in any case.
    pub customer_name: Option<String>,
    /// What the customer's telephone number contains.
    pub customer_phone: Option<String>,
    /// The caller's own number for the customer.
    pub customer_number: Option<i64>,
    pub created: Period,
    /// With a line that is assigned to this vendor, which only procurement knows ([`passes`](Self::passes) does not).
    pub vendor: Option<VendorId>,
    /// What it comes to at least.
    pub min_total: Option<Money>,
    /// What it comes to at most.
    pub max_total: Option<Money>,
}

impl OrderFilter {
    /// Whether the filter lets an order through.
    pub fn passes(&self, order: &SalesOrder) -> bool {
        let contains = |text: Option<String>, part: &Option<String>| {
            part.as_ref().is_none_or(|part| text.is_some_and(|text| text.contains(&folded(part))))
        };
        let (customer, total) = (&order.customer, order.totals.total);
        self.status.is_none_or(|status| status == order.status)
            && self.pos_status.is_none_or(|status| status == order.status.at_tills())
            && self.payment_status.is_none_or(|status| status == order.payment_status)
            && self.order_number.as_ref().is_none_or(|begins| order.order_number.starts_with(&**begins))
            && contains(customer.name.as_ref().map(|name| name.key()), &self.customer_name)
            && contains(customer.phone.as_ref().map(|phone| phone.key()), &self.customer_phone)
            && self.customer_number.is_none_or(|number| customer.number == Some(number))
            && self.created.holds(order.created_at)
            && self.min_total.is_none_or(|min| total >= min)
            && self.max_total.is_none_or(|max| total <= max)
    }
}
