//! Faults on request.

use std::time::Duration;

use super::call::Call;
use super::ledger::SandboxLedger;
use crate::json::Json;

/// The faults that are asked for, in the order in which they were.
#[derive(Debug, Default)]
pub(super) struct InjectedFaults(Vec<InjectedFault>);

/// A fault, the calls it strikes and how many are left.
#[derive(Debug)]
pub(super) struct InjectedFault {
    kind: Kind,
    contractor: Option<String>,
    action: Option<String>,
    calls: Option<u64>,
}

#[derive(Debug, Clone)]
enum Kind {
    Delay(Duration),
    Hang,
    DropAnswer,
    Status(String),
    Html,
    Truncate,
    LateFind(Option<Duration>),
    TwoMatches,
}

/// What strikes one call.
#[derive(Debug, Default)]
pub(super) struct Struck {
    pub(super) delay: Duration,
    pub(super) hang: bool,
    pub(super) drop_answer: bool,
    pub(super) status: Option<String>,
    pub(super) html: bool,
    pub(super) truncate: bool,
    /// How young the invoices are that are not found yet.
    pub(super) unseen: Option<Duration>,
    pub(super) two_matches: bool,
}

impl InjectedFault {
    /// Reads `{fault, contractorId?, calls?, delay?, status?}`; `action` besides, such as `invoices/add`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(request: &Json) -> Result<Self, String> {
        let text = |key: &str| request.get(key).and_then(Json::text).filter(|text| !text.is_empty());
        let delay = text("delay").map(|delay| duration(&delay)).transpose()?;
        let kind = match text("fault").unwrap_or_default().as_str() {
            "delay" => Kind::Delay(delay.ok_or("delay is required, such as 200ms")?),
            "hang" => Kind::Hang,
            "drop_answer" => Kind::DropAnswer,
            "status" => Kind::Status(text("status").ok_or("status is required, such as OUT OF SERVICE")?),
            "html" => Kind::Html,
            "truncate" => Kind::Truncate,
            "late_find" => Kind::LateFind(delay),
            "two_matches" => Kind::TwoMatches,
            _ => {
                return Err("fault must be delay, hang, drop_answer, status, html, truncate, late_find or \
                            two_matches"
                    .to_owned());
            }
        };
        let calls = text("calls").map(|calls| match calls.parse() {
            Ok(calls) if calls > 0 => Ok(calls),
            _ => Err("calls must be a whole number from 1 on".to_owned()),
        });
        let (contractor, action) = (text("contractorId"), text("action"));
        Ok(Self { kind, contractor, action, calls: calls.transpose()? })
    }

    fn strikes(&self, call: &Call, books: &SandboxLedger) -> bool {
        let of_action = match self.kind {
            Kind::DropAnswer => call.action == "invoices/add",
            Kind::LateFind(_) | Kind::TwoMatches => call.action == "invoices/find",
            _ => true,
        };
        let of_contractor = self.contractor.as_ref().is_none_or(|contractor| {
            call.contractor().as_ref() == Some(contractor)
                || call.external_id().is_some_and(|id| books.is_of(&id, contractor))
                || call.action.starts_with("contractors/") && call.id.as_ref() == Some(contractor)
        });
        of_action && of_contractor && self.action.as_ref().is_none_or(|action| *action == call.action)
    }
}

impl InjectedFaults {
    pub(super) fn add(&mut self, fault: InjectedFault) {
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What strikes a call, which uses up one call of each fault that does.
    pub(super) fn strike(&mut self, call: &Call, books: &SandboxLedger) -> Struck {
        let mut struck = Struck::default();
        for fault in self.0.iter_mut().filter(|fault| fault.strikes(call, books)) {
            fault.calls = fault.calls.map(|calls| calls.saturating_sub(1));
            match &fault.kind {
                Kind::Delay(delay) => struck.delay += *delay,
                Kind::Hang => struck.hang = true,
                Kind::DropAnswer => struck.drop_answer = true,
                Kind::Status(status) => struck.status = Some(status.clone()),
                Kind::Html => struck.html = true,
                Kind::Truncate => struck.truncate = true,
                Kind::LateFind(delay) => struck.unseen = Some(delay.unwrap_or(Duration::MAX)),
                Kind::TwoMatches => struck.two_matches = true,
            }
        }
        self.0.retain(|fault| fault.calls != Some(0));
        struck
    }
}

/// `200ms`, `2s`, `10m`, `24h`; a bare number is of milliseconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let length =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    length.map(Duration::from_millis).ok_or_else(|| format!("`{text}` is no duration, such as 200ms or 10m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request: &str) -> Result<InjectedFault, String> {
        InjectedFault::read(&serde_json::from_str(request).unwrap())
    }

    #[test]
    fn durations_have_a_unit_or_are_milliseconds() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("200ms", ms(200)),
            ("2s", ms(2_000)),
            ("10m", ms(600_000)),
            ("24h", ms(86_400_000)),
            ("7", ms(7)),
        ] {
            assert_eq!(duration(text), Ok(expected));
        }
        for text in ["", "s", "1.5s", "-1s", "2 s", "1d", "99999999999999999999h", "18446744073709551615h"] {
            assert_eq!(duration(text), Err(format!("`{text}` is no duration, such as 200ms or 10m")));
        }
    }

    #[test]
    fn a_fault_that_is_not_whole_is_refused() {
        for (request, fault) in [
            (
                "{}",
                "fault must be delay, hang, drop_answer, status, html, truncate, late_find or two_matches",
            ),
            (r#"{"fault":"delay"}"#, "delay is required, such as 200ms"),
            (r#"{"fault":"delay","delay":"x"}"#, "`x` is no duration, such as 200ms or 10m"),
            (r#"{"fault":"status"}"#, "status is required, such as OUT OF SERVICE"),
            (r#"{"fault":"hang","calls":0}"#, "calls must be a whole number from 1 on"),
        ] {
            assert_eq!(read(request).unwrap_err(), fault, "{request}");
        }
    }

    #[test]
    fn a_fault_strikes_the_calls_it_is_for_and_as_many_as_it_says() {
        let call = |action: &str, contractor: u32| Call {
            action: action.to_owned(),
            id: None,
            company: "1".to_owned(),
            body: serde_json::from_str(&format!(
                r#"{{"invoices":{{"invoice":{{"contractor":{{"id":{contractor}}}}}}}}}"#
            ))
            .unwrap(),
        };
        let books = SandboxLedger::default();
        let mut faults = InjectedFaults::default();
        faults.add(read(r#"{"fault":"html","contractorId":7,"calls":2}"#).unwrap());
        faults.add(read(r#"{"fault":"hang","action":"invoices/find"}"#).unwrap());
        faults.add(read(r#"{"fault":"drop_answer","calls":"1"}"#).unwrap());
        let mut strike = |action: &str, contractor| {
            let struck = faults.strike(&call(action, contractor), &books);
            (struck.html, struck.hang, struck.drop_answer)
        };
        assert_eq!(strike("invoices/add", 8), (false, false, true));
        assert_eq!(strike("invoices/add", 7), (true, false, false));
        assert_eq!(strike("invoices/find", 8), (false, true, false));
        assert_eq!(strike("invoices/add", 7), (true, false, false));
        assert_eq!(strike("invoices/add", 7), (false, false, false));
        faults.clear();
        let struck = faults.strike(&call("invoices/find", 8), &books);
        assert!(!struck.hang);
    }
}
