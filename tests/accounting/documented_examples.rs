//! The examples and errors of the API document (`docs/spec/gepard.md`, "Results" and "Failed invoices").

use serde_json::{Value, json};
use testkit::Service;

use crate::support::gepard::{
    AccountingFixture, Gepard, INCOMPLETE_CONTRACTOR, KNOWN_CONTRACTOR, PROCESS, UNKNOWN_CONTRACTOR, invoice,
    invoice_for, statuses,
};
use crate::support::{Reply, Requests, client};

/// The request in the API document (`docs/spec/gepard.md`, "Request").
fn example() -> Vec<Value> {
    let item = |name: &str, price: &str, quantity: u32, unit: &str, tax: Value| {
        json!({
            "name": name, "unit_price": price, "currency": "PLN", "quantity": quantity, "quantity_unit": unit,
            "vat_rate": "23%", "tax_rate": tax,
        })
    };
    vec![
        json!({
            "invoice_id": "550e8400-e29b-41d4-a716-446655440001", "client_id": "152158328", "items": [
                item("Premium Coffee Beans", "50.00", 3, "kg", Value::Null),
                item("Coffee Filter Papers", "0.25", 100, "szt.", json!(23)),
            ],
        }),
        json!({
            "invoice_id": "660e8400-e29b-41d4-a716-446655440002", "client_id": "15485872",
            "items": [item("Office Supplies", "15.00", 5, "szt.", json!(23))],
        }),
    ]
}

/// Takes the times out of the results of a batch, after checking their format.
fn without_times(mut body: Value) -> Value {
    for result in body["invoiceResults"].as_array_mut().unwrap() {
        if let Some(time) = result.as_object_mut().unwrap().remove("createdAt") {
            let time = time.as_str().unwrap();
            let shape: String = time.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
            assert_eq!(shape, "0000-00-00T00:00:00.000000+00:00");
        }
    }
    body
}

/// A result without its time.
fn with_result(invoice: &Value, status: &str, number: &str, wfirma_id: &str) -> Value {
    json!({
        "invoiceId": invoice["invoice_id"], "clientId": invoice["client_id"], "status": status,
        "invoiceNumber": number, "wfirmaInvoiceId": wfirma_id,
    })
}

fn failed(invoice: &Value, code: &str, message: &str) -> Value {
    json!({
        "invoiceId": invoice["invoice_id"], "clientId": invoice["client_id"], "status": "Failed",
        "errorCode": code, "errorMessage": message,
    })
}

/// The documented body for a batch that fails as a whole, with counts and results.
fn batch_refused(invoice: &Value, code: &str, message: &str) -> Value {
    json!({
        "success": false, "errorCode": code, "errorMessage": message, "totalInvoices": 1, "successfulInvoices": 0,
        "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [failed(invoice, code, message)],
    })
}

/// The number of an invoice in the year of the ledger's first entry.
fn numbered(gepard: &Gepard<'_>, number: u32) -> String {
    let date = gepard.ledger_entries()[0]["date"].as_str().unwrap().to_owned();
    format!("FV {number}/{}", &date[..4])
}

#[test]
fn the_success_response_is_to_the_letter() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    let [first, second] = example().try_into().unwrap();
    assert_eq!(statuses(&gepard.process(std::slice::from_ref(&second))), ["Created"]);
    let body = gepard.process(&[first.clone(), second.clone()]).ok();
    let numbers = [numbered(&gepard, 23), numbered(&gepard, 22)];
    let expected = json!({
        "success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1, "failedInvoices": 0,
        "invoiceResults": [
            with_result(&first, "Created", &numbers[0], "381321042"), with_result(&second, "Existed", &numbers[1], "381321041"),
        ],
    });
    assert_eq!(without_times(body), expected);

    let created = gepard.ledger_entries();
    let sums = |entry: &Value| ["net", "tax", "total", "currency"].map(|name| entry[name].clone());
    assert_eq!(sums(&created[0]), ["75.00", "17.25", "92.25", "PLN"].map(Value::from));
    assert_eq!(
        sums(&created[1]),
        ["175.00", "40.25", "215.25", "PLN"].map(Value::from),
        "as in the document"
    );
}

#[test]
fn the_partial_success_response_is_to_the_letter() {
    let gepard = Gepard::new();
    let (existing, incomplete) = (invoice(3), invoice_for(8, INCOMPLETE_CONTRACTOR));
    let created = gepard.process(std::slice::from_ref(&existing)).ok()["invoiceResults"][0].take();
    let reply = gepard.process(&[existing.clone(), incomplete.clone()]);
    assert_eq!(reply.status, 422);
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    let expected = json!({
        "success": false, "errorCode": "BATCH_PROCESSING_ERROR",
        "errorMessage": "Some invoices failed during processing",
        "totalInvoices": 2, "successfulInvoices": 0, "existingInvoices": 1, "failedInvoices": 1,
        "invoiceResults": [
            with_result(&existing, "Existed", &text("invoiceNumber"), &text("wfirmaInvoiceId")),
            failed(&incomplete, "VALIDATION_ERROR", "contractor.name: Pole nie może być puste.; contractor.zip: Pole \
                nie może być puste.; contractor.city: Pole nie może być puste."),
        ],
    });
    let repeated = &reply.json()["invoiceResults"][0]["createdAt"];
    assert_eq!(*repeated, created["createdAt"], "the time of creation, not of the repetition");
    assert_eq!(without_times(reply.json()), expected);
}

#[test]
fn a_request_without_invoices_gets_the_documented_response() {
    let gepard = Gepard::new();
    for body in [json!({}), json!({"invoices": []}), json!({"invoices": null})] {
        let reply = gepard.system.post(PROCESS, &body);
        let message = "At least one invoice is required";
        let expected = json!({
            "success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": message,
            "errors": [{"field": "invoices", "code": "MISSING_FIELD", "message": message}],
        });
        assert_eq!((reply.status, reply.json()), (422, expected), "{body}");
    }
}

#[test]
fn an_unknown_contractor_gets_the_documented_response() {
    let gepard = Gepard::new();
    let invoice = invoice_for(1, UNKNOWN_CONTRACTOR);
    let reply = gepard.process(std::slice::from_ref(&invoice));
    let expected =
        batch_refused(&invoice, "CONTRACTOR_NOT_FOUND", "Contractor with ID '12345' was not found");
    assert_eq!((reply.status, reply.json()), (404, expected));
    let corrected = json!({"invoice_id": invoice["invoice_id"], "client_id": KNOWN_CONTRACTOR, "items": invoice["items"]});
    assert_eq!(
        statuses(&gepard.process(&[corrected])),
        ["Created"],
        "what failed may be sent again, corrected"
    );
}

/// Errors of wFirma, the resulting errors of gepard, and the seconds until a retry.
const WFIRMA_ERRORS: [(&str, u16, &str, &str, Option<&str>); 4] = [
    ("ACCESS DENIED", 403, "INSUFFICIENT_PERMISSIONS", "Insufficient permissions to create invoice", None),
    (
        "TOTAL REQUESTS LIMIT EXCEEDED",
        429,
        "RATE_LIMIT_EXCEEDED",
        "Rate limit exceeded. Please try again later.",
        Some("60"),
    ),
    ("OUT OF SERVICE", 503, "SERVICE_UNAVAILABLE", "wFirma service is temporarily unavailable", Some("10")),
    ("AUTH", 503, "SERVICE_UNAVAILABLE", "wFirma service is temporarily unavailable", Some("10")),
];

#[test]
fn an_invoice_that_wfirma_refuses_gets_the_documented_response_and_may_be_sent_again() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    for (number, (status, expected, code, message, retry)) in (1..).zip(WFIRMA_ERRORS) {
        let gepard = fixture.gepard(&service, &number.to_string());
        fixture.sandbox.fault(&json!({"fault": "status", "status": status, "action": "invoices/add"}));
        let invoice = invoice(number);
        let reply = gepard.process(std::slice::from_ref(&invoice));
        assert_eq!(
            (reply.status, reply.json()),
            (expected, batch_refused(&invoice, code, message)),
            "{status}"
        );
        assert_eq!(reply.header("retry-after"), retry, "{status}");
        assert_eq!(gepard.created_invoices(), [""; 0]);
        fixture.sandbox.clear();
        // refused keys are not used for five minutes, since more attempts would lock the account
        let again = if status == "AUTH" { "SERVICE_UNAVAILABLE" } else { "Created" };
        assert_eq!(statuses(&gepard.process(&[invoice])), [again], "{status}");
    }
}

#[test]
fn a_team_without_a_connection_gets_service_unavailable_with_the_counts() {
    let team = crate::support::team();
    let invoice = invoice(1);
    let reply = team.post(PROCESS, &json!({"invoices": [invoice]}));
    let message = "wFirma service is temporarily unavailable";
    let expected = batch_refused(&invoice, "SERVICE_UNAVAILABLE", message);
    assert_eq!((reply.status, reply.json()), (503, expected));
    assert_eq!(reply.header("retry-after"), Some("10"));
    assert_eq!(team.count("accounting_invoices"), 0);
}

#[test]
fn an_internal_error_gets_the_documented_response() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    fixture.database.execute("REVOKE SELECT ON accounting_connections FROM throughline_team");
    let invoice = invoice(1);
    // `Reply` refuses status 500, which is expected here
    let answer = gepard.batch_request(std::slice::from_ref(&invoice)).send().unwrap();
    assert_eq!(answer.status(), 500);
    let message = "An unexpected error occurred while processing the request";
    assert_eq!(answer.json::<Value>().unwrap(), batch_refused(&invoice, "INTERNAL_ERROR", message));
    assert_eq!(gepard.created_invoices(), [""; 0]);
}

/// Sends a request with exactly these headers.
fn with(service: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = client().post(format!("{service}{PROCESS}")).json(&json!({"invoices": [invoice(1)]}));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::to(request)
}

#[test]
fn a_missing_invalid_or_unscoped_key_is_refused_in_the_documented_format_and_nothing_is_sent() {
    let gepard = Gepard::new();
    let address = &gepard.team.address;
    for (headers, message) in [
        (vec![], "An API key is needed: x-api-key"),
        (vec![("x-api-key", "YOUR_API_KEY_HERE")], "The API key or access token is not valid"),
        (vec![("authorization", "Basic YTpi")], "An API key is needed: x-api-key"),
    ] {
        with(address, &headers).gepard_refused(401, "UNAUTHORIZED", message);
    }
    for permission in ["read-only", "read-write"] {
        let weak = gepard.team.key(permission, "orders:import,pos");
        let reply = with(address, &[("x-api-key", &weak.key)]);
        reply.gepard_refused(403, "INSUFFICIENT_PERMISSIONS", "This needs the scope invoices:create");
    }
    let person = with(address, &[("authorization", &format!("Bearer {}", gepard.admin.token))]);
    person.gepard_refused(403, "INSUFFICIENT_PERMISSIONS", "Your role does not allow this");
    assert_eq!((gepard.created_invoices(), gepard.team.count("accounting_invoices")), (Vec::new(), 0));
}

#[test]
fn more_than_sixty_requests_a_minute_get_the_documented_response() {
    let fixture = AccountingFixture::new();
    let mut command = fixture.serving();
    command.env("RATE_LIMITS", "on");
    let service = Service::spawn(command);
    let gepard = fixture.gepard(&service, "1");
    let invoice = invoice(1);
    let answers = std::iter::repeat_with(|| gepard.process(std::slice::from_ref(&invoice)));
    let answers: Vec<_> = answers.take(61).collect();
    let (last, rest) = answers.split_last().unwrap();
    assert!(rest.iter().all(|reply| reply.status == 200), "{rest:?}");
    last.gepard_refused(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded. Please try again later.");
    let wait: u32 = last.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(gepard.created_invoices().len(), 1);
}
