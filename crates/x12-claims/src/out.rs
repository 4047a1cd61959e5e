//! Segments being written.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::details::Details;
use crate::other::OtherSegment;
use crate::parts::{Adjustment, Amount, Date, Procedure, Reference, When};
use crate::party::Party;
use crate::private::Private;
use crate::text::Text;

/// Why values can't be written. It names no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A text holds a control character, such as a line end.
    #[error("a text holds a control character")]
    ControlCharacter,
    /// A number has more than 36 digits.
    #[error("a number has more than 36 digits")]
    LongNumber,
    /// A day isn't of the years 0 to 9999.
    #[error("a day isn't of the years 0 to 9999")]
    LongYear,
    /// A segment has not so many elements or a composite not so many components.
    #[error("more values than {0} can have")]
    TooMany(&'static str),
    /// The texts hold every character that could delimit.
    #[error("no character is left to delimit with")]
    NoDelimiter,
    /// A transaction of another set than 835 and 837.
    #[error("only 835 and 837 can be written")]
    NotWritable,
}

// Control characters stand for the delimiters until all of the text is known: it can't hold them.
pub(crate) const ELEMENT: u8 = 0x1D;
pub(crate) const REPETITION: u8 = 0x1C;
pub(crate) const COMPONENT: u8 = 0x1F;
pub(crate) const TERMINATOR: u8 = 0x1E;

/// Segments being written.
#[derive(Default)]
pub(crate) struct Out {
    pub(crate) bytes: Vec<u8>,
    pub(crate) segments: usize,
    pub(crate) error: Option<WriteError>,
}

impl Out {
    pub(crate) fn fail(&mut self, error: WriteError) {
        self.error.get_or_insert(error);
    }

    /// Writes a segment: its name, its elements by `write`, without the empty ones at its end.
    pub(crate) fn segment(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.raw(name);
        write(self);
        self.trim(&[ELEMENT, COMPONENT, REPETITION]);
        self.bytes.push(TERMINATOR);
        self.segments += 1;
    }

    fn trim(&mut self, marks: &[u8]) {
        while self.bytes.last().is_some_and(|last| marks.contains(last)) {
            self.bytes.pop();
        }
    }

    fn raw(&mut self, text: &str) {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            self.fail(WriteError::ControlCharacter);
        }
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.push(ELEMENT);
        self.raw(text);
        self
    }

    pub(crate) fn private(&mut self, text: &Private<Text>) -> &mut Self {
        self.text(text.get())
    }

    pub(crate) fn skip(&mut self, elements: usize) -> &mut Self {
        self.bytes.extend(std::iter::repeat_n(ELEMENT, elements));
        self
    }

    pub(crate) fn decimal(&mut self, value: &BigDecimal) -> &mut Self {
        let text = self.number(value);
        self.text(&text)
    }

    pub(crate) fn number(&mut self, value: &BigDecimal) -> String {
        let (_, scale) = value.as_bigint_and_exponent();
        let digits = value.digits();
        // Of what is written: with the zeros before and after its own digits.
        let written =
            if scale < 0 { digits.saturating_add(scale.unsigned_abs()) } else { digits.max(scale.unsigned_abs() + 1) };
        if written > 36 {
            self.fail(WriteError::LongNumber);
            return String::new();
        }
        value.to_plain_string()
    }

    pub(crate) fn optional(&mut self, value: Option<&BigDecimal>) -> &mut Self {
        match value {
            Some(value) => self.decimal(value),
            None => self.skip(1),
        }
    }

    pub(crate) fn day(&mut self, day: Option<NaiveDate>) -> &mut Self {
        let text = day.map(|day| self.day_text(day)).unwrap_or_default();
        self.text(&text)
    }

    fn day_text(&mut self, day: NaiveDate) -> String {
        let text = day.format("%Y%m%d").to_string();
        if text.len() != 8 || text.starts_with('-') {
            self.fail(WriteError::LongYear);
        }
        text
    }

    pub(crate) fn composite<'t>(&mut self, parts: impl IntoIterator<Item = &'t str>) -> &mut Self {
        self.bytes.push(ELEMENT);
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                self.bytes.push(COMPONENT);
            }
            self.raw(part);
        }
        self.trim(&[COMPONENT]);
        self
    }

    pub(crate) fn procedure(&mut self, procedure: &Procedure) -> &mut Self {
        if procedure.modifiers.len() > 4 {
            self.fail(WriteError::TooMany("a procedure"));
        }
        let modifier = |at: usize| procedure.modifiers.get(at).map_or("", Text::as_str);
        self.composite([
            &procedure.qualifier,
            &procedure.code,
            modifier(0),
            modifier(1),
            modifier(2),
            modifier(3),
            procedure.description.get(),
        ])
    }

    pub(crate) fn others(&mut self, segments: &[OtherSegment]) {
        for segment in segments {
            self.segment(segment.written_name(), |out| {
                out.bytes.push(ELEMENT);
                // Its separators are the marks themselves.
                let marks = [ELEMENT, REPETITION, COMPONENT];
                if segment.body().bytes().any(|byte| byte.is_ascii_control() && !marks.contains(&byte)) {
                    out.fail(WriteError::ControlCharacter);
                }
                out.bytes.extend_from_slice(segment.body().as_bytes());
            });
        }
    }

    /// Dates as DTM (835) or DTP (837).
    pub(crate) fn dates(&mut self, name: &'static str, dates: &[Date]) {
        for date in dates {
            let (format, value) = match &date.when {
                When::Day(day) => ("D8", self.day_text(*day)),
                When::Days(first, last) => ("RD8", format!("{}-{}", self.day_text(*first), self.day_text(*last))),
                When::Moment(day, time) => ("DT", self.day_text(*day) + time),
                When::Time(time) => ("TM", time.to_string()),
            };
            self.segment(name, |out| {
                out.text(&date.qualifier);
                match (name, format) {
                    ("DTM", "D8") => out.text(&value),
                    ("DTM", _) => out.skip(3).text(format).text(&value),
                    _ => out.text(format).text(&value),
                };
            });
        }
    }

    pub(crate) fn references(&mut self, references: &[Reference]) {
        for reference in references {
            self.segment("REF", |out| {
                out.text(&reference.qualifier).private(&reference.value).private(&reference.description);
                if !reference.payer.is_empty() {
                    out.composite(["2U", reference.payer.as_str()]);
                }
            });
        }
    }

    pub(crate) fn amounts(&mut self, name: &str, amounts: &[Amount]) {
        for amount in amounts {
            self.segment(name, |out| {
                out.text(&amount.qualifier).decimal(&amount.value);
            });
        }
    }

    /// Neighbours of one group share a segment, up to six.
    pub(crate) fn adjustments(&mut self, adjustments: &[Adjustment]) {
        let runs = adjustments.chunk_by(|one, next| one.group == next.group).flat_map(|run| run.chunks(6));
        for run in runs {
            self.segment("CAS", |out| {
                out.text(run.first().map_or("", |adjustment| &adjustment.group));
                for adjustment in run {
                    out.text(&adjustment.reason).decimal(&adjustment.amount).optional(adjustment.quantity.as_ref());
                }
            });
        }
    }

    /// References, amounts and quantities, in the order of an 835. What else a level has stands elsewhere in each.
    pub(crate) fn numbers(&mut self, details: &Details) {
        self.references(&details.references);
        self.amounts("AMT", &details.amounts);
        self.amounts("QTY", &details.quantities);
    }

    pub(crate) fn parties(&mut self, date: &'static str, parties: &[Party]) {
        for party in parties {
            self.name(party, date);
            let address = &party.address;
            if !address.line.is_empty() || !address.line2.is_empty() {
                self.segment("N3", |out| {
                    out.private(&address.line).private(&address.line2);
                });
            }
            let city = [&address.city, &address.state, &address.postal_code, &address.country];
            if city.iter().any(|part| !part.is_empty()) {
                self.segment("N4", |out| {
                    city.into_iter().fold(out, |out, part| out.private(part));
                });
            }
            if party.birth_date.get().is_some() || !party.sex.is_empty() {
                self.segment("DMG", |out| {
                    let format = if party.birth_date.get().is_some() { "D8" } else { "" };
                    out.text(format).day(*party.birth_date.get()).private(&party.sex);
                });
            }
            let provider = [&party.provider_role, &party.taxonomy_qualifier, &party.taxonomy];
            if provider.iter().any(|part| !part.is_empty()) {
                self.segment("PRV", |out| {
                    provider.into_iter().fold(out, |out, part| out.text(part));
                });
            }
            self.references(&party.references);
            self.dates(date, &party.dates);
            self.others(&party.other);
        }
    }

    /// NM1; in an 835 N1, where the party has nothing that only NM1 holds.
    fn name(&mut self, party: &Party, date: &'static str) {
        let person = [&party.first_name, &party.middle_name, &party.prefix, &party.suffix];
        if date == "DTM" && party.kind.is_empty() && person.iter().all(|name| name.is_empty()) {
            return self.segment("N1", |out| {
                out.text(&party.role).private(&party.name).text(&party.id_qualifier).private(&party.id);
            });
        }
        self.segment("NM1", |out| {
            out.text(&party.role).text(&party.kind).private(&party.name).private(&party.first_name);
            out.private(&party.middle_name).private(&party.prefix).private(&party.suffix);
            out.text(&party.id_qualifier).private(&party.id);
        });
    }
}
