//! Access tokens: JSON Web Tokens (RFC 7519, profile RFC 9068) signed with Ed25519 (RFC 8037), good for 15 minutes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use kernel::id::{Id, UserId};
use secrets::signing::{PublicKey, SigningKeys};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::SessionId;

/// Who issues the tokens and whom they are for: this service.
const ISSUER: &str = "throughline";
/// The media type of access tokens (RFC 9068): no other kind of token is taken for one.
const TYPE: &str = "at+jwt";
/// How far the clocks of two processes may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// Tokens whose signature need not be checked again; more than are in use within 15 minutes.
const CACHE_CAPACITY: usize = 10_000;

/// Issues access tokens and reads them back.
pub struct AccessTokens {
    keys: Arc<SigningKeys>,
    signing: EncodingKey,
    header: Header,
    /// The only headers there are: one for each key. A token that begins otherwise is not from here.
    accepted: Vec<(String, DecodingKey)>,
    validation: Validation,
    checked: Mutex<HashMap<[u8; 32], AccessClaims>>,
}

/// Whom a token stands for. What they may do is looked up, never read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    pub user: UserId,
    /// The session it was issued in.
    pub session: SessionId,
    pub expires_at: DateTime<Utc>,
}

/// Why tokens can't be issued.
#[derive(Debug, thiserror::Error)]
#[error("an access token could not be signed")]
pub struct TokenFault(#[from] jsonwebtoken::errors::Error);

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

impl AccessTokens {
    /// How long a token is good.
    pub const LIFE: TimeDelta = TimeDelta::minutes(15);

    /// Tokens of these keys.
    ///
    /// # Errors
    /// When the library does not take the keys; it takes every key [`SigningKeys`] holds.
    pub fn new(keys: Arc<SigningKeys>) -> Result<Self, TokenFault> {
        let signing = EncodingKey::from_ed_der(&keys.current_der().unwrap_or_default());
        let public = keys.public();
        let current = public.first().map(|key| key.id.clone()).unwrap_or_default();
        let accept =
            |key: PublicKey| Ok((segment(&header(key.id))?, DecodingKey::from_ed_components(&key.x)?));
        let accepted = public.into_iter().map(accept).collect::<Result<_, TokenFault>>()?;
        Ok(Self {
            keys,
            signing,
            header: header(current),
            accepted,
            validation: validation(),
            checked: Mutex::default(),
        })
    }

    /// A token for a user's session.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn issue(
        &self,
        id: Uuid,
        user: UserId,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<String, TokenFault> {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: user.uuid(),
            sid: session.uuid(),
            jti: id,
            iat: now.timestamp(),
            exp: (now + Self::LIFE).timestamp(),
        };
        Ok(encode(&self.header, &claims, &self.signing)?)
    }

    /// Whom a token speaks for; `None` if it is none of ours, or none that is good at `now`.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<AccessClaims> {
        let fingerprint: [u8; 32] = Sha256::digest(token).into();
        let remembered = self.checked().get(&fingerprint).copied();
        let claims = match remembered {
            Some(claims) => claims,
            None => {
                let claims = self.check(token, now)?;
                let mut checked = self.checked();
                if checked.len() >= CACHE_CAPACITY {
                    checked.retain(|_, claims| now < claims.expires_at);
                }
                if checked.len() < CACHE_CAPACITY {
                    checked.insert(fingerprint, claims);
                }
                claims
            }
        };
        (now < claims.expires_at + LEEWAY).then_some(claims)
    }

    fn checked(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], AccessClaims>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, token: &str, now: DateTime<Utc>) -> Option<AccessClaims> {
        let (header, _) = token.split_once('.')?;
        let (_, key) = self.accepted.iter().find(|(accepted, _)| accepted == header)?;
        let claims = decode::<Claims>(token, key, &self.validation).ok()?.claims;
        let time = |seconds| DateTime::from_timestamp(seconds, 0);
        let (issued_at, expires_at) = (time(claims.iat)?, time(claims.exp)?);
        let lives_as_ours_do = issued_at <= now + LEEWAY && expires_at - issued_at == Self::LIFE;
        lives_as_ours_do.then(|| AccessClaims {
            user: Id::new(claims.sub),
            session: Id::new(claims.sid),
            expires_at,
        })
    }

    /// The public keys, for `/.well-known/jwks.json`.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.public()
    }
}

fn header(key_id: String) -> Header {
    Header { typ: Some(TYPE.into()), kid: Some(key_id), ..Header::new(Algorithm::EdDSA) }
}

/// A header as it stands in a token.
fn segment(header: &Header) -> Result<String, TokenFault> {
    let json = serde_json::to_vec(header).map_err(jsonwebtoken::errors::Error::from)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Times are checked against the clock of the caller of [`AccessTokens::read`], not the machine's.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessTokens({:?})", self.keys)
    }
}

#[cfg(test)]
mod tests;
