//! RPM packages: headers that hold descriptions and scripts, and a cpio archive, usually compressed.
//!
//! Checksums and signatures are not verified: what is compressed has checksums of its own.

use std::io::{BufRead, ErrorKind, Read};

use lzma_rust2::LzmaReader;

use crate::unpack::input::{self, Halt, Input};
use crate::unpack::kinds;
use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// Length of what a package begins with.
const MAGIC: usize = 4;
/// Length of all that stands before the first header.
const LEAD: usize = 96;
/// Length of the start of a header.
const INTRO: usize = 16;
/// Length of the description of one value of a header.
const INDEX: u64 = 16;
/// What each header begins with.
const HEADER_MAGIC: &[u8] = b"\x8e\xad\xe8\x01";
/// What LZMA begins with, with its usual properties and a dictionary of 64 KiB or more.
const LZMA: &[u8] = b"\x5d\0\0";
/// The name of the archive in a package.
const PAYLOAD: &[u8] = b"payload.cpio";

/// Opens an RPM package. It has no end but that of its bytes.
///
/// Source: RPM reference manual, "RPM V4 package format".
pub(super) fn open(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut input = Input::new(bytes);
    input::finish(read(&mut input, out))
}

fn read(input: &mut Input<'_>, out: &mut dyn Members) -> Result<(), Halt> {
    // With its magic it would pass for a package.
    input.vec(MAGIC)?;
    let lead = input.vec(LEAD - MAGIC)?;
    header(input, "signature", lead, out)?;
    // Only the first header is padded.
    let n = input.at().next_multiple_of(8) - input.at();
    let padding = input.vec(n as usize)?;
    header(input, "header", padding, out)?;
    payload(input, out)
}

/// Hands over a header whole, with what stands before it.
fn header(
    input: &mut Input<'_>,
    label: &str,
    mut head: Vec<u8>,
    out: &mut dyn Members,
) -> Result<(), Halt> {
    let intro = input.vec(INTRO)?;
    head.extend_from_slice(&intro);
    let [magic @ .., _, _, _, _, n3, n2, n1, n0, s3, s2, s1, s0] = &intro[..] else {
        return Err(input.give_up(&head, Trouble::truncated(), out));
    };
    if magic != HEADER_MAGIC {
        return Err(input.give_up(&head, Trouble::damaged(label), out));
    }
    let n_values = u64::from(u32::from_be_bytes([*n3, *n2, *n1, *n0]));
    let store = u64::from(u32::from_be_bytes([*s3, *s2, *s1, *s0]));
    input.loose(label, &head, INDEX * n_values + store, out)
}

/// Hands over the archive. How it is compressed is seen by its first bytes, except for LZMA, which is
/// no container that could be told from others by them.
fn payload(input: &mut Input<'_>, out: &mut dyn Members) -> Result<(), Halt> {
    let head = input.vec(kinds::HEAD_BYTES)?;
    if head.is_empty() {
        return Err(Trouble::truncated().into());
    }
    let memory_max = u32::try_from(out.memory_max() >> 10).unwrap_or(u32::MAX);
    if head.starts_with(LZMA) {
        let bytes = Read::chain(&head[..], &mut *input);
        let mut unpacked = match LzmaReader::new_mem_limit(bytes, memory_max, None) {
            Ok(unpacked) => unpacked,
            Err(error) => {
                let limit = Trouble::Limit("held-bytes-max", u64::from(memory_max) << 10);
                let is_limit = error.kind() == ErrorKind::OutOfMemory;
                let why = if is_limit { limit } else { error.into() };
                return Err(input.give_up(&head, why, out));
            }
        };
        input::go_on(out.member(PAYLOAD, &mut unpacked))?;
        let (bytes, unused) = unpacked.into_parts();
        let mut rest = Read::chain(&unused[..], bytes);
        return input::go_on(out.loose("after the payload", &mut rest));
    }
    let named = kinds::begins(&head).map(|kind| kind.name);
    let known = named.is_some_and(|name| name.ends_with(" stream") || name == kinds::CPIO);
    if !known {
        let what = "compression of the payload".to_owned();
        out.lost(Some(PAYLOAD), Trouble::Unsupported(what));
    }
    let mut bytes = Read::chain(&head[..], input);
    input::go_on(out.member(PAYLOAD, &mut bytes))
}
