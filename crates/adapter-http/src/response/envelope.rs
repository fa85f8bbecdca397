//! The envelopes of the oms and pos APIs.

use crate::openapi::schemas::null;

/// What was done, without anything to show of it.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(example = json!({"success": true, "message": "Operation successful", "data": null}))]
pub(crate) struct DoneResponse {
    success: bool,
    message: &'static str,
    /// Always `null`.
    #[schema(required, schema_with = null)]
    data: (),
}

impl DoneResponse {
    pub(crate) const fn of(message: &'static str) -> Self {
        Self { success: true, message, data: () }
    }
}

/// Declares an answer's envelope, as it is sent and documented:
///
/// - `envelope!(VendorShownResponse(VendorResponse));`: `success` and `data`;
/// - `envelope!(VendorDoneResponse(VendorResponse, message));`: with a message that the handler says;
/// - `envelope!(ProductShownResponse(ProductResponse, "Operation successful"));`: with one that is always the same.
macro_rules! envelope {
    ($(#[$meta:meta])* $name:ident($data:ident)) => {
        #[derive(serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub(crate) struct $name {
            success: bool,
            data: $data,
        }

        impl $name {
            pub(crate) fn of(data: $data) -> Self {
                Self { success: true, data }
            }
        }
    };
    ($(#[$meta:meta])* $name:ident($data:ident, message)) => {
        #[derive(serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub(crate) struct $name {
            success: bool,
            message: String,
            data: $data,
        }

        impl $name {
            pub(crate) fn of(message: &str, data: $data) -> Self {
                Self { success: true, message: message.to_owned(), data }
            }
        }
    };
    ($(#[$meta:meta])* $name:ident($data:ident, $message:literal)) => {
        #[derive(serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub(crate) struct $name {
            #[schema(example = true)]
            success: bool,
            #[schema(example = $message)]
            message: String,
            data: $data,
        }

        impl $name {
            pub(crate) fn of(data: $data) -> Self {
                Self { success: true, message: $message.to_owned(), data }
            }
        }
    };
}

pub(crate) use envelope;
