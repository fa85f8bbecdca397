//! Forged access tokens, made with everything a forger may know, and more.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrets::signing::SigningKeys;
use serde_json::{Value, json};

use crate::support::{Person, Requests, Team, team};

/// What a forger may know: a valid token of their own, the service's public key, and here even its private key.
pub(super) struct Forger {
    pub(super) team: Team<'static>,
    pub(super) person: Person,
    /// Header, claims and signature of the valid token, encoded.
    pub(super) parts: [String; 3],
    pub(super) claims: Value,
    ours: SigningKeys,
    x: String,
    kid: String,
}

impl Forger {
    pub(super) fn new() -> Self {
        let team = team();
        let person = team.user(&["OPS"]);
        let parts: Vec<_> = person.token.split('.').map(str::to_owned).collect();
        let parts: [String; 3] = parts.try_into().unwrap();
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
        let ours = SigningKeys::parse(testkit::SIGNING_KEY).unwrap();
        let public = ours.public().remove(0);
        Self { team, person, parts, claims, ours, x: public.x, kid: public.id }
    }

    /// Signs a header and claims with the service's key.
    fn signed(&self, header: &str, claims: &str) -> String {
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.ours.sign(message.as_bytes()).1;
        format!("{message}.{signature}")
    }

    /// Returns the valid header with other claims, signed with the service's key.
    pub(super) fn claiming(&self, claims: &Value) -> String {
        self.signed(&self.parts[0], &claims.to_string())
    }

    /// Returns the valid claims without one.
    pub(super) fn with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.claiming(&claims)
    }

    fn without(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.claiming(&claims)
    }

    /// Returns a token issued and expiring so many seconds after the valid one was issued.
    pub(super) fn at(&self, issued: i64, ends: i64) -> String {
        let mut claims = self.claims.clone();
        let honest = claims["iat"].as_i64().unwrap();
        (claims["iat"], claims["exp"]) = (json!(honest + issued), json!(honest + ends));
        self.claiming(&claims)
    }

    /// Returns the valid claims with another header, signed with the service's key.
    pub(super) fn headed(&self, header: &str) -> String {
        self.signed(&URL_SAFE_NO_PAD.encode(header), &self.claims.to_string())
    }

    /// The same with another signature or none.
    fn headed_and_signed(&self, header: &str, signature: &[u8]) -> String {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), self.parts[1])
    }

    /// A message authentication code with a publicly known key.
    fn authenticated(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let (typ, kid) = (Some("at+jwt".to_owned()), Some(self.kid.clone()));
        let header = Header { typ, kid, ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &self.claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    /// The valid header and claims, signed with the forger's own key.
    fn signed_by_another(&self, header: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), self.parts[1]);
        let signature = SigningKeys::new([9; 32], None).sign(message.as_bytes()).1;
        format!("{message}.{signature}")
    }

    /// Headers that the service never issues.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let (kid, none) =
            (&self.kid, |alg: &str| format!(r#"{{"typ":"at+jwt","alg":"{alg}","kid":"{}"}}"#, self.kid));
        let other = SigningKeys::new([9; 32], None).public().remove(0);
        let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, other.x);
        let kidded = |kid: &str| json!({"typ": "at+jwt", "alg": "EdDSA", "kid": kid}).to_string();
        let further = |more: &str| format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}",{more}}}"#);
        vec![
            ("alg none, no signature", self.headed_and_signed(&none("none"), b"")),
            ("alg None, no signature", self.headed_and_signed(&none("None"), b"")),
            ("alg NONE, no signature", self.headed_and_signed(&none("NONE"), b"")),
            ("alg nOnE, the honest signature", self.headed(&none("nOnE"))),
            (
                "alg none, the honest signature",
                format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(none("none")), self.parts[1], self.parts[2]),
            ),
            ("alg empty", self.headed(&none(""))),
            ("alg null", self.headed(&format!(r#"{{"typ":"at+jwt","alg":null,"kid":"{kid}"}}"#))),
            ("no alg", self.headed(&format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#))),
            (
                "two algs",
                self.headed(&format!(r#"{{"typ":"at+jwt","alg":"none","alg":"EdDSA","kid":"{kid}"}}"#)),
            ),
            ("alg in other letters", self.headed(&none("EDDSA"))),
            ("alg RS256, our signature", self.headed(&none("RS256"))),
            ("alg RS256, a signature as long as RSA's", self.headed_and_signed(&none("RS256"), &[7; 256])),
            ("alg PS512", self.headed_and_signed(&none("PS512"), &[7; 512])),
            ("alg ES256, our signature", self.headed(&none("ES256"))),
            ("alg ES256, r and s zero", self.headed_and_signed(&none("ES256"), &[0; 64])),
            (
                "HS256 with the public key's bytes",
                self.authenticated(Algorithm::HS256, &URL_SAFE_NO_PAD.decode(&self.x).unwrap()),
            ),
            ("HS256 with the published x", self.authenticated(Algorithm::HS256, self.x.as_bytes())),
            ("HS256 with the kid", self.authenticated(Algorithm::HS256, kid.as_bytes())),
            (
                "HS256 with the public key as PEM",
                self.authenticated(Algorithm::HS256, pem(&self.x).as_bytes()),
            ),
            ("HS256 with nothing", self.authenticated(Algorithm::HS256, b"")),
            ("HS384 with the published x", self.authenticated(Algorithm::HS384, self.x.as_bytes())),
            ("HS512 with the published x", self.authenticated(Algorithm::HS512, self.x.as_bytes())),
            ("another's kid", self.headed(&kidded(&other.id))),
            ("another's kid and signature", self.signed_by_another(&kidded(&other.id))),
            ("our kid, another's signature", self.signed_by_another(&kidded(kid))),
            ("no kid", self.headed(r#"{"typ":"at+jwt","alg":"EdDSA"}"#)),
            ("kid null", self.headed(r#"{"typ":"at+jwt","alg":"EdDSA","kid":null}"#)),
            ("kid empty", self.headed(&kidded(""))),
            ("kid a path", self.headed(&kidded("../../../../../../dev/null"))),
            ("kid a query", self.headed(&kidded("x' UNION SELECT 'AAAA'--"))),
            ("kid a list", self.headed(&format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":["{kid}"]}}"#))),
            ("kid with NUL", self.headed(&kidded(&format!("{kid}\0")))),
            ("a key in the header", self.signed_by_another(&further(&format!(r#""jwk":{jwk}"#)))),
            (
                "a key set by address",
                self.signed_by_another(&further(r#""jku":"http://127.0.0.1:9/jwks.json""#)),
            ),
            (
                "a certificate by address",
                self.signed_by_another(&further(r#""x5u":"http://127.0.0.1:9/cert.pem""#)),
            ),
            ("a certificate in the header", self.signed_by_another(&further(r#""x5c":["MIIB"]"#))),
            ("a critical extension", self.headed(&further(r#""crit":["exp"]"#))),
            ("claims not in base64", self.headed(&further(r#""b64":false,"crit":["b64"]"#))),
            ("compressed claims", self.headed(&further(r#""zip":"DEF""#))),
            ("typ JWT", self.headed(&format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#))),
            ("no typ", self.headed(&format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#))),
            ("a header that is no object", self.headed("[]")),
            ("a header that is no JSON", self.headed("at+jwt")),
        ]
    }

    /// Claims that the service never issues, signed with its key.
    pub(super) fn claims(&self) -> Vec<(&'static str, String)> {
        let other = self.team.user(&["OPS"]);
        let stranger = team().admin();
        let ended = self.team.user(&["OPS"]);
        ended.post("/api/auth/logout", &json!({})).ok();
        let (sid, ended_sid) = (sid(&other), sid(&ended));
        let text = self.claims.to_string();
        let twice =
            |more: &str| self.signed(&self.parts[0], &format!("{},{more}}}", text.trim_end_matches('}')));
        let nobody = json!("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11");
        let of = |user: &str, session: &Value| {
            let mut claims = self.claims.clone();
            (claims["sub"], claims["sid"]) = (json!(user), session.clone());
            self.claiming(&claims)
        };
        vec![
            ("expired", self.at(-960, -60)),
            ("expired, and it never was ours so long", self.at(-960, 900)),
            ("not yet issued", self.at(60, 960)),
            ("good for a day", self.at(0, 86_400)),
            ("good for ever", self.with("exp", json!(i64::MAX))),
            ("exp before all time", self.with("exp", json!(i64::MIN))),
            ("exp beyond numbers", self.with("exp", json!(1e300))),
            ("exp as text", self.with("exp", json!("never"))),
            ("exp null", self.with("exp", json!(null))),
            ("no exp", self.without("exp")),
            ("no iat", self.without("iat")),
            ("another issuer", self.with("iss", json!("https://elsewhere.example"))),
            ("no issuer", self.without("iss")),
            ("another audience", self.with("aud", json!("elsewhere"))),
            ("our audience among others", self.with("aud", json!(["throughline", "elsewhere"]))),
            ("no audience", self.without("aud")),
            ("no subject", self.without("sub")),
            ("a subject that is no id", self.with("sub", json!("admin"))),
            ("another user in this session", self.with("sub", json!(other.id))),
            ("a stranger in this session", self.with("sub", json!(stranger.id))),
            ("nobody in this session", self.with("sub", nobody.clone())),
            ("no session", self.without("sid")),
            ("a session that is no id", self.with("sid", json!("' OR 1=1 --"))),
            ("another user's session", self.with("sid", sid)),
            ("a stranger's session", self.with("sid", self::sid(&stranger))),
            ("a session there never was", self.with("sid", nobody)),
            ("a session that has ended", of(&ended.id, &ended_sid)),
            ("an honest token of a session that has ended", ended.token.clone()),
            ("no claims", self.claiming(&json!({}))),
            ("claims that are no object", self.claiming(&json!([self.claims]))),
            ("claims that are no JSON", self.signed(&self.parts[0], "exp=1")),
            ("two subjects", twice(&format!(r#""sub":"{}""#, other.id))),
            ("two sessions", twice(&format!(r#""sid":{}"#, self::sid(&other)))),
            ("two ends", twice(r#""exp":99999999999"#)),
        ]
    }

    /// Altered valid tokens.
    pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
        let [header, claims, signature] = &self.parts;
        let other = self.team.user(&["OPS"]);
        let others: Vec<_> = other.token.split('.').collect();
        let promoted = self.claims.to_string().replace(&self.person.id, &self.team.admin().id);
        let promoted = URL_SAFE_NO_PAD.encode(promoted);
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let flipped = |at: usize| {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(bytes))
        };
        vec![
            ("a changed payload", format!("{header}.{promoted}.{signature}")),
            ("another token's payload", format!("{header}.{}.{signature}", others[1])),
            ("another token's signature", format!("{header}.{claims}.{}", others[2])),
            ("a signature with its first bit changed", flipped(0)),
            ("a signature with its last bit changed", flipped(63)),
            (
                "a signature whose scalar is spelled otherwise",
                format!("{header}.{claims}.{}", respelled(&bytes)),
            ),
            (
                "a signature whose last letter has idle bits",
                format!("{header}.{claims}.{}", idle_bits(signature)),
            ),
            ("a signature of zeros", format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64]))),
            ("a stripped signature", format!("{header}.{claims}.")),
            ("half a signature", format!("{header}.{claims}.{}", &signature[..43])),
            ("no signature at all", format!("{header}.{claims}")),
            ("the header alone", header.clone()),
            ("four parts", format!("{}.x", self.person.token)),
            ("five parts", format!("{header}..{claims}..{signature}")),
            ("dots alone", "..".into()),
            ("padded base64", format!("{header}.{claims}.{signature}==")),
            ("padded claims", format!("{header}.{claims}=.{signature}")),
            ("base64 of the other alphabet", format!("{header}.{claims}.{}", STANDARD.encode(&bytes))),
            ("a space within", format!("{header}. {claims}.{signature}")),
            ("a tab within", format!("{header}.{claims}\t.{signature}")),
            ("in capitals", self.person.token.to_uppercase()),
            ("in quotes", format!("\"{}\"", self.person.token)),
            ("twice", format!("{0} {0}", self.person.token)),
            ("twice, with a comma", format!("{0}, Bearer {0}", self.person.token)),
            ("in base64 once more", URL_SAFE_NO_PAD.encode(&self.person.token)),
            ("a refresh token", self.person.refresh_token.clone()),
            ("an API key for its signature", format!("{header}.{claims}.{}", self.team.key)),
            ("an API key for its payload", format!("{header}.{}.{signature}", self.team.key)),
            ("an API key with a token behind it", format!("{}.{claims}.{signature}", self.team.key)),
            ("64 KiB of claims", self.with("aud", json!("x".repeat(48 << 10)))),
            ("64 KiB of nothing", "a".repeat(64 << 10)),
            ("a number", "7".into()),
            ("JSON", self.claims.to_string()),
        ]
    }
}

fn sid(person: &Person) -> Value {
    let claims = person.token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["sid"].clone()
}

/// The public key in the format of `openssl pkey -pubout`.
fn pem(x: &str) -> String {
    let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let der = [&prefix[..], &URL_SAFE_NO_PAD.decode(x).unwrap()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// The signature with the group order added to its scalar, which RFC 8032 (5.1.7) refuses.
fn respelled(signature: &[u8]) -> String {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut spelled = signature.to_vec();
    let mut carry = 0;
    for (digit, order) in spelled[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*digit) + u16::from(order) + carry;
        (*digit, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    URL_SAFE_NO_PAD.encode(spelled)
}

/// Another last character that a lax decoder reads as the same bytes: four of its six bits are unused.
fn idle_bits(signature: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = signature.split_at(signature.len() - 1);
    let place = LETTERS.find(last).unwrap();
    format!("{rest}{}", &LETTERS[place + 1..place + 2])
}
