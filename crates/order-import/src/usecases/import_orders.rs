use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::files::{FileFault, FileFaultKind, RowSource};
use crate::import::read::Rules;
use crate::import::report::ImportReport;
use crate::import::{ImportOptions, PreparedImport, number_style};
use crate::ports::{ManufacturingOrders, Routings, TeamCalendar, WorkCentres};

/// Imports manufacturing orders (seed 000): creates those that don't exist, updates those not started,
/// leaves the others alone, and tells row by row which it was.
pub struct ImportOrders {
    orders: Arc<dyn ManufacturingOrders>,
    work_centres: Arc<dyn WorkCentres>,
    routings: Arc<dyn Routings>,
    calendar: Arc<dyn TeamCalendar>,
    ids: Arc<dyn IdSource>,
}

/// Why nothing was imported.
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
    /// Stands on the orders, what rows refer to, and a source of ids.
    pub fn new(
        orders: Arc<dyn ManufacturingOrders>,
        work_centres: Arc<dyn WorkCentres>,
        routings: Arc<dyn Routings>,
        calendar: Arc<dyn TeamCalendar>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { orders, work_centres, routings, calendar, ids }
    }

    /// Imports every row of `source` into the context's team. Reading is work for a processor, done between
    /// two waits: callers on an async runtime run this on a thread that may block.
    ///
    /// # Errors
    /// When the file as a whole can't be read, or a store fails; then nothing was imported.
    pub async fn run(
        &self,
        context: WriteContext<ImportReport>,
        source: &mut (dyn RowSource + Send),
        options: ImportOptions,
    ) -> Result<Written<ImportReport>, ImportError> {
        let rules = self.rules(context.team, source.separator(), &options).await?;
        let import = PreparedImport::read(source, options, &rules, &*self.ids)?;
        Ok(self.orders.import(context, import).await?)
    }

    async fn rules(
        &self,
        team: TeamId,
        separator: Option<char>,
        options: &ImportOptions,
    ) -> Result<Rules, StoreError> {
        Ok(Rules {
            zone: self.calendar.zone(team).await?,
            dates: options.dates.clone(),
            numbers: number_style(separator),
            work_centres: self.work_centres.numbers(team).await?,
            routings: self.routings.names(team).await?,
        })
    }
}
