//! JSON that the domain keeps as it came: collected data, and what the ERP keeps of an order; and the limits of such data.

use kernel::json::{JsonObject, object_holds_nul};
use rust_decimal::Decimal;
use serde_json::Value;

/// A JSON number as a decimal; `None` if it is no number, or beyond what decimals hold.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let text = value.as_number()?.to_string();
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// A decimal as a JSON number; exact for up to 15 significant digits.
pub(crate) fn number(decimal: Decimal) -> Value {
    serde_json::from_str(&decimal.normalize().to_string()).unwrap_or(Value::Null)
}

/// A text within JSON that holds NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds the character U+0000, which is not allowed")]
pub struct NulFault;

/// Takes an object in which no text and no key holds NUL.
///
/// # Errors
/// When one does.
pub fn without_nul(fields: &JsonObject) -> Result<JsonObject, NulFault> {
    if object_holds_nul(fields) { Err(NulFault) } else { Ok(fields.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_go_through_decimals_and_back() {
        for (value, back) in [
            (json!(40), "40"),
            (json!(45.20), "45.2"),
            (json!(-0.001), "-0.001"),
            (json!(1e15), "1000000000000000"),
        ] {
            assert_eq!(number(decimal(&value).unwrap()).to_string(), back);
        }
        assert_eq!((decimal(&json!(1e300)), decimal(&json!("1"))), (None, None));
    }
}
