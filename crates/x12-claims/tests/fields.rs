//! Each element comes to its field.

#![allow(clippy::unwrap_used)]

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use x12_claims::claim::{LineKind, Submission};
use x12_claims::remittance::Remittance;
use x12_claims::{Content, Reader, Severity};

const HEADER: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";

fn content(body: &str) -> Content {
    let file = format!("{HEADER}GS*HP*S*R*20240102*0304*1*X*005010~{body}");
    let transaction = Reader::new(file.as_bytes()).next().unwrap().unwrap();
    assert!(transaction.problems.iter().all(|problem| problem.severity() == Severity::Warning), "{transaction:?}");
    transaction.content
}

fn remittance(claims: &str) -> Remittance {
    let head =
        "ST*835*1~BPR*I*50*C*ACH*CCP*01*1*DA*2*1999**01*3*DA*4*20240105~TRN*1*T9*1999*X~REF*EV*R~DTM*405*20240104~";
    let Content::Remittance(remittance) =
        content(&format!("{head}N1*PR*PAYER~N1*PE*PAYEE*XX*123~REF*TJ*77~{claims}SE*0*1~"))
    else {
        panic!()
    };
    *remittance
}

fn claims(body: &str) -> Submission {
    let head = "ST*837*1*005010X222A2~BHT*0019*00*B7*20240102*0304*CH~NM1*41*2*S*****46*1~NM1*40*2*R*****46*2~\
        HL*1**20*1~PRV*BI*PXC*207Q00000X~NM1*85*2*CLINIC*****XX*123~REF*EI*99~\
        HL*2*1*22*0~SBR*S*18*G1*PLAN*12****MB~NM1*IL*1*L*F****MI*M1~DMG*D8*19500102*F~NM1*PR*2*MEDICARE*****PI*P1~";
    let Content::Claims(submission) = content(&format!("{head}{body}SE*0*1~")) else { panic!() };
    *submission
}

fn number(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
}

#[test]
fn a_remittance() {
    let remittance = remittance(
        "LX*1~CLP*C1*1*150*50*25*12*ICN*11*7*30*470*1.5*0.2~MOA*0.5*9*MA01*MA18~NM1*QC*1*L*F****MI*M1~REF*EA*9~\
         DTM*232*20240101~DTM*233*20240103~AMT*AU*75~QTY*CA*2~\
         SVC*HC:99213:25:59:76:77:TEXT*150*50*0450*1*HC:99214*2~DTM*150*20240101~DTM*151*20240103~\
         CAS*CO*45*75**253*0*1~CAS*PR*1*25~REF*6R*L1~AMT*B6*76~LQ*HE*N14~\
         PLB*123*20241231*WO:C0*10*L6*-10.00~",
    );
    assert_eq!((remittance.trace.as_str(), remittance.originator.as_str()), ("T9", "1999"));
    assert_eq!((remittance.date, remittance.method.as_str()), (Some(day(5)), "ACH"));
    assert_eq!(remittance.payee().and_then(|payee| payee.tax_id()), Some("77"));
    assert_eq!(remittance.details.date("405").and_then(|when| when.first()), Some(day(4)));
    let claim = &remittance.claims[0];
    assert_eq!((claim.drg.as_str(), claim.frequency.as_str(), claim.facility_type.as_str()), ("470", "7", "11"));
    assert_eq!((claim.drg_weight.clone(), claim.patient_status.as_str()), (Some(number("1.5")), "30"));
    assert_eq!(claim.remarks().collect::<Vec<_>>(), ["MA01", "MA18"]);
    assert_eq!(claim.outcomes[0].values, [(1, number("0.5")), (2, number("9"))]);
    let service = &claim.services[0];
    assert_eq!(service.procedure.modifiers, ["25", "59", "76", "77"]);
    assert_eq!((service.revenue_code.as_str(), service.billed.code.as_str()), ("0450", "99214"));
    assert_eq!((service.units_paid.clone(), service.units_billed.clone()), (Some(number("1")), Some(number("2"))));
    assert_eq!(service.days(), Some((day(1), day(3))));
    assert_eq!((service.allowed(), service.line_control_number()), (number("76"), Some("L1")));
    assert_eq!(service.details.adjustments.len(), 3);
    assert_eq!(service.details.adjustments[1].quantity, Some(number("1")));
    assert_eq!(service.remarks[0].code, "N14");
    assert_eq!(remittance.provider_adjustments[0].reference.get(), "C0");
    assert_eq!(
        (service.difference(), claim.difference(), remittance.difference()),
        (number("0"), number("0"), number("0"))
    );
}

/// A reversal negates every adjustment of the original; the same claim number stands in a file twice.
#[test]
fn reversals_balance_and_differences_are_told() {
    let original = "CLP*A LONG NUMBER #01 OF 30 SIGNS*1*150*50*25*12~SVC*HC:1*150*50~CAS*CO*45*75~CAS*PR*1*25~";
    let reversal = "CLP*A LONG NUMBER #01 OF 30 SIGNS*22*-150*-50*-25*12~SVC*HC:1*-150*-50~CAS*CO*45*-75~CAS*PR*1*-25~";
    let again = remittance(&format!("{original}{reversal}{original}"));
    assert_eq!(again.claims[0].control_number, again.claims[1].control_number);
    assert!(again.claims.iter().all(|claim| claim.difference() == number("0")));
    assert_eq!(again.difference(), number("0"));
    // What can't be recovered now goes forward, and the check isn't below zero.
    let forward = remittance(&format!("{reversal}PLB*1*20241231*FB*-100~"));
    assert_eq!(forward.difference(), number("0"));
    let wrong = remittance("CLP*1*1*100*60*20~CAS*CO*45*19~SVC*HC:1*90*60~CAS*CO*45*20~");
    let claim = &wrong.claims[0];
    assert_eq!((claim.difference(), claim.services[0].difference()), (number("-1"), number("-10")));
    assert_eq!((claim.charge_difference(), wrong.difference()), (Some(number("10")), number("-10")));
}

#[test]
fn a_professional_claim() {
    let submission = claims(
        "CLM*C1*250***11:B:7*Y*A*Y*Y*P*AA:OA~DTP*431*D8*20240101~REF*F8*OLD~REF*EA*9~HI*ABK:E119*ABF:I10:::::::Y~\
         NM1*82*1*L*F****XX*456~PRV*PE*PXC*208D00000X~REF*G2*8~NM1*DN*1*L*F****XX*789~\
         SBR*P*18*G2*OTHER*****CI~CAS*CO*45*30~AMT*D*150~OI***Y***Y~NM1*IL*1*L*F****MI*M2~NM1*PR*2*OTHER*****PI*P2~DTP*573*D8*20240104~\
         LX*1~SV1*HC:J1550:59*250*UN*2.5*22**1:2**Y~DTP*472*RD8*20240101-20240103~REF*6R*L1~LIN**N4*00026063512~CTP****10*ML~\
         SVD*P2*150*HC:J1550**2~CAS*CO*45*30~CAS*PR*2*70~DTP*573*D8*20240104~",
    );
    assert_eq!((submission.reference.as_str(), submission.purpose_of_claims.as_str()), ("B7", "CH"));
    let claim = &submission.claims[0];
    let billing = claim.billing.party().unwrap();
    assert_eq!((billing.npi(), billing.tax_id()), (Some("123"), Some("99")));
    assert_eq!((claim.billing.taxonomy.as_str(), claim.subscriber.sequence.as_str()), ("207Q00000X", "S"));
    assert_eq!((claim.subscriber.insurance_type.as_str(), claim.subscriber.filing_indicator.as_str()), ("12", "MB"));
    assert_eq!(
        claim.patient_party().and_then(|patient| *patient.birth_date.get()),
        NaiveDate::from_ymd_opt(1950, 1, 2)
    );
    assert_eq!((claim.facility_type.as_str(), claim.frequency.as_str()), ("11", "7"));
    assert_eq!((claim.details.reference("F8"), claim.causes.len()), (Some("OLD"), 2));
    let codes: Vec<_> =
        claim.diagnoses().map(|code| (code.code.as_str(), code.present_on_admission.as_str())).collect();
    assert_eq!(codes, [("E119", ""), ("I10", "Y")]);
    let rendering = claim.details.party("82").unwrap();
    assert_eq!(
        (rendering.npi(), rendering.taxonomy.as_str(), rendering.references.len()),
        (Some("456"), "208D00000X", 1)
    );
    let other = &claim.other_payers[0];
    assert_eq!((other.paid(), other.details.adjusted()), (Some(&number("150")), number("30")));
    assert_eq!(other.payer().unwrap().dates[0].when.first(), Some(day(4)));
    let line = &claim.lines[0];
    assert_eq!((line.units.clone(), line.unit_basis.as_str(), line.place.as_str()), (Some(number("2.5")), "UN", "22"));
    assert_eq!((line.days(), line.line_control_number()), (Some((day(1), day(3))), Some("L1")));
    assert_eq!((line.pointers.len(), line.emergency.as_str()), (2, "Y"));
    assert_eq!((line.drugs[0].code.as_str(), line.drugs[0].quantity.clone()), ("00026063512", Some(number("10"))));
    let answer = &line.adjudications[0];
    assert_eq!(
        (answer.units.clone(), answer.date().and_then(|date| date.when.first())),
        (Some(number("2")), Some(day(4)))
    );
    assert_eq!((answer.difference(line), claim.charge_difference()), (number("0"), number("0")));
    assert_eq!(submission.other_segments().into_iter().collect::<Vec<_>>(), [("OI", 1)]);
}

#[test]
fn institutional_and_dental_claims() {
    let submission = claims(
        "CLM*C1*802***11:A:4~DTP*434*RD8*20240101-20240103~DTP*435*DT*202401010930~DTP*096*TM*1630~CL1*1*7*01~\
         HI*BK:64303~HI*DR:470~HI*BE:A2:::15.31~LX*1~SV2*0120**802*DA*2*401*5~\
         CLM*C2*80***11:B:1~LX*1~SV3*AD:D2150*80**10:20*I*1*****1~TOO*JP*12*L:O~DTP*472*D8*20240101~",
    );
    let (institutional, dental) = (&submission.claims[0], &submission.claims[1]);
    assert_eq!((institutional.drg(), institutional.admission.as_ref().unwrap().source.as_str()), (Some("470"), "7"));
    assert_eq!(institutional.codes[2].amount, Some(number("15.31")));
    assert_eq!(institutional.details.date("435").and_then(|when| when.first()), Some(day(1)));
    let line = &institutional.lines[0];
    assert_eq!((line.kind, line.revenue_code.as_str()), (LineKind::Institutional, "0120"));
    assert!(line.procedure.is_empty());
    assert_eq!((line.rate.clone(), line.noncovered.clone()), (Some(number("401")), Some(number("5"))));
    let line = &dental.lines[0];
    assert_eq!((line.kind, line.teeth[0].code.as_str(), line.prosthesis.as_str()), (LineKind::Dental, "12", "I"));
    assert_eq!((line.teeth[0].surfaces.len(), line.oral_cavities.len(), line.pointers.len()), (2, 2, 1));
}
