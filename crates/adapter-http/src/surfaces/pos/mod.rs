//! The pos surface (seed 001): tills, their orders, the catalogue and its stock.

pub(crate) mod orders;
pub(crate) mod products;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use kernel::access::Role;
use kernel::page::Window;
use kernel::write::StoredResponse;
use serde::Serialize;

use crate::request::idempotency::json_answer;
use crate::request::query::Query;
use crate::response::error_bodies::PosErrorResponse;
use crate::response::errors::ApiError;
use crate::routes::Route;

/// Who may look (contract, first table).
const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts];
/// Who may sell and keep the catalogue.
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

/// The most entries of a page (contract, *pos*).
const MAX_PAGE_SIZE: u32 = 100;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, products::ROUTES];

/// An answer in seed 001's envelope.
#[derive(Serialize)]
struct Envelope<T> {
    success: bool,
    message: &'static str,
    data: T,
}

impl<T> Envelope<T> {
    const fn of(data: T) -> Self {
        Self { success: true, message: "Operation successful", data }
    }
}

/// What is shown, in seed 001's envelope.
fn shown(data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(Envelope::of(data))
}

/// What was done, in seed 001's envelope: to be sent, and kept for an idempotency key.
fn done(status: StatusCode, data: impl Serialize) -> StoredResponse {
    json_answer(status, &Envelope::of(data))
}

/// A page of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    items: Vec<T>,
    page_number: u32,
    page_size: u32,
    /// All that fit, counted exactly; `None` where that was not asked for.
    total_count: Option<u64>,
    total_pages: Option<u64>,
}

/// The page that is asked for.
#[derive(Debug, Clone, Copy)]
struct Paging {
    number: u32,
    window: Window,
}

impl Paging {
    /// `pageNumber` from 1, `pageSize` of 1 to 100, 10 by default (seed 001, *Get All Orders*).
    fn read(query: &mut Query) -> Option<Self> {
        let read = query.numbered_page("pageNumber", ("pageSize", 10), MAX_PAGE_SIZE);
        read.map(|(number, window)| Self { number, window })
    }

    /// The page, of so many entries in all.
    fn of<T>(self, items: Vec<T>, total: Option<u64>) -> Page<T> {
        Page {
            items,
            page_number: self.number,
            page_size: self.window.limit(),
            total_count: total,
            total_pages: total.map(|total| total.div_ceil(self.window.limit().into())),
        }
    }
}

/// A number that stands for something in a path: written in one way, as answers show it.
fn numbered(text: &str, what: &str) -> Result<i64, ApiError> {
    let number = text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text);
    number.ok_or_else(|| ApiError::not_found(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_positive_and_written_in_one_way() {
        assert_eq!(numbered("7", "Order").unwrap(), 7);
        for text in ["0", "-1", "+7", "07", "7.0", "x", "", "9223372036854775808"] {
            let error = numbered(text, "Order").unwrap_err();
            assert_eq!((error.status, &*error.message), (StatusCode::NOT_FOUND, "Order not found"), "{text}");
        }
    }

    #[test]
    fn pages_are_counted_where_the_whole_is() {
        let paging = Paging { number: 2, window: Window::try_new(10, 10, 100).unwrap() };
        let page = |total| serde_json::to_string(&paging.of::<u8>(vec![1], total)).unwrap();
        let counted = r#"{"items":[1],"pageNumber":2,"pageSize":10,"totalCount":11,"totalPages":2}"#;
        assert_eq!(page(Some(11)), counted);
        let uncounted = r#"{"items":[1],"pageNumber":2,"pageSize":10,"totalCount":null,"totalPages":null}"#;
        assert_eq!(page(None), uncounted);
    }
}
