//! The tables of invoices for an accounting system.

use diesel::table;

table! {
    accounting_invoices (team_id, invoice_id) {
        team_id -> Uuid,
        invoice_id -> Uuid,
        payload -> Bytea,
        contractor -> Text,
        company -> Text,
        gross -> Numeric,
        state -> Text,
        lease -> Nullable<Timestamptz>,
        last_send -> Nullable<Timestamptz>,
        several -> Nullable<Bool>,
        wfirma_id -> Nullable<Text>,
        number -> Nullable<Text>,
        total -> Nullable<Numeric>,
        made_at -> Nullable<Timestamptz>,
        failure_code -> Nullable<Text>,
        failure_message -> Nullable<Text>,
        look_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    accounting_invoice_history (team_id, invoice_id, version) {
        team_id -> Uuid,
        invoice_id -> Uuid,
        version -> Int8,
        at -> Timestamptz,
        actor -> Text,
        request_id -> Text,
        state -> Text,
        detail -> Text,
    }
}

table! {
    accounting_connections (team_id) {
        team_id -> Uuid,
        company -> Text,
        secrets -> Bytea,
        time_zone -> Text,
        payment_method -> Text,
        payment_term_days -> Int2,
        prices -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    accounting_exchanges (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        invoice_id -> Nullable<Uuid>,
        action -> Text,
        at -> Timestamptz,
        took_microseconds -> Int8,
        request -> Bytea,
        status -> Nullable<Int4>,
        answer -> Nullable<Bytea>,
        error -> Nullable<Text>,
    }
}
