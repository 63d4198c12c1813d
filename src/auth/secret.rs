//! Secrets: how they are made, what is stored of them, what is derived from the master key.
//!
//! One master key (32 random bytes) is the root. HKDF-SHA-256 (RFC 5869) derives from it, with a
//! label each, the pepper under which api secrets are stored and the key of each app's tokens, so
//! that neither a database dump nor one app's key helps against another app.

use crate::ids::AppId;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A public api key: `cb_` and 16 random bytes.
pub fn new_api_key() -> String {
    format!("cb_{}", random_text::<16>())
}

/// An api secret: `cbs_` and 32 random bytes.
pub fn new_api_secret() -> String {
    format!("cbs_{}", random_text::<32>())
}

/// A master key, as text: 32 random bytes.
pub fn new_master_key() -> String {
    random_text::<32>()
}

fn random_text<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether two secrets are the same, in a time that tells nothing of either.
pub fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

/// All keys that follow from the master key.
pub struct Keyring {
    root: Hkdf<Sha256>,
    pepper: [u8; 32],
}

impl Keyring {
    /// Derives from the master key's bytes. Fails when they are fewer than 32.
    pub fn new(master_key: &[u8]) -> anyhow::Result<Self> {
        anyhow::ensure!(
            master_key.len() >= 32,
            "the master key needs 32 characters or more; `openssl rand -base64 32` makes a good one"
        );
        let root = Hkdf::<Sha256>::new(Some(b"heyyo"), master_key);
        let pepper = expand(&root, &[b"api secret"]);
        Ok(Self { root, pepper })
    }

    /// What is stored of an api secret.
    pub fn secret_hash(&self, secret: &str) -> [u8; 32] {
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(&self.pepper).expect("any key length will do");
        hmac.update(secret.as_bytes());
        hmac.finalize().into_bytes().into()
    }

    /// Which of those `stored` is behind `secret`. Ask with none for an unknown api key too, so that both
    /// answers take the same time.
    pub fn find_secret<'a>(
        &self,
        secret: &str,
        stored: impl Iterator<Item = &'a [u8]>,
    ) -> Option<usize> {
        let hash = self.secret_hash(secret);
        // No early end: the time taken must not tell which of them it was.
        stored.enumerate().fold(None, |found, (place, stored)| {
            match bool::from(hash.ct_eq(stored)) {
                true => Some(place),
                false => found,
            }
        })
    }

    /// The key that signs an app's tokens of one generation.
    pub fn token_key(&self, app: AppId, generation: i32) -> [u8; 32] {
        expand(
            &self.root,
            &[b"token", app.0.as_bytes(), &generation.to_be_bytes()],
        )
    }

    /// Tells master keys apart without telling them.
    pub fn fingerprint(&self) -> [u8; 32] {
        expand(&self.root, &[b"fingerprint"])
    }
}

fn expand(root: &Hkdf<Sha256>, info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    root.expand_multi_info(info, &mut key)
        .expect("32 bytes are within what HKDF may give");
    key
}
