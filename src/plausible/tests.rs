//! Whole lines: what is judged of them, and how much of what generators make is found.

use crate::level::Confidence;
use crate::plausible::{Assignment, Doubt, Quotes, Syntax, Wanted, judge};

const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &str = "0123456789abcdef";
const MARKED: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#%&*+-?@^_~";

/// Draws a value, always the same for the same seed.
fn drawn(alphabet: &str, len: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let bytes = alphabet.as_bytes();
    (0..len)
        .map(|_| char::from(bytes[random.usize(..bytes.len())]))
        .collect()
}

/// Judges the value that stands at `@@` in a line. The name is what stands before the first of
/// `=:(> ` and the telling word the last in it.
fn judged(line: &str, value: &str) -> Result<Confidence, Doubt> {
    const WORDS: [&str; 7] = [
        "password", "passwd", "secret", "token", "api_key", "apikey", "key",
    ];
    let (before, after) = line.split_once("@@").expect("the value is marked");
    let quoted = before.ends_with(['"', '\'', '`']);
    let end = before.trim_end_matches(['"', '\'', '`', ' ', '=', ':', '(', '>']);
    let cut = end.rfind([' ', ':', '"', '(', '<', '?', '&', '{', ',', ';']);
    let name = &end[cut.map_or(0, |at| at + 1)..];
    let folded = name.to_ascii_lowercase();
    let word = WORDS
        .iter()
        .find_map(|word| Some((folded.rfind(word)?, *word)));
    let (at, word) = word.expect("the name is telling");
    let syntax = match before[end.len()..].trim_matches(['"', '\'', '`', ' ']) {
        ":" => Syntax::Colon,
        "(" => Syntax::Call,
        ">" => Syntax::Element,
        "" => Syntax::Space,
        _ => Syntax::Equals,
    };
    let line = format!("{before}{value}{after}");
    judge(&Assignment {
        wanted: match word {
            "password" | "passwd" => Wanted::Password,
            _ => Wanted::Token,
        },
        syntax,
        quotes: if quoted { Quotes::Quoted } else { Quotes::Bare },
        name: name.as_bytes(),
        word: at..at + word.len(),
        line: line.as_bytes(),
        value: before.len()..before.len() + value.len(),
    })
}

#[track_caller]
fn check(cases: &[(&str, &str)], expected: Result<Confidence, Doubt>) {
    for (line, value) in cases {
        assert_eq!(judged(line, value), expected, "{line} with {value}");
    }
}

#[test]
fn long_random_values_under_clear_names_are_high() {
    let token = drawn(BASE62, 32, 1);
    let hex = drawn(HEX, 40, 2);
    let lines = [
        "api_key = \"@@\"",
        "export API_KEY=@@",
        "  \"clientSecret\": \"@@\",",
        "token: @@",
        "<token>@@</token>",
        "set_token(\"@@\")",
        "const authToken = '@@';",
        "--token @@ run",
    ];
    let cases = lines.map(|line| [(line, &token[..]), (line, &hex[..])]);
    check(cases.as_flattened(), Ok(Confidence::High));
    check(
        &[("db_password=@@", &drawn(MARKED, 24, 3))],
        Ok(Confidence::High),
    );
    check(
        &[("token = \"@@\"", &format!("Bearer {token}"))],
        Ok(Confidence::High),
    );
}

#[test]
fn shorter_ones_and_those_in_programs_are_medium() {
    let short = drawn(BASE62, 16, 4);
    check(
        &[
            ("api_key = \"@@\"", &short),
            ("let x = f(token=@@)", &short),
        ],
        Ok(Confidence::Medium),
    );
    let prefixed = format!("key-{}", drawn(HEX, 32, 5));
    check(&[("if api_key == @@ {", &prefixed)], Ok(Confidence::Medium));
    check(
        &[("myKey: \"@@\"", &drawn(BASE62, 40, 6))],
        Ok(Confidence::Medium),
    );
    check(
        &[("secret_foo = \"@@\"", &drawn(BASE62, 40, 7))],
        Ok(Confidence::Medium),
    );
}

#[test]
fn passwords_that_are_hard_to_guess_are_medium() {
    let values = [
        "Tr0ub4dor&3x",
        "Winter2024!",
        "k1tt3n$Ca5tle",
        &drawn(MARKED, 12, 8),
        &drawn(BASE62, 12, 9),
    ];
    for value in values {
        let lines = [
            "password = \"@@\"",
            "DB_PASSWORD=@@",
            "c = \"Server=a;Password=@@;Port=1\"",
        ];
        check(&lines.map(|line| (line, value)), Ok(Confidence::Medium));
    }
}

#[test]
fn doubtful_ones_are_low() {
    let weak = ["admin123", "amber7", "P@ssw0rd123!"];
    check(
        &weak.map(|value| ("password: \"@@\"", value)),
        Ok(Confidence::Low),
    );
    let short = drawn(BASE62, 10, 10);
    check(&[("token = \"@@\"", &short)], Ok(Confidence::Low));
    let token = drawn(BASE62, 32, 11);
    let lines = [
        "fake_token = \"@@\"",
        "token = \"@@\" # example",
        "dummy: token = \"@@\"",
        "key: @@",
    ];
    check(&lines.map(|line| (line, &token[..])), Ok(Confidence::Low));
}

#[test]
fn tests_lower_by_one() {
    let lines = ["test_token = \"@@\"", "assertEquals(token=\"@@\")"];
    let (long, short) = (drawn(BASE62, 32, 12), drawn(BASE62, 16, 13));
    check(&lines.map(|line| (line, &long[..])), Ok(Confidence::Medium));
    let medium = Ok(Confidence::Medium);
    check(&lines.map(|line| (line, &short[..])), medium);
    check(
        &[("test_password = \"@@\"", "Winter2024")],
        Ok(Confidence::Low),
    );
}

#[test]
fn passwords_of_words_and_digits_are_medium() {
    let quoted = [
        "letmein99",
        "Winter2024",
        "amber-4711",
        "Amber.Castle.Otter.Violet7",
        "amber castle otter violet",
    ];
    let cases = quoted.map(|value| ("password: \"@@\"", value));
    check(&cases, Ok(Confidence::Medium));
    let told = ["// ssh password: @@", "PASSWORD=@@ restore -h db"];
    check(
        &told.map(|line| (line, "Winter2024!")),
        Ok(Confidence::Medium),
    );
    check(
        &[("password: \"@@\"", "please enter your password")],
        Err(Doubt::Words),
    );
}

#[test]
fn uuids_are_secrets_under_clear_names_alone() {
    let part = |len, seed| drawn(HEX, len, seed);
    let uuid = [
        part(8, 20),
        part(4, 21),
        part(4, 22),
        part(4, 23),
        part(12, 24),
    ]
    .join("-");
    let clear = [
        "api_key = \"@@\"",
        "access_token: \"@@\"",
        "sdk_key: \"@@\"",
    ];
    check(&clear.map(|line| (line, &uuid[..])), Ok(Confidence::Medium));
    let others = [
        "token = \"@@\"",
        "session_key = \"@@\"",
        "change_token: \"@@\"",
    ];
    check(&others.map(|line| (line, &uuid[..])), Err(Doubt::Uuid));
}

#[test]
fn what_is_said_before_a_name_counts() {
    let token = drawn(BASE62, 32, 18);
    let lines = ["the api key: \"@@\"", "public $token = \"@@\";"];
    check(&lines.map(|line| (line, &token[..])), Ok(Confidence::High));
}

#[test]
fn names_of_other_things_are_refused() {
    let token = drawn(BASE62, 32, 14);
    let belonging = [
        "token_id = \"@@\"",
        "api_key_name: \"@@\"",
        "secretArn = '@@'",
    ];
    check(
        &belonging.map(|line| (line, &token[..])),
        Err(Doubt::Belonging),
    );
    let kinds = [
        "nextToken = \"@@\"",
        "public_key = \"@@\"",
        "cacheKey: '@@'",
    ];
    check(&kinds.map(|line| (line, &token[..])), Err(Doubt::OtherKind));
    let lines = ["Vendor::Kind::Secret: \"@@\"", "the public key: \"@@\""];
    check(&lines.map(|line| (line, &token[..])), Err(Doubt::OtherKind));
    let words = ["tokenizer = \"@@\"", "monkey = \"@@\"", "keyword: '@@'"];
    check(&words.map(|line| (line, &token[..])), Err(Doubt::OtherWord));
}

#[test]
fn values_that_say_what_they_are_are_refused() {
    let quoted = [
        ("secret", Doubt::Short),
        ("your-token-here", Doubt::Placeholder),
        ("sk-xxxxxxxxxxxx", Doubt::Masked),
        ("${API_TOKEN}", Doubt::Template),
        ("vault:secret/data#token", Doubt::Reference),
        ("ENC[AES256,data]", Doubt::Encrypted),
        ("20240131120000", Doubt::Number),
        ("enter the token", Doubt::Words),
        ("account-settings-page", Doubt::Words),
        ("k7fk7fk7fk7f", Doubt::Repeated),
        ("a1b2c3d4e5f6", Doubt::Sequence),
        ("sha256:0af3", Doubt::Hash),
        ("$2b$10$N9qo8uLO", Doubt::PasswordHash),
        ("ssh-rsa AAAAB3Nz", Doubt::PublicKey),
        ("-----BEGIN RSA PRIVATE KEY", Doubt::Pem),
        ("config/token.json", Doubt::Path),
        ("https://a.example/t", Doubt::Url),
        ("api.vendor.example", Doubt::Host),
        ("me@vendor.example", Doubt::Email),
        ("application/jwt", Doubt::MediaType),
        ("#token-input", Doubt::Selector),
        ("var(--token-x)", Doubt::Colour),
        ("[A-Za-z0-9]{16}", Doubt::Pattern),
        ("\\u5bc6\\u7801", Doubt::Encoded),
        ("),e(x,null,{y:", Doubt::Code),
    ];
    for (value, doubt) in quoted {
        check(&[("token: \"@@\"", value)], Err(doubt));
    }
    check(
        &[("my_token = \"@@\"", "MY_TOKEN")],
        Err(Doubt::NameRepeated),
    );
    check(
        &[("token = @@;", "user_token"), ("token: @@,", "TokenStream")],
        Err(Doubt::Identifier),
    );
    let calls = [
        ("token = @@;", "get_token2()"),
        ("token = @@;", "self.token2"),
    ];
    check(&calls, Err(Doubt::Code));
}

#[test]
fn hashes_are_told_by_the_line() {
    let hex = drawn(HEX, 64, 15);
    check(&[("token = \"@@\" # sha256", &hex)], Err(Doubt::Hash));
    check(&[("token = \"@@\"", &hex)], Ok(Confidence::High));
}

#[test]
fn base64_of_text_is_no_secret_but_base64_of_a_secret_is() {
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    check(
        &[("token: \"@@\"", &encode("just some words"))],
        Err(Doubt::Encoded),
    );
    check(
        &[("token: \"@@\"", &encode("user:password"))],
        Err(Doubt::Encoded),
    );
    let password = drawn(BASE62, 14, 16);
    check(
        &[("password: \"@@\"", &encode(&password))],
        Ok(Confidence::Medium),
    );
    check(
        &[("token: \"@@\"", &encode(&format!("user:{password}")))],
        Ok(Confidence::Medium),
    );
}

#[test]
fn resources_in_the_cloud_are_references() {
    let line = "\"arn:aws:secretsmanager:x:1:secret:@@\"";
    check(&[(line, &drawn(BASE62, 20, 17))], Err(Doubt::Reference));
}

#[test]
fn nearly_all_that_generators_make_is_found() {
    let lines = [
        "api_key = \"@@\"",
        "SECRET_TOKEN=@@",
        "password: '@@',",
        "db_password: @@",
    ];
    for line in lines {
        let alphabets: &[(&str, usize)] = match line.contains("password") {
            true => &[(BASE62, 12), (MARKED, 12), (MARKED, 16), (HEX, 32)],
            false => &[
                (HEX, 16),
                (HEX, 32),
                (BASE62, 16),
                (BASE62, 24),
                (BASE62, 64),
            ],
        };
        for &(alphabet, len) in alphabets {
            let found = |seed: &u64| {
                let value = drawn(alphabet, len, *seed);
                judged(line, &value).is_ok_and(|confidence| confidence >= Confidence::Medium)
            };
            let n_found = (1000..2000).filter(found).count();
            assert!(n_found >= 970, "{n_found} of 1,000 of {len} in {line}");
        }
    }
}
