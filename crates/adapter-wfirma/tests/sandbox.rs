//! The sandbox, called by another client.

use serde_json::{Value, json};

use crate::support::{INCOMPLETE, UNKNOWN, VALID, Wfirma, http};

const QUERY: &str = "inputFormat=json&outputFormat=json&company_id=5";

/// Calls an action as a client would, with any keys.
async fn call_raw(wfirma: &Wfirma, path: &str, query: &str, body: &Value) -> String {
    let request = http().post(format!("{}/{path}?{query}", wfirma.url));
    let request = request.header("accessKey", "a").header("secretKey", "b").header("appKey", "c");
    request.json(body).send().await.expect("an answer").text().await.expect("text")
}

async fn call(wfirma: &Wfirma, path: &str, body: &Value) -> Value {
    serde_json::from_str(&call_raw(wfirma, path, QUERY, body).await).expect("JSON")
}

fn invoice(contractor: &str) -> Value {
    json!({"contractor": {"id": contractor}, "type": "normal", "price_type": "netto", "date": "2025-08-30",
           "currency": "PLN", "id_external": "x-1", "invoicecontents": [
        {"invoicecontent": {"name": "Kawa", "unit": "kg", "count": "3", "price": "50.00", "vat": "23"}},
        {"invoicecontent": {"name": "Filtry", "count": 100, "price": 0.25, "vat_code": {"id": 222}}}]})
}

#[tokio::test]
async fn all_three_forms_of_a_request_are_taken() {
    let wfirma = Wfirma::start().await;
    let mut numbered = invoice(VALID);
    let contents = numbered["invoicecontents"].clone();
    numbered["invoicecontents"] = json!({"0": contents[0], "1": contents[1]});
    let forms = [
        json!({"api": {"invoices": [{"invoice": invoice(VALID)}]}}),
        json!({"invoices": {"invoice": invoice(VALID)}}),
        json!({"invoices": {"0": {"invoice": numbered}}}),
    ];
    for (form, number) in forms.iter().zip(22..) {
        let answer = call(&wfirma, "invoices/add", form).await;
        assert_eq!(answer["status"]["code"], "OK", "{form}");
        let invoice = &answer["invoices"]["0"]["invoice"];
        assert_eq!(invoice["fullnumber"], format!("FV {number}/2025"));
        assert_eq!([&invoice["netto"], &invoice["tax"], &invoice["total"]], ["175.00", "40.25", "215.25"]);
    }
    let condition = json!({"condition": {"field": "id_external", "operator": "eq", "value": "x-1"}});
    let find =
        json!({"invoices": {"parameters": {"page": 2, "limit": 2, "conditions": {"and": {"0": condition}}}}});
    let found = call(&wfirma, "invoices/find", &find).await;
    assert_eq!(found["invoices"]["0"]["invoice"]["fullnumber"], "FV 24/2025");
    assert_eq!(found["invoices"]["parameters"], json!({"limit": "2", "page": "2", "total": "3"}));
    wfirma.stop().await;
}

#[tokio::test]
async fn incomplete_requests_are_refused_as_by_wfirma() {
    let wfirma = Wfirma::start().await;
    let body = json!({"invoices": {"invoice": invoice(VALID)}});
    let xml = call_raw(&wfirma, "invoices/add", "inputFormat=json&company_id=5", &body).await;
    assert!(xml.starts_with("<?xml"), "{xml}");
    let status_code = async |path: &str, query: &str, body: &Value| {
        let answer: Value = serde_json::from_str(&call_raw(&wfirma, path, query, body).await).unwrap();
        answer["status"]["code"].as_str().unwrap().to_owned()
    };
    let formats = "inputFormat=json&outputFormat=json";
    assert_eq!(status_code("invoices/add", formats, &body).await, "COMPANY ID REQUIRED");
    assert_eq!(status_code("invoices/burn", QUERY, &body).await, "ACTION NOT FOUND");
    assert_eq!(status_code("invoices/add", QUERY, &json!({})).await, "INPUT ERROR");
    let unknown = json!({"invoices": {"invoice": invoice(UNKNOWN)}});
    assert_eq!(status_code("invoices/add", QUERY, &unknown).await, "NOT FOUND");
    let url = format!("{}/invoices/add?{QUERY}", wfirma.url);
    let keyless: Value = http().post(url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(keyless["status"]["code"], "AUTH");
    assert_eq!(wfirma.invoice_count().await, 0);
    wfirma.stop().await;
}

#[tokio::test]
async fn faults_of_lines_are_marked_on_them() {
    let wfirma = Wfirma::start().await;
    let mut faulty = invoice(VALID);
    faulty["invoicecontents"][1]["invoicecontent"]["count"] = json!("0");
    let answer = call(&wfirma, "invoices/add", &json!({"invoices": {"invoice": faulty}})).await;
    assert_eq!(answer["status"]["code"], "ERROR");
    let contents = &answer["invoices"]["0"]["invoice"]["invoicecontents"];
    assert_eq!(contents[0]["invoicecontent"]["errors"], Value::Null);
    let error = &contents[1]["invoicecontent"]["errors"]["0"]["error"];
    assert_eq!((&error["field"], &error["message"]), (&json!("count"), &json!("Pole nie może być puste.")));
    wfirma.stop().await;
}

#[tokio::test]
async fn contractors_are_returned_by_id_and_found() {
    let wfirma = Wfirma::start().await;
    let found = call(&wfirma, &format!("contractors/get/{VALID}"), &json!({})).await;
    assert_eq!(found["contractors"]["0"]["contractor"]["id"], VALID);
    let bare = call(&wfirma, &format!("contractors/get/{INCOMPLETE}"), &json!({})).await;
    assert_eq!(bare["contractors"]["0"]["contractor"]["zip"], "");
    let unknown = call(&wfirma, &format!("contractors/get/{UNKNOWN}"), &json!({})).await;
    assert_eq!(unknown["status"]["code"], "NOT FOUND");
    let all = call(&wfirma, "contractors/find", &json!({})).await;
    assert_eq!(all["contractors"]["parameters"]["total"], "3");
    wfirma.stop().await;
}

#[tokio::test]
async fn an_incomplete_fault_is_refused() {
    let wfirma = Wfirma::start().await;
    let post = async |body: &'static str| {
        let request = http().post(format!("{}/_sandbox/faults", wfirma.url)).body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(post("{").await, (400, json!({"error": "the body is no JSON"})));
    let missing = json!({"error": "status is required, such as OUT OF SERVICE"});
    assert_eq!(post(r#"{"fault": "status"}"#).await, (422, missing));
    let good = json!({"fault": "hang", "calls": 1});
    assert_eq!(post(r#"{"fault": "hang", "calls": 1}"#).await, (201, good));
    wfirma.stop().await;
}
