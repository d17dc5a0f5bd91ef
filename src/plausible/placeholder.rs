//! Values that stand where a secret goes: masks, templates, references and words of documentation.

use std::sync::LazyLock;

use crate::plausible::Doubt;
use crate::plausible::makeup::Makeup;
use crate::plausible::words::{Table, parts, without_digits};
use crate::randomness;

/// Refuses what is not there yet: a mask, a template, or the place where the secret is kept.
///
/// # Errors
///
/// Which of them it is.
pub(super) fn check(value: &[u8], makeup: &Makeup) -> Result<(), Doubt> {
    if makeup.n_marks() > 0 || makeup.n_foreign > 0 {
        if is_sealed(value) {
            return Err(Doubt::Encrypted);
        }
        if is_reference(value) {
            return Err(Doubt::Reference);
        }
        if is_template(value) {
            return Err(Doubt::Template);
        }
    }
    match is_masked(value) {
        true => Err(Doubt::Masked),
        false => Ok(()),
    }
}

/// Refuses the words that documentation writes in a secret's place.
///
/// # Errors
///
/// [`Doubt::Placeholder`].
pub(super) fn check_words(value: &[u8]) -> Result<(), Doubt> {
    match is_phrase(value) || holds_telling(value) {
        true => Err(Doubt::Placeholder),
        false => Ok(()),
    }
}

/// Hidden by stars, crosses, dots or an ellipsis.
fn is_masked(value: &[u8]) -> bool {
    let hides = |byte: u8| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'#' | b'?' | b'_' | b'-');
    let mut run = 1;
    for pair in value.windows(2) {
        run = if pair[0] == pair[1] { run + 1 } else { 1 };
        if run >= 3 && matches!(pair[0], b'*' | b'.') || run >= 4 && hides(pair[0]) {
            return true;
        }
    }
    let contains = |part: &str| memchr::memmem::find(value, part.as_bytes()).is_some();
    !value.is_ascii() && (contains("…") || contains("•") || contains("●"))
}

/// It begins as templates do, all of it is filled in by a program or a reader, or a part of it and the rest is not by chance.
fn is_template(value: &[u8]) -> bool {
    let whole = match value {
        [b'[', .., b']'] | [b'(', .., b')'] | [b'{', .., b'}'] | [b'_', b'_', .., b'_', b'_'] => {
            true
        }
        [b'$' | b'#' | b'{', b'{', ..] | [b'<' | b'{', b'%', ..] => true,
        [b'$', name @ ..] => is_identifier(name) || is_braced(name, b')'),
        [b'%', name @ ..] => is_braced(name, b'%') || name.len() == 1,
        [b'<', name @ ..] if name.first() != Some(&b'>') => is_braced(name, b'>'),
        _ => false,
    };
    whole || holds_variable(value) && randomness::score(value) < CHANCE
}

/// What a value scores at least in which braces stand by chance, in bits a character.
const CHANCE: f64 = 1.5;

/// Whether a variable in the syntax of some template stands anywhere in it.
fn holds_variable(value: &[u8]) -> bool {
    (1..value.len()).any(|next| {
        let rest = &value[next..];
        match (value[next - 1], value[next]) {
            (b'$' | b'#', b'{') | (b'{' | b'<', b'%') | (b'{', b'{') => true,
            (b'$' | b'%', b'(') => is_braced(&rest[1..], b')'),
            (b'@', b'@') => is_braced(&rest[1..], b'@'),
            // Behind a class or a group it says how often that is repeated.
            (b'{', _) if next > 1 && matches!(value[next - 2], b']' | b')') => false,
            (b'{', _) => is_braced(rest, b'}'),
            (b'<', byte) if byte != b'>' => is_braced(rest, b'>'),
            _ => false,
        }
    })
}

/// Whether `text` begins with a name, a short number or nothing, and then `close`.
fn is_braced(text: &[u8], close: u8) -> bool {
    let Some(end) = text.iter().position(|&byte| byte == close) else {
        return false;
    };
    let name = &text[..end];
    let word = |b: &u8| b.is_ascii_alphabetic() || b" _-.:/!|".contains(b);
    let number = name.len() <= 2 && name.iter().all(u8::is_ascii_digit);
    number || name.len() >= 3 && without_digits(name).iter().all(word)
}

/// A name as programs write it, in one case and with few digits: `$DB_PASSWORD1`, not `$Ecr3t`.
fn is_identifier(name: &[u8]) -> bool {
    let name = without_digits(name);
    let upper = |b: &u8| b.is_ascii_uppercase() || matches!(b, b'_' | b'-' | b'.');
    let lower = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.' | b'>');
    name.len() > 1 && (name.iter().all(upper) || name.iter().all(lower))
}

/// Beginnings of values that name a place: a store of secrets, the environment, a file.
static REFERENCES: &[&str] = &[
    "!env",
    "!getatt",
    "!ref",
    "!secret",
    "!sub",
    "!vault",
    "@microsoft.keyvault",
    "akv:",
    "akvs:",
    "arn:",
    "asm:",
    "aws-sm:",
    "aws-ssm:",
    "awssm:",
    "azurekeyvault:",
    "berglas:",
    "credentials(",
    "doppler:",
    "env(",
    "env.",
    "env:",
    "env[",
    "env|",
    "environ",
    "file:",
    "gcp-sm:",
    "gcp:",
    "gcpsm:",
    "gcpsecret",
    "getenv",
    "import.meta.env",
    "keychain:",
    "keyring:",
    "keyvault",
    "lookup(",
    "op://",
    "os.environ",
    "os.getenv",
    "pass:",
    "process.env",
    "projects/",
    "ref+",
    "resolve:",
    "secret://",
    "secret:",
    "secretkeyref",
    "secretref:",
    "secrets.",
    "secretsmanager",
    "sm://",
    "ssm:",
    "sys.env",
    "system.getenv",
    "urn:",
    "var.",
    "vault:",
    "vault_",
    "vault/",
    "x-vault",
];

fn is_reference(value: &[u8]) -> bool {
    begins_with_any(value, REFERENCES) && !value.starts_with(b"vault:v")
}

/// Beginnings of values that only their owner can open.
///
/// Sources: the documentation of mozilla/sops, Jasypt, Spring Cloud Config, Ansible Vault, HashiCorp
/// Vault's transit engine, Bitnami sealed secrets, eyaml, age.
static SEALED: &[&str] = &[
    "$ansible_vault",
    "aesgcm:",
    "age-encryption.org",
    "cipher(",
    "crypted:",
    "dpapi:",
    "enc(",
    "enc[",
    "enc{",
    "encrypted:",
    "encrypted(",
    "encrypted[",
    "secure:",
    "vault:v",
    "{aes",
    "{cipher}",
    "{enc",
];

fn is_sealed(value: &[u8]) -> bool {
    begins_with_any(value, SEALED)
}

/// Whether `value` begins with one of the lower-case texts, in any case.
fn begins_with_any(value: &[u8], starts: &[&str]) -> bool {
    let Some(first) = value.first().map(u8::to_ascii_lowercase) else {
        return false;
    };
    let begins = |start: &&str| {
        let start = start.as_bytes();
        start[0] == first
            && value.len() >= start.len()
            && value[..start.len()].eq_ignore_ascii_case(start)
    };
    starts.iter().any(begins)
}

/// Nothing but words that documentation uses, or a phrase that tells the reader what to do.
fn is_phrase(value: &[u8]) -> bool {
    let mut n_words = 0;
    let mut known = true;
    for part in parts(value) {
        let word = &value[part];
        if TELLING.has(word) || begins_with_any(word, INSTRUCTIONS) {
            return true;
        }
        let bare = without_digits(word);
        n_words += usize::from(!bare.is_empty());
        known = known && (bare.is_empty() || WORDS.has(bare) || WORDS.spells(bare));
    }
    // Digits after a word make a weak password, not a placeholder.
    let ends_in_digit = value.last().is_some_and(u8::is_ascii_digit);
    n_words > 0 && known && !(n_words == 1 && ends_in_digit)
}

/// Whether `letters` are words of documentation, one after the other.
pub(super) fn is_spelt(letters: &[u8]) -> bool {
    WORDS.spells(letters)
}

/// Whether one of [`MARKS`] stands anywhere, also in the middle of letters.
fn holds_telling(value: &[u8]) -> bool {
    let found = |at: usize| begins_with_any(&value[at..], MARKS);
    value.len() >= 5 && (0..value.len() - 4).any(found)
}

/// Words that chance does not spell, in the middle of letters too.
static MARKS: &[&str] = &[
    "changeme",
    "dummy",
    "example",
    "foobar",
    "placehold",
    "redacted",
    "replaceme",
    "sample",
];

/// Words that mark a value as a placeholder wherever they stand in it.
static TELLING: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "changeit changeme changethis deadbeef dummy example examples fake fakekey fixme foobar goes \
     insert invalid lorem mock mocked none null placeholder redacted removed replace replaceme \
     sample todo undefined unused xxx xxxx your",
    )
});

/// Beginnings of words that do the same.
static INSTRUCTIONS: &[&str] = &[
    "changeme",
    "changethis",
    "dummy",
    "enteryour",
    "example",
    "fakepass",
    "insertyour",
    "placeholder",
    "replaceme",
    "replacewith",
    "sample",
    "your",
];

/// Words of which placeholders are made, alone or one after the other.
static WORDS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "123 1234 12345 123456 abc abcd access account admin administrator an and any anything \
         api app auth bar basic baz bearer blank bogus clave client code confirm contrasena \
         credential credentials current database db default demo dev disabled do email empty \
         enabled encryption env false field file foo for from geheim github google guest hello \
         here hidden id in is it jwt kennwort key local localhost login mail me motdepasse my \
         name new no not of off old omitted on openai optional or pass passphrase passwd password \
         passwort personal postgres private prod public pwd qux random real redis refresh \
         required root sandbox secret secreto secrets secure senha server service session set \
         shared signing slack some something staging string super supersecret temp test tester \
         testing text the this to token top true type unknown unsafe use user username value very \
         wachtwoord webhook with word world xyz your",
    )
});

#[cfg(test)]
mod tests {
    use super::{check, check_words};
    use crate::plausible::Doubt;
    use crate::plausible::makeup::Makeup;

    #[track_caller]
    fn refused(values: &[&str], expected: Option<Doubt>) {
        for value in values {
            let value = value.as_bytes();
            let found = check(value, &Makeup::of(value));
            let found = found.and_then(|()| check_words(value)).err();
            assert_eq!(found, expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn masks_are_refused() {
        let masks = [
            "sk-xxxxxxxxxxxx",
            "abcd****",
            "eyJhbGc...",
            "XXXX-XXXX",
            "abc…",
            "••••••••",
        ];
        refused(&masks, Some(Doubt::Masked));
    }

    #[test]
    fn templates_are_refused() {
        let shell = [
            "${DB_PASS}",
            "$DB_PASSWORD",
            "$(cat file)",
            "%PASSWORD%",
            "prefix-${x}",
        ];
        refused(&shell, Some(Doubt::Template));
        let others = [
            "{{ password }}",
            "<%= pw %>",
            "%(password)s",
            "#{pw}",
            "@@TOKEN@@",
            "{token}",
        ];
        refused(&others, Some(Doubt::Template));
        let others = ["<api key>", "{0}:{1}", "__TOKEN__", "[password]", "{% x %}"];
        refused(&others, Some(Doubt::Template));
    }

    #[test]
    fn references_are_refused() {
        let stores = [
            "vault:secret/data#x",
            "arn:aws:secretsmanager:a",
            "op://a/b/c",
            "!Ref Secret",
        ];
        refused(&stores, Some(Doubt::Reference));
        let places = [
            "process.env.TOKEN",
            "os.environ['X']",
            "getenv('X')",
            "env:X",
            "file:/x",
        ];
        refused(&places, Some(Doubt::Reference));
        refused(
            &["ENC(abc)", "ENC[AES256_GCM]", "{cipher}ab", "vault:v1:ab"],
            Some(Doubt::Encrypted),
        );
    }

    #[test]
    fn words_of_documentation_are_refused() {
        let words = [
            "changeme",
            "AB3QEXAMPLEKEY",
            "your-api-key",
            "YOUR_TOKEN_HERE",
            "my-secret-token",
            "fooBarBaz",
        ];
        refused(&words, Some(Doubt::Placeholder));
        let words = [
            "example-3f9a",
            "mysecretpassword",
            "TestPassword",
            "<your key>",
            "dummyvalue",
        ];
        let refused_any = |value: &&str| {
            let value = value.as_bytes();
            check(value, &Makeup::of(value)).is_err() || check_words(value).is_err()
        };
        assert!(words.iter().all(refused_any));
    }

    #[test]
    fn others_may_be_secrets() {
        refused(
            &[
                "Tr0ub4dor&3x",
                "letmein99",
                "$Ecr3t",
                "admin123",
                "pa{ss>w0rd",
                "8%",
                "Zu{n73m}eJ9",
                "k%(3a)Wq2",
            ],
            None,
        );
    }
}
