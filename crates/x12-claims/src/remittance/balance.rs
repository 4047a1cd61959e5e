//! Whether a remittance adds up. Each function returns the difference: zero balances, a positive one is paid or
//! adjusted more than is said.

use bigdecimal::BigDecimal;

use super::{Remittance, RemittanceClaim, Service};

impl Service {
    /// Paid and adjusted, less the charge.
    pub fn difference(&self) -> BigDecimal {
        self.paid.clone().unwrap_or_default() + self.details.adjusted() - &self.charge
    }
}

impl RemittanceClaim {
    /// The adjustments of the claim and of its services.
    pub fn adjusted(&self) -> BigDecimal {
        self.services.iter().fold(self.details.adjusted(), |sum, service| sum + service.details.adjusted())
    }

    /// Paid and adjusted, on the claim and its services, less the charge.
    pub fn difference(&self) -> BigDecimal {
        &self.paid + self.adjusted() - &self.charge
    }

    /// The claim's charge less its services' charges; `None` where it has no service.
    pub fn charge_difference(&self) -> Option<BigDecimal> {
        let services = self.services.iter().map(|service| &service.charge).sum::<BigDecimal>();
        (!self.services.is_empty()).then(|| &self.charge - services)
    }
}

impl Remittance {
    /// What the payee gets: BPR02, negative where the payer takes it (BPR03 is `D`).
    pub fn payment(&self) -> BigDecimal {
        if self.credit_or_debit == "D" { -&self.amount } else { self.amount.clone() }
    }

    /// The payment and what is withheld, less the claims' payments. What is withheld beyond the payments goes
    /// forward to the next remittance (PLB `FB`), so that the check isn't below zero.
    pub fn difference(&self) -> BigDecimal {
        let paid = self.claims.iter().map(|claim| &claim.paid).sum::<BigDecimal>();
        let withheld = self.provider_adjustments.iter().map(|adjustment| &adjustment.amount).sum::<BigDecimal>();
        self.payment() + withheld - paid
    }
}
