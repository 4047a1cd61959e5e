#![allow(clippy::unwrap_used)]

use super::*;

fn parse(text: &str) -> ConnectionString {
    ConnectionString::parse(text, Some(b"from the environment")).unwrap()
}

fn error(text: &str) -> String {
    let error = ConnectionString::parse(text, None).unwrap_err();
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(!shown.contains('\n'), "{shown}");
    assert!(!format!("{shown}{debug}").contains("canary"), "{text}: {shown}");
    shown
}

fn servers_of(text: &str) -> Vec<String> {
    parse(text).servers.iter().map(Server::to_string).collect()
}

#[test]
fn url_and_pairs_mean_the_same() {
    for text in [
        " postgresql://me%40work:p%40ss%2Fw%27%20x@db.example:6432/my%20db?application_name=a%20b&sslmode=verify-ca&\
         sslrootcert=%2Fca%20s.pem&connect_timeout=3&options=-c%20geqo%3Doff\n",
        "host=db.example port = 6432 user=me@work password='p@ss/w\\' x' dbname='my db' application_name=a\\ b \
         sslmode=verify-ca sslrootcert='/ca s.pem' connect_timeout=3 options='-c geqo=off'",
    ] {
        let parsed = parse(text);
        assert_eq!(parsed.session.get_user(), Some("me@work"));
        assert_eq!(parsed.session.get_password(), Some(b"p@ss/w' x".as_slice()));
        assert_eq!(parsed.session.get_dbname(), Some("my db"));
        assert_eq!(parsed.session.get_application_name(), Some("a b"));
        assert_eq!(parsed.session.get_options(), Some("-c geqo=off"));
        assert!(parsed.session.get_hosts().is_empty() && parsed.session.get_ports().is_empty());
        assert_eq!(parsed.servers, [Server { host: "db.example".to_owned(), address: None, port: 6432 }]);
        assert_eq!(parsed.sslmode, Some(SslMode::VerifyCa));
        assert_eq!(parsed.sslrootcert, Some(Roots::File("/ca s.pem".into())));
        assert_eq!(parsed.connect_timeout, Some(Duration::from_secs(3)));
    }
}

#[test]
fn what_is_missing_has_libpqs_default() {
    for text in ["postgresql://", "postgresql:///", "postgres://@/?port=5432", "user='' dbname='' host='' port=''"] {
        let parsed = parse(text);
        let user = whoami::username().unwrap();
        assert_eq!(parsed.session.get_user(), Some(user.as_str()), "{text}");
        assert_eq!(parsed.session.get_dbname(), Some(user.as_str()), "{text}");
        assert_eq!(parsed.session.get_password(), Some(b"from the environment".as_slice()), "{text}");
        assert_eq!(parsed.session.get_application_name(), Some(program_name().as_str()));
        assert_eq!(parsed.servers, [Server { host: default_host(), address: None, port: 5432 }], "{text}");
        assert_eq!(parsed.connect_timeout, Some(Duration::from_secs(10)));
        assert_eq!((parsed.sslmode, parsed.sslrootcert), (None, None));
    }
    let parsed = parse("postgresql://me@localhost");
    assert_eq!(parsed.session.get_dbname(), Some("me"));
    assert_eq!(parse("postgresql://me:own@localhost").session.get_password(), Some(b"own".as_slice()));
    assert_eq!(parse("postgresql://h?connect_timeout=0").connect_timeout, None);
}

#[test]
fn hosts_and_ports_pair_up_as_in_libpq() {
    for (text, expected) in [
        ("postgresql://a,b:2,[::1]:3/d", vec!["a:5432", "b:2", "[::1]:3"]),
        ("postgresql:///d?host=a,b&port=1,2", vec!["a:1", "b:2"]),
        ("postgresql://%2Ftmp%2Fmy%20sockets/d?port=7", vec!["/tmp/my sockets:7"]),
        ("postgresql:///d?host=%2Ftmp%2Fmy%20sockets", vec!["/tmp/my sockets:5432"]),
        ("postgresql://a:1/d?host=b", vec!["b:1"]),
        ("postgresql://a:1,b:2/d?port=3", vec!["a:3", "b:3"]),
        ("host=a,/tmp port=1,", vec!["a:1", "/tmp:5432"]),
        ("hostaddr=127.0.0.1,10.0.0.1 port=9", vec!["127.0.0.1:9", "10.0.0.1:9"]),
        ("host=/tmp hostaddr=127.0.0.1", vec!["127.0.0.1:5432"]),
    ] {
        assert_eq!(servers_of(text), expected, "{text}");
    }
    for text in ["host=a,b,c port=1,2", "host=a,b hostaddr=127.0.0.1"] {
        assert!(error(text).contains("as many of host, hostaddr and port"), "{text}");
    }
}

#[test]
fn local_is_a_socket_or_loopback() {
    for (text, local) in [
        ("host=/tmp", true),
        ("host=localhost", true),
        ("host=LOCALHOST", true),
        ("host=127.8.9.1", true),
        ("postgresql://[::1]/d", true),
        ("host=::ffff:127.0.0.1", true),
        ("host=localhost hostaddr=127.0.0.1", true),
        ("host=0.0.0.0", false),
        ("host=localhost.example", false),
        ("host=127.0.0.1.example", false),
        ("host=localhost hostaddr=10.0.0.1", false),
        ("host=db.example hostaddr=127.0.0.1", false),
    ] {
        assert_eq!(parse(text).servers[0].is_local(), local, "{text}");
    }
}

#[test]
fn names_and_units_are_libpqs() {
    let parsed = parse("host=a tcp_user_timeout=1500 keepalives_count=4 keepalives_idle=5 channel_binding=require");
    assert_eq!(parsed.session.get_tcp_user_timeout(), Some(&Duration::from_millis(1500)));
    assert_eq!(parsed.session.get_keepalives_retries(), Some(4));
    assert_eq!(parse("postgresql://a/d?ssl=true").sslmode, Some(SslMode::Require));
    assert_eq!(parse("host=a sslrootcert=system").sslrootcert, Some(Roots::System));
    for harmless in ["gssencmode=disable", "sslnegotiation=postgres", "client_encoding=UTF8", "sslcompression=0"] {
        assert_eq!(servers_of(&format!("postgresql://a/d?{harmless}")), ["a:5432"]);
    }
}

#[test]
fn a_client_certificate_and_its_key_are_given_together() {
    let of = |text: &str| parse(text).client_certificate;
    let both = ClientCertificate { chain: "/c.pem".into(), key: "/c.key".into() };
    assert_eq!(of("postgresql://a/d?sslcert=%2Fc.pem&sslkey=%2Fc.key"), Some(both));
    assert_eq!(of("host=a sslcert='' sslkey=''"), None);
    assert_eq!(of("host=a sslcert=/c.pem sslkey=/c.key sslcertmode=disable"), None);
    for one in ["sslcert=/c.pem", "sslkey=/c.key"] {
        assert!(error(&format!("host=a {one}")).contains("sslcert and sslkey, or neither"), "{one}");
    }
}

#[test]
fn numbers_are_those_that_libpq_takes() {
    for milliseconds in ["-1", "0"] {
        let parsed = parse(&format!("host=a tcp_user_timeout={milliseconds}"));
        assert_eq!(parsed.session.get_tcp_user_timeout(), Some(&Duration::ZERO));
    }
    for name in ["keepalives_idle", "keepalives_interval", "keepalives_count"] {
        for value in ["-5", "0", "99999999999", "''"] {
            let shown = error(&format!("host=a {name}={value}"));
            assert!(
                shown.contains(&format!("value of {name} ")) && shown.contains("a whole number above zero"),
                "{shown}"
            );
        }
    }
    assert!(error("host=a tcp_user_timeout=99999999999").contains("value of tcp_user_timeout "));
}

#[test]
fn unsupported_parameters_are_named_with_what_is_supported() {
    for (text, name) in [
        ("postgresql://u:canary@h/d?sslpassword=canary", "parameter sslpassword,"),
        ("postgresql://u:canary@h/d?gssencmode=require", "parameter gssencmode,"),
        ("postgresql://u:canary@h/d?ssl_mode=require", "parameter ssl_mode,"),
        ("postgresql://u:canary@h/d?sslnegotiation=direct", "parameter sslnegotiation,"),
        ("host=h password=canary passfile=x", "parameter passfile,"),
        ("host=h password=my canary=x", "a parameter after password,"),
    ] {
        let shown = error(text);
        assert!(shown.contains(name) && shown.contains("supported are host, "), "{shown}");
    }
    for (text, name) in [
        ("postgresql://u:canary@h/d?sslmode=full", "value of sslmode "),
        ("postgresql://u:canary@h/d?connect_timeout=soon", "value of connect_timeout "),
        ("postgresql://u:canary@h/d?port=x", "value of port "),
        ("host=h password=canary target_session_attrs=follower", "value of target_session_attrs "),
        ("host=h password=canary keepalives_count=x", "value of keepalives_count "),
    ] {
        let shown = error(text);
        assert!(shown.contains(name) && shown.contains("expected "), "{shown}");
    }
}

#[test]
fn the_mode_that_libpq_does_not_have_is_answered_with_the_one_that_is_meant() {
    let shown = error("postgresql://u:canary@h/d?sslmode=no-verify");
    assert!(shown.contains("what others call no-verify is require"), "{shown}");
}

#[test]
fn the_unreadable_is_answered_with_the_expected_shape() {
    for text in [
        "",
        "canary",
        "mysql://u:canary@h/d",
        "mysql://u:canary@h/d?x=y",
        "postgresql:/u:canary@h/d",
        "postgresql://u:p@canary@h/d",
        "postgresql://u:1/canary@h/d",
        "postgresql://u:canary%zz@h/d",
        "postgresql://u:canary%00@h/d",
        "postgresql://u:canary%2@h/d",
        "postgresql://u:canary@h/d%",
        "postgresql://u:canary@h/d?application_name=%2x",
        "postgresql://u:canary",
        "postgresql://u:canary@h:x/d",
        "postgresql://u:canary@[::1/d",
        "postgresql://u:p?canary/x@h/d",
        "postgresql://u:p@h/d?canary",
        // A token of RDS as it comes.
        "postgresql://u:db.example:5432/?Action=connect&DBUser=u&X-Amz-Credential=canary%2F20260101&X-Amz-Expires=900@h/d",
        "host=h password=my canary word",
        "host=h password='canary",
    ] {
        assert!(error(text).contains("expected postgresql://user:password@host:5432/database"), "{text}");
    }
}
