//! The tables of buying in whose lists are filtered; their rows are read by `Statement`s.

use diesel::{allow_tables_to_appear_in_same_query, table};

use super::sales_orders;

table! {
    assignments (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        order_id -> Uuid,
        order_line_id -> Uuid,
        vendor_id -> Uuid,
        quantity -> Numeric,
        confirmed -> Nullable<Numeric>,
        reason -> Nullable<Text>,
        answered_at -> Nullable<Timestamptz>,
        released -> Bool,
        status -> Text,
        purchase_order_id -> Nullable<Uuid>,
        dispatched -> Numeric,
        verified -> Numeric,
        received -> Numeric,
        accepted -> Numeric,
        version -> Int8,
        assigned_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    purchase_orders (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Text,
        order_id -> Uuid,
        vendor_id -> Uuid,
        status -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    dispatches (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Text,
        purchase_order_id -> Uuid,
        order_id -> Uuid,
        vendor_id -> Uuid,
        tracking_reference -> Nullable<Text>,
        remarks -> Nullable<Text>,
        dispatched_at -> Timestamptz,
        received_at -> Nullable<Timestamptz>,
        status -> Text,
    }
}

table! {
    goods_receipts (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Text,
        dispatch_id -> Uuid,
        order_id -> Uuid,
        vendor_id -> Uuid,
        status -> Text,
        is_open -> Bool,
        remarks -> Nullable<Text>,
        received_at -> Timestamptz,
        received_by -> Nullable<Uuid>,
        verified_at -> Nullable<Timestamptz>,
        verified_by -> Nullable<Uuid>,
        version -> Int8,
    }
}

table! {
    tickets (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        number -> Text,
        receipt_id -> Uuid,
        order_id -> Uuid,
        vendor_id -> Uuid,
        title -> Text,
        description -> Text,
        status -> Text,
        priority -> Text,
        created_by -> Nullable<Uuid>,
        assignee_id -> Nullable<Uuid>,
        resolved_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

allow_tables_to_appear_in_same_query!(assignments, sales_orders);
allow_tables_to_appear_in_same_query!(dispatches, sales_orders);
allow_tables_to_appear_in_same_query!(goods_receipts, sales_orders);
allow_tables_to_appear_in_same_query!(purchase_orders, sales_orders);
