//! What the name says: whether its value is the secret itself, and how clearly.
//!
//! `db_password` and `clientSecret` name secrets; `password_length`, `next_page_token` and `monkey`
//! do not. The words of the name are looked at one by one, so `tokenizer` is no token.

use std::ops::Range;
use std::sync::LazyLock;

use crate::plausible::words::{Table, parts, without_digits};
use crate::plausible::{Assignment, Doubt, Syntax, Wanted, line};

/// How clearly a name says that its value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// `salt`: seldom one by itself.
    Doubtful,
    /// `key`, `auth`: it may be one.
    Vague,
    /// `credentials`, `token_foo`: it may be several, or words follow that are not known.
    Loose,
    /// `api_key`, `db_password`.
    Clear,
}

/// Says how clearly the name is that of a secret.
///
/// # Errors
///
/// What it is the name of instead.
pub(super) fn claim(assignment: &Assignment<'_>) -> Result<Claim, Doubt> {
    let Assignment { name, word, .. } = assignment;
    // The type of a password in the clear (WS-Security, UsernameToken Profile 1.1.1, section 3.1).
    if assignment.syntax == Syntax::Element && name.ends_with(b"PasswordText") {
        return Ok(Claim::Clear);
    }
    let text = name.get(word.clone()).unwrap_or_default();
    let mut claim = Claim::Clear;
    let mut before: [&[u8]; 2] = [b"", b""];
    let mut glued: &[u8] = b"";
    for part in parts(name) {
        if part.end <= word.start {
            before = [before[1], &name[part]];
        } else if part.start >= word.end {
            claim = claim.min(after(&name[part])?);
        } else {
            if part.start < word.start {
                glued = &name[part.start..word.start];
            }
            if part.end > word.end {
                claim = claim.min(ending(name, &part, word)?);
            }
        }
    }
    if before[1].is_empty() && glued.is_empty() {
        before = words_before(assignment);
    }
    claim = claim.min(qualified(text, glued, before)?);
    if assignment.wanted == Wanted::Token && COLLECTIONS.has(text) {
        claim = claim.min(Claim::Loose);
    }
    Ok(claim)
}

/// The words of a sentence before a name, as in `the API key: …`.
fn words_before<'a>(assignment: &Assignment<'a>) -> [&'a [u8]; 2] {
    let spoken = assignment.syntax == Syntax::Colon && assignment.word.start == 0;
    let Some(before) = line::before_name(assignment).filter(|_| spoken) else {
        return [b"", b""];
    };
    let mut words = before.rsplit(|&byte| byte == b' ');
    if words.next() != Some(b"") {
        return [b"", b""];
    }
    let word = |word: Option<&'a [u8]>| {
        let plain = |word: &&[u8]| word.iter().all(u8::is_ascii_alphanumeric);
        word.filter(plain).unwrap_or_default()
    };
    let nearest = word(words.next());
    [word(words.next()), nearest]
}

/// What a word after the telling one says.
fn after(word: &[u8]) -> Result<Claim, Doubt> {
    if BELONGINGS.has_numbered(word) {
        return Err(Doubt::Belonging);
    }
    let neutral = NEUTRAL.has(word) || without_digits(word).len() < 2;
    Ok(if neutral { Claim::Clear } else { Claim::Loose })
}

/// What the letters say that follow the telling word without a boundary.
fn ending(name: &[u8], part: &Range<usize>, word: &Range<usize>) -> Result<Claim, Doubt> {
    let rest = without_digits(&name[word.end..part.end]);
    if rest.is_empty() || rest.eq_ignore_ascii_case(b"s") {
        return Ok(Claim::Clear);
    }
    if BELONGINGS.has(rest) {
        return Err(Doubt::Belonging);
    }
    // `keyword` is a word of its own, `pass_word` is not.
    match NEUTRAL.has(rest) && !rest.eq_ignore_ascii_case(b"word") {
        true => Ok(Claim::Clear),
        false => Err(Doubt::OtherWord),
    }
}

/// What the words before the telling one say of it, and the letters glued to it.
fn qualified(word: &[u8], glued: &[u8], before: [&[u8]; 2]) -> Result<Claim, Doubt> {
    let nearest = if glued.is_empty() { before[1] } else { glued };
    let both = if glued.is_empty() {
        before
    } else {
        [before[1], glued]
    };
    let forged = |word: &&[u8]| {
        let start = word.get(..4).unwrap_or_default();
        start.eq_ignore_ascii_case(b"csrf") || start.eq_ignore_ascii_case(b"xsrf")
    };
    if both.iter().any(|word| is_public(word) || forged(word)) {
        return Err(Doubt::OtherKind);
    }
    let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
    if is(b"key") || is(b"keys") {
        return match KEY_KINDS.has_numbered(nearest) {
            true => Ok(Claim::Clear),
            false if glued.is_empty() => vague_unless(&OTHER_KEYS, nearest),
            false => Err(Doubt::OtherWord),
        };
    }
    if is(b"salt") {
        return Ok(Claim::Doubtful);
    }
    if is(b"auth") || is(b"pass") || is(b"pw") {
        return match glued.is_empty() || OWNERS.has(glued) {
            true if is(b"auth") => Ok(Claim::Vague),
            true => Ok(Claim::Clear),
            false => Err(Doubt::OtherWord),
        };
    }
    let is_token = word.len() >= 5 && word[..5].eq_ignore_ascii_case(b"token");
    if is_token && both.iter().any(|word| OTHER_TOKENS.has_numbered(word)) {
        return Err(Doubt::OtherKind);
    }
    Ok(Claim::Clear)
}

fn vague_unless(table: &Table, word: &[u8]) -> Result<Claim, Doubt> {
    match table.has_numbered(word) {
        true => Err(Doubt::OtherKind),
        false => Ok(Claim::Vague),
    }
}

/// Words of which a value is seldom a secret by itself.
static COLLECTIONS: LazyLock<Table> =
    LazyLock::new(|| Table::new("cred credential credentials creds"));

/// Whether a word before another makes it public or nothing to hide.
pub(super) fn is_public(word: &[u8]) -> bool {
    PUBLIC.has(word)
}

/// Words before any other that make it public or nothing to hide.
static PUBLIC: LazyLock<Table> = LazyLock::new(|| Table::new("anon pub public publishable"));

/// Words before `key` that make it a credential.
static KEY_KINDS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "access account acct activation admin aes api app application auth authentication \
     authorization authorize aws bot cipher client consumer crypt crypto decrypt decryption \
     deploy deployment developer device ec ecdsa enc encrypt encryption escrow gateway hash hmac \
     integration jwt lic licence license licensing mac management master merchant openai partner \
     personal pre preshared priv private product provisioning psk recovery registration rest root \
     publish rsa sdk secret secure security sendgrid server service session shared sign signature signing ssh \
     storage stream stripe subscription support symmetric tls transfer unseal upload vault wallet webhook wep \
     wifi wpa write",
    )
});

/// Words before `key` that make it a name in a table, a key on a keyboard or a public key.
static OTHER_KEYS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "alt arrow attribute cache cell child col column composite config context ctrl data dedup \
         dict document down edge edit element entity entry enum event feature field filter flag \
         foreign form format global group hash header hot i18n idempotency image index input \
         instance issue item json label lang language layout left locale localization lookup map \
         menu message meta metadata method metric modifier module natural node object option \
         order page param parameter parent partition path primary project prop property query \
         react record recv ref region registry relation resource right route routing row schema \
         search setting shard shift shortcut site sort state store style sub surrogate symbol tab \
         table tag task text theme title tooltip topic trace translate translation tree type \
         unique up usage value variable widget",
    )
});

/// Words before `token` that make it a piece of text, a page or a guard of a form.
static OTHER_TOKENS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "abort added amp asterisk at audio backtick bang bar begin bool bos brace bracket cancel \
         cancellation caret char close closing cls colon color colour comma comment completion \
         continuation continue csrf css cursor delimiter design di dollar dot dummy end eof eol \
         eos equals expected first float ident identifier image injection input int keyword last \
         left lex lexer literal mask max middleware min minus name new newline next non nonce num \
         number op open opening operator output pad page pagination paren parse parser peek pipe \
         plus prev previous prompt punctuation question quote regex resume right semi semicolon \
         sep separator site slash slot special start stop string style sub sync syntax template \
         text theme tilde total trailing unexpected unk unknown upload value video vocab word \
         xsrf",
    )
});

/// Words that are written together with `pass` and `auth`; all others are words of their own, such
/// as `bypass` and `compass`.
static OWNERS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "account admin api app auth bot client db email ftp git http imap jwt key keystore ldap login \
     mail mongo my mysql new old pg pop proxy redis root rpc server sftp smtp sql ssh store sudo \
     truststore user usr vnc vpn web wifi zip",
    )
});

/// Words after the telling one that leave the value a secret.
static NEUTRAL: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "access admin again api app b64 base base64 beta bytes client confirm confirmation \
         current default demo dev development encoded example fallback hex int internal key live \
         local main master new old override pass passphrase passwd password phrase plain \
         plaintext primary private prod production qa raw read repeat ro root rw salt sandbox \
         secondary secret seed server stage staging str string temp test testing tmp token uat \
         val value values verify word write",
    )
});

/// Words after the telling one that make it the name of something else.
static BELONGINGS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "account action addr address age alg algo algorithm alias allowed amount arg args \
         argument arguments arn array at attempts attr attribute aud audience authority backend \
         balance body box btn bucket buffer builder button cache callback caption change changed \
         char characters charset check checker checksum cipher claim claims class classes cls cmd \
         code codec col color column command comment complexity component condition conf config \
         configuration consumer context contract control controller cookie cost count counter \
         created creation curve date day days decimals def definition delimiter desc description \
         detail details dialog dict digest dir directory disabled doc docs documentation domain \
         down duration el element email enabled encoder encoding end endpoint engine entry enum \
         env envvar err error errors event exception exchange exists exp expiration expire \
         expired expires expiry extractor factory feature field fields file filename filenames \
         filepath files filter fingerprint flag flags flow fn folder form format formatter func \
         function generator getter grant group handle handler hash hashed hasher hashes header \
         headers heading help helper helpers hint holder host hostname icon id identifier ids idx \
         image index info information input instance interval invalid iss issuer item iteration \
         iterations iterator kid kind label labels len length level lifetime limit limits line \
         link list listener loader location log logo lookup manager map mapping mask match \
         matcher max message messages meta metadata method middleware min missing mode model \
         module msg name names namespace node note num number obj object offset option options \
         opts origin owner page pair param parameter parameters params parser partition path \
         paths pattern patterns permission permissions placeholder plugin policies policy port \
         pos position prefix prefixes price principal prompt prop properties property protocol \
         provider ptr pub public purpose query question rate ratio re realm ref reference \
         references refs regex regexp region register registry request required requirement \
         requirements reset resolver resource response result role roles rotation route row rule \
         rules schema scheme scope scopes score screen script selector separator serializer \
         service session set setting settings sha sha1 sha256 share sig signature size sizes slot \
         source spec src standard start state status storage store strategy stream strength style \
         subject suffix supply symbol table tag template term text thumbprint time timeout times \
         timestamp title toggle tooltip transform ttl tuple type types uid unit update updated \
         uri uris url urls usage use used user username usernames users util utils uuid valid \
         validate validation validator validators validity var variable variables verifier \
         version versions view visibility visible warning widget width window wrapper zone",
    )
});

#[cfg(test)]
mod tests {
    use super::{Claim, claim};
    use crate::plausible::{Assignment, Doubt, Quotes, Syntax, Wanted};

    #[track_caller]
    fn check(word: &str, names: &[&str], expected: Result<Claim, Doubt>) {
        for name in names {
            let at = name
                .to_ascii_lowercase()
                .rfind(word)
                .expect("it holds the word");
            let assignment = Assignment {
                wanted: Wanted::Token,
                syntax: Syntax::Equals,
                quotes: Quotes::Quoted,
                name: name.as_bytes(),
                word: at..at + word.len(),
                line: b"",
                value: 0..0,
            };
            assert_eq!(claim(&assignment), expected, "{name}");
        }
    }

    #[test]
    fn names_of_secrets_are_clear() {
        let names = [
            "password",
            "dbPassword",
            "DB_PASSWORD_1",
            "spring.datasource.password",
        ];
        check("password", &names, Ok(Claim::Clear));
        let names = ["dbpassword", "passwords", "PASSWORD_PROD", "passwordValue"];
        check("password", &names, Ok(Claim::Clear));
        check(
            "token",
            &["authToken", "accesstoken", "GITHUB_TOKEN", "token2"],
            Ok(Claim::Clear),
        );
        check(
            "secret",
            &["AWS_SECRET_ACCESS_KEY", "secretKey", "jwtsecret"],
            Ok(Claim::Clear),
        );
        check(
            "key",
            &["apiKey", "ACCESS_KEY", "sshkey", "rsa_key_2"],
            Ok(Claim::Clear),
        );
        check("pass", &["smtp_pass", "dbpass"], Ok(Claim::Clear));
    }

    #[test]
    fn names_that_say_little_are_vague() {
        check("key", &["key", "fooKey", "KEY_2"], Ok(Claim::Vague));
        check("token", &["token_foo", "TOKEN_GITHUB"], Ok(Claim::Loose));
        check("auth", &["auth", "_auth"], Ok(Claim::Vague));
        check("salt", &["salt", "hostSalt"], Ok(Claim::Doubtful));
    }

    #[test]
    fn what_belongs_to_a_secret_is_none() {
        let names = [
            "password_length",
            "passwordHash",
            "password-field",
            "password.reset",
        ];
        check("password", &names, Err(Doubt::Belonging));
        check(
            "token",
            &["tokenid", "token_url", "TOKEN_ENDPOINT1"],
            Err(Doubt::Belonging),
        );
        check("key", &["api_key_id", "keyName"], Err(Doubt::Belonging));
    }

    #[test]
    fn other_words_and_kinds_are_no_secrets() {
        check("token", &["tokenizer", "tokenized"], Err(Doubt::OtherWord));
        check("secret", &["secretary"], Err(Doubt::OtherWord));
        check(
            "key",
            &["monkey", "keyword", "turkey_1"],
            Err(Doubt::OtherWord),
        );
        check(
            "pass",
            &["bypass", "compass", "passenger", "passive"],
            Err(Doubt::OtherWord),
        );
        check("auth", &["author", "authority"], Err(Doubt::OtherWord));
        check(
            "key",
            &["publicKey", "primary_key", "sort-key", "i18n.key"],
            Err(Doubt::OtherKind),
        );
        check(
            "token",
            &[
                "nextPageToken",
                "csrf_token",
                "eosToken",
                "csrfmiddlewaretoken",
            ],
            Err(Doubt::OtherKind),
        );
    }
}
