//! What files get wrong, one by one.

use x12_claims::{Content, Problem, ProblemKind, Reader, Severity, Transaction};

const HEADER: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";
const GROUP: &str = "GS*HP*S*R*20240102*0304*1*X*005010X221A1~";
const END: &str = "GE*1*1~IEA*1*000000001~";

fn remittance(number: usize) -> String {
    format!(
        "ST*835*{number}~BPR*I*60*C*CHK************20240102~TRN*1*T{number}*1999~N1*PR*PAYER~N1*PE*PAYEE*XX*1234567893~\
         CLP*C {number} #01*1*100*60*20*12*ICN~CAS*CO*45*20~SVC*HC:99213:25*100*60**1~CAS*PR*1*20~SE*10*{number}~"
    )
}

fn read(bytes: &[u8]) -> (Vec<Transaction>, Vec<Problem>) {
    let mut reader = Reader::new(bytes);
    let transactions = reader.by_ref().map(Result::unwrap).collect();
    (transactions, reader.problems().to_vec())
}

fn kinds(bytes: &[u8]) -> (usize, Vec<ProblemKind>) {
    let (transactions, outside) = read(bytes);
    let problems = transactions.iter().flat_map(|transaction| &transaction.problems).chain(&outside);
    (transactions.len(), problems.map(|problem| problem.kind).collect())
}

fn whole() -> String {
    format!("{HEADER}{GROUP}{}{END}", remittance(1))
}

#[test]
fn line_ends_marks_and_terminators_do_not_matter() {
    let whole = whole();
    let plain = read(whole.as_bytes()).0;
    let Content::Remittance(first) = &plain[0].content else { panic!() };
    assert_eq!(first.claims[0].control_number.get(), "C 1 #01");
    assert_eq!(first.claims[0].difference(), bigdecimal::BigDecimal::default());
    let wrapped: String =
        whole.as_bytes().chunks(80).map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n").collect();
    for other in [
        whole.replace('~', "~\n"),
        whole.replace('~', "~\r\n"),
        whole.replace('~', "\n"),
        whole.replace('~', "\r\n"),
        whole.replace('~', "\r"),
        whole.replace('~', "'").replace('*', "|"),
        whole.replace('*', "+"),
        whole.replace("          ", ""),
        wrapped,
        format!("\u{FEFF}{whole}"),
        format!("\n \n{whole}\u{1A}"),
        whole.trim_end_matches('~').to_owned(),
    ] {
        let (transactions, problems) = read(other.as_bytes());
        assert_eq!((transactions, problems), (plain.clone(), Vec::new()), "{other}");
    }
}

#[test]
fn text_before_and_between_interchanges_is_told() {
    let text = format!("From: a clearinghouse, THIS IS A TEST\n{0}more text\n{0}", whole());
    assert_eq!(kinds(text.as_bytes()), (2, vec![ProblemKind::TextOutside; 2]));
    let (transactions, _) = read(text.as_bytes());
    assert_eq!((transactions[0].interchange, transactions[1].interchange), (1, 2));
    let other =
        whole().replace('*', "|").replace('~', "'").replace("HC:", "HC>").replace(":25", ">25").replace("|:'", "|>'");
    assert_eq!(kinds(format!("{}{other}", whole()).as_bytes()), (2, vec![]));
}

#[test]
fn a_missing_envelope_is_told() {
    let group = format!("{GROUP}{}GE*1*1~", remittance(1));
    assert_eq!(kinds(group.as_bytes()), (1, vec![ProblemKind::NoInterchange]));
    assert_eq!(kinds(remittance(1).as_bytes()), (1, vec![ProblemKind::NoInterchange]));
    assert_eq!(kinds(b"no X12 at all"), (0, vec![ProblemKind::NotX12]));
    assert_eq!(kinds(b""), (0, vec![]));
}

#[test]
fn a_broken_transaction_keeps_its_neighbours() {
    let cut = "ST*835*2~BPR*I*x*C*CHK************20240102~TRN*1*T*1~CLP*A*1*1..0*2~SVC*HC:1*";
    let text = format!("{HEADER}{GROUP}{}{cut}~{}GE*3*1~IEA*1*000000001~", remittance(1), remittance(3));
    let (transactions, outside) = read(text.as_bytes());
    assert_eq!(transactions.iter().map(|transaction| transaction.problems.len()).collect::<Vec<_>>(), [0, 4, 0]);
    assert_eq!(outside, []);
    let told: Vec<String> = transactions[1].problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        told,
        [
            "interchange 1, transaction 2, segment 2 (BPR), element 2: not a decimal",
            "interchange 1, transaction 2, segment 4 (CLP), element 3: not a decimal",
            "interchange 1, transaction 2, segment 5 (SVC), element 2: the element is missing",
            "interchange 1, transaction 2, segment 5 (SVC): the transaction has no end, it may be cut off",
        ]
    );
}

#[test]
fn wrong_counts_are_warnings() {
    let text = whole().replace("SE*10*", "SE*11*").replace("GE*1*1", "GE*7*2").replace("IEA*1*", "IEA**");
    let (transactions, outside) = read(text.as_bytes());
    assert_eq!(transactions[0].problems[0].kind, ProblemKind::WrongCount { found: 10 });
    assert_eq!(outside.len(), 3);
    assert!(transactions[0].problems.iter().chain(&outside).all(|problem| problem.severity() == Severity::Warning));
}

#[test]
fn the_separator_in_use_counts() {
    let text = whole().replace("HC:99213:25", "HC>99213>25");
    let (transactions, _) = read(text.as_bytes());
    assert_eq!(transactions[0].problems[0].kind, ProblemKind::ComponentSeparator);
    let Content::Remittance(remittance) = &transactions[0].content else { panic!() };
    assert_eq!(remittance.claims[0].services[0].procedure.modifiers, ["25"]);
}

#[test]
fn other_transactions_are_named_and_skipped() {
    let text = format!("{HEADER}{GROUP}ST*999*1*005010X231A1~AK1*HC*1~SE*3*1~{}GE*2*1~IEA*1*000000001~", remittance(2));
    let (transactions, outside) = read(text.as_bytes());
    assert_eq!(transactions[0].content, Content::Other { set: "999".into(), segments: 3 });
    assert_eq!((transactions.len(), outside.len()), (2, 0));
}

#[test]
fn latin_1_is_read() {
    let bytes = [whole().replace("PAYEE", "M?LLER").replace('?', "\u{1}").into_bytes()].concat();
    let bytes: Vec<u8> = bytes.into_iter().map(|byte| if byte == 1 { 0xDC } else { byte }).collect();
    let (transactions, _) = read(&bytes);
    let Content::Remittance(remittance) = &transactions[0].content else { panic!() };
    assert_eq!(remittance.payee().unwrap().name.get(), "MÜLLER");
}

#[test]
fn units_may_be_anything() {
    let units = ["", "0", "-2", "0.25", "1e5"];
    let services: String = units.map(|units| format!("SVC*HC:1*0*0**{units}~")).concat();
    let text = whole().replace("SVC*HC:99213:25*100*60**1~", &services);
    let (transactions, _) = read(text.as_bytes());
    let Content::Remittance(remittance) = &transactions[0].content else { panic!() };
    let read: Vec<Option<String>> = remittance.claims[0]
        .services
        .iter()
        .map(|service| service.units_paid.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(read, [None, Some("0".into()), Some("-2".into()), Some("0.25".into()), None]);
}
