use super::*;

const ID: &str = "550e8400-e29b-41d4-a716-446655440001";
const OTHER: &str = "660e8400-e29b-41d4-a716-446655440002";

fn read(body: &str) -> Reply {
    Reply::read(200, body.as_bytes()).unwrap()
}

fn invoice(id: &str, number: &str) -> IssuedInvoice {
    IssuedInvoice { wfirma_id: id.into(), number: number.into(), total: None }
}

fn with_total(total: &str) -> IssuedInvoice {
    let total = Money::try_new(total.parse().unwrap()).unwrap();
    IssuedInvoice { total: Some(total), ..invoice("381321041", "FV 22/2025") }
}

#[test]
fn an_invoice_is_read_in_every_shape() {
    let record = r#"{"id":"381321041","fullnumber":"FV 22/2025","total":"215.25","unknown":[{}]}"#;
    let numbers = r#"{"id":381321041,"fullnumber":"FV 22/2025","total":215.25,"type":"normal"}"#;
    let paging = r#""parameters":{"limit":"20","page":"1","total":"1"}"#;
    let ok = r#""status":{"code":"OK"}"#;
    for body in [
        format!(r#"{{"invoices":{{"0":{{"invoice":{record}}},{paging}}},{ok}}}"#),
        format!(r#"{{"invoices":{{"0":{{"invoice":{numbers}}}}},"parameters":{{"total":1}},{ok}}}"#),
        format!(r#"{{{ok},"invoices":[{{"invoice":{record}}}]}}"#),
        format!(r#"{{"invoices":{{"invoice":{record}}},{ok}}}"#),
        format!(r#"{{"invoices":{{"invoice":[{record}],{paging}}},{ok}}}"#),
        format!(r#"{{"api":{{"invoices":{{"0":{{"invoice":{record}}}}},{ok}}}}}"#),
        format!(r#"{{"invoices":{{"5":{{"invoice":{record}}}}},"status":"ok"}}"#),
    ] {
        let reply = read(&body);
        assert_eq!((reply.status, booked(&reply)), (Status::Ok, Some(with_total("215.25"))), "{body}");
        assert_eq!(
            found(&reply, ID.parse().unwrap()),
            Some(LookupResult::One(with_total("215.25"))),
            "{body}"
        );
    }
}

#[test]
fn what_has_no_legal_number_is_no_invoice_and_leaves_the_look_up_open() {
    // the record, and what is found where it is all that is shown
    for (record, expected) in [
        (r#"{"id":"1","fullnumber":"FV 1/2025","type":"normal_draft"}"#, None),
        (r#"{"id":"1","fullnumber":"FV 1/2025","type":"correction"}"#, None),
        (r#"{"id":"1","fullnumber":"","type":"normal"}"#, None),
        (r#"{"id":"1","type":"normal"}"#, None),
        (r#"{"fullnumber":"FV 1/2025","type":"normal"}"#, None),
        ("[]", None),
        ("null", None),
        (r#"{"id":"1","fullnumber":"PRO 1/2025","type":"proforma"}"#, Some(LookupResult::Nothing)),
    ] {
        let ours = record.replacen('{', &format!(r#"{{"id_external":"{ID}","#), 1);
        for record in [record, &ours] {
            for shape in [format!(r#"{{"0":{{"invoice":{record}}}}}"#), format!(r#"{{"0":{record}}}"#)] {
                let reply = read(&format!(r#"{{"invoices":{shape},"status":{{"code":"OK"}}}}"#));
                assert_eq!(booked(&reply), None, "{shape}");
                assert_eq!(found(&reply, ID.parse().unwrap()), expected, "{shape}");
            }
        }
    }
}

/// A record as look-ups show it; `external` is JSON.
fn record(id: u32, kind: &str, external: &str) -> String {
    format!(
        r#"{{"invoice":{{"id":{id},"fullnumber":"FV {id}/2025","type":"{kind}","id_external":{external}}}}}"#
    )
}

#[test]
fn a_look_up_counts_the_normal_invoices_of_the_id_alone() {
    let look_up = |records: &[String], total: &str| {
        let records = records.join(",");
        let body = format!(r#"{{"invoices":[{records}],{total}"status":{{"code":"OK"}}}}"#);
        found(&read(&body), ID.parse().unwrap())
    };
    let (first, second) = (invoice("1", "FV 1/2025"), invoice("2", "FV 2/2025"));
    let (ours, other) = (format!("\"{ID}\""), format!("\"{OTHER}\""));
    let normal = |id: u32, external: &str| record(id, "normal", external);
    let unnamed = |id: u32| format!(r#"{{"invoice":{{"id":{id},"fullnumber":"FV {id}/2025"}}}}"#);
    let (one, several) = (LookupResult::One(first.clone()), LookupResult::Several(vec![first, second]));
    let proforma = record(3, "proforma", &ours);
    let in_capitals = format!("\"{}\"", ID.to_uppercase());
    for (records, expected) in [
        (vec![proforma.clone(), normal(1, &in_capitals)], Some(one.clone())),
        (vec![proforma.clone()], Some(LookupResult::Nothing)),
        (vec![normal(1, &ours), normal(2, &ours), normal(4, &other)], Some(several)),
        // whoever shows others' invoices has overlooked the condition: ours may be among those it did not show
        (vec![normal(1, &other)], None),
        (vec![normal(1, "\"\"")], None),
        (vec![normal(1, "null")], None),
        (vec![normal(1, "0")], None),
        (vec![normal(4, &other), normal(1, &ours)], Some(one.clone())),
        // a draft beside the invoice does not hide it
        (vec![record(2, "normal_draft", &ours), normal(1, &ours)], Some(one.clone())),
        (vec![unnamed(1)], Some(one.clone())),
        (vec![proforma, unnamed(1)], Some(one.clone())),
        (vec![unnamed(1), unnamed(2)], None),
        (vec![unnamed(2), normal(1, &ours)], Some(one)),
    ] {
        assert_eq!(look_up(&records, ""), expected, "{records:?}");
    }
    let two = r#""parameters":{"total":2},"#;
    assert_eq!(look_up(&[unnamed(1)], two), None, "it is not alone");
}

#[test]
fn a_look_up_finds_nothing_only_where_the_answer_says_so() {
    let page = |records: usize| vec![record(1, "proforma", "null"); records].join(",");
    for (answer, expected) in [
        // paging beside the records or at the top, as texts or numbers
        (r#""invoices":{"parameters":{"limit":"100","page":"1","total":"0"}},"#.to_owned(), true),
        (r#""invoices":[],"#.to_owned(), true),
        (r#""invoices":{},"#.to_owned(), true),
        (r#""invoices":[],"parameters":{"total":0},"errors":false,"#.to_owned(), true),
        (r#""invoices":{"errors":false,"links":{}},"#.to_owned(), true),
        (String::new(), false),
        (r#""invoices":null,"#.to_owned(), false),
        (r#""invoices":false,"#.to_owned(), false),
        (r#""invoices":"","#.to_owned(), false),
        (r#""invoice":[],"#.to_owned(), false),
        // something is not shown
        (r#""invoices":{"parameters":{"total":"1"}},"#.to_owned(), false),
        (r#""invoices":[],"parameters":{"total":1},"#.to_owned(), false),
        (r#""invoices":{"invoice":null},"#.to_owned(), false),
        (format!(r#""invoices":[{}],"#, page(99)), true),
        (format!(r#""invoices":[{}],"#, page(100)), false),
        (format!(r#""invoices":[{}],"parameters":{{"total":"100"}},"#, page(100)), true),
        (format!(r#""invoices":[{}],"parameters":{{"total":"101"}},"#, page(100)), false),
    ] {
        let reply = read(&format!(r#"{{{answer}"status":{{"code":"OK"}}}}"#));
        let expected = expected.then_some(LookupResult::Nothing);
        assert_eq!(found(&reply, ID.parse().unwrap()), expected, "{answer:.100}");
    }
}

#[test]
fn each_status_becomes_what_the_table_says() {
    use FailureCode::{
        ContractorNotFound, InsufficientPermissions, Internal, RateLimitExceeded, ServiceUnavailable,
        Validation,
    };
    let contractor = ContractorId::try_new("12345").unwrap();
    for (code, status, expected) in [
        ("NOT FOUND", Status::NotFound, ContractorNotFound),
        ("ACCESS DENIED", Status::Denied, InsufficientPermissions),
        ("DENIED SCOPE REQUESTED", Status::Denied, InsufficientPermissions),
        ("TOTAL REQUESTS LIMIT EXCEEDED", Status::Limit, RateLimitExceeded),
        ("TOTAL EXECUTION TIME LIMIT EXCEEDED", Status::Limit, RateLimitExceeded),
        ("OUT OF SERVICE", Status::Outage, ServiceUnavailable),
        ("SNAPSHOT LOCK", Status::Locked, ServiceUnavailable),
        ("AUTH", Status::Auth, ServiceUnavailable),
        ("AUTH FAILED LIMIT WAIT 5 MINUTES", Status::Auth, ServiceUnavailable),
        ("ERROR", Status::Invalid, Validation),
        ("INPUT ERROR", Status::BadRequest, Internal),
        ("FATAL", Status::Fatal, Internal),
        ("COMPANY ID REQUIRED", Status::BadRequest, Internal),
        ("ACTION NOT FOUND", Status::BadRequest, Internal),
        ("SOMETHING NEW", Status::Unknown, Internal),
    ] {
        let reply = read(&format!(r#"{{"status":{{"code":"{code}"}}}}"#));
        assert_eq!((reply.status, reply.code.as_str()), (status, code));
        assert_eq!(failure(&reply, Some(&contractor)).code, expected, "{code}");
    }
}

#[test]
fn a_validation_error_is_reported_verbatim_and_some_have_codes_of_their_own() {
    let contractor = ContractorId::try_new("12345").unwrap();
    let failure_of = |errors: &str, status: &str| {
        let body = format!(r#"{{"invoices":{{"0":{{"invoice":{errors}}}}},"status":{status}}}"#);
        let failure = failure(&read(&body), Some(&contractor));
        (failure.code.as_str(), failure.message.into_owned())
    };
    let error = r#"{"code":"ERROR"}"#;
    let at = |place: &str, message: &str| {
        format!(r#"{{"{place}":{{"errors":{{"0":{{"error":{{"field":"name","message":"{message}"}}}}}}}}}}"#)
    };
    let not_found = ("CONTRACTOR_NOT_FOUND", "Contractor with ID '12345' was not found".to_owned());
    assert_eq!(
        failure_of(&at("contractor", "Pole nie może być puste."), error),
        ("VALIDATION_ERROR", "contractor.name: Pole nie może być puste.".into())
    );
    assert_eq!(failure_of(&at("contractor", "Nie znaleziono obiektu o id 12345."), error), not_found);
    assert_eq!(failure_of("{}", r#"{"code":"ERROR","message":"Nie znaleziono obiektu."}"#), not_found);
    assert_eq!(
        failure_of(&at("vat_code", "Nie znaleziono obiektu."), error),
        ("VALIDATION_ERROR", "vat_code.name: Nie znaleziono obiektu.".into())
    );
    assert_eq!(
        failure_of(&at("contractor", "Brak autoryzacji KSeF."), error),
        ("KSEF_NOT_AUTHORIZED", "contractor.name: Brak autoryzacji KSeF.".into())
    );
    assert_eq!(
        failure_of(r#"{"errors":false}"#, r#"{"code":"ERROR","message":"Okres zamknięty."}"#),
        ("VALIDATION_ERROR", "Okres zamknięty.".into())
    );
    assert_eq!(
        failure_of("{}", error),
        ("VALIDATION_ERROR", "wFirma refused the invoice and did not say why".into())
    );
}

#[test]
fn what_is_no_answer_says_nothing_but_by_its_http_status() {
    for (http, body, expected) in [
        (200, "<html>", None),
        (503, "<html>Przerwa techniczna</html>", None),
        (500, "", None),
        (200, "{}", None),
        (200, r#"{"status":{"code":""}}"#, None),
        (200, r#"{"invoices":{"0":{"invoice":{"id":"1"#, None),
        (401, "<html>", Some(Status::Auth)),
        (403, "", Some(Status::Denied)),
        (429, "slow down", Some(Status::Limit)),
        (429, r#"{"status":{"code":"OK"}}"#, Some(Status::Ok)),
        (404, r#"{"status":{"code":"NOT FOUND"}}"#, Some(Status::NotFound)),
        // a gateway's words are no verdict
        (200, r#"{"status":"error"}"#, Some(Status::Invalid)),
        (400, r#"{"status":"error"}"#, None),
        (408, r#"{"status":"error","message":"upstream timeout"}"#, None),
        (429, r#"{"status":"error"}"#, Some(Status::Limit)),
        (502, r#"{"status":"error","message":"upstream timeout"}"#, None),
        (504, r#"{"status":"ok"}"#, None),
        (504, r#"{"status":{"code":"ERROR"}}"#, None),
        (500, r#"{"status":{"code":"NOT FOUND"}}"#, None),
        (500, r#"{"status":{"code":"ACCESS DENIED"}}"#, None),
        (500, r#"{"status":{"code":"INPUT ERROR"}}"#, None),
        (500, r#"{"status":{"code":"FATAL"}}"#, None),
        (500, r#"{"status":{"code":"OK"}}"#, None),
        (500, r#"{"status":{"code":"OUT OF SERVICE"}}"#, Some(Status::Outage)),
        (503, r#"{"status":{"code":"SNAPSHOT LOCK"}}"#, Some(Status::Locked)),
        (503, r#"{"status":{"code":"AUTH"}}"#, Some(Status::Auth)),
        (503, r#"{"status":{"code":"TOTAL REQUESTS LIMIT EXCEEDED"}}"#, Some(Status::Limit)),
    ] {
        let read = Reply::read(http, body.as_bytes()).map(|reply| reply.status);
        assert_eq!(read, expected, "{http} {body}");
    }
}

#[test]
fn vat_codes_are_polish_and_found_by_their_rate() {
    let record = |id: &str, code: &str, country: &str| {
        format!(r#"{{"vat_code":{{"id":{id},"code":"{code}","declaration_country":"{country}"}}}}"#)
    };
    let of_country = |id: &str, code: &str, rate: &str, country: &str| {
        format!(
            r#"{{"vat_code":{{"id":"{id}","code":"{code}","rate":"{rate}","declaration_country":{country}}}}}"#
        )
    };
    let records = [
        record("1", "23", "DE"),
        of_country("2", "", "23", r#"{"id":"5"}"#),
        of_country("3", "5", "5", r#"{"id":7}"#),
        of_country("4", "", "3", r#""PL""#),
        of_country("5", "3", "3", "{}"),
        of_country("6", "np", "np", "12"),
        of_country("224", "5", "5", r#"{"id":"0"}"#),
        of_country("235", "3", "3", r#"{"id":0}"#),
        of_country("227", "np", "", "0"),
        record("222", "23%", "PL"),
        record("\"223\"", "8", ""),
        record("226", "ZW", "pl"),
        record("231", "VAT_BUYER", "PL"),
        record("230", "NP UE", "PL"),
        r#"{"vat_code":{"id":"225","code":"0","rate":"0"}}"#.to_owned(),
        r#"{"vat_code":{"id":"236","code":"exp","declaration_country":null}}"#.to_owned(),
    ];
    let body = format!(r#"{{"vat_codes":[{}],"status":{{"code":"OK"}}}}"#, records.join(","));
    let (codes, more) = vat_codes(&read(&body), 1);
    assert!(!more);
    let id = |rate: VatRate| codes.iter().find(|code| code.is_of(rate)).map(|code| code.id.as_str());
    for (rate, expected) in [
        (VatRate::Rate23, Some("222")),
        (VatRate::Rate8, Some("223")),
        (VatRate::Rate5, Some("224")),
        (VatRate::Rate3, Some("235")),
        (VatRate::Rate0, Some("225")),
        (VatRate::Exempt, Some("226")),
        (VatRate::NotSubject, Some("227")),
        (VatRate::Export, Some("236")),
        (VatRate::Rate4, None),
        (VatRate::NotSubjectUnion, Some("230")),
        (VatRate::ReverseCharge, Some("231")),
    ] {
        assert_eq!(id(rate), expected, "{rate}");
    }
}

#[test]
fn vat_codes_go_on_while_a_page_is_full_and_the_total_says_so() {
    let page = |records: usize, total: &str| {
        let record = r#"{"vat_code":{"id":"1","code":"23"}}"#;
        let records = vec![record; records].join(",");
        let body = format!(r#"{{"vat_codes":[{records}],{total}"status":{{"code":"OK"}}}}"#);
        vat_codes(&read(&body), 1).1
    };
    assert!(!page(99, ""));
    assert!(page(100, ""));
    assert!(page(100, r#""parameters":{"total":"101"},"#));
    assert!(!page(100, r#""parameters":{"total":100},"#));
}
