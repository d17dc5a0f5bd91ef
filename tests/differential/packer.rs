//! Writes packs with deltas that git would not make.
//!
//! Source: gitformat-pack(5).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use leakgate::git::{Format, Id, Kind};

use crate::pieces::{self, Piece};
use crate::world::World;

/// A pack in the making.
pub(crate) struct Packer {
    bytes: Vec<u8>,
    /// Where each object begins, and what it is.
    objects: Vec<(usize, Kind, Vec<u8>)>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [&b"PACK"[..], &[0, 0, 0, 2, 0, 0, 0, 0]].concat(),
            objects: Vec::new(),
        }
    }

    /// Adds an object that stands whole; its number.
    pub(crate) fn whole(&mut self, kind: Kind, bytes: &[u8]) -> usize {
        let start = self.bytes.len();
        let number = match kind {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        self.head(number, bytes.len());
        self.pack(bytes);
        self.objects.push((start, kind, bytes.to_vec()));
        self.objects.len() - 1
    }

    /// Adds an object that is made from another; its number.
    pub(crate) fn made(&mut self, base: usize, pieces: &[Piece]) -> usize {
        let start = self.bytes.len();
        let (base_start, kind, base) = &self.objects[base];
        let (distance, kind) = (start - base_start, *kind);
        let bytes = pieces::bytes(base, pieces);
        if bytes.is_empty() {
            // Git takes a delta without instructions for none.
            return self.whole(kind, &bytes);
        }
        let delta = pieces::delta(base, pieces);
        self.head(6, delta.len());
        let mut offset = vec![(distance & 0x7f) as u8];
        let mut rest = distance >> 7;
        while rest > 0 {
            rest -= 1;
            offset.insert(0, 0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        self.bytes.extend_from_slice(&offset);
        self.pack(&delta);
        self.objects.push((start, kind, bytes));
        self.objects.len() - 1
    }

    /// The bytes of an object.
    pub(crate) fn bytes(&self, number: usize) -> &[u8] {
        &self.objects[number].2
    }

    /// The name of an object.
    pub(crate) fn id(&self, number: usize) -> Id {
        let (_, kind, bytes) = &self.objects[number];
        Format::Sha1.id_of(*kind, bytes)
    }

    /// Puts the pack into a repository.
    pub(crate) fn write(mut self, world: &World) {
        let n = self.objects.len() as u32;
        self.bytes[8..12].copy_from_slice(&n.to_be_bytes());
        let mut hasher = Format::Sha1.hasher();
        hasher.update(&self.bytes);
        self.bytes.extend_from_slice(hasher.finish().as_bytes());
        world.git(&["index-pack", "--stdin"], &self.bytes);
    }

    fn head(&mut self, kind: u8, len: usize) {
        let mut byte = kind << 4 | (len & 0xf) as u8;
        let mut rest = len >> 4;
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.bytes.push(byte);
    }

    fn pack(&mut self, bytes: &[u8]) {
        let mut encoder = ZlibEncoder::new(&mut self.bytes, Compression::fast());
        let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
        written.expect("memory takes everything");
    }
}
