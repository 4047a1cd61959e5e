//! The lines of a claim.

use std::collections::BTreeSet;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use rcm_schema::models::{ClaimLineTooth, NewClaimLine, NewClaimLineDetails};
use rcm_schema::types::{
    ClaimId, DrugUnit, Ndc, Npi, ProcedureCode, ProcedureModifier, RateCode, RevenueCode, Tooth, UnitBasis, Usd,
};
use rcm_schema::workflow::claims::WholeClaim;
use x12_claims::claim::{Claim, Line, LineKind};

use super::{LeftOut, fitting, note, place_of_service};
use crate::Refused;
use crate::values::plausible;

/// Adds the lines. They are numbered by their places: LX says no more.
pub(super) fn push(
    whole: &mut WholeClaim,
    claim: &Claim,
    ordinals: &[Option<i16>],
    left_out: &mut LeftOut,
) -> Result<(), Refused> {
    if claim.lines.is_empty() {
        return Err(Refused::Missing("a line"));
    }
    for (place, line) in claim.lines.iter().enumerate() {
        let number = i16::try_from(place + 1).ok().filter(|number| *number <= 999);
        let number = number.ok_or(Refused::TooMany("lines"))?;
        let row = new_line(whole.claim.id, number, whole.claim.service_from, line, ordinals, left_out)?;
        whole.lines.push(row);
        whole.line_details.extend(details(whole.claim.id, number, line, left_out));
        teeth(&mut whole.teeth, whole.claim.id, number, line, left_out);
    }
    Ok(())
}

fn new_line(
    claim: ClaimId,
    number: i16,
    claim_from: NaiveDate,
    line: &Line,
    ordinals: &[Option<i16>],
    left_out: &mut LeftOut,
) -> Result<NewClaimLine, Refused> {
    let revenue_code: Option<RevenueCode> = match line.revenue_code.as_str() {
        "" => None,
        code => fitting(&format!("{code:0>4}"), "revenue code", left_out),
    };
    let procedure_code = procedure(line, left_out);
    if procedure_code.is_none() && revenue_code.is_none() {
        return Err(Refused::Unfit("the code of a line"));
    }
    let mut modifiers: Vec<ProcedureModifier> = Vec::new();
    if procedure_code.is_some() {
        for modifier in &line.procedure.modifiers {
            match modifier.to_ascii_uppercase().parse() {
                Ok(modifier) if !modifiers.contains(&modifier) => modifiers.push(modifier),
                _ => note(left_out, "modifier"),
            }
        }
    }
    let mut modifiers = modifiers.into_iter();
    let mut pointers: Vec<i16> = Vec::new();
    for pointer in &line.pointers {
        let place = pointer.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
        match place.and_then(|place| ordinals.get(place)) {
            Some(Some(ordinal)) if pointers.contains(ordinal) => {}
            Some(Some(ordinal)) if pointers.len() < 4 => pointers.push(*ordinal),
            // Its diagnosis is left out, and counted as that.
            Some(None) => {}
            _ => note(left_out, "diagnosis pointer"),
        }
    }
    let mut pointers = pointers.into_iter();
    let (from, to) = line.days().map_or((claim_from, claim_from), |days| days);
    let (from, to) = plausible(from).zip(plausible(to)).ok_or(Refused::Unfit("the day of a line"))?;
    Ok(NewClaimLine::builder()
        .claim_id(claim)
        .line_number(number)
        .maybe_procedure_code(procedure_code)
        .maybe_revenue_code(revenue_code)
        .maybe_modifier_1(modifiers.next())
        .maybe_modifier_2(modifiers.next())
        .maybe_modifier_3(modifiers.next())
        .maybe_modifier_4(modifiers.next())
        .maybe_units(units(line, left_out))
        .charge_amount(Usd::try_from(line.charge.clone()).map_err(|_| Refused::Unfit("the charge of a line"))?)
        .service_date(from)
        .maybe_service_to((to > from).then_some(to))
        .maybe_diagnosis_pointer_1(pointers.next())
        .maybe_diagnosis_pointer_2(pointers.next())
        .maybe_diagnosis_pointer_3(pointers.next())
        .maybe_diagnosis_pointer_4(pointers.next())
        .build())
}

/// A HIPPS code is a rate, not a procedure.
fn procedure(line: &Line, left_out: &mut LeftOut) -> Option<ProcedureCode> {
    if line.procedure.code.is_empty() || line.procedure.qualifier == "HP" {
        return None;
    }
    fitting(&line.procedure.code.to_ascii_uppercase(), "procedure code", left_out)
}

/// One, where the file has no number that a line can have.
fn units(line: &Line, left_out: &mut LeftOut) -> Option<BigDecimal> {
    let units = line.units.as_ref()?.normalized();
    let fits = units > 0 && units < 100_000 && units.fractional_digit_count() <= 3;
    if !fits {
        note(left_out, "units");
    }
    fits.then_some(units)
}

/// What only some lines say; `None` where this one says nothing of it.
fn details(claim: ClaimId, number: i16, line: &Line, left_out: &mut LeftOut) -> Option<NewClaimLineDetails> {
    let mut row = NewClaimLineDetails::builder().claim_id(claim).line_number(number).build();
    let plain = row.clone();
    if !line.unit_basis.is_empty() {
        row.unit_basis = fitting(&line.unit_basis, "unit basis", left_out).unwrap_or(UnitBasis::Units);
    }
    if !line.place.is_empty() {
        row.place_of_service = place_of_service(&line.place, left_out);
    }
    if let Some(npi) = line.details.party("82").and_then(|party| party.npi()) {
        row.rendering_provider = fitting::<Npi>(npi, "NPI", left_out);
    }
    if let Some(control) = line.line_control_number() {
        let fits = control.len() <= 38 && control.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !fits {
            note(left_out, "line control number");
        }
        row.line_control_number = fits.then(|| control.to_owned());
    }
    if line.kind == LineKind::Institutional && line.procedure.qualifier == "HP" {
        row.rate_code = fitting::<RateCode>(&line.procedure.code.to_ascii_uppercase(), "rate code", left_out);
    }
    if let Some(drug) = line.drugs.iter().find(|drug| drug.qualifier == "N4") {
        let code: String = drug.code.chars().filter(|letter| *letter != '-').collect();
        row.ndc = fitting::<Ndc>(&code, "NDC", left_out);
        let quantity = drug.quantity.as_ref().map(BigDecimal::normalized);
        let quantity = quantity.filter(|quantity| {
            let in_range = *quantity > 0 && *quantity < 1_000_000_000;
            in_range && quantity.fractional_digit_count() <= 3
        });
        let unit = drug.unit.parse::<DrugUnit>().ok();
        match (&row.ndc, quantity.zip(unit)) {
            (Some(_), Some((quantity, unit))) => (row.drug_quantity, row.drug_unit) = (Some(quantity), Some(unit)),
            _ if drug.quantity.is_some() => note(left_out, "quantity of a drug"),
            _ => {}
        }
    }
    (row != plain).then_some(row)
}

fn teeth(rows: &mut Vec<ClaimLineTooth>, claim: ClaimId, number: i16, line: &Line, left_out: &mut LeftOut) {
    let mut seen = BTreeSet::new();
    for sent in &line.teeth {
        let Some(tooth) = fitting::<Tooth>(sent.code.trim_start_matches('0'), "tooth", left_out) else { continue };
        if !seen.insert(tooth.clone()) {
            note(left_out, "tooth");
            continue;
        }
        let surfaces: String = sent.surfaces.iter().map(|surface| surface.as_str()).collect();
        let surfaces = if surfaces.is_empty() { None } else { fitting(&surfaces, "tooth surfaces", left_out) };
        rows.push(ClaimLineTooth { claim_id: claim, line_number: number, tooth, surfaces });
    }
}
