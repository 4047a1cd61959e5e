//! What is broken is told, or read as it was meant; it never reads as something else.

#![allow(clippy::unwrap_used)]

use std::io::{self, Read};

use bigdecimal::BigDecimal;
use x12_claims::claim::{Line, LineKind, Submission};
use x12_claims::remittance::{Remittance, RemittanceClaim};
use x12_claims::{Content, Envelope, Problem, ProblemKind, Reader, Severity, Transaction, write};

const HEADER: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";
const PAYMENT: &str = "BPR*I*60*C*CHK************20240102~TRN*1*T1*1999~N1*PR*PAYER~N1*PE*PAYEE*XX*1234567893~";
const CLAIM: &str = "CLP*C1*1*100*60*20*12*ICN~CAS*CO*45*20~SVC*HC:99213:25*100*60**1~CAS*PR*1*20~";
const BATCH: &str = "BHT*0019*00*B7*20240102*0304*CH~NM1*41*2*S*****46*1~NM1*40*2*R*****46*2~";
const LEVELS: &str =
    "HL*1**20*1~NM1*85*2*CLINIC*****XX*111~HL*2*1*22*0~SBR*P*18*G1******CI~NM1*IL*1*L*F****MI*M1~NM1*PR*2*P*****PI*P1~";

fn file(set: &str, body: &str) -> String {
    let count = body.matches('~').count() + 2;
    format!("{HEADER}GS*HP*S*R*20240102*0304*1*X*005010~ST*{set}*1~{body}SE*{count}*1~GE*1*1~IEA*1*000000001~")
}

fn read(bytes: &[u8]) -> (Vec<Transaction>, Vec<Problem>) {
    let mut reader = Reader::new(bytes);
    let transactions = reader.by_ref().map(Result::unwrap).collect();
    (transactions, reader.problems().to_vec())
}

/// What is wrong with the only transaction: segment, element, kind.
type Told = Vec<(&'static str, Option<usize>, ProblemKind)>;

fn told(transaction: &Transaction) -> Told {
    transaction.problems.iter().map(|problem| (problem.name, problem.element, problem.kind)).collect()
}

fn remittance(body: &str) -> (Remittance, Told) {
    let transaction = read(file("835", body).as_bytes()).0.remove(0);
    let told = told(&transaction);
    let Content::Remittance(remittance) = transaction.content else { panic!() };
    (*remittance, told)
}

fn claims(body: &str) -> (Submission, Told) {
    let transaction = read(file("837", body).as_bytes()).0.remove(0);
    let told = told(&transaction);
    let Content::Claims(claims) = transaction.content else { panic!() };
    (*claims, told)
}

fn number(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

#[test]
fn a_file_that_is_cut_anywhere_reads_no_part_as_a_whole() {
    let line = "LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20240101~";
    let claim = format!("{BATCH}{LEVELS}CLM*C1*100***11:B:1*Y*A*Y*Y~HI*ABK:A00~{line}");
    for whole in [file("835", &format!("{PAYMENT}{CLAIM}PLB*1*20241231*WO:1*0~")), file("837", &claim)] {
        let original = read(whole.as_bytes()).0.remove(0);
        assert_eq!(told(&original), []);
        for at in 0..whole.len() {
            // Alone, and with another file behind it, whose delimiters are others.
            let other = whole.replace("*:~", "*>~").replace(':', ">").replace('*', "|").replace('~', "'");
            for text in [whole[..at].to_owned(), whole[..at].to_owned() + &other] {
                let (transactions, _) = read(text.as_bytes());
                for transaction in transactions.iter().filter(|transaction| !transaction.has_errors()) {
                    assert!(transaction.content == original.content, "{text}");
                }
                let wholes = transactions.iter().filter(|transaction| transaction.content == original.content);
                assert!(text.len() < whole.len() || wholes.count() >= 1, "{text}");
            }
        }
    }
}

#[test]
fn numbers_are_exact_or_none() {
    let long = "123456789012345678901234567890.123456";
    let good = [".5", "5.", "+5", "-5", "0005.50", "-.25", " 5 ", "9999999999999999999.99", long];
    let bad = [
        "1e3",
        "NaN",
        "inf",
        "--5",
        "5-",
        "1,000",
        "$5",
        ".",
        "-",
        "0x5",
        "5 5",
        "1234567890123456789012345678901234567",
    ];
    for text in good {
        let (remittance, told) = remittance(&PAYMENT.replace("*60*C", &format!("*{text}*C")));
        assert_eq!((remittance.amount, told), (text.trim().trim_end_matches('.').parse().unwrap(), vec![]), "{text}");
    }
    for text in bad {
        let (remittance, told) = remittance(&PAYMENT.replace("*60*C", &format!("*{text}*C")));
        let expected = vec![("BPR", Some(2), ProblemKind::NotADecimal)];
        assert_eq!((remittance.amount, told), (BigDecimal::default(), expected), "{text}");
    }
}

#[test]
fn elements_that_are_missing_are_told() {
    let told = remittance("CLP~CAS*CO**5~CAS**45*5~CAS*CO*45**2*253*1~SVC~PLB*1**WO:1~").1;
    let expected = [
        ("CLP", Some(1), ProblemKind::Missing),
        ("CLP", Some(2), ProblemKind::Missing),
        ("CLP", Some(3), ProblemKind::Missing),
        ("CLP", Some(4), ProblemKind::Missing),
        ("CAS", Some(2), ProblemKind::Missing),
        ("CAS", Some(1), ProblemKind::Missing),
        ("CAS", Some(3), ProblemKind::Missing),
        ("SVC", Some(2), ProblemKind::Missing),
        ("PLB", Some(4), ProblemKind::Missing),
        ("BPR", None, ProblemKind::MissingSegment),
        ("TRN", None, ProblemKind::MissingSegment),
    ];
    assert_eq!(told, expected);
    assert_eq!(claims("").1, [("BHT", None, ProblemKind::MissingSegment)]);
}

#[test]
fn six_adjustments_and_six_pairs_are_read_and_more_are_told() {
    let six = "*1*1*1*2*2**3*3*3*4*-4*4*5*.5*5*6*6*6";
    let pairs = "*WO:1*1*FB*2*L6*-3*72:4*4*CS:5*5*J1*6";
    let (read, told) = remittance(&format!("{PAYMENT}CLP*1*1*0*0~CAS*CO{six}~PLB*1*20241231{pairs}~"));
    let adjustments = &read.claims[0].details.adjustments;
    assert_eq!((adjustments.len(), &adjustments[1].quantity, &adjustments[5].amount), (6, &None, &number("6")));
    assert_eq!((read.claims[0].adjusted(), read.provider_adjustments.len(), told), (number("8.5"), 6, vec![]));
    let told = remittance(&format!("{PAYMENT}CLP*1*1*0*0~CAS*CO{six}*7*7~PLB*1*20241231{pairs}*50*7~")).1;
    let more = ProblemKind::TooManyElements;
    assert_eq!(told, [("CAS", Some(20), more), ("PLB", Some(15), more)]);
}

#[test]
fn money_that_stands_nowhere_is_told() {
    let lost = "SVC*HC:1*5*5~CAS*CO*45*5~";
    for before in ["PLB*1*20241231*WO:1*0~", "LX*2~"] {
        let (read, told) = remittance(&format!("{PAYMENT}{CLAIM}{before}{lost}"));
        assert_eq!(read.claims[0].services.len(), 1);
        assert_eq!(told, [("SVC", None, ProblemKind::OutOfPlace), ("CAS", None, ProblemKind::OutOfPlace)]);
    }
    // A transaction that lost its ST is the end of the one before: both are wrong.
    let (_, told) = remittance(&format!("{PAYMENT}{CLAIM}{PAYMENT}{CLAIM}"));
    assert_eq!(told, [("BPR", None, ProblemKind::OutOfPlace), ("TRN", None, ProblemKind::OutOfPlace)]);
}

#[test]
fn a_debit_takes_money() {
    let (read, _) = remittance(&format!("{}CLP*C1*22*-100*-60~CAS*CO*45*-40~", PAYMENT.replace("*C*CHK", "*D*CHK")));
    assert_eq!((read.payment(), read.difference()), (number("-60"), number("0")));
}

#[test]
fn a_day_of_payment_one_element_short_of_its_place_is_found() {
    let (read, told) = remittance(&PAYMENT.replace("CHK************", "CHK***********"));
    assert_eq!((read.date.map(|day| day.to_string()).as_deref(), told), (Some("2024-01-02"), vec![]));
    let told = remittance(&PAYMENT.replace("CHK************2", "ACH*CCP*01*1*DA*20240101******2")).1;
    assert_eq!(told, [("BPR", Some(16), ProblemKind::Missing)]);
}

#[test]
fn each_composite_has_the_separator_that_it_uses() {
    let services = "SVC*HC>1>25*1*1~SVC*HC:2:26*1*1~SVC*HC|3|27*1*1*0450**HC|4~SVC*HC:5:59*1*1~";
    let (read, told) = remittance(&format!("{PAYMENT}CLP*1*1*4*4~{services}PLB*1*20241231*WO>X*1~"));
    let services: Vec<&str> = read.claims[0].services.iter().map(|service| service.procedure.code.as_str()).collect();
    let modifiers = read.claims[0].services.iter().map(|service| service.procedure.modifiers[0].as_str());
    assert_eq!((services, modifiers.collect::<Vec<_>>()), (vec!["1", "2", "3", "5"], vec!["25", "26", "27", "59"]));
    assert_eq!(read.claims[0].services[2].billed.code, "4");
    assert_eq!(read.provider_adjustments[0].reference.get(), "X");
    assert!(told.iter().all(|(.., kind)| *kind == ProblemKind::ComponentSeparator));
}

#[test]
fn levels_belong_to_whom_they_name() {
    let level = |number: u32, parent: &str, code: u32| format!("HL*{number}*{parent}*{code}*1~");
    let subscriber = |member: &str| format!("SBR*P*18~NM1*IL*1*L*F****MI*{member}~");
    // Both subscribers first, then their patients; the second provider's subscriber after the first's again.
    let body = [
        BATCH,
        &(level(1, "", 20) + "NM1*85*2*A*****XX*111~" + &level(2, "1", 22) + &subscriber("M2")),
        &(level(3, "1", 22) + &subscriber("M3")),
        &(level(4, "2", 23) + "PAT*19~NM1*QC*1*P4~CLM*C4*1~"),
        &(level(5, "3", 23) + "PAT*19~NM1*QC*1*P5~CLM*C5*1~"),
        &(level(6, "", 20) + "NM1*85*2*B*****XX*222~" + &level(7, "6", 22) + &subscriber("M7") + "CLM*C7*1~"),
        &(level(8, "1", 22) + &subscriber("M8") + "CLM*C8*1~" + &level(9, "77", 23) + "PAT*19~NM1*QC*1*P9~CLM*C9*1~"),
    ]
    .concat();
    let (read, told) = claims(&body);
    let belongs = read.claims.iter().map(|claim| {
        let patient =
            claim.patient.as_ref().and_then(|patient| patient.details.party("QC")).map(|party| party.name.get());
        let insured = claim.subscriber.insured().unwrap().id.get().as_str();
        (claim.billing.party().unwrap().npi().unwrap(), insured, patient.map_or("", |name| name.as_str()))
    });
    let expected =
        [("111", "M2", "P4"), ("111", "M3", "P5"), ("222", "M7", ""), ("111", "M8", ""), ("111", "M8", "P9")];
    assert_eq!(belongs.collect::<Vec<_>>(), expected);
    assert_eq!(told, [("HL", Some(2), ProblemKind::NoParent)]);
}

#[test]
fn no_line_replaces_another() {
    let line = |code: u32| format!("SV1*HC:{code}*1*UN*1~");
    let (read, told) = claims(&format!("{BATCH}{LEVELS}CLM*1*3~{}LX*2~{}{}", line(1), line(2), line(3)));
    let codes: Vec<&str> = read.claims[0].lines.iter().map(|line| line.procedure.code.as_str()).collect();
    assert_eq!(codes, ["1", "2", "3"]);
    assert_eq!(told, [("SV1", None, ProblemKind::OutOfPlace); 2]);
}

#[test]
fn days_behind_a_party_are_the_claims_and_the_lines() {
    let (read, _) = claims(&format!(
        "{BATCH}{LEVELS}CLM*1*1~NM1*82*1*L~DTP*434*RD8*20240101-20240103~\
         LX*1~SV1*HC:1*1*UN*1~NM1*82*1*L~DTP*472*D8*20240102~"
    ));
    let days =
        |days: Option<(chrono::NaiveDate, chrono::NaiveDate)>| days.map(|(first, last)| format!("{first} {last}"));
    assert_eq!(days(read.claims[0].days()).as_deref(), Some("2024-01-01 2024-01-03"));
    assert_eq!(days(read.claims[0].lines[0].days()).as_deref(), Some("2024-01-02 2024-01-02"));
}

#[test]
fn another_payers_number_is_not_the_claims() {
    let (read, _) = claims(&format!("{BATCH}{LEVELS}CLM*1*1~LX*1~SV1*HC:1*1*UN*1~REF*G1*A**2U:P2~REF*G1*B~"));
    let line = &read.claims[0].lines[0];
    assert_eq!((line.details.reference("G1"), line.details.references[0].payer.as_str()), (Some("B"), "P2"));
}

#[test]
fn blanks_around_elements_and_control_characters_are_no_data() {
    let padded = "CLP*C1  *1 *100   *60* *12*ICN\0\t  ~SVC*HC:99213 : 25*100*60~";
    let (read, told) = remittance(&format!("{PAYMENT}{padded}"));
    let claim = &read.claims[0];
    assert_eq!(
        (claim.control_number.get().as_str(), claim.status.as_str(), &claim.patient_responsibility),
        ("C1", "1", &None)
    );
    assert_eq!((claim.payer_control_number.get().as_str(), told), ("ICN", vec![]));
    assert_eq!((claim.services[0].procedure.code.as_str(), claim.services[0].procedure.modifiers.len()), ("99213", 1));
}

#[test]
fn problems_name_their_claim() {
    let body = format!("{PAYMENT}{CLAIM}{}PLB*1*x*WO:1*0~", CLAIM.replace("*100*60*20", "*x*60*20"));
    let (transactions, _) = read(file("835", &body).as_bytes());
    let claims: Vec<_> = transactions[0].problems.iter().map(|problem| (problem.claim, problem.name)).collect();
    assert_eq!(claims, [(Some(2), "CLP"), (None, "PLB")]);
}

#[test]
fn what_no_field_holds_is_counted() {
    let (transactions, _) =
        read(file("835", &PAYMENT.replace("CHK************", "ACH*CCP*01*1*DA*2*******")).as_bytes());
    let dropped: Vec<_> =
        transactions[0].dropped.iter().map(|((name, element), count)| (*name, *element, *count)).collect();
    assert_eq!(dropped, [("BPR", 5, 1), ("BPR", 6, 1), ("BPR", 7, 1), ("BPR", 8, 1), ("BPR", 9, 1)]);
}

#[test]
fn transactions_and_segments_that_are_too_long_are_told_and_skipped() {
    let text = file("835", &format!("{PAYMENT}{CLAIM}"));
    let transactions: Vec<_> = Reader::new(text.as_bytes()).limit(9).map(Result::unwrap).collect();
    assert_eq!(transactions[0].content, Content::Other { set: "835".into(), segments: 10 });
    assert_eq!(told(&transactions[0]), [("SE", None, ProblemKind::LongTransaction)]);
    assert!(!Reader::new(text.as_bytes()).limit(10).next().unwrap().unwrap().has_errors());
    let (read, told) = remittance(&format!("{PAYMENT}NTE*{}~{CLAIM}", "x".repeat(40_000)));
    assert_eq!((read.claims.len(), told), (1, vec![("", None, ProblemKind::LongSegment)]));
}

/// Gives so many bytes, and then an error.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn an_error_of_the_source_is_no_end_of_the_file() {
    let whole = file("835", &format!("{PAYMENT}{CLAIM}"));
    let end = whole.find("SE*").unwrap();
    for (at, transactions) in [(end, 0), (end + 20, 1)] {
        let mut reader = Reader::new(Failing(&whole.as_bytes()[..at]));
        assert_eq!(reader.by_ref().take_while(Result::is_ok).count(), transactions);
        assert!(reader.next().is_none());
    }
}

#[test]
fn each_group_names_the_guide_of_its_transactions() {
    let claims = |kind| {
        let lines = vec![Line { kind, ..Line::default() }];
        Content::Claims(Box::new(Submission {
            claims: vec![x12_claims::claim::Claim { lines, ..Default::default() }],
            ..Submission::default()
        }))
    };
    let remittance = Content::Remittance(Box::new(Remittance {
        date: chrono::NaiveDate::from_ymd_opt(2024, 1, 2),
        claims: vec![RemittanceClaim { control_number: "1".into(), status: "1".into(), ..RemittanceClaim::default() }],
        ..Remittance::default()
    }));
    let contents = [
        remittance.clone(),
        claims(LineKind::Professional),
        claims(LineKind::Institutional),
        claims(LineKind::Dental),
        remittance,
    ];
    let text = write(&Envelope { group_control_number: "7".into(), ..Envelope::default() }, &contents).unwrap();
    let (transactions, problems) = read(text.as_bytes());
    let versions: Vec<_> = transactions.iter().map(|transaction| transaction.envelope.version.as_str()).collect();
    assert_eq!(versions, ["005010X221A1", "005010X222A1", "005010X223A2", "005010X224A2", "005010X221A1"]);
    assert_eq!(text.matches("GS*HC*").count(), 3);
    assert!(problems.iter().all(|problem| problem.severity() == Severity::Warning) && problems.is_empty());
}
