//! Typed values to X12.

use crate::out::{COMPONENT, ELEMENT, Out, REPETITION, TERMINATOR, WriteError};
use crate::reader::Envelope;
use crate::transaction::Content;
use crate::{claim, remittance};

/// The delimiters for each mark, none of which the text holds.
fn choose(bytes: &[u8]) -> Result<[(u8, u8); 4], WriteError> {
    let mut free = [true; 256];
    for byte in bytes {
        if let Some(free) = free.get_mut(usize::from(*byte)) {
            *free = false;
        }
    }
    let mut pick = |preferred: &[u8]| {
        let rest = (b'!'..=b'~').filter(|byte| crate::delimiters::can_delimit(*byte));
        let byte = preferred.iter().copied().chain(rest).find(|byte| free.get(usize::from(*byte)) == Some(&true));
        let byte = byte.ok_or(WriteError::NoDelimiter)?;
        if let Some(free) = free.get_mut(usize::from(byte)) {
            *free = false;
        }
        Ok(byte)
    };
    let picked =
        [(ELEMENT, pick(b"*|")?), (TERMINATOR, pick(b"~")?), (COMPONENT, pick(b":>")?), (REPETITION, pick(b"^")?)];
    Ok(picked)
}

fn or<'t>(text: &'t str, default: &'t str) -> &'t str {
    if text.is_empty() { default } else { text }
}

/// Writes one interchange in version 5010, with right counts and delimiters that no value holds. Neighbours of one
/// implementation guide share a group. Each segment stands on its own line.
///
/// An 837 that doesn't name its guide gets the one of its lines; the version in `envelope` isn't looked at.
///
/// # Errors
///
/// If a value can't be written in X12; the error names none.
pub fn write(envelope: &Envelope, contents: &[Content]) -> Result<String, WriteError> {
    let mut out = Out::default();
    header(&mut out, envelope);
    let first = envelope.group_control_number.parse::<usize>().unwrap_or(1);
    let mut groups = 0;
    for run in contents.chunk_by(|one, next| guide(one) == guide(next)) {
        let number = if groups == 0 && !envelope.group_control_number.is_empty() {
            envelope.group_control_number.to_string()
        } else {
            first.saturating_add(groups).to_string()
        };
        write_group(&mut out, envelope, &number, run)?;
        groups += 1;
    }
    out.segment("IEA", |out| {
        out.text(&groups.to_string()).text(or(&envelope.control_number, "000000001"));
    });
    finish(out)
}

/// GS01 and GS08.
fn guide(content: &Content) -> Option<(&'static str, &str)> {
    match content {
        Content::Remittance(remittance) => Some(("HP", or(&remittance.version, "005010X221A1"))),
        Content::Claims(submission) => Some(("HC", submission.guide())),
        Content::Other { .. } => None,
    }
}

fn write_group(out: &mut Out, envelope: &Envelope, number: &str, contents: &[Content]) -> Result<(), WriteError> {
    let (kind, version) = contents.first().and_then(guide).ok_or(WriteError::NotWritable)?;
    out.segment("GS", |out| {
        out.text(kind).text(or(&envelope.application_sender, "SENDER"));
        out.text(or(&envelope.application_receiver, "RECEIVER")).day(Some(envelope.date.unwrap_or_default()));
        out.text(or(&envelope.time, "0000")).text(number).text("X").text(version);
    });
    for content in contents {
        // ST counts, too.
        out.segments = 0;
        let control_number = match content {
            Content::Remittance(remittance) => {
                remittance::write(out, remittance);
                &remittance.control_number
            }
            Content::Claims(submission) => {
                claim::write(out, submission);
                &submission.control_number
            }
            Content::Other { .. } => return Err(WriteError::NotWritable),
        };
        let count = (out.segments + 1).to_string();
        out.segment("SE", |out| {
            out.text(&count).text(control_number);
        });
    }
    out.segment("GE", |out| {
        out.text(&contents.len().to_string()).text(number);
    });
    Ok(())
}

fn header(out: &mut Out, envelope: &Envelope) {
    let day = envelope.date.unwrap_or_default();
    let time = or(&envelope.time, "0000");
    for party in [&envelope.sender, &envelope.receiver] {
        if party.chars().count() > 15 {
            out.fail(WriteError::TooMany("ISA"));
        }
    }
    out.segment("ISA", |out| {
        out.text("00").text(&" ".repeat(10)).text("00").text(&" ".repeat(10));
        out.text(or(&envelope.sender_qualifier, "ZZ")).text(&format!("{:15}", envelope.sender.as_str()));
        out.text(or(&envelope.receiver_qualifier, "ZZ")).text(&format!("{:15}", envelope.receiver.as_str()));
        out.text(&day.format("%y%m%d").to_string()).text(time);
        // The delimiters themselves are the values here: marks that no trimming takes away.
        out.text("").bytes.push(REPETITION);
        out.text("00501").text(or(&envelope.control_number, "000000001"));
        out.text("0").text(or(&envelope.usage, "T")).bytes.push(ELEMENT);
        out.bytes.push(COMPONENT);
        // Ends the segment before its last composite could be trimmed as an empty one.
        out.bytes.push(0);
    });
}

fn finish(out: Out) -> Result<String, WriteError> {
    if let Some(error) = out.error {
        return Err(error);
    }
    let delimiters = choose(&out.bytes)?;
    let mut bytes = Vec::with_capacity(out.bytes.len() + out.bytes.len() / 16);
    for byte in out.bytes.into_iter().filter(|byte| *byte != 0) {
        let delimiter = delimiters.iter().find(|(mark, _)| *mark == byte);
        bytes.push(delimiter.map_or(byte, |(_, delimiter)| *delimiter));
        if byte == TERMINATOR {
            bytes.push(b'\n');
        }
    }
    String::from_utf8(bytes).map_err(|_| WriteError::ControlCharacter)
}
