//! Records of a database: the values of one row, or of one entry of an index.
//!
//! Source: SQLite, "Database File Format", 1.6 Varint and 2.1 Record Format.

use std::ops::Range;

use crate::decode::View;

/// A value whose bytes may be text.
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) is_text: bool,
}

/// Reads a number; yields how many bytes it takes too.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (i, &byte) in bytes.iter().enumerate().take(8) {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((number, i + 1));
        }
    }
    let last = bytes.get(8)?;
    Some((number << 8 | u64::from(*last), 9))
}

/// The texts and blobs of a record; `None` where it contradicts itself.
pub(super) fn values(record: &[u8]) -> Option<Vec<Value>> {
    let (header_len, mut at) = varint(record)?;
    let header_len = usize::try_from(header_len).ok()?;
    let header = record.get(..header_len)?;
    let mut start = header_len;
    let mut values = Vec::new();
    while at < header_len {
        let (kind, n) = varint(&header[at..])?;
        at += n;
        let len = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        if end > record.len() {
            return None;
        }
        if kind >= 12 && end > start {
            values.push(Value {
                range: start..end,
                is_text: kind % 2 == 1,
            });
        }
        start = end;
    }
    if start < record.len() {
        values.push(Value {
            range: start..record.len(),
            is_text: false,
        });
    }
    Some(values)
}

/// Adds a row to a text: its values with a tab between them and a line feed behind.
pub(super) fn write(record: &[u8], values: &[Value], view: View, text: &mut Vec<u8>) {
    let mut read = Vec::new();
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            text.push(b'\t');
        }
        let bytes = &record[value.range.clone()];
        if value.is_text && view != View::Bytes {
            view.read(bytes, &mut read);
            text.extend_from_slice(&read);
        } else {
            text.extend_from_slice(bytes);
        }
    }
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::{values, varint, write};
    use crate::decode::View;

    #[test]
    fn numbers_take_one_to_nine_bytes() {
        assert_eq!(varint(&[5]), Some((5, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(varint(&[]), None);
    }

    #[test]
    fn values_of_a_row_stand_apart() {
        // Header of 5 bytes: null, a byte, the text "ab", the blob "cd".
        let record = b"\x05\x00\x01\x11\x10\x07abcd";
        let found = values(record).expect("a record");
        let mut text = Vec::new();
        write(record, &found, View::Bytes, &mut text);
        assert_eq!(text, b"ab\tcd\n");
        let mut text = Vec::new();
        write(
            b"\x02\x11a\0",
            &values(b"\x02\x11a\0").expect("one"),
            View::Utf16Le,
            &mut text,
        );
        assert_eq!(text, b"a\n");
    }

    #[test]
    fn a_record_that_lies_is_none() {
        for record in [
            &b""[..],
            b"\x05\x00",
            b"\x02\x0a",
            b"\x02\x11a",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x03\x00\x81",
        ] {
            assert!(values(record).is_none(), "{record:?}");
        }
    }
}
