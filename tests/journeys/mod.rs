//! Scenarios that cross several surfaces, and the examples of the documentation.

mod api_guide;
mod buying_in;
mod production_day;
mod readme;
