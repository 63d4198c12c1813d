//! User tokens: JSON Web Tokens (RFC 7519), HS256 and nothing else.
//!
//! The key is derived from the master key, the app and the app's generation, so a token of one app
//! can never verify as another's. `kid` names app and generation and is believed only as far as the
//! signature made under that very key holds. Whether user and generation are still good is asked
//! from the database by `chat::access`.

use crate::{
    auth::secret::Keyring,
    ids::{AppId, UserId},
};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{self, Signer, Verifier},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::time::Duration;
use uuid::Uuid;

/// How far a clock may be off, in seconds.
const LEEWAY: u64 = 5;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// The app the token is for.
    pub aud: AppId,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Not valid from then on, in seconds since 1970.
    pub exp: i64,
    /// The token's own id, so that one token can be revoked.
    pub jti: Uuid,
    /// The generation of the user's tokens it is of. Counted and not timed: a token of the same second, or
    /// of a node whose clock is ahead, would outlive a time.
    #[serde(rename = "gen", default)]
    pub generation: i32,
}

/// A token whose signature, time and audience hold.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What it says.
    pub claims: Claims,
    /// The generation of the app it was signed under.
    pub generation: i32,
}

impl Verified {
    /// When it ends.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.claims.exp, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// Signs a token for a user, valid for `lifetime` from now: of the app's generation and of
/// the user's.
pub fn sign(
    keys: &Keyring,
    (app, generation): (AppId, i32),
    (user, users_generation): (UserId, i32),
    lifetime: Duration,
) -> anyhow::Result<String> {
    let now = Utc::now().timestamp();
    let claims = Claims {
        sub: user,
        aud: app,
        iat: now,
        exp: now + lifetime.as_secs() as i64,
        jti: Uuid::now_v7(),
        generation: users_generation,
    };
    let header = Header {
        kid: Some(format!("{app}.{generation}")),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(&keys.token_key(app, generation));
    Ok(jsonwebtoken::encode(&header, &claims, &key)?)
}

/// Verifies a token, or says nothing of why not: a forger learns nothing.
pub fn verify(keys: &Keyring, token: &str) -> Option<Verified> {
    let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
    let (app, generation) = kid.split_once('.')?;
    let app = AppId(app.parse().ok()?);
    let generation = generation.parse().ok()?;

    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY;
    validation.set_required_spec_claims(&["exp", "iat", "sub", "aud"]);
    validation.set_audience(&[app]);
    let key = DecodingKey::from_secret(&keys.token_key(app, generation));
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .ok()?
        .claims;
    Some(Verified { claims, generation })
}

/// Gives jsonwebtoken its cryptography: HMAC-SHA-256 alone. Its own choices bring an RSA
/// implementation with a known timing leak or a C library, for algorithms that are never accepted.
/// Call once, before the first token; later calls change nothing.
pub fn install_cryptography() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(algorithm, key.as_bytes())?)),
        verifier_factory: |algorithm, key| {
            Ok(Box::new(Hs256::new(algorithm, key.try_get_as_bytes()?)?))
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    // An error says that a provider is there already: this one.
    let _ = PROVIDER.install_default();
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: &Algorithm, key: &[u8]) -> Result<Self, Error> {
        if *algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let hmac = Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
        Ok(Self(hmac))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self
            .0
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let hmac = self.0.clone().chain_update(message);
        hmac.verify_slice(signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
