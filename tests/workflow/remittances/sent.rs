//! What a payer sends, in few words.

use bigdecimal::BigDecimal;
use diesel_async::AsyncPgConnection;
use rcm_schema::models::{
    NewProviderAdjustment, NewRemittance, NewRemittanceAdjustment, NewRemittanceClaim, NewRemittanceRemark,
    NewRemittanceService,
};
use rcm_schema::types::{PayerId, RemittanceId};
use rcm_schema::workflow::remittances::{self, Posted, Recorded, WholeRemittance};

use crate::world::day;

pub fn number(amount: &str) -> BigDecimal {
    amount.parse().unwrap()
}

/// A check of so much, paid on day 10.
pub fn check(payer: PayerId, trace: &str, amount: &str) -> WholeRemittance {
    let id = RemittanceId::new();
    let remittance = NewRemittance::builder()
        .id(id)
        .transaction_number(1)
        // Content of its own, unless a test says otherwise.
        .content_sha256([id.0.as_bytes().as_slice(), id.0.as_bytes().as_slice()].concat())
        .payer_id(payer)
        .trace_number(trace)
        .total_amount(number(amount))
        .paid_on(day(10))
        .build();
    WholeRemittance {
        remittance,
        claims: Vec::new(),
        services: Vec::new(),
        adjustments: Vec::new(),
        remarks: Vec::new(),
        provider_adjustments: Vec::new(),
    }
}

pub trait Says {
    /// Adds a claim: its number, status, charge and payment.
    fn claim(self, control_number: &str, status: &str, charge: &str, paid: &str) -> Self;
    /// Adds a service of the last claim: code, charge, payment.
    fn service(self, code: &str, charge: &str, paid: &str) -> Self;
    /// Adds an adjustment of the last service, or of the claim where it has none: code and amount.
    fn adjusted(self, code: &str, amount: &str) -> Self;
    /// Adds a remark on the last service, or on the claim where it has none: list and code.
    fn remarked(self, list: &str, code: &str) -> Self;
    /// Adds an adjustment of the provider: reason, reference, amount.
    fn withheld(self, reason: &str, reference: &str, amount: &str) -> Self;
}

impl Says for WholeRemittance {
    fn claim(mut self, control_number: &str, status: &str, charge: &str, paid: &str) -> Self {
        let claim = NewRemittanceClaim::builder()
            .remittance_id(self.remittance.id)
            .claim_number(i32::try_from(self.claims.len() + 1).unwrap())
            .patient_control_number(control_number)
            .claim_status(status)
            .charge_amount(number(charge))
            .paid_amount(number(paid))
            .build();
        self.claims.push(claim);
        self
    }

    fn service(mut self, code: &str, charge: &str, paid: &str) -> Self {
        let claim = self.claims.last().unwrap().id;
        let before = self.services.iter().filter(|service| service.remittance_claim_id == claim).count();
        let service = NewRemittanceService::builder()
            .remittance_claim_id(claim)
            .service_number(i16::try_from(before + 1).unwrap())
            .code_qualifier("HC")
            .code(code)
            .charge_amount(number(charge))
            .paid_amount(number(paid))
            .allowed_amount(number(paid))
            .build();
        self.services.push(service);
        self
    }

    fn adjusted(mut self, code: &str, amount: &str) -> Self {
        let claim = self.claims.last().unwrap().id;
        let before = self.adjustments.iter().filter(|adjustment| adjustment.remittance_claim_id == claim).count();
        let service = self.services.iter().rfind(|service| service.remittance_claim_id == claim);
        let (group, reason) = code.split_once('-').unwrap();
        let adjustment = NewRemittanceAdjustment::builder()
            .remittance_claim_id(claim)
            .adjustment_number(i16::try_from(before + 1).unwrap())
            .maybe_service_number(service.map(|service| service.service_number))
            .group_code(group)
            .reason_code(reason)
            .amount(number(amount))
            .build();
        self.adjustments.push(adjustment);
        self
    }

    fn remarked(mut self, list: &str, code: &str) -> Self {
        let claim = self.claims.last().unwrap().id;
        let before = self.remarks.iter().filter(|remark| remark.remittance_claim_id == claim).count();
        let service = self.services.iter().rfind(|service| service.remittance_claim_id == claim);
        let remark = NewRemittanceRemark::builder()
            .remittance_claim_id(claim)
            .remark_number(i16::try_from(before + 1).unwrap())
            .maybe_service_number(service.map(|service| service.service_number))
            .code_list(list)
            .code(code)
            .build();
        self.remarks.push(remark);
        self
    }

    fn withheld(mut self, reason: &str, reference: &str, amount: &str) -> Self {
        let adjustment = NewProviderAdjustment::builder()
            .remittance_id(self.remittance.id)
            .adjustment_number(i32::try_from(self.provider_adjustments.len() + 1).unwrap())
            .reason_code(reason)
            .reference(reference)
            .amount(number(amount))
            .build();
        self.provider_adjustments.push(adjustment);
        self
    }
}

/// Stores and posts it.
pub async fn receive(connection: &mut AsyncPgConnection, sent: &WholeRemittance) -> Posted {
    let recorded = store(connection, sent).await;
    assert_eq!(recorded, Recorded::New(sent.remittance.id));
    remittances::post(connection, sent.remittance.id, "remittance.poster").await.unwrap()
}

/// Stores it, as from a file of its own.
pub async fn store(connection: &mut AsyncPgConnection, sent: &WholeRemittance) -> Recorded {
    let mut sha256 = [0; 32];
    sha256[..16].copy_from_slice(sent.remittance.id.0.as_bytes());
    remittances::record(connection, sha256, None, sent).await.unwrap()
}
