//! The import surface (seed 000).

mod answer;
pub(crate) mod history;
mod multipart;
pub(crate) mod orders;

use actix_web::web::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig) {
    orders::configure(config);
    history::configure(config);
}
