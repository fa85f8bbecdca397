//! The curl examples of `docs/API.md`: they are sent as written, and the responses compared with the documented ones.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use crate::support::{PASSWORD, Reply, client, team};

const API: &str = include_str!("../../docs/API.md");

/// The fenced blocks of a section with their languages.
fn blocks(section: &str) -> Vec<(&'static str, &'static str)> {
    let (_, from) = API.split_once(&format!("## {section}\n")).expect("the section is there");
    let text = from.split("\n## ").next().unwrap_or_default();
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n')).collect()
}

/// Splits a curl command like a shell: quotes, continued lines, `$NAME`, and a comment at the end.
fn words(command: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = command.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, quote) {
            ('\\', None) if rest.peek() == Some(&'\n') => drop(rest.next()),
            ('#', None) if word.is_none() => break,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (_, Some(open)) if character == open => quote = None,
            ('$', None | Some('"')) => {
                let mut name = String::new();
                while let Some(letter) = rest.next_if(char::is_ascii_uppercase) {
                    name.push(letter);
                }
                let value = variables.get(&name).unwrap_or_else(|| panic!("${name} is not set"));
                word.get_or_insert_default().push_str(value);
            }
            (' ' | '\n', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert_eq!(quote, None, "{command}");
    words.extend(word);
    words
}

/// Sends the request of a curl command.
fn sent(words: &[String]) -> Reply {
    let (mut method, mut url, mut headers, mut body) = (None, None, Vec::new(), None);
    let mut words = words.iter();
    assert_eq!(words.next().map(String::as_str), Some("curl"));
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("an option has a value");
        match word.as_str() {
            "-s" => {}
            "-X" => method = Some(value().parse::<Method>().unwrap()),
            "-H" => headers.push(value().split_once(": ").expect("a header has a value")),
            "-d" => body = Some(value().clone()),
            address => assert_eq!(url.replace(address), None, "one address"),
        }
    }
    let method = method.unwrap_or(if body.is_some() { Method::POST } else { Method::GET });
    let mut request = client().request(method, url.expect("an address"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    Reply::to(match body {
        Some(body) => request.body(body),
        None => request,
    })
}

/// Whether a response contains everything that is expected.
fn contains(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => expected
            .iter()
            .all(|(name, expected)| answer.get(name).is_some_and(|found| contains(found, expected))),
        (answer, expected) => answer == expected,
    }
}

/// Reads the variables in a comment such as `# ORDER = id, FIRST = workOrderOperations.0.id`.
fn named(command: &str, answer: &Value, variables: &mut BTreeMap<String, String>) {
    let comment = command.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    for (name, path) in comment.split(", ").filter_map(|pair| pair.split_once(" = ")) {
        let pointer = format!("/{}", path.replace('.', "/"));
        let value = match answer.pointer(&pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => panic!("{path} is not in {answer}"),
        };
        variables.insert(name.to_owned(), value);
    }
}

/// Runs the examples of a section for a new team; returns the number of requests and of compared responses.
fn run(section: &str) -> (u32, u32) {
    let team = team();
    let mut variables = BTreeMap::from([
        ("BASE".to_owned(), team.address.clone()),
        ("KEY".to_owned(), team.key.clone()),
        ("TEAM".to_owned(), team.id.clone()),
        ("EMAIL".to_owned(), team.email.clone()),
        ("PASSWORD".to_owned(), PASSWORD.to_owned()),
    ]);
    let (mut answer, mut sent_so_far, mut compared) = (Value::Null, 0, 0);
    for (language, text) in blocks(section) {
        match language {
            "sh" => {
                let reply = sent(&words(text, &variables));
                answer = reply.json();
                assert!(matches!(reply.status, 200 | 201 | 409 | 422), "{text}\n{answer}");
                named(text, &answer, &mut variables);
                sent_so_far += 1;
            }
            "json" => {
                let expected: Value = serde_json::from_str(text).unwrap();
                assert!(contains(&answer, &expected), "expected {expected}, got {answer}");
                compared += 1;
            }
            other => panic!("a block of {other}"),
        }
    }
    (sent_so_far, compared)
}

#[test]
fn orders_run_as_the_examples_show() {
    let (sent, compared) = run("Running orders");
    assert!(sent >= 15 && compared >= 10, "{sent} sent, {compared} compared");
}

#[test]
fn invoices_are_made_as_the_examples_show() {
    let (sent, compared) = run("Invoices");
    assert!(sent >= 7 && compared >= 6, "{sent} sent, {compared} compared");
}

#[test]
fn goods_are_sold_as_the_examples_show() {
    let (sent, compared) = run("Selling");
    assert!(sent >= 10 && compared >= 9, "{sent} sent, {compared} compared");
}

#[test]
fn goods_are_bought_in_as_the_examples_show() {
    let (sent, compared) = run("Buying in");
    assert!(sent >= 14 && compared >= 11, "{sent} sent, {compared} compared");
}
