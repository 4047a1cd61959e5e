//! Chance, the same for the same seed: what is drawn for a batch depends on the seed and the batch alone.

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate, NaiveTime};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rcm_schema::Result;
use uuid::Uuid;

/// Draws for one batch, and its ids.
pub struct Draw {
    stream: ChaCha8Rng,
    milliseconds: u128,
    batch: u64,
    row: u64,
}

impl Draw {
    /// The batch's ids are of its day.
    pub fn new(seed: u64, batch: u64, day: NaiveDate) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut stream = ChaCha8Rng::from_seed(bytes);
        stream.set_stream(batch);
        let milliseconds = day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        Self { stream, milliseconds: u128::try_from(milliseconds).unwrap_or(0), batch, row: 0 }
    }

    /// From `low` to `high`, both among them.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        // Off by less than one in a billion for what is drawn here, and the same for ever.
        low + self.stream.next_u64() % (high - low + 1)
    }

    /// True this often of a thousand times.
    pub fn chance(&mut self, of_thousand: u64) -> bool {
        self.between(0, 999) < of_thousand
    }

    pub fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).unwrap_or(1);
        usize::try_from(self.between(0, length - 1)).unwrap_or(0)
    }

    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// One of these, as often as its weight says.
    pub fn weighted<'a, T>(&mut self, choices: &'a [(u64, T)]) -> &'a T {
        let mut left = self.between(1, choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left <= *weight {
                return choice;
            }
            left -= weight;
        }
        &choices[0].1
    }

    /// A day this many days after another.
    pub fn after(&mut self, day: NaiveDate, low: u64, high: u64) -> NaiveDate {
        day + Days::new(self.between(low, high))
    }

    /// The next id, version 7: of the batch's day, ascending.
    pub fn id(&mut self) -> Uuid {
        self.row += 1;
        let row = u128::from(self.batch) << 32 | u128::from(self.row);
        Uuid::from_u128(self.milliseconds << 80 | 0x7000_8000_0000_0000_0000 | row)
    }
}

/// US dollars.
pub fn usd<T: TryFrom<BigDecimal, Error = rcm_schema::Error>>(cents: i64) -> Result<T> {
    BigDecimal::new(cents.into(), 2).try_into()
}
