//! Which payer a file names.

use data_encoding::HEXUPPER;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::Error;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::{NewPayer, NewPayerIdentifier, Payer};
use rcm_schema::schema::{payer_identifiers, payers};
use rcm_schema::types::{BusinessId, PayerId, PayerIdentifierQualifier as Qualifier, PayerType};
use sha2::{Digest, Sha256};
use x12_claims::Party;
use x12_claims::claim::Subscriber;
use x12_claims::remittance::Remittance;

use crate::Refused;
use crate::values::as_sent;

/// What is done about a payer that nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownPayers {
    /// It is made with its identifiers, to be completed ([`Payer::provisional`]).
    #[default]
    Make,
    /// What names it is refused.
    Refuse,
}

/// A payer as a file names it; in a broken file its name may be a person's.
#[derive(Default)]
pub(crate) struct NamedPayer {
    /// The surest first.
    pub identifiers: Vec<(Qualifier, String)>,
    name: Option<String>,
}

impl NamedPayer {
    /// N1*PR and its references; where they have no number, the company of the payment, which may pay for many payers.
    pub fn of_remittance(remittance: &Remittance) -> Self {
        let mut payer = remittance.payer().map(Self::of_party).unwrap_or_default();
        if payer.identifiers.is_empty() {
            payer.push(Qualifier::PaymentCompany, &remittance.originator);
        }
        payer
    }

    /// NM1*PR of the payer that a claim goes to.
    pub fn of_claim(subscriber: &Subscriber) -> Self {
        subscriber.payer().map(Self::of_party).unwrap_or_default()
    }

    fn of_party(party: &Party) -> Self {
        // A person pays nothing: the file is broken.
        let name = if party.kind == "1" { None } else { as_sent(party.name.get()) };
        let mut payer = Self { identifiers: Vec::new(), name };
        if let Ok(qualifier) = party.id_qualifier.parse() {
            payer.push(qualifier, party.id.get());
        }
        for qualifier in ["2U", "EO", "HI", "NF", "FI"] {
            for reference in party.references.iter().filter(|reference| reference.qualifier == qualifier) {
                if let Ok(qualifier) = qualifier.parse() {
                    payer.push(qualifier, reference.value.get());
                }
            }
        }
        payer
    }

    fn push(&mut self, qualifier: Qualifier, value: &str) {
        let fits = !value.is_empty() && value.len() <= 80 && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let identifier = (qualifier, value.to_owned());
        if fits && value.trim() == value && !self.identifiers.contains(&identifier) {
            self.identifiers.push(identifier);
        }
    }

    /// The first identifier, as one text.
    pub fn first(&self) -> Option<String> {
        let (qualifier, value) = self.identifiers.as_slice().first()?;
        Some(format!("{} {value}", qualifier.as_str()))
    }

    /// Finds it by its identifiers in their order, or makes it. Of several who make it at once, one does; the others look again.
    pub async fn find(
        &self,
        connection: &mut AsyncPgConnection,
        unknown: UnknownPayers,
    ) -> rcm_schema::Result<Result<PayerId, Refused>> {
        let [(qualifier, value), ..] = self.identifiers.as_slice() else {
            return Ok(Err(Refused::NoPayerIdentifier));
        };
        let mut tries = 3;
        loop {
            if let Some(known) = self.known(connection).await? {
                return Ok(Ok(known));
            }
            if unknown == UnknownPayers::Refuse {
                return Ok(Err(Refused::UnknownPayer));
            }
            let Ok(payer_id) = business_id(connection, *qualifier, value).await? else {
                return Ok(Err(Refused::NoPayerIdentifier));
            };
            let make = async |connection: &mut AsyncPgConnection| self.make(connection, payer_id).await;
            tries -= 1;
            match connection.transaction(make).await {
                Err(Error::Query { kind: QueryErrorKind::UniqueViolation, .. }) if tries > 0 => {}
                made => return made.map(Ok),
            }
        }
    }

    /// A unique violation where another makes it at the same time, or one with the same business id.
    async fn make(&self, connection: &mut AsyncPgConnection, payer_id: BusinessId) -> rcm_schema::Result<PayerId> {
        let name = self.name.clone().unwrap_or_else(|| payer_id.to_string());
        let payer =
            NewPayer::builder().payer_id(payer_id).name(name).payer_type(PayerType::Other).is_provisional(true).build();
        diesel::insert_into(payers::table).values(&payer).execute(connection).await?;
        let identifiers: Vec<NewPayerIdentifier> = self
            .identifiers
            .iter()
            .map(|(qualifier, value)| {
                NewPayerIdentifier::builder().qualifier(*qualifier).value(value).payer_id(payer.id).build()
            })
            .collect();
        diesel::insert_into(payer_identifiers::table).values(&identifiers).execute(connection).await?;
        Ok(payer.id)
    }

    async fn known(&self, connection: &mut AsyncPgConnection) -> rcm_schema::Result<Option<PayerId>> {
        for (qualifier, value) in &self.identifiers {
            match Payer::by_identifier(connection, *qualifier, value).await {
                Ok(payer) => return Ok(Some(payer.id)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// `PI-12345`; with a hash where another payer is called so.
async fn business_id(
    connection: &mut AsyncPgConnection,
    qualifier: Qualifier,
    value: &str,
) -> rcm_schema::Result<rcm_schema::Result<BusinessId>> {
    let words = value.to_ascii_uppercase();
    let words = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let text = std::iter::once(qualifier.as_str()).chain(words).collect::<Vec<_>>().join("-");
    let short = |length| text.chars().take(length).collect::<String>().trim_end_matches('-').to_owned();
    match Payer::by_payer_id(connection, &short(38)).await {
        Err(Error::NotFound) => Ok(short(38).parse()),
        Err(error) => Err(error),
        Ok(_) => {
            let hash = Sha256::digest(format!("{} {value}", qualifier.as_str()));
            let hash = HEXUPPER.encode(hash.get(..4).unwrap_or_default());
            Ok(format!("{}-{hash}", short(29)).parse())
        }
    }
}
