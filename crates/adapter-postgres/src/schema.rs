//! The tables as diesel sees them. Columns that only PostgreSQL fills (`xid`) are left out of inserts.

use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Jsonb;
use diesel::{allow_tables_to_appear_in_same_query, table};
use std::io::Write;

/// JSON text on its way into a `jsonb` column, as it is: numbers keep their digits.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub(crate) struct JsonText<'a>(pub(crate) &'a str);

impl ToSql<Jsonb, Pg> for JsonText<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

table! {
    teams (id) {
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        time_zone -> Text,
        created_at -> Timestamptz,
        currency -> Text,
        tax_rate -> Numeric,
        shift_calendar -> Jsonb,
        four_eyes_payment -> Bool,
        skill_check -> Text,
        version -> Int8,
        updated_at -> Timestamptz,
    }
}

table! {
    users (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        roles -> Array<Text>,
        created_at -> Timestamptz,
        vendor_id -> Nullable<Uuid>,
        is_active -> Bool,
        version -> Int8,
        updated_at -> Timestamptz,
    }
}

table! {
    api_keys (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        prefix -> Text,
        secret_hash -> Bytea,
        permission -> Text,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        previous_hash -> Nullable<Bytea>,
        previous_until -> Nullable<Timestamptz>,
        allowed_networks -> Array<Text>,
        last_used_at -> Nullable<Timestamptz>,
    }
}

table! {
    sessions (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        address -> Nullable<Inet>,
        begun_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

table! {
    refresh_tokens (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        hash -> Bytea,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        spent_at -> Nullable<Timestamptz>,
    }
}

table! {
    log_in_attempts (attempt) {
        attempt -> Bytea,
        failed_at -> Array<Timestamptz>,
        tried_at -> Timestamptz,
    }
}

table! {
    outbox (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        event_type -> Nullable<Text>,
        aggregate_id -> Nullable<Uuid>,
        sequence -> Nullable<Int8>,
        payload -> Nullable<Jsonb>,
        folded_record -> Nullable<Text>,
        folded_id -> Nullable<Uuid>,
        occurred_at -> Timestamptz,
    }
}

table! {
    audit_entries (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        at -> Timestamptz,
        actor -> Text,
        request_id -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Uuid,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

table! {
    audit_seals (team_id, sequence) {
        team_id -> Uuid,
        sequence -> Int8,
        entry_id -> Uuid,
        hash -> Bytea,
    }
}

table! {
    access_log (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        at -> Timestamptz,
        actor -> Text,
        method -> Text,
        route -> Text,
        path -> Text,
        status -> Int2,
        request_id -> Text,
        address -> Nullable<Text>,
        microseconds -> Int4,
    }
}

table! {
    idempotent_answers (team_id, caller, method, path, key) {
        team_id -> Uuid,
        caller -> Text,
        method -> Text,
        path -> Text,
        key -> Text,
        fingerprint -> Bytea,
        status -> Int2,
        body -> Nullable<Text>,
        record_kind -> Nullable<Text>,
        record_id -> Nullable<Uuid>,
        expires_at -> Timestamptz,
    }
}

table! {
    departments (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        is_active -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    work_centres (team_id, number) {
        team_id -> Uuid,
        number -> Int4,
        id -> Uuid,
        name -> Text,
        department_id -> Uuid,
        is_active -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    pause_reasons (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        category -> Text,
        is_active -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    operators (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        badge -> Text,
        skills -> Array<Text>,
        user_id -> Nullable<Uuid>,
        is_active -> Bool,
        clockings -> Int8,
        clocked_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    operator_attendance (team_id, operator_id, sequence) {
        team_id -> Uuid,
        operator_id -> Uuid,
        sequence -> Int8,
        event -> Text,
        at -> Timestamptz,
    }
}

table! {
    data_collection_activities (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        fields -> Jsonb,
        on_violation -> Text,
        is_active -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    attachments (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        state -> Text,
        original_filename -> Text,
        filename -> Text,
        kind -> Text,
        size -> Int4,
        sha256 -> Bytea,
        attachment_type -> Text,
        work_order_operation_id -> Nullable<Uuid>,
        routing_operation_id -> Nullable<Uuid>,
        description -> Nullable<Text>,
        uploaded_at -> Timestamptz,
    }
}

table! {
    order_imports (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        created_at -> Timestamptz,
        actor -> Text,
        request_id -> Text,
        outcome -> Text,
        source -> Text,
        file_name -> Nullable<Text>,
        separator -> Nullable<Text>,
        mode -> Text,
        on_existing -> Text,
        source_columns -> Array<Text>,
        ignored_columns -> Array<Text>,
        rows -> Int4,
        created -> Int4,
        updated -> Int4,
        skipped -> Int4,
        errors -> Int4,
        changed -> Int4,
    }
}

table! {
    order_import_chunks (team_id, import_id, chunk) {
        team_id -> Uuid,
        import_id -> Uuid,
        chunk -> Int4,
        format -> Int2,
        content -> Bytea,
    }
}

table! {
    vendors (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        name_key -> Text,
        email -> Nullable<Text>,
        address -> Nullable<Text>,
        payment_term_days -> Int2,
        is_active -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    /// The rows of one import on their way to be merged: a temporary table of the session.
    order_import_stage (position) {
        position -> Int4,
        id -> Uuid,
        order_number -> Text,
        sku -> Text,
        description -> Text,
        quantity -> Numeric,
        priority -> Nullable<Int2>,
        status -> Nullable<Text>,
        work_centre_number -> Nullable<Int4>,
        due_from -> Nullable<Timestamptz>,
        due_until -> Nullable<Timestamptz>,
        notes -> Nullable<Text>,
        clears -> Int2,
    }
}

allow_tables_to_appear_in_same_query!(departments, work_centres);
