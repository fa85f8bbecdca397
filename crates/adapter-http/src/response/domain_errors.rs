//! Domain errors that blame no field by a name of the API, or whose resource does not say yet which.

use super::errors::DomainError;

macro_rules! domain_errors {
    ($($error:path,)*) => {$(
        impl DomainError for $error {}
    )*};
}

domain_errors! {
    order_import::ImportError,
}
