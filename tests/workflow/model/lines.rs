//! What is compared after each case: claims, denials and what became of them, as lines of text.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Appeal, Claim, Denial, Rebill, WriteOff};
use rcm_schema::schema;
use rcm_schema::types::*;

use super::books::{Books, dollars};
use super::database::Rows;
use crate::world::{cents, day, texts};

impl Rows {
    /// One line per row, as the database keeps it.
    pub async fn lines(&self, connection: &mut AsyncPgConnection) -> Vec<String> {
        let mut lines = Vec::new();
        let rows = Claim::query().filter(schema::claims::id.eq_any(&self.claims));
        let rows: Vec<Claim> = rows.load(connection).await.unwrap();
        for (number, id) in self.claims.iter().enumerate() {
            let row = rows.iter().find(|row| row.id == *id).unwrap();
            lines.push(format!(
                "claim {number}: {}, paid {}, contractual {}, responsibility {}, other payer {}, written off {}, rebilled {}, \
                 patient paid {}, patient written off {}, open {}, balances {} {}, answers {}",
                row.status,
                row.paid_amount,
                row.contractual_amount,
                row.patient_responsibility_amount,
                row.other_payer_amount,
                row.written_off_amount,
                row.rebilled_amount,
                row.patient_paid_amount,
                row.patient_written_off_amount,
                row.open_denied_amount,
                row.payer_balance_amount,
                row.patient_balance_amount,
                row.answers
            ));
        }
        for (number, denial) in self.denials.iter().enumerate() {
            let row: Denial =
                Denial::query().filter(schema::denials::id.eq(denial.id)).first(connection).await.unwrap();
            let to_work = format!(
                "select open_amount || case action when 'follow_up' then ' granted' else '' end from denial_work_items
                 where denial_id = '{}'",
                denial.id
            );
            lines.push(format!(
                "denial {number}: {}, recovered {}, written off {}, transferred {}, adjusted {}, rebilled {}, withdrawn {}, \
                 granted {}, open {}, {:?}, to work {:?}",
                row.resolution_status,
                row.recovered_amount,
                row.written_off_amount,
                row.transferred_amount,
                row.adjusted_amount,
                row.rebilled_amount,
                row.withdrawn_amount,
                row.granted_amount,
                row.open_amount,
                row.open_action,
                texts(connection, &to_work).await
            ));
        }
        for (number, id) in self.appeals.iter().enumerate() {
            let row: Appeal = Appeal::query().filter(schema::appeals::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!(
                "appeal {number}: {}, asked {}, approved {:?}, paid {}, granted {}, filed {:?}, decided {:?}",
                row.status,
                row.appealed_amount,
                row.approved_amount,
                row.paid_amount,
                row.granted_amount,
                row.filed_on,
                row.decided_on
            ));
        }
        for (number, id) in self.write_offs.iter().enumerate() {
            let row: WriteOff =
                WriteOff::query().filter(schema::write_offs::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!("write-off {number}: {}, {}", row.status, row.amount));
        }
        for (number, id) in self.rebills.iter().enumerate() {
            let row: Rebill = Rebill::query().filter(schema::rebills::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!("rebill {number}: {}, submitted {:?}", row.status, row.submitted_on));
        }
        lines
    }
}

impl Books {
    /// The same lines, as the rules say.
    pub fn lines(&self) -> Vec<String> {
        use PostingKind::*;
        let mut lines = Vec::new();
        for number in 0..self.claims.len() {
            let total = |kind| dollars(self.total(number, kind));
            let [payer, patient] = self.balances(number).map(dollars);
            lines.push(format!(
                "claim {number}: {}, paid {}, contractual {}, responsibility {}, other payer {}, written off {}, rebilled {}, \
                 patient paid {}, patient written off {}, open {}, balances {payer} {patient}, answers {}",
                self.status(number),
                total(Payment),
                total(ContractualAdjustment),
                total(PatientResponsibility),
                total(OtherPayer),
                total(WriteOff),
                total(Rebilled),
                total(PatientPayment),
                total(PatientWriteOff),
                dollars(self.still_open(number)),
                self.answers(number)
            ));
        }
        for number in 0..self.denials.len() {
            let settled = |kinds: &[PostingKind]| dollars(self.settled(number, kinds));
            let to_work =
                self.to_work(number).map(|(amount, granted)| dollars(amount) + if granted { " granted" } else { "" });
            lines.push(format!(
                "denial {number}: {}, recovered {}, written off {}, transferred {}, adjusted {}, rebilled {}, withdrawn {}, \
                 granted {}, open {}, {:?}, to work {:?}",
                self.resolution(number),
                settled(&[Payment]),
                settled(&[WriteOff]),
                settled(&[PatientResponsibility]),
                settled(&[ContractualAdjustment, OtherPayer]),
                settled(&[Rebilled]),
                settled(&[DenialWithdrawn]),
                dollars(self.granted(number)),
                dollars(self.open(number)),
                self.open_action(number),
                Vec::from_iter(to_work)
            ));
        }
        for (number, appeal) in self.appeals.iter().enumerate() {
            lines.push(format!(
                "appeal {number}: {}, asked {}, approved {:?}, paid {}, granted {}, filed {:?}, decided {:?}",
                appeal.status,
                dollars(appeal.asked),
                appeal.approved.map(cents),
                dollars(self.paid_for(number)),
                dollars(self.granted_by(number)),
                appeal.filed_on.map(day),
                appeal.decided_on.map(day)
            ));
        }
        for (number, write_off) in self.write_offs.iter().enumerate() {
            lines.push(format!("write-off {number}: {}, {}", write_off.status, cents(write_off.amount)));
        }
        for (number, rebill) in self.rebills.iter().enumerate() {
            lines.push(format!("rebill {number}: {}, submitted {:?}", rebill.status, rebill.submitted_on.map(day)));
        }
        lines
    }
}
