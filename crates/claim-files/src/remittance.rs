//! A remittance of a file, as the schema's rows.

use bigdecimal::BigDecimal;
use rcm_schema::models::{
    NewProviderAdjustment, NewRemittance, NewRemittanceAdjustment, NewRemittanceClaim, NewRemittanceRemark,
    NewRemittanceService,
};
use rcm_schema::types::{PayerId, RemittanceClaimId};
use rcm_schema::workflow::remittances::WholeRemittance;
use serde_json::Value;
use x12_claims::Adjustment;
use x12_claims::remittance::{Outcome, OutcomeKind, Remittance, RemittanceClaim, Service};

use crate::Refused;
use crate::content::Content;
use crate::payers::NamedPayer;
use crate::values::{amounts, as_sent, other_segments, plain, plausible};

/// The rows of a remittance, as it came: without patients, and without control characters and impossible days.
///
/// # Errors
/// [`Refused::TooMany`] for a claim with more services, adjustments or remarks than can be numbered.
pub(crate) fn whole(remittance: &Remittance, payer: PayerId, number: i32) -> Result<WholeRemittance, Refused> {
    let mut whole = WholeRemittance {
        remittance: NewRemittance::builder()
            .transaction_number(number)
            .content_sha256(Vec::new())
            .payer_id(payer)
            .maybe_payee_npi(remittance.payee().and_then(|payee| payee.npi()).and_then(as_sent))
            .maybe_trace_number(as_sent(&remittance.trace))
            .maybe_originator(as_sent(&remittance.originator))
            .maybe_handling(as_sent(&remittance.handling))
            .maybe_method(as_sent(&remittance.method))
            .total_amount(remittance.payment())
            .maybe_paid_on(remittance.date.and_then(plausible))
            .maybe_produced_on(remittance.details.date("405").and_then(|when| when.first()).and_then(plausible))
            .other_segments(Value::Array(other_segments(remittance.details.others().chain(&remittance.trailing))))
            .build(),
        claims: Vec::with_capacity(remittance.claims.len()),
        services: Vec::new(),
        adjustments: Vec::new(),
        remarks: Vec::new(),
        provider_adjustments: Vec::new(),
    };
    for (place, claim) in remittance.claims.iter().enumerate() {
        push_claim(&mut whole, claim, place)?;
    }
    for (place, adjustment) in remittance.provider_adjustments.iter().enumerate() {
        whole.provider_adjustments.push(
            NewProviderAdjustment::builder()
                .remittance_id(whole.remittance.id)
                .adjustment_number(i32::try_from(place + 1).map_err(|_| Refused::TooMany("provider adjustments"))?)
                .maybe_provider(as_sent(adjustment.provider.get()))
                .maybe_fiscal_period_ends_on(adjustment.period_end.and_then(plausible))
                .maybe_reason_code(as_sent(&adjustment.reason))
                .maybe_reference(reference(remittance, adjustment.reference.get()))
                .amount(adjustment.amount.clone())
                .build(),
        );
    }
    whole.remittance.content_sha256 = content(&whole, &NamedPayer::of_remittance(remittance)).to_vec();
    Ok(whole)
}

/// What a provider adjustment refers to, without the patient: Medicare puts the patient's number behind that of the claim, and
/// others put a name or a member's number there alone. The first word is kept, if it has a digit and no number of a person.
fn reference(remittance: &Remittance, sent: &str) -> Option<String> {
    let word = sent.split_whitespace().next()?;
    let mut people = remittance.claims.iter().flat_map(|claim| &claim.details.parties);
    let names_a_person =
        people.any(|person| person.kind == "1" && !person.id.get().is_empty() && word.contains(&**person.id.get()));
    (word.contains(|letter: char| letter.is_ascii_digit()) && !names_a_person).then(|| as_sent(word)).flatten()
}

fn push_claim(whole: &mut WholeRemittance, claim: &RemittanceClaim, place: usize) -> Result<(), Refused> {
    let (from, to) = claim.days().unzip();
    let mut others = other_segments(claim.group.iter().chain(claim.details.others()));
    others.extend(claim.outcomes.iter().filter_map(outcome));
    others.extend(amounts(&claim.details));
    for service in &claim.services {
        others.extend(other_segments(service.details.others()));
    }
    let row = NewRemittanceClaim::builder()
        .remittance_id(whole.remittance.id)
        .claim_number(i32::try_from(place + 1).map_err(|_| Refused::TooMany("claims"))?)
        .maybe_patient_control_number(as_sent(claim.control_number.get()))
        .maybe_payer_claim_control_number(as_sent(claim.payer_control_number.get()))
        .maybe_claim_status(as_sent(&claim.status))
        .charge_amount(claim.charge.clone())
        .paid_amount(claim.paid.clone())
        .maybe_patient_amount(claim.patient_responsibility.clone())
        .maybe_filing_indicator(as_sent(&claim.filing_indicator))
        .maybe_facility_code(as_sent(&claim.facility_type))
        .maybe_frequency_code(as_sent(&claim.frequency))
        .maybe_drg(as_sent(&claim.drg))
        .maybe_rendering_npi(claim.details.party("82").and_then(|party| party.npi()).and_then(as_sent))
        .maybe_service_from(from.and_then(plausible))
        .maybe_service_to(to.and_then(plausible))
        .maybe_received_on(claim.details.date("050").and_then(|when| when.first()).and_then(plausible))
        .other_segments(Value::Array(others))
        .build();
    let mut parts = Parts { claim: row.id, whole, adjustments: 0, remarks: 0 };
    parts.adjust(None, &claim.details.adjustments)?;
    for outcome in &claim.outcomes {
        let list = match outcome.kind {
            OutcomeKind::Inpatient => "MIA",
            OutcomeKind::Outpatient => "MOA",
        };
        for remark in &outcome.remarks {
            parts.remark(None, Some(list.to_owned()), remark)?;
        }
    }
    for (place, service) in claim.services.iter().enumerate() {
        let number = i16::try_from(place + 1).map_err(|_| Refused::TooMany("services"))?;
        parts.whole.services.push(service_row(row.id, number, service));
        parts.adjust(Some(number), &service.details.adjustments)?;
        for remark in &service.remarks {
            parts.remark(Some(number), as_sent(&remark.list), &remark.code)?;
        }
    }
    parts.whole.claims.push(row);
    Ok(())
}

/// The parts of a claim, numbered.
struct Parts<'a> {
    claim: RemittanceClaimId,
    whole: &'a mut WholeRemittance,
    adjustments: i16,
    remarks: i16,
}

impl Parts<'_> {
    fn adjust(&mut self, service: Option<i16>, adjustments: &[Adjustment]) -> Result<(), Refused> {
        for adjustment in adjustments {
            self.adjustments = self.adjustments.checked_add(1).ok_or(Refused::TooMany("adjustments"))?;
            self.whole.adjustments.push(
                NewRemittanceAdjustment::builder()
                    .remittance_claim_id(self.claim)
                    .adjustment_number(self.adjustments)
                    .maybe_service_number(service)
                    .maybe_group_code(as_sent(&adjustment.group))
                    .maybe_reason_code(as_sent(&adjustment.reason))
                    .amount(adjustment.amount.clone())
                    .maybe_quantity(adjustment.quantity.clone())
                    .build(),
            );
        }
        Ok(())
    }

    fn remark(&mut self, service: Option<i16>, list: Option<String>, code: &str) -> Result<(), Refused> {
        // Codes have at most six characters; what is longer may be anything.
        let Some(code) = as_sent(code).filter(|code| code.len() <= 6) else { return Ok(()) };
        self.remarks = self.remarks.checked_add(1).ok_or(Refused::TooMany("remarks"))?;
        self.whole.remarks.push(
            NewRemittanceRemark::builder()
                .remittance_claim_id(self.claim)
                .remark_number(self.remarks)
                .maybe_service_number(service)
                .maybe_code_list(list)
                .code(code)
                .build(),
        );
        Ok(())
    }
}

fn service_row(claim: RemittanceClaimId, number: i16, service: &Service) -> NewRemittanceService {
    let mut modifiers = service.procedure.modifiers.iter().map(|modifier| as_sent(modifier));
    let mut modifier = || modifiers.next().flatten();
    let days = service.days();
    // A revenue code may stand where procedures do.
    let revenue = if service.procedure.qualifier == "NU" { &service.procedure.code } else { &service.revenue_code };
    NewRemittanceService::builder()
        .remittance_claim_id(claim)
        .service_number(number)
        .maybe_code_qualifier(as_sent(&service.procedure.qualifier))
        .maybe_code(as_sent(&service.procedure.code))
        .maybe_modifier_1(modifier())
        .maybe_modifier_2(modifier())
        .maybe_modifier_3(modifier())
        .maybe_modifier_4(modifier())
        .maybe_revenue_code(as_sent(revenue))
        .maybe_billed_code(as_sent(&service.billed.code))
        .charge_amount(service.charge.clone())
        .paid_amount(service.paid.clone().unwrap_or_default())
        .allowed_amount(service.allowed())
        .maybe_units_paid(service.units_paid.clone())
        .maybe_units_billed(service.units_billed.clone())
        .maybe_service_from(days.and_then(|(from, _)| plausible(from)))
        .maybe_service_to(days.filter(|(from, to)| from != to).and_then(|(_, to)| plausible(to)))
        .maybe_line_control_number(service.line_control_number().and_then(as_sent))
        .build()
}

/// Amounts of MIA and MOA, each at its place; their remarks are rows.
fn outcome(outcome: &Outcome) -> Option<Value> {
    let last = outcome.values.iter().map(|(element, _)| *element).max()?;
    let name = match outcome.kind {
        OutcomeKind::Inpatient => "MIA",
        OutcomeKind::Outpatient => "MOA",
    };
    let value = |element: usize| outcome.values.iter().find(|(at, _)| *at == element).map(|(_, value)| plain(value));
    let elements = (1..=last).map(|element| value(element).unwrap_or_default());
    Some(Value::Array(std::iter::once(name.to_owned()).chain(elements).map(Value::from).collect()))
}

/// A hash of all columns that hold what it says. The payer is hashed as it is named: ours may be merged.
fn content(whole: &WholeRemittance, payer: &NamedPayer) -> [u8; 32] {
    let mut content = Content::of("remittance");
    let number = |content: &mut Content, number: i16| {
        content.shown(Some(number));
    };
    let optional = |content: &mut Content, amounts: [Option<&BigDecimal>; 2]| {
        for amount in amounts {
            content.amount(amount);
        }
    };
    let one = &whole.remittance;
    content
        .text(payer.first().as_deref())
        .texts([&one.payee_npi, &one.trace_number, &one.originator, &one.handling, &one.method].map(Option::as_deref));
    content.amount(Some(&one.total_amount)).day(one.paid_on).day(one.produced_on);
    content.shown(Some(&one.other_segments)).shown(Some(whole.claims.len()));
    for claim in &whole.claims {
        content.texts(
            [
                &claim.patient_control_number,
                &claim.payer_claim_control_number,
                &claim.claim_status,
                &claim.filing_indicator,
                &claim.facility_code,
                &claim.frequency_code,
                &claim.drg,
                &claim.rendering_npi,
            ]
            .map(Option::as_deref),
        );
        content.amount(Some(&claim.charge_amount)).amount(Some(&claim.paid_amount));
        content.amount(claim.patient_amount.as_ref()).day(claim.service_from).day(claim.service_to);
        content.day(claim.received_on).shown(Some(&claim.other_segments));
    }
    // The parts stand in the order of their claims, whose ids say nothing.
    let mut places = whole.claims.iter().enumerate().map(|(place, claim)| (claim.id, place)).collect::<Vec<_>>();
    places.sort_unstable();
    let place = |id: RemittanceClaimId| {
        places.binary_search_by_key(&id, |(id, _)| *id).ok().and_then(|at| places.get(at)).map(|(_, place)| *place)
    };
    content.shown(Some(whole.services.len()));
    for service in &whole.services {
        content.shown(place(service.remittance_claim_id));
        number(&mut content, service.service_number);
        content.texts(
            [
                &service.code_qualifier,
                &service.code,
                &service.modifier_1,
                &service.modifier_2,
                &service.modifier_3,
                &service.modifier_4,
                &service.revenue_code,
                &service.billed_code,
                &service.line_control_number,
            ]
            .map(Option::as_deref),
        );
        content.amount(Some(&service.charge_amount)).amount(Some(&service.paid_amount));
        content.amount(Some(&service.allowed_amount)).day(service.service_from).day(service.service_to);
        optional(&mut content, [service.units_paid.as_ref(), service.units_billed.as_ref()]);
    }
    content.shown(Some(whole.adjustments.len()));
    for adjustment in &whole.adjustments {
        content.shown(place(adjustment.remittance_claim_id)).shown(adjustment.service_number);
        content.texts([&adjustment.group_code, &adjustment.reason_code].map(Option::as_deref));
        optional(&mut content, [Some(&adjustment.amount), adjustment.quantity.as_ref()]);
    }
    content.shown(Some(whole.remarks.len()));
    for remark in &whole.remarks {
        content.shown(place(remark.remittance_claim_id)).shown(remark.service_number);
        content.text(remark.code_list.as_deref()).text(Some(&remark.code));
    }
    content.shown(Some(whole.provider_adjustments.len()));
    for adjustment in &whole.provider_adjustments {
        content.texts([&adjustment.provider, &adjustment.reason_code, &adjustment.reference].map(Option::as_deref));
        content.day(adjustment.fiscal_period_ends_on).amount(Some(&adjustment.amount));
    }
    content.hash()
}
