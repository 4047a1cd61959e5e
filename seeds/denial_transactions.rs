use rcm_schema::Result;
use rcm_schema::models::NewDenialTransaction;
use rcm_schema::types::TransactionKind;

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewDenialTransaction>> {
    use TransactionKind::{ContractualAdjustment, Recovery, WriteOff};
    Ok(vec![
        NewDenialTransaction {
            write_off_id: Some(keys::write_off(1236)),
            ..posting(1236, 1, WriteOff, "15.00", (1, 30), "billing.manager")?
        },
        NewDenialTransaction {
            rebill_id: Some(keys::rebill(1237)),
            ..posting(1237, 1, Recovery, "200.00", (2, 22), "payment.poster")?
        },
        NewDenialTransaction {
            rebill_id: Some(keys::rebill(1237)),
            ..posting(1237, 2, ContractualAdjustment, "50.00", (2, 22), "payment.poster")?
        },
    ])
}

fn posting(
    claim: u128,
    number: u128,
    kind: TransactionKind,
    amount: &str,
    posted: (u32, u32),
    posted_by: &str,
) -> Result<NewDenialTransaction> {
    Ok(NewDenialTransaction {
        id: keys::transaction(claim, number),
        ..NewDenialTransaction::new(keys::denial(claim), kind, amount.parse()?, day(posted)?, posted_by)
    })
}
