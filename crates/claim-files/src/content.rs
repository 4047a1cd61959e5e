//! A hash of what a claim or a remittance says: the same for the same content, however it is written.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// Takes values one after the other. Each is told from the next, and an absent one from an empty one.
pub(crate) struct Content(Sha256);

impl Content {
    pub fn of(what: &str) -> Self {
        let mut content = Self(Sha256::new());
        content.text(Some(what));
        content
    }

    pub fn text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.0.update(text.len().to_string());
                self.0.update([0]);
                self.0.update(text);
            }
        }
        self
    }

    /// 1.50 is 1.5.
    pub fn amount(&mut self, amount: Option<&BigDecimal>) -> &mut Self {
        self.text(amount.map(|amount| amount.normalized().to_plain_string()).as_deref())
    }

    pub fn day(&mut self, day: Option<NaiveDate>) -> &mut Self {
        self.shown(day)
    }

    pub fn shown(&mut self, value: Option<impl ToString>) -> &mut Self {
        self.text(value.map(|value| value.to_string()).as_deref())
    }

    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = Option<&'a str>>) -> &mut Self {
        for text in texts {
            self.text(text);
        }
        self
    }

    pub fn hash(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
