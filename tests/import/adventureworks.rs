//! The 20,000 AdventureWorks orders, imported in each way: created, then updated without a write.

use serde_json::{Value, json};

use crate::support::{Team, dataset, orders_csv, run, shared_server, team, throughline, with_database};

/// The orders as JSON: numbers as numbers, without empty cells.
fn orders_json() -> Value {
    let csv = orders_csv();
    let mut lines = csv.lines().map(cells);
    let header = lines.next().unwrap();
    let rows = lines.map(|cells| {
        let fields = header.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        let fields = fields.map(|(name, cell)| match name.as_str() {
            "quantity_to_make" | "work_centre_id" => (name.clone(), json!(cell.parse::<u64>().unwrap())),
            _ => (name.clone(), json!(cell)),
        });
        Value::Object(fields.collect())
    });
    Value::Array(rows.collect())
}

/// The cells of a line, which may be quoted; no cell of these files contains a line break.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

fn plant(team: &Team<'_>) {
    let work_centres = std::fs::read_to_string(dataset("work-centres.csv")).unwrap();
    let numbers: Vec<u32> =
        work_centres.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers.len(), 14);
    team.create_work_centres(&numbers);
}

/// A hash of the storage location, version and transaction of all orders, which changes with every write.
fn fingerprint(team: &Team<'_>) -> String {
    let of_all = "count(*) || ' ' || sum(version) || ' ' ||
                  md5(string_agg(concat(id, ctid, xmin, updated_at), ' ' ORDER BY id))";
    let id = &team.id;
    team.database.scalar(&format!("SELECT {of_all} FROM manufacturing_orders WHERE team_id = '{id}'"))
}

fn creates_then_updates_without_a_write(team: &Team<'_>, import: impl Fn() -> [u64; 4]) {
    plant(team);
    let [_, _, events, audits, _] = team.row_counts();
    assert_eq!(import(), [20_000, 0, 0, 0]);
    let first = fingerprint(team);
    assert!(first.starts_with("20000 20000 "), "every order at version 1: {first}");
    assert_eq!(team.row_counts(), [20_000, 1, events + 1, audits + 1, 0]);

    assert_eq!(import(), [0, 20_000, 0, 0]);
    assert_eq!(fingerprint(team), first, "no order was written");
    assert_eq!(team.row_counts(), [20_000, 2, events + 1, audits + 1, 0], "only the history records it");
}

#[test]
fn twenty_thousand_orders_as_json_over_http() {
    let (team, orders) = (team(), orders_json().to_string());
    creates_then_updates_without_a_write(&team, || {
        team.import_as("", "application/json", orders.clone()).counts()
    });
    assert_eq!(
        team.order("WO-000001", "concat_ws('|', sku, description, quantity, work_centre_number)"),
        "FR-R38B-58|LL Road Frame - Black, 58|8.000|60"
    );
}

#[test]
fn twenty_thousand_orders_as_csv_over_http() {
    let (team, orders) = (team(), orders_csv());
    creates_then_updates_without_a_write(&team, || team.import_csv("", orders.clone()).counts());
    assert_eq!(
        team.order("WO-000001", "concat_ws('|', sku, description, quantity, work_centre_number)"),
        "FR-R38B-58|LL Road Frame - Black, 58|8.000|60"
    );
}

#[test]
fn twenty_thousand_orders_by_the_command_line() {
    let team = team();
    let path = dataset("manufacturing-orders.csv");
    creates_then_updates_without_a_write(&team, || {
        let command = throughline(&["import", path.to_str().unwrap(), "--team", &team.name]);
        let output = run(with_database(command, &shared_server().database));
        assert_eq!(output.code, Some(0), "{output:?}");
        let words: Vec<_> = output.out.split([' ', ',', '\n']).collect();
        assert_eq!(
            output.out,
            format!("{} created, {} updated, 0 skipped, 0 errors\n", words[0], words[3]),
            "the counts alone are printed"
        );
        [words[0].parse().unwrap(), words[3].parse().unwrap(), 0, 0]
    });
}

#[test]
fn a_json_file_by_the_command_line_is_read_like_the_csv() {
    let team = team();
    plant(&team);
    assert_eq!(team.import_csv("", orders_csv()).counts(), [20_000, 0, 0, 0]);
    let first = fingerprint(&team);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.json");
    std::fs::write(&path, orders_json().to_string()).unwrap();
    let command = throughline(&["import", path.to_str().unwrap(), "--team", &team.name]);
    let output = run(with_database(command, &shared_server().database));
    assert_eq!(
        (output.code, output.out.as_str()),
        (Some(0), "0 created, 20000 updated, 0 skipped, 0 errors\n"),
        "{}",
        output.err
    );
    assert_eq!(fingerprint(&team), first, "both files mean the same");
}
