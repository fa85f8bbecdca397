//! The pos surface: tills, their orders, the catalogue and its stock (`docs/spec/pos.md`).

pub(crate) mod orders;
pub(crate) mod products;

use kernel::access::Role;
use kernel::page::Window;

use crate::request::query::Query;
use crate::response::error_bodies::PosErrorResponse;
use crate::response::errors::ApiError;
use crate::routes::Route;

/// Who may read (`docs/spec/pos.md`, "Access").
const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts];
/// Who may sell and change the catalogue.
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

/// The most entries of a page.
const MAX_PAGE_SIZE: u32 = 100;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, products::ROUTES];

/// Declares a page of a list, as it is sent and documented: `page!(ProductPage(ProductResponse), u64);`. Where counting may
/// be left out, the counts are `Option<u64>`.
macro_rules! page {
    ($(#[$meta:meta])* $name:ident($item:ident), $($count:tt)+) => {
        $(#[$meta])*
        #[derive(serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name {
            items: Vec<$item>,
            #[schema(example = 1)]
            page_number: u32,
            #[schema(example = 10)]
            page_size: u32,
            /// All that fit, counted exactly.
            #[schema(required, example = 1)]
            total_count: $($count)+,
            #[schema(required, example = 1)]
            total_pages: $($count)+,
        }

        impl $name {
            pub(crate) fn of(
                paging: $crate::surfaces::pos::Paging,
                items: Vec<$item>,
                total_count: $($count)+,
                total_pages: $($count)+,
            ) -> Self {
                let (page_number, page_size) = (paging.number, paging.window.limit());
                Self { items, page_number, page_size, total_count, total_pages }
            }
        }
    };
}

use page;

/// The requested page of a list.
#[derive(Debug, Clone, Copy)]
struct Paging {
    number: u32,
    window: Window,
}

impl Paging {
    /// `pageNumber` from 1, `pageSize` of 1 to 100, 10 by default.
    fn read(query: &mut Query) -> Option<Self> {
        let read = query.numbered_page("pageNumber", ("pageSize", 10), MAX_PAGE_SIZE);
        read.map(|(number, window)| Self { number, window })
    }

    /// How many pages of this size so many entries have.
    fn pages(self, total: u64) -> u64 {
        total.div_ceil(self.window.limit().into())
    }
}

/// A number in a path: written in one way, as answers show it.
fn numbered(text: &str, what: &str) -> Result<i64, ApiError> {
    let number = text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text);
    number.ok_or_else(|| ApiError::not_found(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::StatusCode;

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
        page!(Numbers(u8), Option<u64>);
        let paging = Paging { number: 2, window: Window::try_new(10, 10, 100).unwrap() };
        let page = |total: Option<u64>| {
            let pages = total.map(|total| paging.pages(total));
            serde_json::to_string(&Numbers::of(paging, vec![1], total, pages)).unwrap()
        };
        let counted = r#"{"items":[1],"pageNumber":2,"pageSize":10,"totalCount":11,"totalPages":2}"#;
        assert_eq!(page(Some(11)), counted);
        let uncounted = r#"{"items":[1],"pageNumber":2,"pageSize":10,"totalCount":null,"totalPages":null}"#;
        assert_eq!(page(None), uncounted);
    }
}
