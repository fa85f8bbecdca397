//! `throughline verify stock`: stock that is not what its movements come to is found, whoever made it so.

use serde_json::json;
use testkit::Database;

use crate::support::{Ran, Shop, Team, on, own_house, run, throughline};

fn verify(database: &Database) -> Ran {
    run(on(throughline(&["verify", "stock"]), database))
}

#[test]
fn stock_that_its_movements_do_not_come_to_is_found() {
    let fixture = own_house();
    let ran = verify(&fixture.database);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "0 products, 0 faults found\n"));

    let shop = Shop::of(Team::found(&fixture.database, fixture.service));
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    shop.product(json!({"sku": "B", "unitPrice": 1, "stockQuantity": 10}));
    shop.sold(1, 3);
    let ran = verify(&fixture.database);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "2 products, 0 faults found\n"));

    // foreign keys don't hold for somebody with the whole database in hand
    fixture.database.execute(
        "SET session_replication_role = replica; UPDATE products SET stock = 8 WHERE number = 1;
         DELETE FROM stock_movements WHERE product_id = (SELECT id FROM products WHERE number = 2)",
    );
    let ran = verify(&fixture.database);
    let team = &shop.team.id;
    let told = format!(
        "FAULT team {team}: product 1 has 8.000 in stock after 2 movements, its ledger 7.000 after 2\n\
         FAULT team {team}: product 2 has 10.000 in stock after 1 movements, its ledger 0 after 0\n\
         2 products, 2 faults found\n"
    );
    assert_eq!((ran.code, ran.out), (Some(1), told));
}
