//! Test fixtures of this crate.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::{CountedIds, IdSource};
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use kernel::write::{WriteContext, Written};
use serde_json::{Value, json};
use uuid::Uuid;

use super::numbers::NumberStyle;
use super::report::ImportReport;
use super::row_parser::RowParser;
use super::values::{
    Change, Description, DueDate, ImportedOrder, OrderImage, RoutingName, RoutingRef, WorkCentreNumber,
};
use super::{ImportOptions, PreparedImport, number_style};
use crate::files::{CsvOptions, CsvSource, JsonSource, RowSource};
use crate::memory::InMemoryOrders;
use crate::usecases::import_orders::{ImportError, ImportOrders};

pub(crate) fn team() -> TeamId {
    Id::new(Uuid::from_u128(1))
}

/// Work centres 1 and 2, the routings `Standard` and `Express`, and Warsaw's time, two hours ahead in summer.
pub(crate) fn row_parser(numbers: NumberStyle) -> RowParser {
    RowParser {
        zone: "Europe/Warsaw".parse().unwrap(),
        dates: Default::default(),
        numbers,
        work_centres: [1, 2].map(centre).into(),
        routings: routings().into_iter().collect(),
    }
}

fn routings() -> [(RoutingName, RoutingRef); 2] {
    [("Standard", standard()), ("Express", express())]
        .map(|(name, routing)| (RoutingName::try_new(name).unwrap(), routing))
}

pub(crate) fn standard() -> RoutingRef {
    RoutingRef { id: Id::new(Uuid::from_u128(21)), version: 3 }
}

pub(crate) fn express() -> RoutingRef {
    RoutingRef { id: Id::new(Uuid::from_u128(22)), version: 1 }
}

pub(crate) fn centre(number: i64) -> WorkCentreNumber {
    WorkCentreNumber::try_new(number).unwrap()
}

pub(crate) fn number(text: &str) -> OrderNumber {
    OrderNumber::try_new(text).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::try_new(text.parse().unwrap()).unwrap()
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first of July 2024 in Warsaw.
pub(crate) fn due() -> DueDate {
    DueDate {
        date: "2024-07-01".parse().unwrap(),
        from: moment("2024-06-30T22:00:00Z"),
        until: moment("2024-07-01T21:59:59Z"),
    }
}

/// A valid row with the required fields alone.
pub(crate) fn order(of: &str) -> ImportedOrder {
    ImportedOrder {
        id: Id::new(Uuid::from_u128(7)),
        number: number(of),
        sku: Sku::try_new("STK1").unwrap(),
        description: Description::try_new("Widget A").unwrap(),
        quantity: quantity("100"),
        priority: None,
        status: None,
        work_centre: Change::Keep,
        due: Change::Keep,
        routing: Change::Keep,
        notes: Change::Keep,
    }
}

/// An order as [`order`] says, with every optional field filled.
pub(crate) fn image() -> OrderImage {
    OrderImage {
        version: 4,
        sku: Sku::try_new("STK1").unwrap(),
        description: "Widget A".into(),
        quantity: quantity("100"),
        priority: Priority::try_new(4).unwrap(),
        status: OrderStatus::Pending,
        work_centre: Some(centre(1)),
        scheduled_end: Some(moment("2024-07-01T12:00:00Z")),
        routing: Some(standard()),
        notes: Some("kept".into()),
    }
}

/// A row as JSON with the required fields, and those of `more` over them.
pub(crate) fn row(number: &str, more: Value) -> Value {
    let mut row = json!({
        "order_number": number, "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100,
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

pub(crate) fn prepare(rows: &Value, options: ImportOptions) -> PreparedImport {
    let json = rows.to_string();
    read(&mut JsonSource::open(json.as_bytes()).unwrap(), options)
}

pub(crate) fn prepare_csv(text: &str, options: ImportOptions) -> PreparedImport {
    read(&mut CsvSource::open(text.as_bytes(), CsvOptions::default()).unwrap(), options)
}

fn read(source: &mut dyn RowSource, options: ImportOptions) -> PreparedImport {
    let row_parser = row_parser(number_style(source.separator(), None));
    PreparedImport::read(source, options, &row_parser, &CountedIds::default()).unwrap()
}

/// The use case over a store in memory whose team has what [`row_parser`] names.
pub(crate) struct Fixture {
    pub(crate) store: Arc<InMemoryOrders>,
    pub(crate) ids: Arc<CountedIds>,
    import: ImportOrders,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let (store, ids) = (Arc::new(InMemoryOrders::default()), Arc::new(CountedIds::default()));
        let RowParser { zone, work_centres, .. } = row_parser(NumberStyle::Point);
        store.set_zone(team(), zone);
        work_centres.into_iter().for_each(|number| store.add_work_centre(team(), number));
        routings().into_iter().for_each(|(name, routing)| store.add_routing(team(), name, routing));
        let import =
            ImportOrders::new(store.clone(), store.clone(), store.clone(), store.clone(), ids.clone());
        Self { store, ids, import }
    }

    /// Imports the source's rows.
    pub(crate) fn import(
        &self,
        source: &mut (dyn RowSource + Send),
        options: ImportOptions,
    ) -> Result<ImportReport, ImportError> {
        match pollster::block_on(self.import.run(context(), source, options))? {
            Written::Done(report) => Ok(report),
            Written::Replayed(_) => panic!("nothing was claimed"),
        }
    }

    pub(crate) fn import_json(
        &self,
        json: &[u8],
        options: ImportOptions,
    ) -> Result<ImportReport, ImportError> {
        self.import(&mut JsonSource::open(json)?, options)
    }

    pub(crate) fn import_csv(&self, csv: &[u8], options: ImportOptions) -> Result<ImportReport, ImportError> {
        self.import(&mut CsvSource::open(csv, CsvOptions::default())?, options)
    }
}

pub(crate) fn context() -> WriteContext<ImportReport> {
    let actor = Actor { team: team(), identity: Identity::System { part: "test" } };
    WriteContext::unclaimed(&actor, "request", moment("2024-06-01T08:00:00Z"))
}

pub(crate) fn id<K>(ids: &CountedIds) -> Id<K> {
    (ids as &dyn IdSource).id()
}
