//! Faults injected on request.

use std::time::Duration;

use super::call::Call;
use super::ledger::SandboxLedger;
use crate::json::Json;

/// The injected faults, in the order of their requests.
#[derive(Debug, Default)]
pub(super) struct InjectedFaults(Vec<InjectedFault>);

/// A fault, the calls that it applies to, and how many are left.
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

/// The faults of one call.
#[derive(Debug, Default)]
pub(super) struct ActiveFaults {
    pub(super) delay: Duration,
    pub(super) hang: bool,
    pub(super) drop_answer: bool,
    pub(super) status: Option<String>,
    pub(super) html: bool,
    pub(super) truncate: bool,
    /// The age up to which invoices are not found.
    pub(super) hidden_until_age: Option<Duration>,
    pub(super) two_matches: bool,
}

impl InjectedFault {
    /// Reads `{fault, contractorId?, action?, calls?, delay?, status?}`; an action is such as `invoices/add`.
    ///
    /// # Errors
    /// The problem of the request.
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

    fn applies_to(&self, call: &Call, ledger: &SandboxLedger) -> bool {
        let of_action = match self.kind {
            Kind::DropAnswer => call.action == "invoices/add",
            Kind::LateFind(_) | Kind::TwoMatches => call.action == "invoices/find",
            _ => true,
        };
        let of_contractor = self.contractor.as_ref().is_none_or(|contractor| {
            call.contractor().as_ref() == Some(contractor)
                || call.external_id().is_some_and(|id| ledger.has_invoice(&id, contractor))
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

    /// Applies the faults to a call, which uses up one call of each.
    pub(super) fn apply(&mut self, call: &Call, ledger: &SandboxLedger) -> ActiveFaults {
        let mut active = ActiveFaults::default();
        for fault in self.0.iter_mut().filter(|fault| fault.applies_to(call, ledger)) {
            fault.calls = fault.calls.map(|calls| calls.saturating_sub(1));
            match &fault.kind {
                Kind::Delay(delay) => active.delay += *delay,
                Kind::Hang => active.hang = true,
                Kind::DropAnswer => active.drop_answer = true,
                Kind::Status(status) => active.status = Some(status.clone()),
                Kind::Html => active.html = true,
                Kind::Truncate => active.truncate = true,
                Kind::LateFind(delay) => active.hidden_until_age = Some(delay.unwrap_or(Duration::MAX)),
                Kind::TwoMatches => active.two_matches = true,
            }
        }
        self.0.retain(|fault| fault.calls != Some(0));
        active
    }
}

/// Reads `200ms`, `2s`, `10m`, `24h`; a bare number is in milliseconds.
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
    fn an_incomplete_fault_is_refused() {
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
    fn a_fault_applies_to_its_calls_and_as_many_as_requested() {
        let call = |action: &str, contractor: u32| Call {
            action: action.to_owned(),
            id: None,
            company: "1".to_owned(),
            body: serde_json::from_str(&format!(
                r#"{{"invoices":{{"invoice":{{"contractor":{{"id":{contractor}}}}}}}}}"#
            ))
            .unwrap(),
        };
        let ledger = SandboxLedger::default();
        let mut faults = InjectedFaults::default();
        faults.add(read(r#"{"fault":"html","contractorId":7,"calls":2}"#).unwrap());
        faults.add(read(r#"{"fault":"hang","action":"invoices/find"}"#).unwrap());
        faults.add(read(r#"{"fault":"drop_answer","calls":"1"}"#).unwrap());
        let mut apply = |action: &str, contractor| {
            let active = faults.apply(&call(action, contractor), &ledger);
            (active.html, active.hang, active.drop_answer)
        };
        assert_eq!(apply("invoices/add", 8), (false, false, true));
        assert_eq!(apply("invoices/add", 7), (true, false, false));
        assert_eq!(apply("invoices/find", 8), (false, true, false));
        assert_eq!(apply("invoices/add", 7), (true, false, false));
        assert_eq!(apply("invoices/add", 7), (false, false, false));
        faults.clear();
        let active = faults.apply(&call("invoices/find", 8), &ledger);
        assert!(!active.hang);
    }
}
