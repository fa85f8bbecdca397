use std::fs::File;
use std::io::{BufReader, IsTerminal, Read, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use adapter_postgres::Db;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::access::{Actor, Identity};
use kernel::write::{WriteContext, Written};
use order_import::files::{CsvOptions, CsvSource, Delimiter, JsonSource, RowSource};
use order_import::import::ImportOptions;
use order_import::import::dates::DateFormat;
use order_import::import::numbers::DecimalMark;
use order_import::import::report::{ImportReport, RowOutcome, Verdict};
use order_import::import::values::{Mode, OnExisting};

use super::{CommandError, block_on};
use crate::config::Config;
use crate::database::Database;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A CSV with a header row, or a JSON array if its name ends in .json
    file: PathBuf,
    /// The team that the orders belong to
    #[arg(long, value_name = "T")]
    team: String,
    /// Whether faulty rows keep the good ones out: per_row or all_or_nothing
    #[arg(long, default_value = "per_row")]
    mode: Mode,
    /// What becomes of rows whose orders exist: update (those not started), skip or error
    #[arg(long, default_value = "update")]
    on_existing: OnExisting,
    /// Do everything, store nothing
    #[arg(long)]
    dry_run: bool,
    /// The CSV's separator, if it is not to be detected: , ; | or tab
    #[arg(long, value_parser = delimiter)]
    delimiter: Option<Delimiter>,
    /// The CSV's encoding, if it is neither UTF-8 nor UTF-16 with a byte order mark
    #[arg(long, value_name = "NAME")]
    charset: Option<String>,
    /// How dates are written, such as %d.%m.%Y; ISO dates by default
    #[arg(long, value_name = "PATTERN", value_parser = date_format)]
    date_format: Option<DateFormat>,
    /// What stands before the decimals of numbers: . or ,
    #[arg(long, value_name = "MARK")]
    decimal: Option<DecimalMark>,
}

fn delimiter(text: &str) -> Result<Delimiter, String> {
    Delimiter::try_from(text).map_err(|fault| fault.to_string())
}

fn date_format(text: &str) -> Result<DateFormat, String> {
    DateFormat::try_new(text).map_err(|fault| fault.to_string())
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    let progress = Progress::of(&arguments.file)?;
    let database = Database::reach(config)?;
    let db = database.open()?;
    let report = block_on(import(arguments, &db, &progress))??;
    progress.done();
    print_report(&report);
    drop(db);
    database.close()?;
    let failed = report.counts.errors > 0 || report.verdict == Verdict::Rejected;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn import(arguments: &Arguments, db: &Db, progress: &Progress) -> Result<ImportReport, CommandError> {
    let team =
        wiring::team(db).find_by_name(&arguments.team).await.map_err(|error| CommandError::of(&error))?;
    let actor = Actor { team, identity: Identity::System { part: "cli" } };
    let context = WriteContext::unclaimed(&actor, "cli", wiring::clock().now());
    let mut source = open(arguments, progress)?;
    let options = ImportOptions {
        mode: arguments.mode,
        on_existing: arguments.on_existing,
        dry_run: arguments.dry_run,
        dates: arguments.date_format.clone().unwrap_or_default(),
        decimal: arguments.decimal,
        file_name: file_name(&arguments.file),
    };
    let imported = wiring::import_orders(db).run(context, &mut *source, options).await;
    match imported.map_err(|error| CommandError::of(&error))? {
        Written::Done(report) => Ok(report),
        Written::Replayed(_) => Err(CommandError::Message(
            "internal error: a stored response was given, although no idempotency key was sent".into(),
        )),
    }
}

fn file_name(file: &Path) -> Option<Box<str>> {
    let name = file.file_name()?.to_string_lossy();
    let plain: String = name.chars().filter(|letter| !letter.is_control()).take(255).collect();
    (!plain.is_empty()).then(|| plain.into())
}

fn open(arguments: &Arguments, progress: &Progress) -> Result<Box<dyn RowSource + Send>, CommandError> {
    let reader = progress.watch(open_file(&arguments.file)?);
    let is_json = arguments.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let options = CsvOptions { delimiter: arguments.delimiter, charset: arguments.charset.clone() };
    let opened: Result<Box<dyn RowSource + Send>, _> = if is_json {
        JsonSource::open(reader).map(|source| Box::new(source) as _)
    } else {
        CsvSource::open(reader, options).map(|source| Box::new(source) as _)
    };
    opened.map_err(|fault| CommandError::of(&fault))
}

fn open_file(path: &Path) -> Result<File, CommandError> {
    File::open(path)
        .map_err(|error| CommandError::Message(format!("{} can't be read: {error}", path.display())))
}

/// Failed and skipped rows, one a line, then the counts.
fn print_report(report: &ImportReport) {
    for answer in report.row_results() {
        if matches!(answer.outcome, RowOutcome::Failed(_) | RowOutcome::Skipped(_)) {
            let line = answer.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let number = answer.order_number.as_deref().unwrap_or("?");
            println!(
                "row {}{line}: {number}: {}: {}",
                answer.row,
                answer.outcome.status(),
                answer.outcome.message()
            );
        }
    }
    let counts = report.counts;
    if !report.source.ignored_columns.is_empty() {
        println!("ignored columns: {}", report.source.ignored_columns.join(", "));
    }
    println!(
        "{} created, {} updated, {} skipped, {} errors{}",
        counts.created,
        counts.updated,
        counts.skipped,
        counts.errors,
        if report.options.dry_run { " (dry run: nothing was stored)" } else { "" }
    );
}

/// The progress of reading: a bar on a terminal, plain lines elsewhere.
struct Progress {
    bar: ProgressBar,
    plain: bool,
}

impl Progress {
    fn of(file: &Path) -> Result<Self, CommandError> {
        let length = open_file(file)?.metadata().map_err(|error| CommandError::of(&error))?.len();
        if !stderr().is_terminal() {
            eprintln!("reading {} ({length} bytes)", file.display());
            return Ok(Self { bar: ProgressBar::hidden(), plain: true });
        }
        let bar = ProgressBar::new(length);
        let style = ProgressStyle::with_template("{msg} [{bar:40}] {bytes}/{total_bytes} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        bar.set_message("importing");
        Ok(Self { bar, plain: false })
    }

    fn watch(&self, file: File) -> impl Read + Send + use<> {
        self.bar.wrap_read(BufReader::with_capacity(64 << 10, file))
    }

    fn done(&self) {
        self.bar.finish_and_clear();
        if self.plain {
            eprintln!("done");
        }
    }
}
