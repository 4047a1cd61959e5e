//! What every level of a file can have.

use bigdecimal::BigDecimal;

use crate::other::OtherSegment;
use crate::parts::{Adjustment, Amount, Date, Reference, When};
use crate::party::Party;
use crate::private::hide;
use crate::problems::Notes;
use crate::segment::Segment;

/// What a claim, line, service or level of parties has.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Details {
    /// NM1 and N1: who has to do with it.
    pub parties: Vec<Party>,
    /// DTM and DTP.
    pub dates: Vec<Date>,
    /// REF.
    pub references: Vec<Reference>,
    /// AMT.
    pub amounts: Vec<Amount>,
    /// QTY.
    pub quantities: Vec<Amount>,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// What no field holds.
    pub other: Vec<OtherSegment>,
}

/// Pushes; room is made for one, then two, then four: most lists are that short, and `Vec` begins with four.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().max(1));
    }
    list.push(item);
}

/// The first number with this qualifier that isn't another payer's.
pub(crate) fn reference<'a>(references: &'a [Reference], qualifier: &str) -> Option<&'a str> {
    let reference =
        references.iter().find(|reference| reference.qualifier == qualifier && reference.payer.is_empty())?;
    Some(reference.value.get())
}

impl Details {
    /// The first party with this role.
    pub fn party(&self, role: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.role == role)
    }

    /// The first reference with this qualifier that isn't another payer's.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        reference(&self.references, qualifier)
    }

    /// The first amount with this qualifier.
    pub fn amount(&self, qualifier: &str) -> Option<&BigDecimal> {
        self.amounts.iter().find(|amount| amount.qualifier == qualifier).map(|amount| &amount.value)
    }

    /// The first date with this qualifier.
    pub fn date(&self, qualifier: &str) -> Option<&When> {
        self.dates.iter().find(|date| date.qualifier == qualifier).map(|date| &date.when)
    }

    /// The segments that no field holds, of the parties, too.
    pub fn others(&self) -> impl Iterator<Item = &OtherSegment> {
        self.other.iter().chain(self.parties.iter().flat_map(|party| &party.other))
    }

    /// The sum of the adjustments.
    pub fn adjusted(&self) -> BigDecimal {
        self.adjustments.iter().map(|adjustment| &adjustment.amount).sum()
    }

    /// Reads a segment that any level can have; what can't be read is kept as it came.
    pub(crate) fn read(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        match segment.name() {
            "NM1" | "N1" => push(&mut self.parties, Party::read(segment)),
            "REF" => push(&mut self.references, Reference::read(segment)),
            "CAS" => Adjustment::read(segment, notes, &mut self.adjustments),
            "AMT" => match Amount::read(segment, notes) {
                Some(amount) => push(&mut self.amounts, amount),
                None => OtherSegment::keep(&mut self.other, segment, notes),
            },
            "QTY" => match Amount::read(segment, notes) {
                Some(amount) => push(&mut self.quantities, amount),
                None => OtherSegment::keep(&mut self.other, segment, notes),
            },
            "DTM" | "DTP" => match Date::read(segment, notes) {
                Some(date) => push(&mut self.dates, date),
                None => OtherSegment::keep(&mut self.other, segment, notes),
            },
            _ => OtherSegment::keep(&mut self.other, segment, notes),
        }
    }
}

hide! {
    Details: parties, dates, references, amounts, quantities, adjustments, other;
}
