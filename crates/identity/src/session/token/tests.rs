//! Forged tokens: whatever is not exactly what [`AccessTokens::issue`] gives is refused.

use serde_json::{Value, json};

use super::*;

const SEED: [u8; 32] = [7; 32];

fn keys(seed: [u8; 32]) -> Arc<SigningKeys> {
    Arc::new(SigningKeys::new(seed, None))
}

fn tokens() -> AccessTokens {
    AccessTokens::new(keys(SEED)).unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn user() -> UserId {
    Id::new(Uuid::from_u128(1))
}

fn session() -> SessionId {
    Id::new(Uuid::from_u128(2))
}

fn issued() -> String {
    tokens().issue(Uuid::from_u128(3), user(), session(), now()).unwrap()
}

/// The header and the claims of an honest token.
fn honest() -> (Value, Value) {
    let token = issued();
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// A token of any header and claims, signed by `seed` as if it were honest.
fn signed(seed: [u8; 32], header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = keys(seed).sign(message.as_bytes()).1;
    format!("{message}.{signature}")
}

fn with(mut value: Value, field: &str, other: Value) -> Value {
    value.as_object_mut().unwrap().insert(field.to_owned(), other);
    value
}

fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().unwrap().remove(field).unwrap();
    value
}

#[test]
fn a_token_speaks_for_its_user_and_session_for_15_minutes() {
    let (tokens, expected) = (
        tokens(),
        AccessClaims { user: user(), session: session(), expires_at: now() + TimeDelta::minutes(15) },
    );
    let token = issued();
    assert_eq!(tokens.read(&token, now()), Some(expected));
    assert_eq!(tokens.read(&token, now() + TimeDelta::minutes(15) + TimeDelta::seconds(4)), Some(expected));
    assert_eq!(tokens.read(&token, now() + TimeDelta::minutes(15) + TimeDelta::seconds(5)), None);
    let fresh = self::tokens();
    assert_eq!(fresh.read(&token, now() + TimeDelta::minutes(16)), None, "not remembered either");
}

#[test]
fn a_token_of_the_key_before_counts_and_one_of_the_key_before_that_does_not() {
    let rotated = AccessTokens::new(Arc::new(SigningKeys::new([8; 32], Some(SEED)))).unwrap();
    assert!(rotated.read(&issued(), now()).is_some());
    let later = AccessTokens::new(Arc::new(SigningKeys::new([9; 32], Some([8; 32])))).unwrap();
    assert_eq!(later.read(&issued(), now()), None);
}

#[test]
fn the_forger_of_these_tests_can_make_an_honest_token() {
    let (header, claims) = honest();
    // the order of a header's fields is part of what is compared
    let part = issued().split('.').next().unwrap().to_owned();
    let message = format!("{part}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let token = format!("{message}.{}", keys(SEED).sign(message.as_bytes()).1);
    assert!(tokens().read(&token, now()).is_some(), "{header} {claims}");
}

#[test]
fn claims_that_are_not_ours_are_refused_though_our_key_signed_them() {
    let (_, claims) = honest();
    let part = issued().split('.').next().unwrap().to_owned();
    let at = |time: DateTime<Utc>| json!(time.timestamp());
    let minutes = |count| now() + TimeDelta::minutes(count);
    let forged = [
        without(claims.clone(), "exp"),
        without(claims.clone(), "iss"),
        without(claims.clone(), "aud"),
        without(claims.clone(), "sub"),
        without(claims.clone(), "sid"),
        without(claims.clone(), "iat"),
        with(claims.clone(), "iss", json!("elsewhere")),
        with(claims.clone(), "iss", json!(null)),
        with(claims.clone(), "aud", json!("elsewhere")),
        with(claims.clone(), "aud", json!([])),
        with(claims.clone(), "sub", json!("admin")),
        with(claims.clone(), "sid", json!(7)),
        with(claims.clone(), "exp", json!("never")),
        with(claims.clone(), "exp", json!(-1)),
        with(claims.clone(), "exp", at(minutes(60 * 24))),
        with(with(claims.clone(), "iat", at(minutes(1))), "exp", at(minutes(16))),
        with(with(claims.clone(), "iat", at(minutes(-16))), "exp", at(minutes(-1))),
        json!([]),
        json!({}),
    ];
    for claims in forged {
        let message = format!("{part}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let token = format!("{message}.{}", keys(SEED).sign(message.as_bytes()).1);
        assert_eq!(tokens().read(&token, now()), None, "{claims}");
    }
}

#[test]
fn headers_that_are_not_ours_are_refused_though_our_key_signed_them() {
    let (header, claims) = honest();
    let other = keys([8; 32]).public().remove(0).id;
    let forged = [
        with(header.clone(), "alg", json!("none")),
        with(header.clone(), "alg", json!("HS256")),
        with(header.clone(), "alg", json!("Ed25519")),
        with(header.clone(), "alg", json!("RS256")),
        without(header.clone(), "alg"),
        with(header.clone(), "typ", json!("JWT")),
        with(header.clone(), "typ", json!("rt+jwt")),
        without(header.clone(), "typ"),
        with(header.clone(), "kid", json!(other)),
        with(header.clone(), "kid", json!("../../etc/passwd")),
        without(header.clone(), "kid"),
        with(header.clone(), "crit", json!(["exp"])),
        with(
            header.clone(),
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": keys([8; 32]).public()[0].x}),
        ),
        with(header.clone(), "jku", json!("https://keys.example/jwks.json")),
        json!({}),
    ];
    for header in forged {
        assert_eq!(tokens().read(&signed(SEED, &header, &claims), now()), None, "{header}");
    }
}

#[test]
fn a_signature_that_is_not_ours_is_refused() {
    let token = issued();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = token.split_once('.').unwrap();
    let flipped = |text: &str| {
        let last = if text.ends_with('A') { "B" } else { "A" };
        format!("{}{last}", &text[..text.len() - 1])
    };
    for forged in [
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{}", keys([8; 32]).sign(message.as_bytes()).1),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{message}.{}{}", &signature[..1], signature),
        format!("{message}.{signature}="),
        format!("{token}.{signature}"),
        format!("{header}.{}.{signature}", flipped(claims.split_once('.').unwrap().0)),
        format!("{}.{signature}", flipped(message)),
        format!(" {token}"),
        format!("{token} "),
        format!("{header}."),
        String::new(),
        ".".into(),
        "..".into(),
    ] {
        assert_eq!(tokens().read(&forged, now()), None, "{forged}");
    }
}
