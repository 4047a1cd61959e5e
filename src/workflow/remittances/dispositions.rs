//! What adjustments are to us, as the rules stand: the database's function `disposition_of` says it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::answer::Answer;
use crate::error::Result;
use crate::sql_types;
use crate::types::{Disposition, PayerId};

/// The group codes of X12 CAS01 that say who owes the money. CR corrects what was said before.
const GROUPS: [&str; 4] = ["CO", "PR", "OA", "PI"];

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Nullable<sql_types::Disposition>)]
    disposition: Option<Disposition>,
}

/// Says what each adjustment is to us, in memory: posting writes it. What a person said stays. A code that nobody knows is
/// assumed to refuse; of another group than [`GROUPS`], a person has to say it.
pub(super) async fn classify(connection: &mut AsyncPgConnection, payer: PayerId, answers: &mut [Answer]) -> Result<()> {
    let adjustments = || answers.iter().flat_map(|answer| &answer.adjustments);
    let codes: BTreeSet<(Option<String>, Option<String>)> = adjustments()
        .filter(|adjustment| adjustment.classified_by.is_none())
        .map(|adjustment| (adjustment.group_code.clone(), adjustment.reason_code.clone()))
        .collect();
    let (groups, reasons): (Vec<&Option<String>>, Vec<&Option<String>>) =
        codes.iter().map(|(group, reason)| (group, reason)).unzip();
    let said: Vec<Said> = diesel::sql_query(
        "select cast(disposition_of($1, sent.group_code, sent.reason_code) as disposition) as disposition \
         from unnest($2, $3) with ordinality as sent (group_code, reason_code, position) \
         order by sent.position",
    )
    .bind::<sql_types::PayerKey, _>(payer)
    .bind::<Array<Nullable<Text>>, _>(groups)
    .bind::<Array<Nullable<Text>>, _>(reasons)
    .load(connection)
    .await?;
    let known: BTreeMap<_, _> = codes.iter().zip(said.into_iter().map(|said| said.disposition)).collect();

    for adjustment in answers.iter_mut().flat_map(|answer| &mut answer.adjustments) {
        let code = (adjustment.group_code.clone(), adjustment.reason_code.clone());
        if adjustment.classified_by.is_some() {
            continue;
        }
        adjustment.disposition = known.get(&code).copied().flatten();
        let may_refuse = adjustment.group_code.as_deref().is_some_and(|group| GROUPS.contains(&group));
        if adjustment.disposition.is_none() && may_refuse {
            adjustment.disposition = Some(Disposition::Denial);
            adjustment.is_assumed = true;
        }
    }
    Ok(())
}
