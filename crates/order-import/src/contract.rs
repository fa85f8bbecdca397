//! What every implementation of the ports must show: a suite a rule, each for teams of its own.
//!
//! [`contract_tests!`](crate::contract_tests) makes a test of each suite, so that none is forgotten. It takes
//! the path of a function that makes a [`Harness`] with fresh teams and runs the suite it is given on it:
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
//! A suite panics when the implementation does otherwise than the ports say.

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
    a_repeated_request_gets_the_first_answer_and_does_nothing,
};
pub use self::existing::{
    a_dry_run_answers_as_the_real_run_and_leaves_nothing, a_new_order_is_created_at_version_1,
    a_refused_all_or_nothing_import_leaves_only_its_record, a_started_order_is_skipped_whatever_its_status,
    all_or_nothing_stores_all_when_no_row_fails, an_existing_order_is_an_error_where_that_is_asked_for,
    an_existing_order_is_skipped_where_that_is_asked_for, an_order_as_the_row_says_keeps_its_version,
    an_order_not_started_is_updated,
};
pub use self::fields::{
    a_due_date_covers_its_day_to_the_last_moment, an_optional_field_is_kept_cleared_or_set,
    finer_values_that_read_alike_are_left_alone, routings_are_the_teams_own_and_named_in_any_case,
    work_centres_are_the_teams_own,
};
pub use self::history::{
    another_team_sees_nothing, every_row_is_found_again_as_it_was_answered,
    imports_are_listed_newest_first_by_page_and_verdict,
};
pub use self::races::{
    imports_in_opposite_order_at_once_both_come_through, the_same_claim_at_once_does_the_work_once,
};
use crate::files::{CsvOptions, CsvSource, JsonSource, RowSource};
use crate::import::policy::Outcome;
use crate::import::read::Rules;
use crate::import::report::{ImportReport, ImportSummary, OrderChange, RecordedRow, RowAnswer};
use crate::import::values::{ImportId, Mode, OnExisting};
use crate::import::{ImportOptions, PreparedImport, number_style};
use crate::ports::{ImportHistory, ManufacturingOrders, Routings, WorkCentres};

/// One rule, shown on a harness whose teams no other suite uses.
pub type Suite = for<'a> fn(&'a Harness) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What a suite stands on: stores that share their data, and two teams that exist.
pub struct Harness {
    /// The orders.
    pub orders: Arc<dyn ManufacturingOrders>,
    /// The imports made into them.
    pub history: Arc<dyn ImportHistory>,
    /// The teams' work centres.
    pub work_centres: Arc<dyn WorkCentres>,
    /// The teams' routings.
    pub routings: Arc<dyn Routings>,
    /// The teams' zones.
    pub calendar: Arc<dyn TeamLocales>,
    /// Who starts orders.
    pub shop_floor: Arc<dyn ShopFloor>,
    /// A source of ids.
    pub ids: Arc<dyn IdSource>,
    /// A team with the work centres 1 and 2 and the routings `Standard` and `Express`, and `Old` out of use where that is
    /// kept, without orders and imports.
    pub team: TeamId,
    /// A team with nothing at all.
    pub other_team: TeamId,
}

/// Whatever moves orders along beside imports.
#[async_trait]
pub trait ShopFloor: Send + Sync {
    /// Gives the team's order this status, past every rule.
    ///
    /// # Panics
    /// When that can't be done.
    async fn set_status(&self, team: TeamId, number: &OrderNumber, status: OrderStatus);
}

/// Makes a test of every suite of [`contract`](crate::contract), run by the function of the path given.
#[macro_export]
macro_rules! contract_tests {
    ($run:path) => {
        $crate::contract_tests! {
            $run:
            a_claim_is_the_callers_own,
            a_due_date_covers_its_day_to_the_last_moment,
            a_dry_run_answers_as_the_real_run_and_leaves_nothing,
            a_key_used_for_another_request_is_refused,
            a_new_order_is_created_at_version_1,
            a_refused_all_or_nothing_import_leaves_only_its_record,
            a_repeated_request_gets_the_first_answer_and_does_nothing,
            a_started_order_is_skipped_whatever_its_status,
            all_or_nothing_stores_all_when_no_row_fails,
            an_existing_order_is_an_error_where_that_is_asked_for,
            an_existing_order_is_skipped_where_that_is_asked_for,
            an_optional_field_is_kept_cleared_or_set,
            an_order_as_the_row_says_keeps_its_version,
            an_order_not_started_is_updated,
            another_team_sees_nothing,
            every_row_is_found_again_as_it_was_answered,
            finer_values_that_read_alike_are_left_alone,
            imports_are_listed_newest_first_by_page_and_verdict,
            imports_in_opposite_order_at_once_both_come_through,
            routings_are_the_teams_own_and_named_in_any_case,
            the_same_claim_at_once_does_the_work_once,
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

/// The moment of an import, in minutes after a fixed one.
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
        let rules = Rules {
            zone: got(self.calendar.zone(self.team).await),
            dates: options.dates.clone(),
            numbers: number_style(source.separator()),
            work_centres: got(self.work_centres.numbers(self.team).await),
            routings: got(self.routings.in_use(self.team).await),
        };
        PreparedImport::read(source, options, &rules, &*self.ids).expect("rows")
    }

    /// What history keeps of an import of the harness's team.
    async fn record(&self, id: ImportId) -> (ImportSummary, Vec<RecordedRow>) {
        let Some(record) = got(self.history.find(self.team, id).await) else {
            panic!("{id:?} is in its team's history");
        };
        (record.summary, record.rows.map(got).collect())
    }

    /// What each row of an import did to its order, out of history.
    async fn changes(&self, id: ImportId) -> Vec<Option<OrderChange>> {
        self.record(id).await.1.into_iter().map(|row| row.change).collect()
    }

    /// How many imports history has.
    async fn imports(&self) -> u64 {
        got(self.history.list(self.team, None, history::window(0, 1)).await).total
    }

    async fn set_status(&self, order: &str, status: OrderStatus) {
        self.shop_floor.set_status(self.team, &number(order), status).await;
    }
}

fn got<T>(result: Result<T, StoreError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store works: {error:?}"),
    }
}

fn done(result: Result<Written<ImportReport>, StoreError>) -> ImportReport {
    match got(result) {
        Written::Done(report) => report,
        Written::Replayed(answer) => panic!("the import is done, not answered as before: {answer:?}"),
    }
}

/// The statuses a caller is told, row by row.
fn statuses(report: &ImportReport) -> Vec<&'static str> {
    report.answers().map(|answer| answer.outcome.status()).collect()
}

/// The statuses and messages a caller is told, row by row.
fn told(report: &ImportReport) -> Vec<(&'static str, String)> {
    report.answers().map(|answer| (answer.outcome.status(), answer.outcome.message().to_owned())).collect()
}

fn owned_answers(report: &ImportReport) -> Vec<RowAnswer<'static>> {
    report.answers().map(RowAnswer::into_owned).collect()
}

fn outcomes(report: &ImportReport) -> Vec<Outcome> {
    report.rows().map(|(_, outcome)| outcome.clone()).collect()
}
