//! The SQLSTATE of an error. diesel-async drops it, so it is told from what PostgreSQL says in English; where a server says it
//! in another language, or says something else, there is none.

use super::QueryErrorKind;

/// How what a statement of one's own is refused for begins, without what stands between quotation marks, and its SQLSTATE.
const MISTAKES: [(&str, &str); 28] = [
    ("division by zero", "22012"),
    ("integer out of range", "22003"),
    ("smallint out of range", "22003"),
    ("bigint out of range", "22003"),
    ("numeric field overflow", "22003"),
    ("value \"\" is out of range for type", "22003"),
    ("date/time field value out of range", "22008"),
    ("timestamp out of range", "22008"),
    ("invalid input syntax for type", "22P02"),
    ("value too long for type", "22001"),
    ("negative substring length not allowed", "22011"),
    ("invalid regular expression", "2201B"),
    ("LIMIT must not be negative", "2201W"),
    ("OFFSET must not be negative", "2201X"),
    ("more than one row returned by a subquery", "21000"),
    ("ON CONFLICT DO UPDATE command cannot affect row a second time", "21000"),
    ("there is no unique or exclusion constraint matching the ON CONFLICT specification", "42P10"),
    ("conflicting key value violates exclusion constraint", "23P01"),
    ("syntax error at", "42601"),
    ("column reference \"\" is ambiguous", "42702"),
    ("column \"\" must appear in the GROUP BY clause", "42803"),
    ("aggregate functions are not allowed", "42803"),
    ("argument of WHERE must be type boolean", "42804"),
    ("column \"\" is of type", "42804"),
    ("missing FROM-clause entry", "42P01"),
    ("operator does not exist", "42883"),
    ("cannot cast type", "42846"),
    ("could not determine data type of parameter", "42P18"),
];

/// How messages about what is missing begin.
const MISSING: [(&str, &str); 6] = [
    ("relation", "42P01"),
    ("column", "42703"),
    ("function", "42883"),
    ("procedure", "42883"),
    ("type", "42704"),
    ("schema", "3F000"),
];

/// What messages say where the server has no more of something, as far as they are known from their words. The third is
/// about serializable transactions: one server keeps those of all its databases in one pool. PostgreSQL 18 quotes the name of a
/// setting.
const EXHAUSTED: [(&str, &str); 5] = [
    ("out of memory", "53200"),
    ("out of shared memory", "53200"),
    ("not enough elements in RWConflictPool", "53200"),
    ("No space left on device", "53100"),
    ("temporary file size exceeds", "53400"),
];

/// The SQLSTATE, where the server has no more of something.
pub(super) fn exhausted(message: &str) -> Option<&'static str> {
    EXHAUSTED.iter().find(|(words, _)| message.contains(words)).map(|(_, state)| *state)
}

/// The SQLSTATE, and for what is no kind of its own PostgreSQL's words, as far as they are the same for all values.
pub(super) fn known(kind: QueryErrorKind, message: &str) -> (Option<&'static str>, Option<&'static str>) {
    use QueryErrorKind as Kind;
    let begins = |table: &'static [(&str, &'static str)]| {
        let said: String = message.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        table.iter().find(|(start, _)| said.starts_with(start))
    };
    let of_kind = match kind {
        Kind::UniqueViolation => "23505",
        // As PostgreSQL 18 has it.
        Kind::ForeignKeyViolation if message.contains("RESTRICT setting") => "23001",
        Kind::ForeignKeyViolation => "23503",
        Kind::CheckViolation => "23514",
        Kind::NotNullViolation => "23502",
        Kind::SerializationFailure => "40001",
        Kind::Deadlock => "40P01",
        Kind::LockTimeout => "55P03",
        Kind::Cancelled => "57014",
        Kind::PermissionDenied => "42501",
        Kind::ReadOnly => "25006",
        Kind::ResourcesExhausted => return (exhausted(message), None),
        Kind::ServerFileMissing => "58P01",
        Kind::TransactionAborted => "25P02",
        Kind::SchemaMismatch => return (begins(&MISSING).map(|(_, state)| *state), None),
        Kind::Other => return begins(&MISTAKES).map_or((None, None), |(words, state)| (Some(*state), Some(*words))),
        Kind::Conversion | Kind::StatementLost | Kind::NotEncodable | Kind::ConnectionLost => return (None, None),
    };
    (Some(of_kind), None)
}
