//! The demo's claims as the database tells them, one line each.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::Result;
use rcm_schema::models::{Appeal, Claim, ClaimLine, Denial, Payer, PaymentVariance, Rebill, WriteOff};
use rcm_schema::schema::{claim_lines, claim_sources, claims, denials, rebills};
use rcm_schema::types::{SignedUsd, Usd};
use rcm_schema::views::RebilledDenial;

use crate::files;
use crate::keys::Keys;

/// One line per claim of the demo, in the order of their business ids.
pub async fn tell(connection: &mut AsyncPgConnection) -> Result<Vec<String>> {
    let (first, last) = Keys::Demo.claims().into_inner();
    let key = files::key()?;
    let of_files = claim_sources::table.filter(claim_sources::pseudonym_key.eq(key.id()));
    let told: Vec<(Claim, Payer)> = claims::table
        .inner_join(rcm_schema::schema::payers::table)
        .filter(claims::id.between(first, last).or(claims::id.eq_any(of_files.select(claim_sources::claim_id))))
        .order(claims::claim_id)
        .select((Claim::as_select(), Payer::as_select()))
        .load(connection)
        .await?;
    let mut lines = Vec::new();
    for (claim, payer) in told {
        let procedures = ClaimLine::belonging_to(&claim)
            .order(claim_lines::line_number)
            .select(ClaimLine::as_select())
            .load(connection)
            .await?;
        let denied =
            Denial::belonging_to(&claim).order(denials::denied_on).select(Denial::as_select()).load(connection).await?;
        let mut parts = vec![format!(
            "{} {}: {} on {}, billed {}, paid {}{}, {}",
            claim.claim_id,
            payer.payer_id,
            procedures.iter().map(show_procedure).collect::<Vec<_>>().join(" + "),
            claim.service_from,
            claim.amount,
            claim.paid_amount,
            settled(&claim),
            claim.status,
        )];
        for denial in &denied {
            parts.push(format!(
                "denied {} {} on {}, {} ({})",
                denial.denial_code,
                denial.denial_amount,
                denial.denied_on,
                denial.resolution_status,
                totals(denial)
            ));
            parts.extend(what_was_done(connection, denial).await?);
        }
        let variances: Vec<PaymentVariance> =
            PaymentVariance::belonging_to(&claim).select(PaymentVariance::as_select()).load(connection).await?;
        parts.extend(variances.iter().map(|variance| {
            format!(
                "{} {} ({} %){}",
                variance.variance_type,
                variance.variance_amount,
                variance.variance_percentage.to_plain_string(),
                variance.variance_reason.map(|reason| format!(" for {reason}")).unwrap_or_default()
            )
        }));
        lines.push(parts.join("; "));
    }
    Ok(lines)
}

/// What else settled a claim, where it is not zero.
fn settled(claim: &Claim) -> String {
    [
        ("contractual", &claim.contractual_amount),
        ("patient's part", &claim.patient_responsibility_amount),
        ("other payer", &claim.other_payer_amount),
        ("written off", &(&claim.written_off_amount).into()),
        ("rebilled", &(&claim.rebilled_amount).into()),
    ]
    .into_iter()
    .filter(|(_, amount)| **amount != SignedUsd::zero())
    .map(|(what, amount)| format!(", {what} {amount}"))
    .collect()
}

fn show_procedure(line: &ClaimLine) -> String {
    match (&line.procedure_code, &line.modifier_1, &line.revenue_code) {
        (Some(procedure), Some(modifier), _) => format!("{procedure}-{modifier}"),
        (Some(procedure), None, _) => procedure.to_string(),
        (None, _, revenue) => revenue.iter().map(ToString::to_string).collect(),
    }
}

/// The totals of a denial that are not zero.
fn totals(denial: &Denial) -> String {
    [
        ("recovered", &denial.recovered_amount),
        ("written off", &denial.written_off_amount),
        ("transferred", &denial.transferred_amount),
        ("adjusted", &denial.adjusted_amount),
        ("rebilled", &denial.rebilled_amount),
        ("withdrawn", &denial.withdrawn_amount),
        ("open", &denial.open_amount),
    ]
    .into_iter()
    .filter(|(_, amount)| **amount != Usd::zero())
    .map(|(what, amount)| format!("{what} {amount}"))
    .collect::<Vec<_>>()
    .join(", ")
}

async fn what_was_done(connection: &mut AsyncPgConnection, denial: &Denial) -> Result<Vec<String>> {
    let mut done = Vec::new();
    let appeals: Vec<Appeal> = Appeal::belonging_to(denial).select(Appeal::as_select()).load(connection).await?;
    done.extend(appeals.iter().map(|appeal| {
        format!(
            "appeal {} {}, {}due {}",
            appeal.appeal_level,
            appeal.status,
            appeal.filed_on.map(|day| format!("filed {day}, ")).unwrap_or_default(),
            appeal.due_on
        )
    }));
    let write_offs: Vec<WriteOff> =
        WriteOff::belonging_to(denial).select(WriteOff::as_select()).load(connection).await?;
    done.extend(
        write_offs
            .iter()
            .map(|write_off| format!("write-off {} {} {}", write_off.amount, write_off.reason, write_off.status)),
    );
    let rebills: Vec<(Rebill, Claim)> = Rebill::belonging_to(denial)
        .inner_join(claims::table.on(rebills::new_claim_id.eq(claims::id.nullable())))
        .select((Rebill::as_select(), Claim::as_select()))
        .load(connection)
        .await?;
    let rebilled = RebilledDenial::by_denial(connection, denial.id).await?;
    for (rebill, claim) in rebills {
        done.push(format!("rebilled as {}, {}", claim.claim_id, rebill.status));
        let there = rebilled.iter().filter(|rebilled| rebilled.new_claim_id == claim.id);
        done.extend(there.map(|rebilled| format!("recovered {} there", rebilled.recovered_amount)));
    }
    Ok(done)
}
