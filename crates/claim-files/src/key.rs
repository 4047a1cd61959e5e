//! The key that patients' pseudonyms are made with.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use rcm_schema::types::PatientReference;
use sha2::{Digest, Sha256};
use x12_claims::Party;

use crate::Refused;

/// A shorter key could be guessed.
const MIN_BYTES: usize = 32;

/// 120 bits of the hash, which are 24 characters: no two patients share them by chance.
const REFERENCE_BYTES: usize = 15;

/// An organization's key: whoever has it can tell a patient's pseudonym from the patient's name and birth date.
/// `Debug` shows its id alone.
#[derive(Clone)]
pub struct PseudonymKey {
    mac: Hmac<Sha256>,
    id: String,
}

/// Text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pseudonym key is at least 32 bytes in hexadecimal or base64; `openssl rand -hex 32` makes one")]
pub struct NotAKey;

impl PseudonymKey {
    /// Tells keys apart, and tells nothing of the key: eight hexadecimal digits of a hash of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The pseudonym of a patient: the same for the same last and first name, birth date and sex, whoever pays.
    /// Case, blanks and punctuation make no difference.
    ///
    /// # Errors
    /// [`Refused::Missing`] without a last name or a birth date: such patients could not be told apart.
    pub fn reference(&self, patient: &Party) -> Result<PatientReference, Refused> {
        let [last, first, sex] = [&patient.name, &patient.first_name, &patient.sex].map(|text| normal(text.get()));
        let birth: NaiveDate = patient.birth_date.get().ok_or(Refused::Missing("the patient's birth date"))?;
        if last.is_empty() {
            return Err(Refused::Missing("the patient's name"));
        }
        let mut mac = self.mac.clone();
        mac.update(format!("{last}\u{1F}{first}\u{1F}{birth}\u{1F}{sex}").as_bytes());
        let hash = mac.finalize().into_bytes();
        let short = hash.get(..REFERENCE_BYTES).unwrap_or_default();
        BASE32_NOPAD.encode(short).parse().map_err(|_| Refused::Unfit("the patient's reference"))
    }
}

fn normal(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

impl FromStr for PseudonymKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim().as_bytes();
        let bytes = HEXLOWER_PERMISSIVE
            .decode(text)
            .or_else(|_| BASE64.decode(text))
            .or_else(|_| BASE64_NOPAD.decode(text))
            .map_err(|_| NotAKey)?;
        if bytes.len() < MIN_BYTES {
            return Err(NotAKey);
        }
        let mac = Hmac::new_from_slice(&bytes).map_err(|_| NotAKey)?;
        let hash = Sha256::new().chain_update(b"rcm pseudonym key").chain_update(&bytes).finalize();
        Ok(Self { mac, id: HEXLOWER.encode(hash.get(..4).unwrap_or_default()) })
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PseudonymKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn patient(last: &str, first: &str) -> Party {
        Party {
            name: last.into(),
            first_name: first.into(),
            birth_date: NaiveDate::from_ymd_opt(1970, 2, 3).into(),
            sex: "F".into(),
            ..Party::default()
        }
    }

    #[test]
    fn a_key_is_long_enough_and_shows_nothing() {
        let key: PseudonymKey = "0f".repeat(32).parse().unwrap();
        assert_eq!(format!("{key:?}"), format!("PseudonymKey({})", key.id()));
        assert_eq!(key.id().len(), 8);
        let same: PseudonymKey = format!(" {}\n", BASE64.encode(&[0x0F; 32])).parse().unwrap();
        assert_eq!(same.id(), key.id());
        for text in ["", "secret", &"0f".repeat(31), &"z!".repeat(40), &BASE64.encode(&[1; 31])] {
            assert_eq!(text.parse::<PseudonymKey>().unwrap_err(), NotAKey);
        }
    }

    #[test]
    fn a_patient_keeps_the_reference_and_no_two_share_one() {
        let key: PseudonymKey = "0f".repeat(32).parse().unwrap();
        let reference = |patient: &Party| key.reference(patient).map(|reference| reference.reveal().to_owned());
        let one = reference(&patient("O'Neil-Smith", "Ann")).unwrap();
        assert_eq!(one.len(), 24);
        assert_eq!(reference(&patient("ONEIL SMITH", "ANN ")).unwrap(), one);
        assert_ne!(reference(&patient("ONEIL", "SMITH ANN")).unwrap(), one);
        let other: PseudonymKey = "0e".repeat(32).parse().unwrap();
        assert_ne!(other.reference(&patient("ONEIL SMITH", "ANN")).unwrap().reveal(), one);
        assert_eq!(reference(&patient(" ", "ANN")).unwrap_err(), Refused::Missing("the patient's name"));
        let unborn = Party { birth_date: None.into(), ..patient("DOE", "JO") };
        assert_eq!(reference(&unborn).unwrap_err(), Refused::Missing("the patient's birth date"));
    }
}
