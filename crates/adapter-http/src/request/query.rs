//! Query parameters, read with every fault named at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use kernel::calendar;
use kernel::error::{ErrorKind, Fault};
use kernel::id::Id;
use kernel::page::Window;
use kernel::period::PeriodRequest;
use kernel::text::{TextFault, line};
use percent_encoding::percent_decode_str;
use strsim::osa_distance;

use crate::response::errors::ApiError;

/// The most characters of a search text.
const MAX_TEXT: usize = 200;
/// The most characters of an unknown name that an answer repeats.
const MAX_SHOWN: usize = 60;

/// Reads a number as the documents declare it: of 32 bits with a sign. What is no number has a fault of its own.
fn number(text: &str) -> Result<u32, Option<&'static str>> {
    let number: u32 = text.parse().map_err(|_| None)?;
    if number > i32::MAX.unsigned_abs() { Err(Some("must be at most 2147483647")) } else { Ok(number) }
}

/// A request's query parameters, and the faults met while reading them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// The parameters that the route takes.
    names: &'static [String],
    values: HashMap<&'static str, String>,
    faults: Vec<Fault>,
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // authorisation left it there
        ready(Ok(request.extensions_mut().remove::<Self>().unwrap_or_default()))
    }
}

impl Query {
    /// Parses the query of a route that takes parameters of these `names`. An unknown, empty or repeated one is a fault;
    /// `_` and what begins with `utm_` is passed over (`docs/spec/common.md`, "Query parameters").
    ///
    /// # Errors
    /// `INVALID_QUERY` where the percent-encoding is wrong.
    pub(crate) fn parse(query: &str, names: &'static [String]) -> Result<Self, ApiError> {
        let mut parsed = Self { names, ..Self::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = decode(name).zip(decode(value)).ok_or_else(|| unreadable(pair))?;
            match value.as_str() {
                "" if parsed.knows(&name) => parsed.name_fault(&name, "must not be empty; leave it out"),
                _ => parsed.add(&name, value),
            }
        }
        Ok(parsed)
    }

    /// The same options with what the fields of a form add. An empty field is as good as an absent one.
    pub(crate) fn with_fields(mut self, fields: Vec<(String, String)>) -> Self {
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.add(&name, value);
        }
        self
    }

    fn add(&mut self, name: &str, value: String) {
        if name == "_" || name.starts_with("utm_") {
            return;
        }
        match self.names.iter().find(|known| *known == name) {
            None => self.name_fault(name, unknown(name, self.names)),
            Some(_) if self.values.contains_key(name) => self.name_fault(name, "must be given once"),
            Some(known) => {
                self.values.insert(known, value);
            }
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    fn name_fault(&mut self, name: &str, message: impl Into<Cow<'static, str>>) {
        let shown: String = name.chars().filter(|letter| !letter.is_control()).take(MAX_SHOWN).collect();
        if !self.faults.iter().any(|fault| fault.field == shown) {
            self.faults.push(Fault::new(shown, "INVALID_VALUE", message));
        }
    }

    /// A parameter read by `read`, or `None` if it is absent, empty or faulty.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.values.get(name)?;
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
        self.read(name, calendar::moment)
    }

    /// A period, both ends included.
    pub(crate) fn period(&mut self, from: &'static str, end: &'static str) -> PeriodRequest {
        PeriodRequest { from: self.read(from, str::parse), to: self.read(end, str::parse) }
    }

    /// A text on one line.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, |text| Ok::<_, TextFault>(line(text, MAX_TEXT)?.into_string()))
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
        let page = self.read(page, |text| match number(text) {
            Ok(0) | Err(None) => Err("must be a whole number, 1 or more"),
            Err(Some(fault)) => Err(fault),
            Ok(page) => Ok(page),
        });
        let page = page.unwrap_or(1);
        let limit = self.number(size, default);
        let offset = (page - 1).saturating_mul(limit);
        self.checked_window(offset, (size, limit), max).map(|window| (page, window))
    }

    fn number(&mut self, name: &'static str, default: u32) -> u32 {
        let read =
            |text: &str| number(text).map_err(|fault| fault.unwrap_or("must be a whole number, 0 or more"));
        self.read(name, read).unwrap_or(default)
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

/// Decodes a name or value; `None` if its percent-encoding is wrong.
fn decode(text: &str) -> Option<String> {
    let is_whole =
        |part: &str| part.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    let spaced = text.replace('+', " ");
    if !spaced.split('%').skip(1).all(is_whole) {
        return None;
    }
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

fn unreadable(pair: &str) -> ApiError {
    let shown: String = pair.chars().take(MAX_SHOWN).collect();
    let message = format!("The query can't be read: check the percent-encoding of `{shown}`");
    ApiError::new(ErrorKind::Malformed, "INVALID_QUERY", message)
}

/// What is said of an unknown parameter: the nearest of `names`, or all of them.
fn unknown(name: &str, names: &[String]) -> String {
    let plain = |name: &str| name.replace(['_', '-', '.'], "").to_lowercase();
    let wanted: String = plain(name).chars().take(MAX_SHOWN).collect();
    let distances = names.iter().map(|known| (osa_distance(&plain(known), &wanted), known));
    match distances.min_by_key(|(distance, _)| *distance) {
        None => "is unknown: no parameters are taken here".into(),
        Some((distance, nearest)) if distance * 2 <= wanted.len().max(2) => {
            format!("is unknown; did you mean `{nearest}`?")
        }
        Some(_) => format!("is unknown; known are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, names: &[&str]) -> Result<Query, ApiError> {
        Query::parse(text, Vec::leak(names.iter().map(|name| (*name).to_owned()).collect()))
    }

    fn faults(query: Query) -> Vec<(String, String)> {
        let faults = query.finish(Some(())).err().map(|error| error.faults).unwrap_or_default();
        faults.into_iter().map(|fault| (fault.field.into(), fault.message.into())).collect()
    }

    #[test]
    fn every_faulty_parameter_is_named() {
        let names = ["limit", "offset", "activeOnly"];
        let mut query = parse("limit=501&offset=-1&activeOnly=ja&activeonly=true", &names).unwrap();
        query.flag("activeOnly", true);
        query.window(500);
        let fields: Vec<_> = faults(query).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["activeonly", "activeOnly", "offset", "limit"]);
    }

    #[test]
    fn an_unknown_empty_or_repeated_parameter_is_a_fault() {
        let names = ["mode", "on_existing", "dry_run", "date_format"];
        let known = "is unknown; known are mode, on_existing, dry_run, date_format";
        for (text, expected) in [
            ("", vec![]),
            ("&&mode=a&", vec![]),
            ("_=1700000000&utm_source=x&utm_=", vec![]),
            ("dryRun=true", vec![("dryRun", "is unknown; did you mean `dry_run`?")]),
            ("dry-run", vec![("dry-run", "is unknown; did you mean `dry_run`?")]),
            ("onexist=1", vec![("onexist", "is unknown; did you mean `on_existing`?")]),
            ("colour=red", vec![("colour", known)]),
            ("dry_run=", vec![("dry_run", "must not be empty; leave it out")]),
            ("dry_run", vec![("dry_run", "must not be empty; leave it out")]),
            ("mode=a&m%6fde=a", vec![("mode", "must be given once")]),
            ("mode=&mode=", vec![("mode", "must not be empty; leave it out")]),
            ("%0Ax=1", vec![("x", known)]),
            ("=1", vec![("", known)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(a, b)| (a.into(), b.into())).collect();
            assert_eq!(faults(parse(text, &names).unwrap()), expected, "{text}");
        }
        let none = [("limit".into(), "is unknown: no parameters are taken here".into())];
        assert_eq!(faults(parse("limit=1", &[]).unwrap()), none);
    }

    #[test]
    fn a_form_adds_what_the_query_does_not_say() {
        let names = ["mode", "dry_run"];
        let fields = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let mut both =
            parse("mode=a", &names).unwrap().with_fields(fields(&[("dry_run", "true"), ("mode", "")]));
        assert!(both.flag("dry_run", false));
        assert_eq!(faults(both), []);
        let twice =
            parse("mode=a", &names).unwrap().with_fields(fields(&[("mode", "b"), ("dryrun", "true")]));
        let expected = [("mode", "must be given once"), ("dryrun", "is unknown; did you mean `dry_run`?")];
        assert_eq!(faults(twice), expected.map(|(field, message)| (field.into(), message.into())));
    }

    #[test]
    fn names_and_values_are_decoded_or_refused() {
        let mut query = parse("orderNumber=%C5%BB+%2B%25", &["orderNumber"]).unwrap();
        assert_eq!(query.text("orderNumber").as_deref(), Some("Ż +%"));
        for text in ["mode=%ZZ", "mode=%", "mode=%2", "mo%de=1", "mode=%FF", "mode=%é1"] {
            let error = parse(text, &["mode"]).unwrap_err();
            let message = format!("The query can't be read: check the percent-encoding of `{text}`");
            assert_eq!((error.code, &*error.message), ("INVALID_QUERY", &*message));
        }
    }

    #[test]
    fn there_is_no_page_before_the_first() {
        for page in ["0", "-1", "one", "4294967296"] {
            let mut query = parse(&format!("page={page}"), &["page"]).unwrap();
            query.page(100);
            let expected = [("page".into(), "must be a whole number, 1 or more".into())];
            assert_eq!(faults(query), expected, "{page}");
        }
    }

    #[test]
    fn pages_are_counted_from_one() {
        let mut query = parse("page=3&limit=10", &["page", "limit"]).unwrap();
        assert_eq!(query.page(100), Some((3, Window::try_new(20, 10, 100).unwrap())));
    }
}
