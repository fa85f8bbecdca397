//! Query parameters, read with every fault named at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Utc};
use kernel::error::{ErrorKind, Fault};
use kernel::id::Id;
use kernel::page::Window;
use kernel::period::PeriodRequest;
use kernel::text::{TextFault, identifier};

use crate::response::errors::ApiError;

/// The most characters of a search text.
const MAX_TEXT: usize = 200;

/// A request's query parameters, and the faults met while reading them.
pub(crate) struct Query {
    values: HashMap<String, String>,
    faults: Vec<Fault>,
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Query {
    /// The parameters of a request; of one given twice, the last.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let values = web::Query::<HashMap<String, String>>::from_query(request.query_string());
        let values = values.map_err(|_| {
            ApiError::new(
                ErrorKind::Malformed,
                "INVALID_QUERY",
                "The query can't be read: check its percent-encoding",
            )
        })?;
        Ok(Self { values: values.into_inner(), faults: Vec::new() })
    }

    /// A parameter read by `read`, or `None` if it is absent, empty or faulty.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.values.get(name).filter(|text| !text.is_empty())?;
        read(text)
            .map_err(|fault| self.faults.push(Fault::new(name, "INVALID_VALUE", fault.to_string())))
            .ok()
    }

    /// A parameter that parses, or its default.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &'static str, default: T) -> T
    where
        T::Err: Display,
    {
        self.read(name, str::parse).unwrap_or(default)
    }

    pub(crate) fn id<K>(&mut self, name: &'static str) -> Option<Id<K>> {
        self.read(name, |text| text.parse().map_err(|_| "must be a UUID"))
    }

    pub(crate) fn time(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.read(name, |text| text.parse().map_err(|_| "must be a time such as 2025-01-15T10:30:00Z"))
    }

    /// A period, both ends included.
    pub(crate) fn period(&mut self, from: &'static str, end: &'static str) -> PeriodRequest {
        PeriodRequest { from: self.read(from, str::parse), to: self.read(end, str::parse) }
    }

    /// A text on one line.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, |text| Ok::<_, TextFault>(identifier(text, MAX_TEXT)?.into_string()))
    }

    /// A flag: `true` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        self.read(name, |text| text.parse::<bool>().map_err(|_| "must be true or false")).unwrap_or(default)
    }

    /// `limit` (1 to `max`, 50 by default) entries after the first `offset`, as the mes API pages.
    pub(crate) fn window(&mut self, max: u32) -> Option<Window> {
        let offset = self.number("offset", 0);
        let limit = self.number("limit", 50);
        self.checked_window(offset, ("limit", limit), max)
    }

    /// Page `page` (from 1) of `limit` (1 to `max`, 20 by default) entries, as the oms API pages.
    pub(crate) fn page(&mut self, max: u32) -> Option<(u32, Window)> {
        self.numbered_page("page", ("limit", 20), max)
    }

    /// The same with other parameter names and default size.
    pub(crate) fn numbered_page(
        &mut self,
        page: &'static str,
        (size, default): (&'static str, u32),
        max: u32,
    ) -> Option<(u32, Window)> {
        let page = self.read(page, |text| match text.parse() {
            Ok(0) | Err(_) => Err("must be a whole number, 1 or more"),
            Ok(page) => Ok(page),
        });
        let page: u32 = page.unwrap_or(1);
        let limit = self.number(size, default);
        let offset = (page - 1).saturating_mul(limit);
        self.checked_window(offset, (size, limit), max).map(|window| (page, window))
    }

    fn number(&mut self, name: &'static str, default: u32) -> u32 {
        self.read(name, |text| text.parse::<u32>().map_err(|_| "must be a whole number, 0 or more"))
            .unwrap_or(default)
    }

    fn checked_window(
        &mut self,
        offset: u32,
        (name, limit): (&'static str, u32),
        max: u32,
    ) -> Option<Window> {
        Window::try_new(offset, limit, max)
            .map_err(|fault| self.fault(name, "OUT_OF_RANGE", fault.to_string()))
            .ok()
    }

    /// Adds a fault found by looking at parameters together.
    pub(crate) fn fault(
        &mut self,
        name: &'static str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.faults.push(Fault::new(name, code, message));
    }

    /// The [window](Self::window), unless a parameter was faulty.
    pub(crate) fn finish_window(mut self, max: u32) -> Result<Window, ApiError> {
        let window = self.window(max);
        self.finish(window)
    }

    /// What was read, unless a parameter was faulty.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, ApiError> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(ApiError::invalid(self.faults)
                .holding(|field| self.values.get(field).map(|value| value.as_str().into()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn every_faulty_parameter_is_named() {
        let request = TestRequest::with_uri("/x?limit=501&offset=-1&activeOnly=ja").to_http_request();
        let mut query = Query::of(&request).unwrap();
        query.flag("activeOnly", true);
        let window = query.window(500);
        let error = query.finish(window).unwrap_err();
        let fields: Vec<_> = error.faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["activeOnly", "offset", "limit"]);
    }

    #[test]
    fn there_is_no_page_before_the_first() {
        for page in ["0", "-1", "one", "4294967296"] {
            let request = TestRequest::with_uri(&format!("/x?page={page}")).to_http_request();
            let mut query = Query::of(&request).unwrap();
            let window = query.page(100);
            let faults = query.finish(window).unwrap_err().faults;
            assert_eq!(
                faults.iter().map(|fault| fault.field.as_ref()).collect::<Vec<_>>(),
                ["page"],
                "{page}"
            );
        }
    }

    #[test]
    fn pages_are_counted_from_one() {
        let request = TestRequest::with_uri("/x?page=3&limit=10").to_http_request();
        let mut query = Query::of(&request).unwrap();
        assert_eq!(query.page(100), Some((3, Window::try_new(20, 10, 100).unwrap())));
    }
}
