//! The tables as diesel sees them. Columns that only PostgreSQL fills (`xid`) are left out of inserts.

use diesel::{allow_tables_to_appear_in_same_query, table};

mod accounting;
mod buying_in;
mod json;
mod selling;

pub(crate) use self::accounting::{
    accounting_connections, accounting_exchanges, accounting_invoice_history, accounting_invoices,
};
pub(crate) use self::buying_in::{assignments, dispatches, goods_receipts, purchase_orders, tickets};
pub(crate) use self::json::{JsonColumn, JsonText};
pub(crate) use self::selling::{products, sales_order_lines, sales_orders, stock_movements};

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
    inbox (team_id, consumer, event_id) {
        team_id -> Uuid,
        consumer -> Text,
        event_id -> Uuid,
        consumed_at -> Timestamptz,
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
        before -> Nullable<Json>,
        after -> Nullable<Json>,
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
    routings (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        version -> Int4,
        is_active -> Bool,
        revision -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    routing_versions (team_id, routing_id, version) {
        team_id -> Uuid,
        routing_id -> Uuid,
        version -> Int4,
        name -> Text,
        description -> Nullable<Text>,
        product_identifier -> Nullable<Text>,
        allow_overlap -> Bool,
        created_at -> Timestamptz,
    }
}

table! {
    routing_operations (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        routing_id -> Uuid,
        version -> Int4,
        operation_number -> Int4,
        name -> Text,
        department_id -> Uuid,
        setup_minutes -> Numeric,
        run_minutes -> Numeric,
        run_time_basis -> Text,
        instructions -> Nullable<Text>,
        required_skills -> Array<Text>,
    }
}

table! {
    routing_operation_activities (team_id, routing_operation_id, activity_id) {
        team_id -> Uuid,
        routing_operation_id -> Uuid,
        sequence -> Int4,
        activity_id -> Uuid,
        is_required -> Bool,
    }
}

table! {
    manufacturing_orders (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        order_number -> Text,
        erp_reference -> Nullable<Text>,
        sku -> Text,
        description -> Text,
        quantity -> Numeric,
        quantity_completed -> Nullable<Numeric>,
        priority -> Int2,
        status -> Text,
        held_status -> Nullable<Text>,
        work_centre_number -> Nullable<Int4>,
        routing_id -> Nullable<Uuid>,
        routing_version -> Nullable<Int4>,
        scheduled_start -> Nullable<Timestamptz>,
        scheduled_end -> Nullable<Timestamptz>,
        actual_start -> Nullable<Timestamptz>,
        actual_end -> Nullable<Timestamptz>,
        notes -> Nullable<Text>,
        custom_fields -> Nullable<Json>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    work_order_operations (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        order_id -> Uuid,
        operation_number -> Int4,
        name -> Text,
        department_id -> Uuid,
        routing_operation_id -> Uuid,
        status -> Text,
        operator_id -> Nullable<Uuid>,
        target_seconds -> Int8,
        scheduled_start -> Nullable<Timestamptz>,
        ready_at -> Nullable<Timestamptz>,
        actual_start -> Nullable<Timestamptz>,
        actual_end -> Nullable<Timestamptz>,
        good -> Numeric,
        rejected -> Numeric,
        reworked -> Numeric,
        captured_data -> Nullable<Json>,
        segments -> Int4,
        active_micros -> Int8,
        running_since -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    operation_segments (team_id, operation_id, sequence) {
        team_id -> Uuid,
        operation_id -> Uuid,
        sequence -> Int4,
        operator_id -> Uuid,
        started_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Text>,
        pause_reason_id -> Nullable<Uuid>,
    }
}

table! {
    data_collections (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        operation_id -> Uuid,
        activity_id -> Uuid,
        operator_id -> Uuid,
        collected_data -> Json,
        collected_at -> Timestamptz,
        received_at -> Timestamptz,
        conforming -> Bool,
        violations -> Jsonb,
    }
}

table! {
    number_counters (team_id, kind, period) {
        team_id -> Uuid,
        kind -> Text,
        period -> Text,
        last -> Int8,
    }
}

table! {
    equipment (team_id, id) {
        team_id -> Uuid,
        id -> Uuid,
        tag -> Text,
        department_id -> Uuid,
        status -> Text,
        status_since -> Timestamptz,
        work_order_operation_id -> Nullable<Uuid>,
        data -> Json,
        alarms -> Jsonb,
        has_alarm -> Bool,
        taken_at -> Timestamptz,
        received_at -> Timestamptz,
        version -> Int8,
        registered_at -> Timestamptz,
    }
}

table! {
    equipment_samples (team_id, equipment_id, taken_at, arrival) {
        team_id -> Uuid,
        equipment_id -> Uuid,
        taken_at -> Timestamptz,
        received_at -> Timestamptz,
        status -> Text,
        department_id -> Uuid,
        work_order_operation_id -> Nullable<Uuid>,
        data -> Json,
        alarms -> Jsonb,
        arrival -> Int4,
    }
}

table! {
    equipment_alarms (team_id, equipment_id, raised_at, code, arrival) {
        team_id -> Uuid,
        equipment_id -> Uuid,
        raised_at -> Timestamptz,
        code -> Text,
        severity -> Text,
        message -> Text,
        cleared_at -> Nullable<Timestamptz>,
        arrival -> Int4,
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
        ticket_id -> Nullable<Uuid>,
        uploaded_by -> Nullable<Uuid>,
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
        routing_id -> Nullable<Uuid>,
        routing_version -> Nullable<Int4>,
        notes -> Nullable<Text>,
        clears -> Int2,
    }
}

allow_tables_to_appear_in_same_query!(departments, manufacturing_orders, work_centres, work_order_operations);
allow_tables_to_appear_in_same_query!(departments, routing_operations);
allow_tables_to_appear_in_same_query!(
    data_collection_activities,
    data_collections,
    routing_operation_activities,
    routing_operations
);
allow_tables_to_appear_in_same_query!(routing_operations, teams);
allow_tables_to_appear_in_same_query!(routing_versions, routings);
allow_tables_to_appear_in_same_query!(equipment, equipment_samples, equipment_alarms);
