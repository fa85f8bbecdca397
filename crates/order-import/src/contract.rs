//! The contract tests of the ports: one suite per rule, each with its own teams.
//!
//! [`contract_tests!`](crate::contract_tests) makes a test of each suite, so that none is forgotten. It takes the path of
//! a function that runs a suite on a [`Harness`] with fresh teams:
//!
//! ```
//! # use pollster::block_on;
//! # async fn harness_with_fresh_teams() -> order_import::contract::Harness { unreachable!() }
//! fn run(suite: order_import::contract::Suite) {
//!     block_on(async { suite(&harness_with_fresh_teams().await).await });
//! }
//!
//! order_import::contract_tests!(run);
//! ```
//!
//! A suite panics when the implementation violates the ports' documentation.

mod claims;
mod existing;
mod fields;
mod history;
mod races;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderNumber, OrderStatus};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};
use serde_json::{Value, json};

pub use self::claims::{
    a_claim_is_the_callers_own, a_key_used_for_another_request_is_refused,
    a_repeated_request_gets_the_first_response_and_does_nothing,
};
pub use self::existing::{
    a_dry_run_reports_as_the_real_run_and_leaves_nothing, a_new_order_is_created_at_version_1,
    a_rejected_all_or_nothing_import_leaves_only_its_record, a_started_order_is_skipped_whatever_its_status,
    all_or_nothing_stores_all_when_no_row_fails, an_existing_order_is_an_error_where_requested,
    an_existing_order_is_skipped_where_requested, an_order_equal_to_its_row_has_the_same_version,
    an_order_not_started_is_updated,
};
pub use self::fields::{
    a_due_date_covers_its_day_to_the_last_moment, an_optional_field_is_left_cleared_or_set,
    finer_values_that_read_alike_are_not_changed, routings_are_the_teams_own_and_named_in_any_case,
    work_centres_are_the_teams_own,
};
pub use self::history::{
    another_team_sees_nothing, every_row_is_found_again_as_it_was_reported,
    imports_are_listed_newest_first_by_page_and_verdict,
};
pub use self::races::{
    concurrent_imports_in_opposite_order_both_succeed, concurrent_requests_with_one_claim_do_the_work_once,
};
use crate::files::{CsvOptions, CsvSource, JsonSource, RowSource};
use crate::import::policy::Outcome;
use crate::import::report::{ImportReport, ImportSummary, OrderChange, RecordedRow, RowResult};
use crate::import::row_parser::RowParser;
use crate::import::values::{ImportId, Mode, OnExisting};
use crate::import::{ImportOptions, PreparedImport, number_style};
use crate::ports::{ImportHistory, ManufacturingOrders, Routings, WorkCentres};

/// The test of one rule, on a harness whose teams no other suite uses.
pub type Suite = for<'a> fn(&'a Harness) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The stores of a suite, which share their data, and two teams that exist.
pub struct Harness {
    pub orders: Arc<dyn ManufacturingOrders>,
    pub history: Arc<dyn ImportHistory>,
    /// The teams' work centres.
    pub work_centres: Arc<dyn WorkCentres>,
    /// The teams' routings.
    pub routings: Arc<dyn Routings>,
    /// The teams' time zones.
    pub locales: Arc<dyn TeamLocales>,
    /// Changes the status of orders.
    pub shop_floor: Arc<dyn ShopFloor>,
    pub ids: Arc<dyn IdSource>,
    /// A team with the work centres 1 and 2 and the routings `Standard` and `Express`, and `Old` out of use where the store
    /// has such, without orders and imports.
    pub team: TeamId,
    /// A team without any data.
    pub other_team: TeamId,
}

/// Changes to orders that no import makes.
#[async_trait]
pub trait ShopFloor: Send + Sync {
    /// Sets the status of the team's order, regardless of every rule.
    ///
    /// # Panics
    /// When that can't be done.
    async fn set_status(&self, team: TeamId, number: &OrderNumber, status: OrderStatus);
}

/// Makes a test of every suite of [`contract`](crate::contract), run by the given function.
#[macro_export]
macro_rules! contract_tests {
    ($run:path) => {
        $crate::contract_tests! {
            $run:
            a_claim_is_the_callers_own,
            a_due_date_covers_its_day_to_the_last_moment,
            a_dry_run_reports_as_the_real_run_and_leaves_nothing,
            a_key_used_for_another_request_is_refused,
            a_new_order_is_created_at_version_1,
            a_rejected_all_or_nothing_import_leaves_only_its_record,
            a_repeated_request_gets_the_first_response_and_does_nothing,
            a_started_order_is_skipped_whatever_its_status,
            all_or_nothing_stores_all_when_no_row_fails,
            an_existing_order_is_an_error_where_requested,
            an_existing_order_is_skipped_where_requested,
            an_optional_field_is_left_cleared_or_set,
            an_order_equal_to_its_row_has_the_same_version,
            an_order_not_started_is_updated,
            another_team_sees_nothing,
            every_row_is_found_again_as_it_was_reported,
            finer_values_that_read_alike_are_not_changed,
            imports_are_listed_newest_first_by_page_and_verdict,
            concurrent_imports_in_opposite_order_both_succeed,
            routings_are_the_teams_own_and_named_in_any_case,
            concurrent_requests_with_one_claim_do_the_work_once,
            work_centres_are_the_teams_own,
        }
    };
    ($run:path: $($suite:ident),* $(,)?) => {
        $(
            #[test]
            fn $suite() {
                $run(|harness| ::std::boxed::Box::pin($crate::contract::$suite(harness)));
            }
        )*
    };
}

const UPDATE: ImportOptions = options(Mode::PerRow, OnExisting::Update);
const ALL_OR_NOTHING: ImportOptions = options(Mode::AllOrNothing, OnExisting::Update);

const fn options(mode: Mode, on_existing: OnExisting) -> ImportOptions {
    ImportOptions {
        mode,
        on_existing,
        dry_run: false,
        dates: crate::import::dates::DateFormat::Iso,
        decimal: None,
        file_name: None,
    }
}

fn dry(options: ImportOptions) -> ImportOptions {
    ImportOptions { dry_run: true, ..options }
}

/// A row with the required fields, and those of `more` over them.
fn row(number: &str, more: Value) -> Value {
    let mut row = json!({
        "order_number": number, "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100,
    });
    if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
        row.extend(more);
    }
    row
}

fn plain(number: &str) -> Value {
    row(number, json!({}))
}

/// A fixed moment plus some minutes.
fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute) + TimeDelta::microseconds(1)
}

fn context(team: TeamId) -> WriteContext<ImportReport> {
    let actor = Actor { team, identity: Identity::System { part: "contract" } };
    WriteContext::unclaimed(&actor, "contract", minute(0))
}

#[expect(clippy::expect_used, reason = "test support: a bad number is the suite's own fault")]
fn number(text: &str) -> OrderNumber {
    OrderNumber::try_new(text).expect("an order number")
}

impl Harness {
    async fn import(&self, rows: &[Value], options: ImportOptions) -> ImportReport {
        let import = self.prepare(rows, options).await;
        self.run(context(self.team), import).await
    }

    async fn run(&self, context: WriteContext<ImportReport>, import: PreparedImport) -> ImportReport {
        done(self.orders.import(context, import).await)
    }

    #[expect(clippy::expect_used, reason = "test support: a bad file is the suite's own fault")]
    async fn prepare(&self, rows: &[Value], options: ImportOptions) -> PreparedImport {
        let json = Value::from(rows).to_string();
        let mut source = JsonSource::open(json.as_bytes()).expect("an array of rows");
        self.read(&mut source, options).await
    }

    #[expect(clippy::expect_used, reason = "test support: a bad file is the suite's own fault")]
    async fn prepare_csv(&self, text: &str, options: ImportOptions) -> PreparedImport {
        let mut source = CsvSource::open(text.as_bytes(), CsvOptions::default()).expect("a header");
        self.read(&mut source, options).await
    }

    #[expect(clippy::expect_used, reason = "test support: a bad file is the suite's own fault")]
    async fn read(&self, source: &mut (dyn RowSource + Send), options: ImportOptions) -> PreparedImport {
        let row_parser = RowParser {
            zone: expect_ok(self.locales.zone(self.team).await),
            dates: options.dates.clone(),
            numbers: number_style(source.separator(), options.decimal),
            work_centres: expect_ok(self.work_centres.numbers(self.team).await),
            routings: expect_ok(self.routings.in_use(self.team).await),
        };
        PreparedImport::read(source, options, &row_parser, &*self.ids).expect("rows")
    }

    /// The summary and rows of the team's import.
    async fn record(&self, id: ImportId) -> (ImportSummary, Vec<RecordedRow>) {
        let Some(record) = expect_ok(self.history.find(self.team, id).await) else {
            panic!("{id:?} is in its team's history");
        };
        (record.summary, record.rows.map(expect_ok).collect())
    }

    /// The order change of each row of an import, from history.
    async fn changes(&self, id: ImportId) -> Vec<Option<OrderChange>> {
        self.record(id).await.1.into_iter().map(|row| row.change).collect()
    }

    /// The number of imports in history.
    async fn imports(&self) -> u64 {
        expect_ok(self.history.list(self.team, None, history::window(0, 1)).await).total
    }

    async fn set_status(&self, order: &str, status: OrderStatus) {
        self.shop_floor.set_status(self.team, &number(order), status).await;
    }
}

fn expect_ok<T>(result: Result<T, StoreError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store works: {error:?}"),
    }
}

fn done(result: Result<Written<ImportReport>, StoreError>) -> ImportReport {
    match expect_ok(result) {
        Written::Done(report) => report,
        Written::Replayed(answer) => panic!("the import is done, not answered as before: {answer:?}"),
    }
}

/// The reported status of each row.
fn statuses(report: &ImportReport) -> Vec<&'static str> {
    report.row_results().map(|answer| answer.outcome.status()).collect()
}

/// The reported status and message of each row.
fn statuses_and_messages(report: &ImportReport) -> Vec<(&'static str, String)> {
    report
        .row_results()
        .map(|answer| (answer.outcome.status(), answer.outcome.message().to_owned()))
        .collect()
}

fn owned_row_results(report: &ImportReport) -> Vec<RowResult<'static>> {
    report.row_results().map(RowResult::into_owned).collect()
}

fn outcomes(report: &ImportReport) -> Vec<Outcome> {
    report.rows().map(|(_, outcome)| outcome.clone()).collect()
}
