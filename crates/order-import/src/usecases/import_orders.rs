use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::id::TeamId;
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::files::{FileFault, FileFaultKind, RowSource};
use crate::import::report::ImportReport;
use crate::import::row_parser::RowParser;
use crate::import::{ImportOptions, PreparedImport, number_style};
use crate::ports::{ManufacturingOrders, Routings, WorkCentres};

/// Imports manufacturing orders (`docs/spec/import.md`): creates those that don't exist, updates those not started,
/// leaves the others unchanged, and reports each row's outcome.
pub struct ImportOrders {
    orders: Arc<dyn ManufacturingOrders>,
    work_centres: Arc<dyn WorkCentres>,
    routings: Arc<dyn Routings>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

/// Why an import failed; nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file as a whole can't be read.
    #[error(transparent)]
    File(#[from] FileFault),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(fault) => match fault.kind() {
                FileFaultKind::Malformed => ErrorKind::Malformed,
                FileFaultKind::Invalid => ErrorKind::Invalid,
                FileFaultKind::TooLarge => ErrorKind::TooLarge,
                FileFaultKind::UnsupportedCharset => ErrorKind::UnsupportedMedia,
                FileFaultKind::Io => ErrorKind::Internal,
            },
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::File(fault) => fault.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl ImportOrders {
    /// Creates the use case.
    pub fn new(
        orders: Arc<dyn ManufacturingOrders>,
        work_centres: Arc<dyn WorkCentres>,
        routings: Arc<dyn Routings>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { orders, work_centres, routings, locales, ids }
    }

    /// Imports every row of `source` into the context's team. Reading is CPU-bound: callers on an async runtime run this
    /// on a thread that may block.
    ///
    /// # Errors
    /// When the file as a whole can't be read, or a store fails; then nothing was imported.
    pub async fn run(
        &self,
        context: WriteContext<ImportReport>,
        source: &mut (dyn RowSource + Send),
        options: ImportOptions,
    ) -> Result<Written<ImportReport>, ImportError> {
        let parser = self.row_parser(context.team, source.separator(), &options).await?;
        let import = PreparedImport::read(source, options, &parser, &*self.ids)?;
        Ok(self.orders.import(context, import).await?)
    }

    async fn row_parser(
        &self,
        team: TeamId,
        separator: Option<char>,
        options: &ImportOptions,
    ) -> Result<RowParser, StoreError> {
        Ok(RowParser {
            zone: self.locales.zone(team).await?,
            dates: options.dates.clone(),
            numbers: number_style(separator, options.decimal),
            work_centres: self.work_centres.numbers(team).await?,
            routings: self.routings.in_use(team).await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::JsonSource;
    use crate::import::fixtures::{Fixture, context, row_parser, standard, team};
    use crate::import::numbers::NumberStyle;
    use crate::import::policy::Outcome;
    use crate::ports::{MockManufacturingOrders, MockRoutings, MockWorkCentres};
    use kernel::clock::CountedIds;
    use kernel::team_locale::MockTeamLocales;

    /// The documented example (`docs/spec/import.md`).
    const PAYLOAD: &str = r#"[
        {"order_number": "ORD001", "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100,
         "priority": "high", "status": "not_started", "work_centre_id": 1, "due_date": "2024-07-01"},
        {"order_number": "ORD002", "stock_code": "STK2", "description": "Widget B", "quantity_to_make": 50,
         "priority": "medium", "status": "not_started", "work_centre_id": 2, "due_date": "2024-07-05"}
    ]"#;

    fn unavailable<T>() -> Result<T, StoreError> {
        Err(StoreError::Unavailable("down".into()))
    }

    /// The use case over mocks; the orders take exactly `imports` imports and fail them.
    fn mocked(locales_work: bool, imports: usize) -> ImportOrders {
        let (mut orders, mut work_centres, mut routings, mut locales) = (
            MockManufacturingOrders::new(),
            MockWorkCentres::new(),
            MockRoutings::new(),
            MockTeamLocales::new(),
        );
        orders.expect_import().times(imports).returning(|_, _| unavailable());
        work_centres.expect_numbers().returning(|_| Ok(row_parser(NumberStyle::Point).work_centres));
        routings.expect_in_use().returning(|_| Ok(Default::default()));
        let zone = row_parser(NumberStyle::Point).zone;
        locales
            .expect_zone()
            .withf(|team_id| *team_id == team())
            .returning(move |_| if locales_work { Ok(zone) } else { unavailable() });
        ImportOrders::new(
            Arc::new(orders),
            Arc::new(work_centres),
            Arc::new(routings),
            Arc::new(locales),
            Arc::new(CountedIds::default()),
        )
    }

    fn run(import: &ImportOrders, json: &str) -> ImportError {
        let mut source = JsonSource::open(json.as_bytes()).unwrap();
        pollster::block_on(import.run(context(), &mut source, ImportOptions::default())).unwrap_err()
    }

    #[test]
    fn the_documented_payload_is_created_and_then_unchanged() {
        let fixture = Fixture::new();
        let first = fixture.import_json(PAYLOAD.as_bytes(), ImportOptions::default()).unwrap();
        assert!(first.rows().all(|(_, outcome)| *outcome == Outcome::Created));
        let again = fixture.import_json(PAYLOAD.as_bytes(), ImportOptions::default()).unwrap();
        assert!(again.rows().all(|(_, outcome)| *outcome == Outcome::Unchanged));
        let orders = fixture.store.orders(team());
        let shown: Vec<_> =
            orders.iter().map(|(number, order)| (number.as_str(), order.priority.value())).collect();
        assert_eq!(shown, [("ORD001", 5), ("ORD002", 3)]);
    }

    #[test]
    fn a_csv_and_json_of_the_same_orders_have_the_same_outcomes() {
        let fixture = Fixture::new();
        fixture.import_json(PAYLOAD.as_bytes(), ImportOptions::default()).unwrap();
        let csv = "Order Number;Stock-Code;description;Quantity to make;priority;work_centre_id;due_date;Größe\n\
            ORD001;STK1;Widget A;100,0;high;1;2024-07-01;\nORD002;STK2;Widget B;50;medium;2;2024-07-05;XL\n";
        let report = fixture.import_csv(csv.as_bytes(), ImportOptions::default()).unwrap();
        assert!(report.rows().all(|(_, outcome)| *outcome == Outcome::Unchanged));
        assert_eq!(report.source.ignored_columns, ["Größe"]);
    }

    #[test]
    fn an_error_of_the_store_is_returned_unchanged() {
        let error = run(&mocked(true, 1), PAYLOAD);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"));
        let error = run(&mocked(false, 0), PAYLOAD);
        assert!(matches!(error, ImportError::Store(StoreError::Unavailable(_))), "{error:?}");
    }

    #[test]
    fn a_truncated_file_never_reaches_the_store() {
        let error = run(&mocked(true, 0), r#"[{"order_number": "A1"}, {"#);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "INVALID_JSON"));
    }

    #[test]
    fn each_fault_of_a_file_has_its_kind() {
        for (fault, kind) in [
            (FileFault::Empty, ErrorKind::Malformed),
            (FileFault::NotAnArray { found: "a JSON object" }, ErrorKind::Invalid),
            (FileFault::TooManyRows, ErrorKind::TooLarge),
            (FileFault::UnknownCharset { label: "x".into() }, ErrorKind::UnsupportedMedia),
            (FileFault::Io(std::io::Error::other("disk")), ErrorKind::Internal),
        ] {
            let code = fault.code();
            let error = ImportError::from(fault);
            assert_eq!((error.kind(), error.code()), (kind, code));
        }
    }

    #[test]
    fn rows_are_read_with_the_teams_routings_and_zone() {
        let fixture = Fixture::new();
        let json = r#"[{"order_number": "A1", "stock_code": "S", "description": "W", "quantity_to_make": 1,
            "routing": "Standard", "due_date": "2024-07-01"}]"#;
        let report = fixture.import_json(json.as_bytes(), ImportOptions::default()).unwrap();
        assert_eq!(report.counts.created, 1);
        let order = fixture.store.orders(team()).into_values().next().unwrap();
        assert_eq!(order.scheduled_end.unwrap().to_rfc3339(), "2024-07-01T21:59:59+00:00");
        assert_eq!(order.routing, Some(standard()));
    }
}
