//! People and organizations.

use chrono::NaiveDate;

use crate::details::reference;
use crate::other::OtherSegment;
use crate::parts::{Date, Reference};
use crate::private::{Private, hide};
use crate::problems::Notes;
use crate::segment::Segment;
use crate::text::Text;
use crate::values::Values;

/// N3 and N4.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// Street, first line.
    pub line: Private<Text>,
    /// Street, second line.
    pub line2: Private<Text>,
    /// City.
    pub city: Private<Text>,
    /// State.
    pub state: Private<Text>,
    /// Postal code.
    pub postal_code: Private<Text>,
    /// Country, where it isn't the United States.
    pub country: Private<Text>,
}

/// N1 or NM1 with what follows it: a person or an organization.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Party {
    /// What it is here: `PR` payer, `PE` payee, `QC` patient, `IL` insured, `85` billing provider, `82` rendering, …
    pub role: Text,
    /// `1` a person, `2` something else; empty in N1.
    pub kind: Text,
    /// Name of the organization, last name of the person.
    pub name: Private<Text>,
    /// First name.
    pub first_name: Private<Text>,
    /// Middle name.
    pub middle_name: Private<Text>,
    /// Prefix of the name.
    pub prefix: Private<Text>,
    /// Suffix of the name.
    pub suffix: Private<Text>,
    /// Whose number `id` is: `XX` NPI, `MI` member, `PI` payer, `FI` tax number, …
    pub id_qualifier: Text,
    /// The number.
    pub id: Private<Text>,
    /// Where it is.
    pub address: Address,
    /// DMG: birth date.
    pub birth_date: Private<Option<NaiveDate>>,
    /// DMG: sex, as sent.
    pub sex: Private<Text>,
    /// PRV: what the provider does here: `BI`, `PE`, `RF`, …
    pub provider_role: Text,
    /// PRV: the taxonomy code's qualifier, `PXC` or in 4010 `ZZ`.
    pub taxonomy_qualifier: Text,
    /// PRV: the taxonomy code.
    pub taxonomy: Text,
    /// Its other numbers.
    pub references: Vec<Reference>,
    /// Days of it: of another payer's answer (`573`).
    pub dates: Vec<Date>,
    /// What no field holds, such as PER.
    pub other: Vec<OtherSegment>,
}

impl Party {
    /// The National Provider Identifier, where it is identified by one.
    pub fn npi(&self) -> Option<&str> {
        (self.id_qualifier == "XX" && !self.id.is_empty()).then(|| self.id.get().as_str())
    }

    /// The employer's or social security number that it is taxed by, from its identifier or its references.
    pub fn tax_id(&self) -> Option<&str> {
        if matches!(self.id_qualifier.as_str(), "FI" | "24" | "34") && !self.id.is_empty() {
            return Some(self.id.get());
        }
        ["EI", "TJ", "SY"].into_iter().find_map(|qualifier| reference(&self.references, qualifier))
    }

    /// Reads N1 or NM1.
    pub(crate) fn read(segment: &Segment<'_>) -> Self {
        if segment.name() == "N1" {
            return Self {
                role: segment.text(1),
                name: segment.private(2),
                id_qualifier: segment.text(3),
                id: segment.private(4),
                ..Self::default()
            };
        }
        Self {
            role: segment.text(1),
            kind: segment.text(2),
            name: segment.private(3),
            first_name: segment.private(4),
            middle_name: segment.private(5),
            prefix: segment.private(6),
            suffix: segment.private(7),
            id_qualifier: segment.text(8),
            id: segment.private(9),
            ..Self::default()
        }
    }

    /// Reads what follows N1 or NM1 and is about the party.
    pub(crate) fn detail(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        match segment.name() {
            "N3" => {
                self.address.line = segment.private(1);
                self.address.line2 = segment.private(2);
            }
            "N4" => {
                self.address.city = segment.private(1);
                self.address.state = segment.private(2);
                self.address.postal_code = segment.private(3);
                self.address.country = segment.private(4);
            }
            "DMG" => {
                segment.take(1);
                self.birth_date = segment.day(2, notes).into();
                self.sex = segment.private(3);
            }
            "PRV" => {
                self.provider_role = segment.text(1);
                self.taxonomy_qualifier = segment.text(2);
                self.taxonomy = segment.text(3);
            }
            "REF" => self.references.push(Reference::read(segment)),
            "DTP" | "DTM" => match Date::read(segment, notes) {
                Some(date) => self.dates.push(date),
                None => OtherSegment::keep(&mut self.other, segment, notes),
            },
            _ => OtherSegment::keep(&mut self.other, segment, notes),
        }
    }
}

hide! {
    Address;
    Party: references, dates, other;
}
