//! docs/errors.md has every code with its class, and the status of each class.

use std::collections::BTreeMap;

use postgres_migrate::error::{ConnectionProblem, MigrationProblem};
use rcm_schema::error::{QueryErrorKind, Rule, Said};
use rcm_schema::{Class, Error};
use strum::{IntoEnumIterator as _, VariantArray as _};

use crate::pages::{quoted, table};

/// The codes of the page's tables with this heading.
fn listed(heading: &str) -> BTreeMap<&'static str, &'static str> {
    table(heading).iter().map(|row| (quoted(row[0])[0], quoted(row[1])[0])).collect()
}

fn entries(errors: impl IntoIterator<Item = Error>) -> BTreeMap<&'static str, String> {
    errors.into_iter().map(|error| (error.code(), error.class().to_string())).collect()
}

fn assert_listed(heading: &str, found: &BTreeMap<&'static str, String>) {
    let listed = listed(heading);
    for (code, class) in found {
        assert_eq!(listed.get(code), Some(&class.as_str()), "docs/errors.md, {code}");
    }
}

#[test]
fn every_code_is_listed_with_its_class_and_no_other() {
    let rules = entries(Rule::iter().map(Error::from));
    assert_listed("| code | class |\n", &rules);
    assert_eq!(listed("| code | class |\n").len(), rules.len());

    let kinds = QueryErrorKind::VARIANTS.iter().map(|&kind| Error::Query {
        kind,
        table: None,
        constraint: None,
        said: Said::default(),
    });
    let mut others =
        entries(
            kinds.chain([
                Error::Invalid { what: "", rule: "" },
                Error::NotFound,
                Error::OutsideTransaction,
                postgres_migrate::Error::Configuration(String::new()).into(),
                postgres_migrate::Error::Grant(String::new()).into(),
                postgres_migrate::Error::Production { database: String::new(), schema: None, because: String::new() }
                    .into(),
            ]),
        );
    others.extend(ConnectionProblem::VARIANTS.iter().map(|problem| (problem.into(), problem.class().to_string())));
    others.extend(MigrationProblem::VARIANTS.iter().map(|problem| (problem.into(), problem.class().to_string())));
    assert_listed("| code | class | meaning |\n", &others);
    assert_eq!(listed("| code | class | meaning |\n").len(), others.len());
}

#[test]
fn every_class_has_its_status() {
    let rows = table("| class | what to do | HTTP status |\n");
    assert_eq!(rows.len(), Class::VARIANTS.len());
    for (row, class) in rows.iter().zip(Class::VARIANTS) {
        assert_eq!((quoted(row[0])[0], row[2]), (class.to_string().as_str(), class.http_status().to_string().as_str()));
    }
}
