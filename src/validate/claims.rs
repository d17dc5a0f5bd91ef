//! Tokens that hold JSON which says whose they are: signed claims, or base 64 of an object.
//!
//! The claims of a JSON Web Token are what `jwt` read; this file only asks who issued it, so that a
//! rule can say more than that it is one.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Map, Value};

use super::{Validity, jwt, proof, stretch};

/// Longest object that is read, in characters of base 64.
const OBJECT_LEN_MAX: usize = 8 << 10;

/// Checks a JSON Web Token that a Kubernetes cluster issued to a service account.
///
/// Its subject is `system:serviceaccount:…`, or one of its claims is `kubernetes.io` or begins so.
///
/// Source: Kubernetes documentation, "Managing Service Accounts", bound and legacy tokens.
pub(super) fn kubernetes(value: &[u8]) -> Validity {
    let of_account = |claims: Map<String, Value>| {
        let subject = claims.get("sub").and_then(Value::as_str);
        let named = subject.is_some_and(|name| name.starts_with("system:serviceaccount:"));
        named || claims.keys().any(|key| key.starts_with("kubernetes.io"))
    };
    proof(jwt::claims(value).is_some_and(of_account))
}

/// Makes a token of a service account from any bytes.
pub(super) fn complete_kubernetes(value: &mut Vec<u8>) {
    let random = stretch(value, 32 + 16 + 256);
    let (kid, uid) = (BASE64URL_NOPAD.encode(&random[..32]), uuid(&random[32..48]));
    let header = format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#);
    let account = format!(r#"{{"name":"default","uid":"{uid}"}}"#);
    let payload = format!(
        r#"{{"aud":["https://kubernetes.default.svc"],"exp":1800000000,"iat":1700000000,"iss":"https://kubernetes.default.svc","kubernetes.io":{{"namespace":"default","serviceaccount":{account}}},"sub":"system:serviceaccount:default:default"}}"#
    );
    *value = signed(header.as_bytes(), payload.as_bytes(), &random[48..]);
}

/// Checks the key of a Supabase project whose role is `service_role`; that of the role `anon` is
/// public.
///
/// Source: Supabase documentation, "Understanding API keys", legacy JWT-based keys.
pub(super) fn supabase(value: &[u8]) -> Validity {
    let of_service = |claims: Map<String, Value>| {
        let is = |key: &str, text: &str| claims.get(key).and_then(Value::as_str) == Some(text);
        is("iss", "supabase") && is("role", "service_role")
    };
    proof(jwt::claims(value).is_some_and(of_service))
}

/// Makes a key of the role `service_role` from any bytes.
pub(super) fn complete_supabase(value: &mut Vec<u8>) {
    let random = stretch(value, 20 + 32);
    let project: String = random[..20].iter().map(letter).collect();
    let payload = format!(
        r#"{{"iss":"supabase","ref":"{project}","role":"service_role","iat":1700000000,"exp":2015576000}}"#
    );
    let header = br#"{"alg":"HS256","typ":"JWT"}"#;
    *value = signed(header, payload.as_bytes(), &random[20..]);
}

/// Checks a 1Password service account token: `ops_` and base 64 of an object.
///
/// Valid where the object names the account; an object of other keys proves nothing.
///
/// Source: 1Password developer documentation, "Service accounts"; 1Password SDKs.
pub(super) fn onepassword(value: &[u8]) -> Validity {
    let text = value.strip_prefix(b"ops_").unwrap_or_default();
    let known = ["signInAddress", "secretKey", "srpX", "userAuth"];
    match object(text) {
        Some(object) if known.iter().any(|key| object.contains_key(*key)) => Validity::Valid,
        Some(_) => Validity::Unknown,
        None => Validity::Invalid,
    }
}

/// Makes a service account token from any bytes.
pub(super) fn complete_onepassword(value: &mut Vec<u8>) {
    let random = stretch(value, 96);
    let (email, salt) = (
        HEXLOWER.encode(&random[..8]),
        BASE64URL_NOPAD.encode(&random[8..24]),
    );
    let (verifier, key) = (
        HEXLOWER.encode(&random[24..56]),
        BASE64URL_NOPAD.encode(&random[56..88]),
    );
    let object = format!(
        r#"{{"signInAddress":"my.1password.com","userAuth":{{"method":"SRPg-4096","alg":"PBES2g-HS256","iterations":650000,"salt":"{salt}"}},"email":"{email}@example.net","srpX":"{verifier}","muk":{{"alg":"A256GCM","k":"{key}","kty":"oct","kid":"mp"}}}}"#
    );
    *value = ["ops_", &BASE64URL_NOPAD.encode(object.as_bytes())]
        .concat()
        .into_bytes();
}

/// Checks a Mapbox token: `sk.`, base 64 of an object with an account and an id, and a signature.
///
/// Source: Mapbox documentation, "Access tokens", and the claims `u` and `a` of its Tokens API.
pub(super) fn mapbox(value: &[u8]) -> Validity {
    let mut parts = value.split(|&byte| byte == b'.').skip(1);
    let claims = parts.next().and_then(object);
    let named = |claims: Map<String, Value>| {
        ["u", "a"]
            .iter()
            .all(|key| claims.get(*key).is_some_and(Value::is_string))
    };
    proof(claims.is_some_and(named) && parts.next().is_some_and(|end| !end.is_empty()))
}

/// Makes a token for an account from any bytes, with the letters that the value begins with.
pub(super) fn complete_mapbox(value: &mut Vec<u8>) {
    let random = stretch(value, 8 + 12 + 16);
    let account: String = random[..8].iter().map(letter).collect();
    let id = HEXLOWER.encode(&random[8..20]);
    let claims = format!(r#"{{"u":"{account}","a":"cl{id}"}}"#);
    let parts = [claims.as_bytes(), &random[20..]].map(|part| BASE64URL_NOPAD.encode(part));
    *value = ["sk", &parts[0], &parts[1]].join(".").into_bytes();
}

/// The JSON object of which `text` is base 64, in either alphabet and with or without padding.
fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let n_padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let text = text
        .get(..text.len() - n_padding)
        .filter(|text| text.len() <= OBJECT_LEN_MAX)?;
    let url_safe = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        _ => *byte,
    };
    let text: Vec<u8> = text.iter().map(url_safe).collect();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(&text).ok()?).ok()
}

fn signed(header: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let parts = [header, payload, signature];
    parts
        .map(|part| BASE64URL_NOPAD.encode(part))
        .join(".")
        .into_bytes()
}

fn letter(byte: &u8) -> char {
    char::from(b'a' + byte % 26)
}

fn uuid(bytes: &[u8]) -> String {
    let hex = HEXLOWER.encode(bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &hex[part]);
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::{
        BASE64URL_NOPAD, Validity, kubernetes, mapbox, object, onepassword, signed, supabase,
    };

    fn token(payload: &str) -> Vec<u8> {
        signed(
            br#"{"alg":"HS256","typ":"JWT"}"#,
            payload.as_bytes(),
            &[7; 32],
        )
    }

    #[test]
    fn service_accounts_are_told_by_subject_or_claim() {
        for payload in [
            r#"{"sub":"system:serviceaccount:a:b"}"#,
            r#"{"kubernetes.io":{"namespace":"a"}}"#,
            r#"{"kubernetes.io/serviceaccount/namespace":"a"}"#,
        ] {
            assert_eq!(kubernetes(&token(payload)), Validity::Valid, "{payload}");
        }
        for payload in [
            r#"{"sub":"system:node:a"}"#,
            r#"{"iss":"kubernetes.io"}"#,
            "{}",
            "[]",
        ] {
            assert_eq!(kubernetes(&token(payload)), Validity::Invalid, "{payload}");
        }
    }

    #[test]
    fn public_and_local_keys_of_supabase_are_refused() {
        let service = r#"{"iss":"supabase","role":"service_role"}"#;
        assert_eq!(supabase(&token(service)), Validity::Valid);
        for payload in [
            r#"{"iss":"supabase","role":"anon"}"#,
            r#"{"iss":"supabase-demo","role":"service_role"}"#,
            r#"{"role":"service_role"}"#,
        ] {
            assert_eq!(supabase(&token(payload)), Validity::Invalid, "{payload}");
        }
    }

    #[test]
    fn unsigned_claims_prove_nothing() {
        let header = br#"{"alg":"none"}"#;
        let payload = br#"{"sub":"system:serviceaccount:a:b"}"#;
        assert_eq!(
            kubernetes(&signed(header, payload, &[7; 32])),
            Validity::Invalid
        );
    }

    #[test]
    fn objects_of_other_keys_are_not_proof() {
        let token = |text: &str| ["ops_", &BASE64URL_NOPAD.encode(text.as_bytes())].concat();
        let check = |text: &str| onepassword(token(text).as_bytes());
        assert_eq!(check(r#"{"secretKey":"a"}"#), Validity::Valid);
        assert_eq!(check(r#"{"other":"a"}"#), Validity::Unknown);
        assert_eq!(check(r#"["secretKey"]"#), Validity::Invalid);
        assert_eq!(onepassword(b"ops_eyJ"), Validity::Invalid);
    }

    #[test]
    fn mapbox_tokens_name_an_account_and_an_id() {
        let token = |text: &str| ["sk", &BASE64URL_NOPAD.encode(text.as_bytes()), "x"].join(".");
        let check = |text: &str| mapbox(token(text).as_bytes());
        assert_eq!(check(r#"{"u":"a","a":"b"}"#), Validity::Valid);
        assert_eq!(check(r#"{"u":"a"}"#), Validity::Invalid);
        assert_eq!(check(r#"{"u":1,"a":2}"#), Validity::Invalid);
        assert_eq!(mapbox(b"sk.eyJ1IjoiYSIsImEiOiJiIn0"), Validity::Invalid);
    }

    #[test]
    fn both_alphabets_and_padding_are_read() {
        // The text has bytes whose base 64 differs between the alphabets.
        let text = "{\"a\":\"\u{7ff}\u{7ff}?\u{7ff}\"}";
        let standard = data_encoding::BASE64.encode(text.as_bytes());
        let url_safe = BASE64URL_NOPAD.encode(text.as_bytes());
        assert_ne!(standard.trim_end_matches('='), url_safe);
        assert!(object(standard.as_bytes()).is_some());
        assert_eq!(object(standard.as_bytes()), object(url_safe.as_bytes()));
        assert_eq!(object(b"===="), None);
    }
}
