//! Base64 of what can be read: text, images, archives.
//!
//! Secrets are put into base64 too, so the text inside is handed back to be judged instead.

/// The most that is decoded, in bytes of base64.
pub(super) const ENCODED_MAX: usize = 64;

/// The beginning of a value, decoded.
pub(super) enum Inner {
    /// Printable ASCII: so many bytes of [`Decoded`].
    Text(usize),
    /// A container of a known format, or nothing but words.
    Container,
    /// Anything else.
    Opaque,
}

/// Room for what is decoded.
pub(super) type Decoded = [u8; ENCODED_MAX];

/// Beginnings of base64 of images, fonts, archives, programs and serialized objects.
///
/// Sources: the magic numbers of PNG, JPEG, GIF, RIFF, WOFF, gzip, zip, PDF, WebAssembly, Java's
/// object streams and SVG or XML text.
static CONTAINERS: &[&[u8]] = &[
    b"iVBORw0KGgo",
    b"/9j/",
    b"R0lGOD",
    b"UklGR",
    b"d09GR",
    b"d09GM",
    b"H4sIA",
    b"UEsDB",
    b"JVBERi0",
    b"AGFzbQ",
    b"rO0AB",
    b"PHN2Zy",
    b"PD94bW",
    b"AAEAAAA",
    b"T1RUTw",
    b"SUkqA",
    b"AAABAA",
    b"Qk0",
];

/// Looks at what a value in base64, base64url or hexadecimal digits begins with.
pub(super) fn inner(value: &[u8], decoded: &mut Decoded) -> Inner {
    if is_text_in_hex(value) || is_unsigned(value) {
        return Inner::Container;
    }
    let long = |start: &&&[u8]| start.len() > 4 || value.len() > 100;
    if CONTAINERS
        .iter()
        .filter(long)
        .any(|start| value.starts_with(start))
    {
        return Inner::Container;
    }
    let whole = &value[..value.len().min(ENCODED_MAX)];
    let end = whole.iter().rposition(|&byte| byte != b'=');
    // A cut value is decoded up to the last whole group; the rest of a whole one is decoded too.
    let digits = &whole[..end.map_or(0, |at| at + 1)];
    if digits.len() % 4 == 1 || digits.len() < DIGITS_MIN {
        return Inner::Opaque;
    }
    let mut standard = [0; ENCODED_MAX];
    let standard = &mut standard[..digits.len()];
    standard.copy_from_slice(digits);
    for byte in &mut *standard {
        match *byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    let n_bytes = digits.len() * 3 / 4;
    let Ok(n_bytes) = PERMISSIVE.decode_mut(standard, &mut decoded[..n_bytes]) else {
        return Inner::Opaque;
    };
    let text = decoded[..n_bytes].trim_ascii_end();
    let printable = |b: &u8| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\r' | b'\t');
    match text.len() >= 6 && text.iter().all(printable) {
        true => Inner::Text(text.len()),
        false => Inner::Opaque,
    }
}

/// The least number of escaped bytes that are worth anything.
const BYTES_MIN: usize = 8;

/// The least length of base64 that is read, in digits: of 12 at random, one in 7,000 are text.
const DIGITS_MIN: usize = 12;

/// Whether it begins as a JSON Web Token does and has no signature: it was cut, or is a part of one.
///
/// Source: RFC 7515, section 3.1.
fn is_unsigned(value: &[u8]) -> bool {
    let n_digits = value
        .rsplit(|&byte| byte == b'.')
        .next()
        .map_or(0, <[u8]>::len);
    let n_dots = value.iter().filter(|&&byte| byte == b'.').count();
    value.starts_with(b"eyJ")
        && (n_dots < 2 || n_digits < SIGNATURE_MIN)
        && value.get(..20).is_none_or(is_text)
}

/// Whether digits of base64, a multiple of four, stand for printable ASCII.
fn is_text(digits: &[u8]) -> bool {
    let decoded = data_encoding::BASE64URL.decode(digits);
    decoded.is_ok_and(|bytes| bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' '))
}

/// The least length of a signature in base64url, in digits.
const SIGNATURE_MIN: usize = 20;

/// Whether all of it are letters, digits and blanks in hexadecimal digits: a word in a test.
fn is_text_in_hex(value: &[u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let letter = |pair: &[u8]| {
        let byte = digit(pair[0])
            .zip(digit(pair[1]))
            .map(|(high, low)| high * 16 + low);
        let byte = byte.and_then(|byte| u8::try_from(byte).ok());
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
    };
    value.len() >= 16 && value.len().is_multiple_of(2) && value.chunks(2).all(letter)
}

/// What a value of escaped bytes is, such as `\x8f\x02`.
pub(super) enum Escaped {
    /// It has few escapes or none.
    No,
    /// Text in UTF-8, or too few bytes to be anything else.
    Text,
    /// Bytes that are no text.
    Binary,
}

/// Looks at the bytes that `\xhh` stands for.
pub(super) fn escaped(value: &[u8]) -> Escaped {
    let mut bytes = [0; ENCODED_MAX];
    let (mut n_bytes, mut n_escapes, mut at) = (0, 0, 0);
    if !value.contains(&b'\\') {
        return Escaped::No;
    }
    if holds_foreign_letter(value) {
        return Escaped::Text;
    }
    while at < value.len() && n_bytes < ENCODED_MAX {
        let digits = value[at..]
            .strip_prefix(b"\\x")
            .and_then(|rest| rest.get(..2));
        let byte = digits.and_then(|digits| {
            data_encoding::HEXLOWER_PERMISSIVE
                .decode_mut(digits, &mut bytes[n_bytes..=n_bytes])
                .ok()
        });
        if byte.is_some() {
            n_escapes += 1;
            at += 4;
        } else {
            bytes[n_bytes] = value[at];
            at += 1;
        }
        n_bytes += 1;
    }
    // Bytes by chance are printable ASCII, which is not escaped, three times in eight.
    if n_escapes < 2 || n_escapes * 3 < n_bytes {
        return Escaped::No;
    }
    if n_bytes < BYTES_MIN {
        return Escaped::Text;
    }
    match std::str::from_utf8(&bytes[..n_bytes]) {
        Err(error) if error.valid_up_to() + 4 < n_bytes => Escaped::Binary,
        _ => Escaped::Text,
    }
}

/// Whether a letter above ASCII stands in it as `\uhhhh`.
fn holds_foreign_letter(value: &[u8]) -> bool {
    value.windows(6).any(|escape| match escape {
        [b'\\', b'u', digits @ ..] => {
            digits.iter().all(u8::is_ascii_hexdigit) && !digits.starts_with(b"00")
                || matches!(
                    digits,
                    [b'0', b'0', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', _]
                )
        }
        _ => false,
    })
}

/// Base64 without padding, whatever the bits are that the last digit leaves over.
static PERMISSIVE: std::sync::LazyLock<data_encoding::Encoding> = std::sync::LazyLock::new(|| {
    let mut specification = data_encoding::BASE64_NOPAD.specification();
    specification.check_trailing_bits = false;
    specification
        .encoding()
        .expect("the alphabet is that of base64")
});

#[cfg(test)]
mod tests {
    use super::{ENCODED_MAX, Escaped, Inner, escaped, inner};

    #[track_caller]
    fn check(value: &str, expected: &str) {
        let mut decoded = [0; ENCODED_MAX];
        let found = match inner(value.as_bytes(), &mut decoded) {
            Inner::Text(n_bytes) => String::from_utf8_lossy(&decoded[..n_bytes]).into_owned(),
            Inner::Container => "(container)".to_owned(),
            Inner::Opaque => "(opaque)".to_owned(),
        };
        assert_eq!(found, expected, "{value}");
    }

    #[test]
    fn text_is_read_in_both_alphabets() {
        for text in [
            "user:words?>",
            "hello world",
            "some~text~~~",
            "line\n of text",
        ] {
            check(&data_encoding::BASE64.encode(text.as_bytes()), text);
            check(
                &data_encoding::BASE64URL_NOPAD.encode(text.as_bytes()),
                text,
            );
        }
        let long = "words ".repeat(30);
        check(&data_encoding::BASE64.encode(long.as_bytes()), &long[..47]);
    }

    #[test]
    fn escaped_bytes_are_text_or_not() {
        assert!(matches!(
            escaped(br"\x6b\x65\x79\x20\x65\x78"),
            Escaped::Text
        ));
        assert!(matches!(
            escaped(br"\x8f\xd3k\x02\x91\xfe=\x00\xc4\x11"),
            Escaped::Binary
        ));
        assert!(matches!(escaped(br"Contrase\u00f1a"), Escaped::Text));
        assert!(matches!(escaped(br"k3y\u003cab"), Escaped::No));
    }

    #[test]
    fn images_are_containers_and_noise_is_opaque() {
        check("iVBORw0KGgoAAAANSUhEUg", "(container)");
        check("73706c656e6469642079656c6c6f7721", "(opaque)");
        check("73706c656e6469642079656c6c6f77", "(container)");
        check(&data_encoding::BASE64.encode(&[0x9f; 32]), "(opaque)");
        check("abc", "(opaque)");
    }
}
