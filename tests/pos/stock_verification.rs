//! `throughline verify stock`: it finds stock that differs from the sum of its movements.

use serde_json::json;
use testkit::Database;

use crate::support::{CommandOutput, Shop, Team, dedicated_server, run, throughline, with_database};

fn verify(database: &Database) -> CommandOutput {
    run(with_database(throughline(&["verify", "stock"]), database))
}

#[test]
fn stock_that_differs_from_the_sum_of_its_movements_is_found() {
    let server = dedicated_server();
    let output = verify(&server.database);
    assert_eq!((output.code, output.out.as_str()), (Some(0), "0 products, 0 faults found\n"));

    let shop = Shop::of(Team::create(&server.database, server.service));
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    shop.product(json!({"sku": "B", "unitPrice": 1, "stockQuantity": 10}));
    shop.sell(1, 3);
    let output = verify(&server.database);
    assert_eq!((output.code, output.out.as_str()), (Some(0), "2 products, 0 faults found\n"));

    // turns off foreign keys and triggers, as somebody with full access to the database could
    server.database.execute(
        "SET session_replication_role = replica; UPDATE products SET stock = 8 WHERE number = 1;
         DELETE FROM stock_movements WHERE product_id = (SELECT id FROM products WHERE number = 2)",
    );
    let output = verify(&server.database);
    let team = &shop.team.id;
    let expected = format!(
        "FAULT team {team}: product 1 has 8.000 in stock after 2 movements, its ledger 7.000 after 2\n\
         FAULT team {team}: product 2 has 10.000 in stock after 1 movements, its ledger 0 after 0\n\
         2 products, 2 faults found\n"
    );
    assert_eq!((output.code, output.out), (Some(1), expected));
}
