//! The catalogue, stock and sales orders.

use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};

use super::super::{Breach, Plants, SALE, of_length};

/// Each column with a value that its own check refuses.
pub(super) fn checks(table: &'static str, columns: &[(&str, &str)]) -> Vec<Breach> {
    let breach = |(column, value): &(&str, &str)| {
        let name: &'static str = Box::leak(format!("{table}_{column}_check").into_boxed_str());
        (json!({ *column: value }), name)
    };
    columns.iter().map(breach).collect()
}

pub(super) fn products(plants: &Plants) -> Vec<Breach> {
    let numbers: &[_] = &[
        ("number", "0"),
        ("sku", ""),
        ("name", ""),
        ("unit_price", "-0.0001"),
        ("unit_price", "NaN"),
        ("tax_rate", "1.0001"),
        ("tax_rate", "-0.0001"),
        ("discount_rate", "1.0001"),
        ("discount_rate", "NaN"),
        ("stock", "-0.001"),
        ("stock", "NaN"),
        ("movements", "-1"),
        ("version", "0"),
    ];
    let mut breaches = checks("products", numbers);
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "products_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM products WHERE team_id = $team")}), "products_pkey"),
        (json!({"number": 1}), "products_team_id_number_key"),
        (json!({"sku": "WIDGET"}), "products_team_id_sku_key"),
        (json!({"sku": of_length(101)}), "products_sku_check"),
        (json!({"name": of_length(201)}), "products_name_check"),
        (json!({"stock": "1"}), "products_stock_is_moved"),
        (json!({"movements": 1}), "products_stock_is_the_last_balance"),
    ]);
    breaches
}

/// What orders and lines come to.
const AMOUNTS: [&str; 3] = ["sub_total", "tax_amount", "discount_amount"];

fn amounts(table: &'static str, total: &'static str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for column in AMOUNTS {
        breaches.extend(checks(table, &[(column, "-0.01"), (column, "NaN")]));
        breaches.push((json!({ column: "10000000000000000" }), "numeric field overflow"));
    }
    breaches.push((json!({"total_amount": "99.01"}), total));
    breaches
}

pub(super) fn sales_orders(plants: &Plants) -> Vec<Breach> {
    let mut breaches = amounts("sales_orders", "sales_orders_total_adds_up");
    breaches.extend(checks(
        "sales_orders",
        &[
            ("number", "0"),
            ("order_number", ""),
            ("channel", "web"),
            ("status", "Pending"),
            ("payment_status", "PAID"),
            ("payment_method", ""),
            ("customer_email", "a@"),
            ("source", ""),
            ("notes", ""),
            ("cancel_reason", ""),
            ("close_reason", ""),
            ("currency", "EURO"),
            ("currency", "eur"),
            ("version", "0"),
            ("completed_at", "infinity"),
            ("created_at", "-infinity"),
        ],
    ));
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "sales_orders_team_id_fkey"),
        (json!({"id": plants.value(SALE)}), "sales_orders_pkey"),
        (json!({"number": 1}), "sales_orders_team_id_number_key"),
        (
            json!({"order_number": plants.value(&SALE.replace("id FROM", "order_number FROM"))}),
            "sales_orders_team_id_order_number_key",
        ),
        (json!({"order_number": of_length(101)}), "sales_orders_order_number_check"),
        (json!({"payment_method": of_length(51)}), "sales_orders_payment_method_check"),
        (json!({"customer_name": "", "name_key": ""}), "sales_orders_customer_name_check"),
        (json!({"customer_name": of_length(201), "name_key": "x"}), "sales_orders_customer_name_check"),
        (json!({"customer_phone": "", "phone_key": ""}), "sales_orders_customer_phone_check"),
        (json!({"customer_phone": of_length(51), "phone_key": "x"}), "sales_orders_customer_phone_check"),
        (json!({"customer_email": of_length(255)}), "sales_orders_customer_email_check"),
        (json!({"customer_name": "A"}), "sales_orders_name_folded"),
        (json!({"phone_key": "a"}), "sales_orders_phone_folded"),
        (json!({"delivery": []}), "sales_orders_delivery_check"),
        (json!({"source": of_length(51)}), "sales_orders_source_check"),
        (json!({"notes": of_length(10_001)}), "sales_orders_notes_check"),
        (json!({"cancel_reason": of_length(10_001)}), "sales_orders_cancel_reason_check"),
        (json!({"close_reason": of_length(10_001)}), "sales_orders_close_reason_check"),
        (json!({"status": "CANCELLED"}), "sales_orders_over_gives_back"),
        (json!({"deleted": true}), "sales_orders_over_gives_back"),
        (json!({"stock_returned": true}), "sales_orders_over_gives_back"),
    ]);
    breaches
}

pub(super) fn sales_order_lines(plants: &Plants) -> Vec<Breach> {
    let product = "sales_order_lines_team_id_product_id_fkey";
    let order = "sales_order_lines_team_id_order_id_fkey";
    let foreign = |table: &str| {
        plants.value(&format!("SELECT id FROM {table} WHERE team_id = '{}' LIMIT 1", plants.foreign))
    };
    let without =
        |taken: &str| -> Value { json!({"product_id": null, "product_number": null, "taken": taken}) };
    let mut breaches = amounts("sales_order_lines", "sales_order_lines_total_adds_up");
    breaches.extend(checks(
        "sales_order_lines",
        &[
            ("number", "0"),
            ("product_name", ""),
            ("sku", ""),
            ("unit_price", "-0.0001"),
            ("unit_price", "NaN"),
            ("notes", ""),
        ],
    ));
    breaches.extend([
        (json!({"position": 0}), "sales_order_lines_position_check"),
        (json!({"position": 501}), "sales_order_lines_position_check"),
        (json!({"position": 1}), "sales_order_lines_pkey"),
        (
            json!({"id": plants.value("SELECT id FROM sales_order_lines WHERE team_id = $team LIMIT 1")}),
            "sales_order_lines_team_id_id_key",
        ),
        (json!({"order_id": SystemIds.uuid()}), order),
        (json!({"order_id": foreign("sales_orders")}), order),
        (json!({"product_id": SystemIds.uuid()}), product),
        (json!({"product_id": foreign("products")}), product),
        (json!({"product_number": null}), "sales_order_lines_product_named"),
        (json!({"product_name": of_length(201)}), "sales_order_lines_product_name_check"),
        (json!({"sku": of_length(101)}), "sales_order_lines_sku_check"),
        (json!({"notes": of_length(10_001)}), "sales_order_lines_notes_check"),
        (json!({"quantity": "0", "taken": "0"}), "sales_order_lines_quantity_check"),
        (json!({"quantity": "NaN", "taken": "0"}), "sales_order_lines_quantity_check"),
        (json!({"taken": "1"}), "sales_order_lines_taken_all_or_nothing"),
        (without("2"), "sales_order_lines_taken_of_products"),
    ]);
    breaches
}

pub(super) fn stock_movements(plants: &Plants) -> Vec<Breach> {
    let product = "stock_movements_team_id_product_id_fkey";
    let previous = "stock_movements_team_id_product_id_previous_before_fkey";
    let sold = "stock_movements_sold";
    let order = plants.value(SALE);
    let foreign = |table: &str| {
        plants.value(&format!("SELECT id FROM {table} WHERE team_id = '{}' LIMIT 1", plants.foreign))
    };
    let made = plants.value("SELECT id FROM manufacturing_orders WHERE team_id = $team LIMIT 1");
    let of_order = |order: Value| json!({"order_id": order, "cause": "sale", "reason": null});
    let of_work =
        |order: Value| json!({"manufacturing_order_id": order, "cause": "production", "reason": null});
    vec![
        (
            json!({"sequence": 0, "before": "0", "quantity": "1", "balance": "1"}),
            "stock_movements_sequence_check",
        ),
        (json!({"sequence": 2, "before": "10", "quantity": "-5"}), "stock_movements_pkey"),
        (json!({"before": "-1", "quantity": "2", "balance": "1"}), "stock_movements_before_check"),
        (json!({"before": "NaN", "quantity": "NaN", "balance": "NaN"}), "stock_movements_balance_check"),
        (json!({"quantity": "0", "balance": "8"}), "stock_movements_quantity_check"),
        (json!({"quantity": "-9", "balance": "-1"}), "stock_movements_balance_check"),
        (json!({"balance": "6"}), "stock_movements_add_up"),
        (json!({"before": "9", "balance": "6"}), previous),
        (json!({"sequence": 4}), previous),
        (json!({"sequence": 1}), "stock_movements_begin_at_nothing"),
        (
            json!({"product_id": SystemIds.uuid(), "sequence": 1, "before": "0", "quantity": "1", "balance": "1"}),
            product,
        ),
        (
            json!({"product_id": foreign("products"), "sequence": 1, "before": "0", "quantity": "1", "balance": "1"}),
            product,
        ),
        (json!({"cause": "theft"}), "stock_movements_cause_check"),
        (json!({"reason": ""}), "stock_movements_reason_check"),
        (json!({"reason": of_length(101)}), "stock_movements_reason_check"),
        (json!({"cause": "count"}), "stock_movements_reason_of_adjustments"),
        (json!({"order_id": order}), sold),
        (json!({"cause": "sale", "reason": null}), sold),
        (json!({"manufacturing_order_id": made}), "stock_movements_made"),
        (of_order(json!(SystemIds.uuid())), "stock_movements_team_id_order_id_fkey"),
        (of_order(json!(foreign("sales_orders"))), "stock_movements_team_id_order_id_fkey"),
        (of_work(json!(SystemIds.uuid())), "stock_movements_team_id_manufacturing_order_id_fkey"),
        (
            of_work(json!(foreign("manufacturing_orders"))),
            "stock_movements_team_id_manufacturing_order_id_fkey",
        ),
    ]
}
