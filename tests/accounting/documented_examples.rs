//! Every example and every error answer of seed 002, over HTTP, against the sandbox.

use serde_json::{Value, json};
use testkit::Service;

use crate::support::gepard::{
    GOOD, Gepard, INCOMPLETE, Office, PROCESS, UNKNOWN, invoice, invoice_for, words,
};
use crate::support::{Reply, client};

/// The request of seed 002, *Example Request*.
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

/// Takes the moments out of the results of a batch, which are written as the document does.
fn without_moments(mut body: Value) -> Value {
    for result in body["invoiceResults"].as_array_mut().unwrap() {
        if let Some(moment) = result.as_object_mut().unwrap().remove("createdAt") {
            let moment = moment.as_str().unwrap();
            let shape: String = moment.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
            assert_eq!(shape, "0000-00-00T00:00:00.000000+00:00");
        }
    }
    body
}

/// A result without its moment.
fn there(invoice: &Value, status: &str, number: &str, wfirma_id: &str) -> Value {
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

/// What the document shows for a batch that fails as a whole, with its counts and results.
fn batch_refused(invoice: &Value, code: &str, message: &str) -> Value {
    json!({
        "success": false, "errorCode": code, "errorMessage": message, "totalInvoices": 1, "successfulInvoices": 0,
        "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [failed(invoice, code, message)],
    })
}

/// The year that stands in invoice numbers.
fn numbered(gepard: &Gepard<'_>, number: u32) -> String {
    let date = gepard.books()[0]["date"].as_str().unwrap().to_owned();
    format!("FV {number}/{}", &date[..4])
}

#[test]
fn the_success_response_is_to_the_letter() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    let [first, second] = example().try_into().unwrap();
    assert_eq!(words(&gepard.process(std::slice::from_ref(&second))), ["Created"]);
    let body = gepard.process(&[first.clone(), second.clone()]).ok();
    let numbers = [numbered(&gepard, 23), numbered(&gepard, 22)];
    let expected = json!({
        "success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1, "failedInvoices": 0,
        "invoiceResults": [
            there(&first, "Created", &numbers[0], "381321042"), there(&second, "Existed", &numbers[1], "381321041"),
        ],
    });
    assert_eq!(without_moments(body), expected);

    let made = gepard.books();
    let sums = |entry: &Value| ["net", "tax", "total", "currency"].map(|name| entry[name].clone());
    assert_eq!(sums(&made[0]), ["75.00", "17.25", "92.25", "PLN"].map(Value::from));
    assert_eq!(sums(&made[1]), ["175.00", "40.25", "215.25", "PLN"].map(Value::from), "as in the document");
}

#[test]
fn the_partial_success_response_is_to_the_letter() {
    let gepard = Gepard::new();
    let (there_already, incomplete) = (invoice(3), invoice_for(8, INCOMPLETE));
    let made = gepard.process(std::slice::from_ref(&there_already)).ok()["invoiceResults"][0].take();
    let reply = gepard.process(&[there_already.clone(), incomplete.clone()]);
    assert_eq!(reply.status, 422);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let expected = json!({
        "success": false, "errorCode": "BATCH_PROCESSING_ERROR",
        "errorMessage": "Some invoices failed during processing",
        "totalInvoices": 2, "successfulInvoices": 0, "existingInvoices": 1, "failedInvoices": 1,
        "invoiceResults": [
            there(&there_already, "Existed", &text("invoiceNumber"), &text("wfirmaInvoiceId")),
            failed(&incomplete, "VALIDATION_ERROR", "contractor.name: Pole nie może być puste.; contractor.zip: Pole \
                nie może być puste.; contractor.city: Pole nie może być puste."),
        ],
    });
    let repeated = &reply.json()["invoiceResults"][0]["createdAt"];
    assert_eq!(*repeated, made["createdAt"], "when it was made, not when it was asked for again");
    assert_eq!(without_moments(reply.json()), expected);
}

#[test]
fn a_request_without_invoices_is_answered_in_the_documents_words() {
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
fn an_unknown_contractor_is_answered_in_the_documents_words() {
    let gepard = Gepard::new();
    let invoice = invoice_for(1, UNKNOWN);
    let reply = gepard.process(std::slice::from_ref(&invoice));
    let expected =
        batch_refused(&invoice, "CONTRACTOR_NOT_FOUND", "Contractor with ID '12345' was not found");
    assert_eq!((reply.status, reply.json()), (404, expected));
    let mended = json!({"invoice_id": invoice["invoice_id"], "client_id": GOOD, "items": invoice["items"]});
    assert_eq!(words(&gepard.process(&[mended])), ["Created"], "what failed may be sent again, corrected");
}

/// What wFirma answers, what that becomes, and when to come back.
const OF_WFIRMA: [(&str, u16, &str, &str, Option<&str>); 4] = [
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
fn what_wfirma_refuses_is_answered_in_the_documents_words_and_may_be_sent_again() {
    let office = Office::new();
    let service = office.service();
    for (number, (status, expected, code, message, retry)) in (1..).zip(OF_WFIRMA) {
        let gepard = office.gepard(&service, &number.to_string());
        office.sandbox.fault(&json!({"fault": "status", "status": status, "action": "invoices/add"}));
        let invoice = invoice(number);
        let reply = gepard.process(std::slice::from_ref(&invoice));
        assert_eq!(
            (reply.status, reply.json()),
            (expected, batch_refused(&invoice, code, message)),
            "{status}"
        );
        assert_eq!(reply.header("retry-after"), retry, "{status}");
        assert_eq!(gepard.made(), [""; 0]);
        office.sandbox.clear();
        // keys that were refused rest for five minutes: more tries would lock the account
        let again = if status == "AUTH" { "SERVICE_UNAVAILABLE" } else { "Created" };
        assert_eq!(words(&gepard.process(&[invoice])), [again], "{status}");
    }
}

#[test]
fn a_team_that_is_not_connected_is_answered_that_the_service_is_unavailable_with_the_counts() {
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
fn a_fault_of_ours_is_answered_in_the_documents_words() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    office.database.execute("REVOKE SELECT ON accounting_connections FROM throughline_team");
    let invoice = invoice(1);
    // an answer of 500 is what every other test refuses to see
    let answer = gepard.asking(std::slice::from_ref(&invoice)).send().unwrap();
    assert_eq!(answer.status(), 500);
    let message = "An unexpected error occurred while processing the request";
    assert_eq!(answer.json::<Value>().unwrap(), batch_refused(&invoice, "INTERNAL_ERROR", message));
    assert_eq!(gepard.made(), [""; 0]);
}

/// A request with these headers and no others.
fn with(service: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = client().post(format!("{service}{PROCESS}")).json(&json!({"invoices": [invoice(1)]}));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::to(request)
}

#[test]
fn a_missing_wrong_or_weak_key_is_refused_in_the_documents_shape_and_nothing_is_sent() {
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
    assert_eq!((gepard.made(), gepard.team.count("accounting_invoices")), (Vec::new(), 0));
}

#[test]
fn more_than_sixty_requests_a_minute_are_answered_in_the_documents_words() {
    let office = Office::new();
    let mut command = office.serving();
    command.env("RATE_LIMITS", "on");
    let service = Service::spawn(command);
    let gepard = office.gepard(&service, "1");
    let invoice = invoice(1);
    let answers = std::iter::repeat_with(|| gepard.process(std::slice::from_ref(&invoice)));
    let answers: Vec<_> = answers.take(61).collect();
    let (last, rest) = answers.split_last().unwrap();
    assert!(rest.iter().all(|reply| reply.status == 200), "{rest:?}");
    last.gepard_refused(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded. Please try again later.");
    let wait: u32 = last.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(gepard.made().len(), 1);
}
