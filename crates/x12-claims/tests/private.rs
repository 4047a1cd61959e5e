//! No value that could name a person is shown by `Debug`, a problem or an error, nor kept as a code.

use x12_claims::{Content, Details, OtherSegment, Reader, write};

const HEADER: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";

/// The elements that may name somebody hold a word that begins with SECRET; birth dates are of 1911.
const REMITTANCE: &str = "ST*835*1~BPR*I*0*C*NON*01*SECRETBANK~TRN*1*T*1~PER*BL*SECRETCONTACT~N1*PR*SECRETPAYER*XV*SECRETID~\
N3*SECRETSTREET*SECRETSTREET~N4*SECRETCITY*SECRETSTATE*SECRETZIP*SECRETCOUNTRY~REF*2U*SECRETREF*SECRETREF~\
N1*PE*SECRETPAYEE*FI*SECRETSSN~LX*1~TS3*SECRETNPI~CLP*SECRETCLAIM*1*SECRET1*0*0*12*SECRETICN~\
CAS*CO*45*SECRET2~NM1*QC*1*SECRETLAST*SECRETFIRST*SECRETMIDDLE*SECRETPREFIX*SECRETSUFFIX*MI*SECRETMEMBER~\
NM1*74*1*SECRETLAST****SECRETSUFFIX*C*SECRETMEMBER~REF*EA*SECRETRECORD~DTM*232*SECRETDAY~PER*CX*SECRETCONTACT~\
SECRET~SECRET*LAST~SECRETNAME*X~LEE*SECRET~AMT*AU*SECRET~SVC*HC:1:::::SECRETTEXT*1*1~REF*6R*SECRETLINE~ZZZ*SECRET~\
PLB*SECRETNPI*20241231*WO:SECRETCLAIM*1~ZZZ*SECRET~SE*SECRET*SECRET~";

const CLAIMS: &str = "ST*837*1~BHT*0019*00*1*20240102*0102*CH~NM1*41*2*SECRETSENDER*****46*SECRETID~PER*IC*SECRET~HL*1**20*1~\
NM1*85*1*SECRETLAST*SECRETFIRST*SECRETMIDDLE***XX*SECRETNPI~N3*SECRETSTREET~N4*SECRETCITY*SECRETSTATE*SECRETZIP~\
REF*SY*SECRETSSN~HL*2*1*22*1~SBR*P*18*SECRETGROUP*SECRETNAME*****CI~\
NM1*IL*1*SECRETLAST*SECRETFIRST****MI*SECRETMEMBER~N3*SECRETSTREET*SECRETAPARTMENT~N4*SECRETCITY~DMG*D8*19110911*SECRETSEX~\
NM1*PR*2*SECRETPAYER*****PI*1~HL*3*2*23*0~PAT*19~NM1*QC*1*SECRETLAST*SECRETFIRST~DMG*D8*19110911*F~DMG*D8*SECRETDAY*F~\
CLM*SECRETCLAIM*1***11:B:1*Y~REF*EA*SECRETRECORD~NTE*ADD*SECRETNOTE~PWK*OZ*BM***AC*SECRETPAPER~HI*ABK:A00~\
NM1*DN*1*SECRETDOCTOR*SECRETFIRST****XX*SECRETNPI~SBR*S*01*SECRETGROUP*SECRETNAME~DMG*D8*19110911*F~\
NM1*IL*1*SECRETLAST*SECRETFIRST****MI*SECRETMEMBER~LX*1~SV1*HC:1:::::SECRETTEXT*SECRET3*UN*1~DTP*472*D8*SECRETDAY~\
REF*6R*SECRETLINE~NM1*82*1*SECRETDOCTOR~SE*SECRET*SECRET~";

/// What may be stored of the segments that no field holds.
fn codes(content: &Content) -> String {
    let details: Vec<&Details> = match content {
        Content::Remittance(remittance) => std::iter::once(&remittance.details)
            .chain(remittance.claims.iter().map(|claim| &claim.details))
            .chain(remittance.claims.iter().flat_map(|claim| claim.services.iter().map(|service| &service.details)))
            .collect(),
        Content::Claims(claims) => std::iter::once(&claims.details)
            .chain(
                claims
                    .claims
                    .iter()
                    .flat_map(|claim| [&claim.billing.details, &claim.subscriber.details, &claim.details]),
            )
            .chain(claims.claims.iter().flat_map(|claim| claim.lines.iter().map(|line| &line.details)))
            .collect(),
        _ => Vec::new(),
    };
    details.into_iter().flat_map(Details::others).filter_map(OtherSegment::codes).collect()
}

#[test]
fn nobody_is_named() {
    for body in [REMITTANCE, CLAIMS] {
        // The whole, cut anywhere, and with the elements of each segment moved by one: names come where codes belong.
        let mut files = vec![format!("{HEADER}{body}")];
        files.extend((0..body.len()).step_by(7).map(|at| format!("{HEADER}{}", &body[..at])));
        let segments: Vec<&str> = body.split_inclusive('~').collect();
        for at in 0..segments.len() {
            let Some((name, rest)) = segments[at].split_once('*') else { continue };
            let second = rest.split_once('*').map_or("", |(_, rest)| rest);
            for moved in [format!("{name}**{rest}"), format!("{name}*{second}"), format!("{name}*X*X{rest}")] {
                files.push(format!("{HEADER}{}{moved}{}", segments[..at].concat(), segments[at + 1..].concat()));
            }
        }
        for (at, file) in files.iter().enumerate() {
            let mut reader = Reader::new(file.as_bytes());
            let transactions: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
            let mut shown = format!("{transactions:#?}{reader:?}{:?}", reader.problems());
            for transaction in &transactions {
                for problem in &transaction.problems {
                    shown += &problem.to_string();
                }
                shown += &codes(&transaction.content);
                if let Err(error) = write(&transaction.envelope, std::slice::from_ref(&transaction.content)) {
                    shown += &error.to_string();
                }
            }
            for problem in reader.problems() {
                shown += &problem.to_string();
            }
            let place = shown
                .find("SECRET")
                .or_else(|| shown.find("1911"))
                .or_else(|| shown.find("LEE"))
                .map(|at| &shown[at.saturating_sub(300)..]);
            assert_eq!(place.map(|shown| &shown[..shown.len().min(400)]), None, "file {at}");
        }
    }
}
