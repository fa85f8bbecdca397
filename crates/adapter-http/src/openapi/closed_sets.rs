//! Schemas of the texts of which there are only so many, most of them read from the domains that know them.

/// Declares the schemas: `/// Meaning. Name of the domain's type;` or `/// Meaning. Name = texts;`.
macro_rules! closed_sets {
    ($($(#[doc = $doc:literal])+ $name:ident $(of $domain:ty)? $(= $texts:expr)?;)+) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $(let texts: Vec<&str> = <$domain>::ALL.iter().map(|it| it.as_str()).collect();)?
                $(let texts = $texts;)?
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .enum_values(Some(texts))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

closed_sets! {
    /// What may be done with an operation.
    Action of production_ops::operation::Action;
    /// How much an alarm matters.
    AlarmSeverity of equipment::Severity;
    /// What an attached file is for.
    AttachmentType of attachments::AttachmentType;
    /// Where an order came from.
    Channel of sales_orders::order::Channel;
    /// Whether an operator came or went.
    ClockEvent of production_ops::ClockEvent;
    /// What ended a stretch of work.
    EndedBy = ["pause", "hold", "hand_over", "complete", "cancel"];
    /// What equipment does.
    EquipmentStatus of equipment::EquipmentStatus;
    /// The code of a currency of ISO 4217 whose amounts have two decimals or none.
    Currency = kernel::money::Currency::all().map(|currency| currency.code()).collect::<Vec<_>>();
    /// What stands before the decimals of numbers.
    DecimalMark = [".", ","];
    /// What separates the cells of a CSV.
    Delimiter = [",", ";", "|", "tab"];
    /// The type of a field of collected data.
    FieldType of production_ops::data_collection::FieldType;
    /// Why no invoice was created.
    GepardErrorCode of invoicing::accounting::FailureCode;
    /// How far an invoice is.
    GepardInvoiceState = ["intended", "in_flight", "created", "failed", "unknown"];
    /// What became of an invoice of a batch.
    GepardInvoiceStatus = ["Created", "Existed", "Failed"];
    /// The form of an import.
    ImportFormat = ["csv", "json"];
    /// What faulty rows do to the others.
    ImportMode of order_import::import::values::Mode;
    /// What became of an import.
    ImportOutcome of order_import::import::report::Verdict;
    /// A preset of scopes.
    KeyPermission of kernel::access::KeyPermission;
    /// Why stock moved.
    MovementType = ["opening", "sale", "cancellation", "deletion", "production", "count", "adjustment"];
    /// What to do with rows whose orders exist.
    OnExisting of order_import::import::values::OnExisting;
    /// What becomes of data that breaks a limit.
    OnViolation of production_ops::data_collection::OnViolation;
    /// The status of an operation.
    OperationStatus of production_ops::operation::OperationStatus;
    /// The status of a manufacturing order.
    OrderStatus of kernel::manufacturing::OrderStatus;
    /// Whether a pause was foreseen.
    PauseCategory of production_ops::pause_reason::PauseCategory;
    /// How an invoice is to be paid.
    PaymentMethod of invoicing::accounting::PaymentMethod;
    /// How far an order is paid.
    PaymentStatus of sales_orders::order::PaymentStatus;
    /// The status of an order at tills.
    PosStatus of sales_orders::order::PosStatus;
    /// Whether prices hold the tax.
    PriceType = ["netto", "brutto"];
    /// A role of a user.
    Role of kernel::access::Role;
    /// What became of a row.
    RowStatus = ["created", "updated", "skipped", "error"];
    /// What a run time is for.
    RunTimeBasis of production_ops::routing::RunTimeBasis;
    /// The status of a sales order.
    SalesStatus of sales_orders::order::SalesStatus;
    /// A right of a key.
    Scope of kernel::access::Scope;
    /// What a missing skill does to the start of an operation.
    SkillCheck of identity::team::SkillCheck;
    /// What a list of orders is sorted by.
    SortKey of production_ops::ports::SortKey;
    /// The direction of a list.
    SortOrder = ["asc", "desc"];
    /// A day of the week.
    Weekday of identity::team::Weekday;
    /// How far an assignment is.
    AssignmentStatus of procurement::assignment::AssignmentStatus;
    /// Whether a dispatch has arrived.
    DispatchStatus of procurement::dispatch::DispatchStatus;
    /// How far a purchase order is.
    PurchaseOrderStatus of procurement::purchase_order::PurchaseOrderStatus;
    /// How far a goods receipt is verified.
    ReceiptStatus of grn_ticketing::receipt::ReceiptStatus;
    /// What a verification says of an item.
    ReceiptItemStatus of grn_ticketing::receipt::ItemStatus;
    /// How urgent a ticket is.
    TicketPriority of grn_ticketing::ticket::Priority;
    /// How far a ticket is.
    TicketStatus of grn_ticketing::ticket::TicketStatus;
}
