//! Exchanges with wFirma (`/api/accounting/exchanges`).

use serde_json::{Value, json};

use crate::support::gepard::{
    AccountingFixture, CONNECTION, EXCHANGES, Gepard, UNKNOWN_CONTRACTOR, connection, id, invoice,
    invoice_for, statuses,
};
use crate::support::{Person, Requests, is_uuid, team};

/// A page of exchanges, and their total.
fn page(admin: &Person, query: &str) -> (Vec<Value>, u64) {
    let body = admin.get(&format!("{EXCHANGES}{query}")).ok();
    assert_eq!(body["success"], json!(true));
    let data = &body["data"];
    (data["exchanges"].as_array().unwrap().clone(), data["pagination"]["totalItems"].as_u64().unwrap())
}

fn list_all(admin: &Person, query: &str) -> Vec<Value> {
    let (exchanges, total) = page(admin, query);
    assert_eq!(exchanges.len() as u64, total, "{query}");
    exchanges
}

fn actions(exchanges: &[Value]) -> Vec<&str> {
    exchanges.iter().map(|exchange| exchange["action"].as_str().unwrap()).collect()
}

/// A team with one created and one failed invoice.
fn team_after_a_batch() -> Gepard<'static> {
    let gepard = Gepard::new();
    let reply = gepard.process(&[invoice(1), invoice_for(2, UNKNOWN_CONTRACTOR)]);
    assert_eq!(statuses(&reply), ["Created", "CONTRACTOR_NOT_FOUND"]);
    gepard
}

#[test]
fn exchanges_are_listed_newest_first_with_their_subject() {
    let gepard = team_after_a_batch();
    let exchanges = list_all(&gepard.admin, "");
    let times: Vec<_> = exchanges.iter().map(|exchange| exchange["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    let mut found = actions(&exchanges);
    assert_eq!(found.pop(), Some("vat_codes/find"), "requested once, before any invoice");
    assert_eq!(found, ["invoices/add"; 2]);
    for exchange in &exchanges {
        let about = exchange["action"] == "invoices/add";
        assert_eq!(exchange["invoiceId"].is_string(), about, "{exchange}");
        assert!(is_uuid(&exchange["id"]) && exchange["milliseconds"].as_f64() > Some(0.0), "{exchange}");
        assert_eq!((&exchange["status"], &exchange["error"]), (&json!(200), &Value::Null), "{exchange}");
        assert_eq!(exchange.as_object().unwrap().len(), 7, "{exchange}");
    }
    assert_eq!(statuses(&gepard.process(&[invoice(1)])), ["Existed"]);
    assert_eq!(list_all(&gepard.admin, ""), exchanges, "known VAT codes are not requested again");
}

#[test]
fn exchanges_are_filtered_and_paged() {
    let gepard = team_after_a_batch();
    let admin = &gepard.admin;
    let exchanges = list_all(admin, "");
    let [newest, middle, oldest] = &exchanges[..] else { panic!("{exchanges:?}") };
    for number in [1, 2] {
        let id = id(&invoice(number)).to_owned();
        let about = list_all(admin, &format!("?invoiceId={id}"));
        assert_eq!((actions(&about), &about[0]["invoiceId"]), (vec!["invoices/add"], &json!(id)));
    }
    let at = |exchange: &Value| exchange["at"].as_str().unwrap().to_owned();
    for (query, expected) in [
        (format!("?invoiceId={}", id(&invoice(3))), vec![]),
        ("?action=invoices/add".to_owned(), vec![newest, middle]),
        ("?action=vat_codes/find".to_owned(), vec![oldest]),
        ("?action=invoices".to_owned(), vec![]),
        (format!("?from={}", at(newest)), vec![newest]),
        (format!("?to={}", at(newest)), vec![middle, oldest]),
        (format!("?from={}&to={}", at(oldest), at(middle)), vec![oldest]),
        (format!("?action=invoices/add&to={}", at(middle)), vec![]),
        ("?from=2020-01-01T00:00:00%2B02:00".to_owned(), vec![newest, middle, oldest]),
    ] {
        assert_eq!(list_all(admin, &query).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for (number, expected) in [(1, &exchanges[..2]), (2, &exchanges[2..]), (3, &[])] {
        assert_eq!(page(admin, &format!("?page={number}&limit=2")), (expected.to_vec(), 3));
    }
    let pagination = &admin.get(&format!("{EXCHANGES}?page=2&limit=2")).ok()["data"]["pagination"];
    assert_eq!(pagination, &json!({"currentPage": 2, "totalPages": 2, "totalItems": 3, "itemsPerPage": 2}));
}

/// The sandbox lists codes of other countries first, one of them with the rate alone, and Poland's in each form there is.
#[test]
fn an_invoice_carries_the_ids_of_polish_vat_codes() {
    let gepard = Gepard::new();
    let mut sent = invoice(1);
    let item = sent["items"][0].take();
    let rates = [("23%", "222"), ("8%", "223"), ("5%", "224"), ("0%", "225"), ("np", "227"), ("7%", "233")];
    let items = rates.iter().map(|(rate, _)| {
        let mut item = item.clone();
        (item["vat_rate"], item["tax_rate"]) = (json!(rate), Value::Null);
        item
    });
    sent["items"] = items.collect();
    assert_eq!(statuses(&gepard.process(&[sent])), ["Created"]);
    let added = list_all(&gepard.admin, "?action=invoices/add");
    let whole = gepard.admin.get(&format!("{EXCHANGES}/{}", added[0]["id"].as_str().unwrap())).ok();
    let request: Value = serde_json::from_str(whole["data"]["request"].as_str().unwrap()).unwrap();
    let lines = request["api"]["invoices"][0]["invoice"]["invoicecontents"].as_array().unwrap();
    let ids: Vec<_> = lines.iter().map(|line| &line["invoicecontent"]["vat_code"]["id"]).collect();
    assert_eq!(ids, rates.map(|(_, id)| id));
}

#[test]
fn an_exchange_shows_the_full_request_and_response_without_the_keys() {
    let gepard = team_after_a_batch();
    let whole = |number: u32| {
        let about = list_all(&gepard.admin, &format!("?invoiceId={}", id(&invoice(number))));
        let reply = gepard.admin.get(&format!("{EXCHANGES}/{}", about[0]["id"].as_str().unwrap()));
        assert!(!reply.text.contains("key-of"), "{reply:?}");
        let mut whole = reply.ok()["data"].take();
        let fields = whole.as_object_mut().unwrap();
        let bodies = ["request", "answer"].map(|name| {
            let text = fields.remove(name).unwrap();
            serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap()
        });
        assert_eq!(whole, about[0], "beside its bodies it is as in the list");
        bodies
    };
    let [request, answer] = whole(1);
    let sent = &request["api"]["invoices"][0]["invoice"];
    let facts = ["id_external", "type", "currency", "price_type"].map(|name| &sent[name]);
    assert_eq!(facts, [id(&invoice(1)), "normal", "PLN", "netto"], "{request}");
    let line = &sent["invoicecontents"][0]["invoicecontent"];
    assert_eq!(["name", "count", "price"].map(|name| &line[name]), ["Premium Coffee Beans", "3", "50.00"]);
    assert_eq!(answer["status"]["code"], "OK", "{answer}");
    let story = gepard.history(&invoice(1)).ok();
    let created = &answer["invoices"]["0"]["invoice"];
    assert_eq!(
        [&created["id"], &created["fullnumber"]],
        [&story["wfirmaInvoiceId"], &story["invoiceNumber"]]
    );

    let [request, answer] = whole(2);
    assert_eq!(request["api"]["invoices"][0]["invoice"]["contractor"]["id"], UNKNOWN_CONTRACTOR);
    assert_eq!(answer["status"]["code"], "NOT FOUND", "{answer}");
}

#[test]
fn an_exchange_without_a_response_shows_the_error() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "77");
    fixture.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    gepard.process(&[invoice(1)]);
    let add = &list_all(&gepard.admin, "?action=invoices/add")[0];
    assert_eq!((&add["status"], &add["invoiceId"]), (&Value::Null, &json!(id(&invoice(1)))));
    assert!(add["error"].as_str().is_some_and(|error| error.contains("invoices/add")), "{add}");
    let whole = gepard.admin.get(&format!("{EXCHANGES}/{}", add["id"].as_str().unwrap())).ok();
    assert_eq!((&whole["data"]["answer"], &whole["data"]["error"]), (&Value::Null, &add["error"]));
    assert!(whole["data"]["request"].as_str().is_some_and(|sent| sent.contains(id(&invoice(1)))), "{whole}");

    fixture.sandbox.fault(&json!({"fault": "html", "action": "invoices/add", "calls": 1}));
    gepard.process(&[invoice(2)]);
    let about = list_all(&gepard.admin, &format!("?invoiceId={}&action=invoices/add", id(&invoice(2))));
    let page = about.iter().find(|exchange| exchange["status"] == 503).unwrap();
    let whole = gepard.admin.get(&format!("{EXCHANGES}/{}", page["id"].as_str().unwrap())).ok();
    assert!(whole["data"]["answer"].as_str().is_some_and(|page| page.contains("<html")), "{whole}");
}

#[test]
fn an_exchange_of_another_team_or_an_unknown_one_is_not_found() {
    let (gepard, other) = (team_after_a_batch(), team());
    let admin = other.admin();
    admin.put(CONNECTION, &connection(other.number())).ok();
    assert_eq!(list_all(&admin, ""), Vec::<Value>::new());
    assert_eq!(list_all(&admin, &format!("?invoiceId={}", id(&invoice(1)))), Vec::<Value>::new());
    let foreign = list_all(&gepard.admin, "")[0]["id"].as_str().unwrap().to_owned();
    for id in [&*foreign, &foreign.to_uppercase(), "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "7", "%ff"] {
        admin.get(&format!("{EXCHANGES}/{id}")).oms_refused(404, "Exchange not found");
    }
    gepard.admin.get(&format!("{EXCHANGES}/{foreign}")).ok();
}

#[test]
fn every_faulty_parameter_is_named_at_once() {
    let admin = team().admin();
    let time = ["must be a time with its offset, such as 2025-01-20T08:00:00Z"];
    let version = ["must be a UUID of version 4, such as 550e8400-e29b-41d4-a716-446655440001"];
    let long = "x".repeat(201);
    admin
        .get(&format!("{EXCHANGES}?invoiceId=7&action={long}&from=now&to=2025-01-15&page=0&limit=101"))
        .oms_invalid(json!({
            "invoiceId": version, "from": time, "to": time,
            "action": ["may have at most 200 characters, this has 201"],
            "page": ["must be a whole number, 1 or more"],
            "limit": ["must be between 1 and 100"],
        }));
    let of_version_7 = "?invoiceId=0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11&limit=x";
    admin.get(&format!("{EXCHANGES}{of_version_7}")).oms_invalid(json!({
        "invoiceId": version, "limit": ["must be a whole number, 0 or more"],
    }));
}
