//! The id in a path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use kernel::id::{Id, Kind};

use crate::response::errors::ApiError;

/// The id in a path that has no other parameter. What is no id names nothing: 404.
pub(crate) struct PathId<I>(pub(crate) I);

impl<K: Kind> FromRequest for PathId<Id<K>> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().iter().next().map(|(_, text)| text).unwrap_or_default();
        ready(text.parse().map(PathId).map_err(|_| ApiError::not_found(&label(K::NAME))))
    }
}

/// What the documented API calls a kind of thing.
fn label(kind: &str) -> String {
    match kind {
        "api_key" => "API key".into(),
        "attachment" => "File".into(),
        "manufacturing_order" | "sales_order" => "Order".into(),
        kind => {
            let (first, rest) = kind.split_at_checked(1).unwrap_or_default();
            format!("{}{}", first.to_uppercase(), rest.replace('_', " "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_as_the_api_calls_it() {
        for (kind, expected) in [
            ("department", "Department"),
            ("data_collection_activity", "Data collection activity"),
            ("work_order_operation", "Work order operation"),
            ("sales_order", "Order"),
            ("api_key", "API key"),
        ] {
            assert_eq!(label(kind), expected);
        }
    }
}
