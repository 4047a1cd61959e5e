//! What remittances and claims have in common.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::details::push;
use crate::private::{Private, hide};
use crate::problems::{Notes, ProblemKind};
use crate::segment::Segment;
use crate::text::Text;
use crate::values::{self, Values};

/// When something was, is or lasts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum When {
    /// A day.
    Day(NaiveDate),
    /// The first and the last day.
    Days(NaiveDate, NaiveDate),
    /// A day and the time as HHMM or longer.
    Moment(NaiveDate, Text),
    /// A time of no stated day, as HHMM or longer.
    Time(Text),
}

impl When {
    /// The day, or the first of them.
    pub fn first(&self) -> Option<NaiveDate> {
        match self {
            Self::Day(day) | Self::Days(day, _) | Self::Moment(day, _) => Some(*day),
            Self::Time(_) => None,
        }
    }

    /// The day, or the last of them.
    pub fn last(&self) -> Option<NaiveDate> {
        match self {
            Self::Days(_, day) => Some(*day),
            _ => self.first(),
        }
    }
}

/// DTM or DTP: what a day is about, and the day.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Date {
    /// What it is about: `232` first day of the claim, `472` day of the service, …
    pub qualifier: Text,
    /// When.
    pub when: When,
}

/// REF: another number of a claim, line or party.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Whose number: `6R` line control number, `EA` medical record, …
    pub qualifier: Text,
    /// The number.
    pub value: Private<Text>,
    /// REF03, where the number is described.
    pub description: Private<Text>,
    /// REF04: the identifier of the other payer whose number it is (`2U`); empty where it is of the claim's own.
    pub payer: Text,
}

/// AMT or QTY: an amount of money or a quantity that has a qualifier.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Amount {
    /// What it is: `B6` allowed, `D` paid by the other payer, `CA` covered days, …
    pub qualifier: Text,
    /// How much.
    pub value: BigDecimal,
}

/// One adjustment of a CAS: what the payer doesn't pay, and why.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Adjustment {
    /// Who bears it: `CO`, `PR`, `OA`, `PI`, `CR`.
    pub group: Text,
    /// The claim adjustment reason code.
    pub reason: Text,
    /// How much less is paid; negative adds.
    pub amount: BigDecimal,
    /// How many units less.
    pub quantity: Option<BigDecimal>,
}

/// LQ: a remark.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Remark {
    /// The list of the code: `HE` remark codes, `RX` pharmacy.
    pub list: Text,
    /// The code.
    pub code: Text,
}

/// A procedure, drug or other billed item.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Procedure {
    /// The list of the code: `HC` HCPCS, `AD` dental, `N4` drugs, `HP` HIPPS, `NU` revenue codes, …
    pub qualifier: Text,
    /// The code, as sent.
    pub code: Text,
    /// Up to four modifiers.
    pub modifiers: Vec<Text>,
    /// A description.
    pub description: Private<Text>,
}

impl Procedure {
    pub(crate) fn read(segment: &Segment<'_>, element: usize) -> Self {
        segment.take(element);
        let mut parts = segment.components(element);
        let mut next = || Text::read(parts.next().unwrap_or_default());
        let (qualifier, code) = (next(), next());
        let modifiers = [next(), next(), next(), next()].into_iter().filter(|modifier| !modifier.is_empty()).collect();
        Self { qualifier, code, modifiers, description: next().into() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Reference {
    pub(crate) fn read(segment: &Segment<'_>) -> Self {
        let payer = if segment.component(4, 1) == b"2U" { segment.part(4, 2) } else { Text::default() };
        Self { qualifier: segment.text(1), value: segment.private(2), description: segment.private(3), payer }
    }
}

impl Amount {
    pub(crate) fn read(segment: &Segment<'_>, notes: &mut Notes) -> Option<Self> {
        Some(Self { qualifier: segment.text(1), value: segment.optional(2, notes)? })
    }
}

impl Adjustment {
    pub(crate) fn read(segment: &Segment<'_>, notes: &mut Notes, adjustments: &mut Vec<Self>) {
        let last = segment.count();
        for first in (2..=17).step_by(3).take_while(|first| *first <= last) {
            if segment.has(first) || segment.has(first + 1) {
                segment.required(1, notes);
                segment.required(first, notes);
                let adjustment = Self {
                    group: segment.text(1),
                    reason: segment.text(first),
                    amount: segment.amount(first + 1, notes),
                    quantity: segment.optional(first + 2, notes),
                };
                push(adjustments, adjustment);
            }
        }
        segment.limit(19, notes);
    }
}

impl Date {
    /// DTM has the day in its second element, or a format and a range in the fifth and sixth; DTP has a format and a
    /// value in the second and third.
    pub(crate) fn read(segment: &Segment<'_>, notes: &mut Notes) -> Option<Self> {
        let (format, value) = match segment.name() {
            "DTP" => (2, 3),
            _ if segment.has(2) => (0, 2),
            _ => (5, 6),
        };
        segment.take(format);
        segment.take(value);
        let bytes = segment.element(value).trim_ascii();
        let when = match (if format == 0 { b"D8" } else { segment.element(format).trim_ascii() }, bytes) {
            (b"RD8", bytes) => {
                let mut days = bytes.splitn(2, |byte| *byte == b'-').map(values::day);
                days.next().flatten().zip(days.next().flatten()).map(|(first, last)| When::Days(first, last))
            }
            (b"TM", bytes) => (!bytes.is_empty()).then(|| When::Time(Text::read(bytes))),
            (b"DT", bytes) => bytes.split_at_checked(8).and_then(|(day, time)| {
                Some(if time.is_empty() {
                    When::Day(values::day(day)?)
                } else {
                    When::Moment(values::day(day)?, Text::read(time))
                })
            }),
            (_, bytes) => values::day(bytes).map(When::Day),
        };
        if when.is_none() {
            let kind = if bytes.is_empty() { ProblemKind::Missing } else { ProblemKind::NotADate };
            notes.note(segment, Some(value), kind);
        }
        Some(Self { qualifier: segment.text(1), when: when? })
    }
}

hide! {
    When;
    Date;
    Reference;
    Amount;
    Adjustment;
    Remark;
    Procedure: modifiers;
}
