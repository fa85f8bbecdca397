//! The tables of selling.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    products (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Int8,
        sku -> Text,
        name -> Text,
        name_key -> Text,
        unit_price -> Numeric,
        tax_rate -> Numeric,
        discount_rate -> Numeric,
        stock -> Numeric,
        movements -> Int8,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    sales_orders (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Int8,
        order_number -> Text,
        channel -> Text,
        status -> Text,
        payment_status -> Text,
        payment_method -> Nullable<Text>,
        customer_number -> Nullable<Int8>,
        customer_name -> Nullable<Text>,
        customer_phone -> Nullable<Text>,
        customer_email -> Nullable<Text>,
        name_key -> Nullable<Text>,
        phone_key -> Nullable<Text>,
        delivery -> Nullable<Jsonb>,
        source -> Nullable<Text>,
        notes -> Nullable<Text>,
        cancel_reason -> Nullable<Text>,
        close_reason -> Nullable<Text>,
        currency -> Text,
        sub_total -> Numeric,
        tax_amount -> Numeric,
        discount_amount -> Numeric,
        total_amount -> Numeric,
        completed_at -> Nullable<Timestamptz>,
        stock_returned -> Bool,
        deleted -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    sales_order_lines (team_id, order_id, position) {
        team_id -> Uuid,
        order_id -> Uuid,
        position -> Int4,
        id -> Uuid,
        number -> Int8,
        product_id -> Nullable<Uuid>,
        product_number -> Nullable<Int8>,
        product_name -> Text,
        sku -> Nullable<Text>,
        unit_price -> Numeric,
        quantity -> Numeric,
        sub_total -> Numeric,
        tax_amount -> Numeric,
        discount_amount -> Numeric,
        total_amount -> Numeric,
        taken -> Numeric,
        notes -> Nullable<Text>,
    }
}

table! {
    stock_movements (team_id, product_id, sequence) {
        team_id -> Uuid,
        product_id -> Uuid,
        sequence -> Int8,
        before -> Numeric,
        quantity -> Numeric,
        balance -> Numeric,
        cause -> Text,
        reason -> Nullable<Text>,
        order_id -> Nullable<Uuid>,
        manufacturing_order_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

allow_tables_to_appear_in_same_query!(sales_orders, stock_movements);
