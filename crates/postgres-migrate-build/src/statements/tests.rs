use super::*;

/// The line of each statement and its first word.
fn starts(sql: &str) -> Vec<(usize, String)> {
    let first = |statement: &Statement| super::words(statement.of(sql)).next().unwrap_or_default();
    split(sql).iter().map(|statement| (statement.line, first(statement))).collect()
}

fn words(sql: &str) -> Vec<String> {
    starts(sql).into_iter().map(|(_, word)| word).collect()
}

#[test]
fn semicolons_in_quotes_comments_and_bodies_end_no_statement() {
    let sql = "
        select ';', E'\\';', \";\", $$;$$, $tag$ $$ ; $tag$, $1; -- ;
        /* ; /* ; */ ; */
        create function f() returns int begin atomic select case when true then 1 else 2 end; select 2; end;
        do $$ begin null; end $$";
    let lines: Vec<usize> = starts(sql).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 4, 5]);
}

#[test]
fn every_way_to_write_a_quote_ends_where_postgresql_ends_it() {
    for hidden in [
        "select 'it''s; commit'",
        r"select E'it''s \'; commit'",
        r"select E'\\', ';commit'",
        "select E'a'\n  'b\\'; commit'",
        r"select e'\';commit', 1",
        r#"select U&'\0041;', U&"d!0061t;" uescape '!', "a"";commit""#,
        "select N';', B'1', X'1F', $_a1$;commit$a$;$_a1$",
        "select $é$;commit;$é$",
        "select 1 */* ; -- */ 2",
        "select 1 /*/ ;commit; */ , 2 /**/",
        "create rule r as on insert to t do also (insert into a values (1); insert into b values (1))",
        "select $\u{a0}$;commit;$\u{a0}$",
        "create or replace procedure f() begin atomic select 1; end",
        "create function f() returns int begin atomic select 1 as end; select t.case from t; end",
        "create function f() returns int begin atomic select (case when (select true) then 1 end); end",
    ] {
        assert_eq!(words(&format!("{hidden}; vacuum")).get(1..), Some(&["vacuum".to_owned()][..]), "{hidden}");
    }
    for (shown, count) in [
        (r"select '\'; commit; select ''", 3),
        (r"select x.e '\'; commit", 2),
        ("select a$b$c; commit; select a$b$c", 3),
        ("select $1; commit; select $1$", 3),
        ("select 1 -- '\r\n; commit", 2),
        ("select 1 -- x\r; commit", 2),
        ("select \"e\"'\\'; commit", 2),
        ("begin; select case when true then 1 end; commit", 3),
        ("select begin atomic from t; commit", 2),
        ("create view v as select begin atomic from t; commit", 2),
        ("select 1 as x\u{a0}; commit", 2),
    ] {
        assert_eq!(words(shown).len(), count, "{shown}");
    }
}

#[test]
fn what_does_not_end_is_one_statement_and_no_panic() {
    for open in ["'", "E'\\", "\"", "$a$ $", "$", "$a", "/*", "/* /* */", "(", "--", "é'é", "begin atomic"] {
        assert!(split(&format!("select {open}; commit é")).len() <= 2, "{open}");
    }
    assert_eq!(words("select 'a; commit"), ["select"]);
}

#[test]
fn lines_are_counted_at_every_line_end() {
    let sql = "-- é\r\nselect 'a\r\nb';\r\n\r\n/* x\r\n*/ vacuum;";
    assert_eq!(starts(sql), [(2, "select".to_owned()), (6, "vacuum".to_owned())]);
    assert_eq!(split(sql).iter().map(|statement| statement.of(sql)).collect::<Vec<_>>(), ["select 'a\r\nb'", "vacuum"]);
}

#[test]
fn words_are_what_stands_outside_of_quotes_and_comments() {
    let sql = r#"create UNIQUE index "x" -- y
        on E'\'' 'concurrently' (Ä_1 z$2) $$ do $$ /* a /* b */ c */ ;"#;
    let words: Vec<String> = super::words(sql).collect();
    assert_eq!(words, ["create", "unique", "index", "on", "Ä_1", "z$2"]);
}
