//! Names of segments.

/// The segments of 835, 837 and their envelopes, in order.
#[rustfmt::skip]
const KNOWN: [&str; 75] = [
    "AMT", "BHT", "BPR", "CAS", "CL1", "CLM", "CLP", "CN1", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6", "CR7", "CRC",
    "CTP", "CUR", "DMG", "DN1", "DN2", "DSB", "DTM", "DTP", "FRM", "GE", "GS", "HCP", "HI", "HL", "HSD", "IEA", "IMM",
    "ISA", "K3", "LIN", "LQ", "LX", "MEA", "MIA", "MOA", "N1", "N2", "N3", "N4", "NM1", "NTE", "OI", "PAT", "PER",
    "PLB", "PRV", "PS1", "PWK", "QTY", "RDM", "REF", "SBR", "SE", "ST", "SV1", "SV2", "SV3", "SV4", "SV5", "SV6",
    "SV7", "SVC", "SVD", "TA1", "TOO", "TRN", "TS2", "TS3", "UR",
];

/// The name of a segment; `unknown` where neither 835 nor 837 has one like it: after a stray terminator it could be a
/// person's. Empty where it isn't two or three capital letters and digits.
pub(crate) fn name(bytes: &[u8]) -> &'static str {
    if let Ok(at) = KNOWN.binary_search_by(|known| known.as_bytes().cmp(bytes)) {
        return KNOWN.get(at).copied().unwrap_or_default();
    }
    let capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let named = matches!(bytes.len(), 2 | 3) && bytes.iter().all(capital) && !bytes[0].is_ascii_digit();
    if named { "unknown" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_people_are_not() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|known| name(known.as_bytes()) == *known));
        for (bytes, expected) in [("LEE", "unknown"), ("SMITH", ""), ("1A", ""), ("clp", ""), ("", "")] {
            assert_eq!(name(bytes.as_bytes()), expected);
        }
    }
}
