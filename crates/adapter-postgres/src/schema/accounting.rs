//! The tables of invoices for an accounting system.

use diesel::table;

table! {
    accounting_invoices (team_id, invoice_id) {
        team_id -> Uuid,
        invoice_id -> Uuid,
        payload -> Bytea,
        contractor -> Text,
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
        detail -> Jsonb,
    }
}
