//! Made remittances and claims.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use x12_claims::claim::*;
use x12_claims::remittance::*;
use x12_claims::*;

fn like(pattern: &'static str) -> impl Strategy<Value = Text> {
    pattern.prop_map(Text::from)
}

/// Any text that a value can be, delimiters among it; not empty.
fn text() -> impl Strategy<Value = Text> {
    prop_oneof![4 => like("[A-Z0-9]{1,12}"), 1 => like("[A-Za-z0-9*:^|>#-]([A-Za-z0-9 *:^|>#-]{0,28}[A-Za-z0-9*:^|>#-])?"), 1 => like("[A-Zäöü漢]{1,12}")]
}

fn code() -> impl Strategy<Value = Text> {
    like("[A-Z0-9]{1,5}")
}

fn private() -> impl Strategy<Value = Private<Text>> {
    prop_oneof![Just(Text::default()), text()].prop_map(Private::from)
}

fn number() -> impl Strategy<Value = BigDecimal> {
    (any::<i64>(), 0_i64..6).prop_map(|(digits, scale)| BigDecimal::new((digits / 1000).into(), scale))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..80_000).prop_map(|days| NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days))
}

fn dates() -> impl Strategy<Value = Vec<Date>> {
    let when = prop_oneof![
        day().prop_map(When::Day),
        (day(), day()).prop_map(|(first, last)| When::Days(first, last)),
        (day(), like("[0-9]{4}")).prop_map(|(day, time)| When::Moment(day, time)),
        like("[0-9]{4}").prop_map(When::Time),
    ];
    vec((code(), when).prop_map(|(qualifier, when)| Date { qualifier, when }), 0..3)
}

fn references() -> impl Strategy<Value = Vec<Reference>> {
    let one = (code(), private(), private(), like("|P1"));
    let one = one.prop_map(|(qualifier, value, description, payer)| Reference { qualifier, value, description, payer });
    vec(one, 0..3)
}

fn amounts() -> impl Strategy<Value = Vec<Amount>> {
    vec((code(), number()).prop_map(|(qualifier, value)| Amount { qualifier, value }), 0..3)
}

fn adjustments() -> impl Strategy<Value = Vec<Adjustment>> {
    let one = (like("CO|PR|OA|CR|PI"), code(), number(), of(number()));
    let one = one.prop_map(|(group, reason, amount, quantity)| Adjustment { group, reason, amount, quantity });
    vec(one, 0..9)
}

/// Segments that no field holds anywhere.
fn others() -> impl Strategy<Value = Vec<OtherSegment>> {
    let one = (like("ZZ[A-Z]"), vec(text(), 1..4))
        .prop_map(|(name, elements)| OtherSegment::new(&name, &elements.iter().map(Text::as_str).collect::<Vec<_>>()));
    vec(one, 0..2)
}

pub fn procedure() -> impl Strategy<Value = Procedure> {
    (like("HC|AD|N4|HP"), code(), vec(like("[A-Z0-9]{2}"), 0..5), private())
        .prop_map(|(qualifier, code, modifiers, description)| Procedure { qualifier, code, modifiers, description })
}

/// A party; with what follows its NM1, where the place keeps it there.
fn party(whole: bool) -> impl Strategy<Value = Party> {
    let names = (private(), private(), private(), private(), private());
    let address = (private(), private(), private(), private(), private(), private());
    let more = (of(day()), private(), references(), others());
    (code(), like("1|2"), names, code(), private(), address, more, (like("BI|PE"), like("PXC"), code())).prop_map(
        move |(role, kind, names, id_qualifier, id, address, more, provider)| {
            let (name, first_name, middle_name, prefix, suffix) = names;
            let party = Party {
                role,
                kind,
                name,
                first_name,
                middle_name,
                prefix,
                suffix,
                id_qualifier,
                id,
                ..Party::default()
            };
            if !whole {
                return party;
            }
            let (line, line2, city, state, postal_code, country) = address;
            let (birth_date, sex, references, other) = more;
            let (provider_role, taxonomy_qualifier, taxonomy) = provider;
            Party {
                address: Address { line, line2, city, state, postal_code, country },
                birth_date: birth_date.into(),
                sex,
                provider_role,
                taxonomy_qualifier,
                taxonomy,
                references,
                other,
                ..party
            }
        },
    )
}

fn details(whole: bool, adjusted: bool) -> impl Strategy<Value = Details> {
    let adjustments = if adjusted { adjustments().boxed() } else { Just(Vec::new()).boxed() };
    (vec(party(whole), 0..3), dates(), references(), amounts(), amounts(), adjustments, others()).prop_map(
        |(parties, dates, references, amounts, quantities, adjustments, other)| Details {
            parties,
            dates,
            references,
            amounts,
            quantities,
            adjustments,
            other,
        },
    )
}

fn service() -> impl Strategy<Value = Service> {
    let numbers = (number(), of(number()), of(number()), of(number()));
    let remark = (code(), code()).prop_map(|(list, code)| Remark { list, code });
    (
        procedure(),
        prop_oneof![Just(Procedure::default()), procedure()],
        numbers,
        like("|0[0-9]{3}"),
        details(false, true),
        vec(remark, 0..3),
    )
        .prop_map(|(procedure, billed, numbers, revenue_code, details, remarks)| {
            let (charge, paid, units_paid, units_billed) = numbers;
            Service { procedure, charge, paid, revenue_code, units_paid, billed, units_billed, details, remarks }
        })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    (any::<bool>(), number(), vec(code(), 0..6)).prop_map(|(inpatient, value, remarks)| Outcome {
        kind: if inpatient { OutcomeKind::Inpatient } else { OutcomeKind::Outpatient },
        values: vec![(1, value.clone()), (if inpatient { 24 } else { 9 }, value)],
        remarks,
    })
}

fn remittance_claim() -> impl Strategy<Value = RemittanceClaim> {
    let numbers = (number(), number(), of(number()), of(number()), of(number()));
    let codes = (code(), code(), code(), code(), code(), code());
    let group = of(code()).prop_map(|number| {
        let segment = |number: Text| OtherSegment::new("LX", &[&number]);
        number.map(segment).into_iter().collect()
    });
    let rest = (vec(outcome(), 0..2), details(false, true), vec(service(), 0..4));
    (group, text(), private(), numbers, codes, rest).prop_map(
        |(group, control, payer_control_number, numbers, codes, rest)| {
            let (charge, paid, patient_responsibility, drg_weight, discharge_fraction) = numbers;
            let (status, filing_indicator, facility_type, frequency, patient_status, drg) = codes;
            let (outcomes, details, services) = rest;
            RemittanceClaim {
                group,
                control_number: control.into(),
                status,
                charge,
                paid,
                patient_responsibility,
                filing_indicator,
                payer_control_number,
                facility_type,
                frequency,
                patient_status,
                drg,
                drg_weight,
                discharge_fraction,
                outcomes,
                details,
                services,
            }
        },
    )
}

pub fn remittance() -> impl Strategy<Value = Remittance> {
    let adjustment = (like("1|2"), of(day()), code(), private(), number()).prop_map(
        |(provider, period_end, reason, reference, amount)| ProviderAdjustment {
            provider: provider.into(),
            period_end,
            reason,
            reference,
            amount,
        },
    );
    let header = (code(), code(), code(), text(), text());
    // What stands before the claims of an 835 has no CAS.
    let details = details(true, false);
    (header, number(), day().prop_map(Some), details, vec(remittance_claim(), 0..4), vec(adjustment, 0..9)).prop_map(
        |(header, amount, date, details, claims, provider_adjustments)| {
            let (control_number, handling, method, trace, originator) = header;
            Remittance {
                control_number,
                handling,
                amount,
                credit_or_debit: "C".into(),
                method,
                date,
                trace,
                originator,
                details,
                claims,
                provider_adjustments,
                ..Remittance::default()
            }
        },
    )
}

fn subscriber() -> impl Strategy<Value = Subscriber> {
    ((code(), code(), code(), code()), private(), private(), details(true, true)).prop_map(
        |((sequence, relationship, insurance_type, filing_indicator), group_number, group_name, details)| Subscriber {
            sequence,
            relationship,
            group_number,
            group_name,
            insurance_type,
            filing_indicator,
            details,
        },
    )
}

/// Another payer, whose parties have days.
fn other_payer() -> impl Strategy<Value = Subscriber> {
    (subscriber(), dates()).prop_map(|(mut payer, dates)| {
        if let Some(party) = payer.details.parties.last_mut() {
            party.dates = dates;
        }
        payer
    })
}

fn line() -> impl Strategy<Value = Line> {
    let kind = prop_oneof![Just(LineKind::Professional), Just(LineKind::Institutional), Just(LineKind::Dental)];
    let numbers = (number(), of(number()), of(number()));
    let codes = (code(), like("UN|MJ|DA"), code(), like(""), vec(like("[1-9]"), 0..4));
    let drug = (code(), code(), of(number()), code());
    let drug = drug.prop_map(|(qualifier, code, quantity, unit)| Drug { qualifier, code, quantity, unit });
    let tooth = (code(), vec(like("[MODBL]"), 0..3)).prop_map(|(code, surfaces)| Tooth {
        qualifier: "JP".into(),
        code,
        surfaces,
    });
    let answer = (code(), number(), procedure(), of(number()), details(true, true));
    let answer = answer.prop_map(|(payer, paid, procedure, units, details)| Adjudication {
        payer,
        paid,
        procedure,
        units,
        details,
        ..Adjudication::default()
    });
    let parts = (vec(tooth, 0..3), vec(drug, 0..2), details(true, false), vec(answer, 0..3));
    (kind, procedure(), numbers, codes, parts).prop_map(|(kind, procedure, numbers, codes, parts)| {
        let (charge, units, rate) = numbers;
        let (number, unit_basis, place, emergency, pointers) = codes;
        let (teeth, drugs, details, adjudications) = parts;
        let line =
            Line { number, kind, procedure, charge, units, teeth, drugs, details, adjudications, ..Line::default() };
        match kind {
            LineKind::Professional => Line { unit_basis, place, pointers, emergency, ..line },
            LineKind::Institutional => Line { unit_basis, revenue_code: place, rate, ..line },
            _ => Line { place, oral_cavities: pointers.clone(), pointers, ..line },
        }
    })
}

fn claim() -> impl Strategy<Value = Claim> {
    let health_code =
        (code(), code(), of(number()), like("|Y|N")).prop_map(|(qualifier, code, amount, present_on_admission)| {
            HealthCode { qualifier, code, amount, present_on_admission, ..HealthCode::default() }
        });
    let admission = of(code()).prop_map(|kind| kind.map(|kind| Admission { kind, ..Admission::default() }));
    let codes = (code(), code(), code(), code(), vec(code(), 0..3));
    let lists = (vec(health_code, 0..15), details(true, false), vec(other_payer(), 0..2), vec(line(), 0..3));
    (text(), number(), codes, admission, lists).prop_map(|(control, charge, codes, admission, lists)| {
        let (facility_type, facility_qualifier, frequency, indicator, causes) = codes;
        let (codes, details, other_payers, lines) = lists;
        Claim {
            control_number: control.into(),
            charge,
            facility_type,
            facility_qualifier,
            frequency,
            indicators: [indicator.clone(), Text::default(), indicator, Text::default(), Text::default()],
            causes,
            admission,
            codes,
            details,
            other_payers,
            lines,
            ..Claim::default()
        }
    })
}

pub fn submission() -> impl Strategy<Value = Submission> {
    let billing = (like("|[A-Z0-9]{10}"), details(true, true));
    let billing = billing.prop_map(|(taxonomy, details)| Arc::new(BillingProvider { taxonomy, details }));
    let patient = (code(), details(true, true));
    let patient = patient.prop_map(|(relationship, details)| Arc::new(Patient { relationship, details }));
    let levels = (vec(billing, 1..3), vec(subscriber().prop_map(Arc::new), 1..3), vec(of(patient), 1..3));
    let claims = vec((claim(), any::<prop::sample::Index>()), 0..5);
    let header = (code(), code(), text(), of(day()), like("[0-9]{4}"), like("CH|RP|31"));
    (header, details(true, false), levels, claims).prop_map(|(header, details, levels, claims)| {
        let (control_number, structure, reference, date, time, purpose_of_claims) = header;
        let (billing, subscribers, patients) = levels;
        let place = |(claim, index): (Claim, prop::sample::Index)| Claim {
            billing: billing[index.index(billing.len())].clone(),
            subscriber: subscribers[index.index(subscribers.len())].clone(),
            patient: patients[index.index(patients.len())].clone(),
            ..claim
        };
        Submission {
            control_number,
            version: "005010X222A1".into(),
            structure,
            purpose: "00".into(),
            reference,
            date,
            time,
            purpose_of_claims,
            details,
            claims: claims.into_iter().map(place).collect(),
        }
    })
}
