//! Values: ids, money, codes, enumerated values. Nothing here knows a table.

pub(crate) mod as_text;
mod claim_ids;
mod codes;
mod date_range;
mod enums;
mod groupings;
mod ids;
mod patient_reference;
mod payer_types;
mod status_paths;
mod text_enum;
mod usd;

pub use claim_ids::ClaimIds;
pub use codes::{
    BusinessId, DenialCode, DiagnosisCode, FacilityCode, IdempotencyKey, Ndc, Npi, ProcedureCode, ProcedureModifier,
    RateCode, RemarkCode, RevenueCode, Tooth, ToothSurfaces,
};
pub use date_range::DateRange;
pub use enums::*;
pub use groupings::*;
pub use ids::*;
pub use patient_reference::PatientReference;
pub use payer_types::PayerTypes;
pub use postgres_migrate::Environment;
pub use usd::{SignedUsd, Usd, UsdTotal};
