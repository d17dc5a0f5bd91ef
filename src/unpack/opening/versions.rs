//! Versions of blobs: what is no container passes through at next to no cost.
//!
//! The version that a container is, is kept while it is open: where its raw bytes are handed over after
//! its members, versions of it can inherit from them.

use std::ops::ControlFlow;

use crate::blob::{Blob, Content, Copied, Delta, Part, Version};
use crate::unpack::kinds::{self, HEAD_BYTES, TAIL_BYTES};
use crate::unpack::opening::Opening;

/// A version that is yet to be handed over.
#[derive(Default)]
pub(super) struct Pending {
    /// Its depth, and the length of its base.
    waiting: Option<(usize, Option<u64>)>,
    copied: Vec<Copied>,
}

impl Pending {
    /// Keeps a version.
    pub(super) fn set(&mut self, version: Version<'_>) {
        self.copied.clear();
        let base_len = version.delta.map(|delta| {
            self.copied.extend_from_slice(delta.copied);
            delta.base_len
        });
        self.waiting = Some((version.depth, base_len));
    }

    /// The version, once, if no container is open around the bytes at hand.
    pub(super) fn take_at(&mut self, n_open: usize) -> Option<Version<'_>> {
        if n_open > 0 {
            return None;
        }
        let (depth, base_len) = self.waiting.take()?;
        let copied = &self.copied;
        Some(Version {
            depth,
            delta: base_len.map(|base_len| Delta { base_len, copied }),
            claimed: false,
        })
    }
}

/// Which versions on the way to the one at hand were found to be no containers.
#[derive(Default)]
pub(super) struct Plain(Vec<bool>);

impl Plain {
    /// Notes what the version at this depth is. Of those that followed from another nothing is known.
    fn set(&mut self, depth: usize, is_plain: bool) {
        self.0.resize(depth, false);
        self.0.push(is_plain);
    }

    /// Whether the bytes are no container. What was copied from the beginning or the end of a base that
    /// is none is not looked at again.
    fn holds(&self, bytes: &[u8], version: &Version<'_>) -> bool {
        let base = version.depth.checked_sub(1);
        let base_is_plain = base.is_some_and(|base| self.0.get(base) == Some(&true));
        let delta = version.delta.filter(|_| base_is_plain);
        let copied = delta.map_or(&[][..], |delta| delta.copied);
        let len = bytes.len() as u64;
        let head_known = copied.first().is_some_and(|first| {
            first.from == 0 && first.to == 0 && first.len >= HEAD_BYTES as u64
        });
        let tail_known = copied.last().zip(delta).filter(|(last, delta)| {
            last.to + last.len == len && last.from + last.len == delta.base_len
        });
        let n_known = tail_known.map_or(0, |(last, _)| last.len);
        let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let n_known = usize::try_from(n_known).unwrap_or(usize::MAX);
        (head_known || kinds::begins(&bytes[..bytes.len().min(HEAD_BYTES)]).is_none())
            && kinds::ends_before(tail, n_known).is_none()
    }
}

impl Opening<'_> {
    /// Visits a version.
    pub(super) fn version(&mut self, blob: Blob<'_>, version: Version<'_>) -> ControlFlow<()> {
        let is_plain = match blob.content {
            Content::Whole(bytes) if !version.claimed => self.plain.holds(bytes, &version),
            _ => false,
        };
        self.plain.set(version.depth, is_plain);
        // The members of what another thread reports are reported there.
        if is_plain || version.claimed {
            return self.inner.blob(blob);
        }
        self.pending.set(version);
        let answer = self.outermost(blob);
        if let Some(Version { depth, .. }) = self.pending.take_at(0) {
            self.inner.forget_version(depth);
        }
        answer
    }
}

/// Whether it is a text of git's own, which is what it is however it begins.
pub(super) fn is_name(blob: &Blob<'_>) -> bool {
    let part = blob.place.holder.map(|holder| holder.part);
    part.is_some_and(|part| !matches!(part, Part::Content | Part::Note))
}

#[cfg(test)]
mod tests {
    use super::Plain;
    use crate::blob::{Copied, Delta, Version};
    use crate::unpack::kinds;

    /// A tail of this many bytes that is a zip archive's end, with a comment.
    fn end(comment: usize) -> Vec<u8> {
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 16]);
        end.extend((comment as u16).to_le_bytes());
        end.resize(22 + comment, b'c');
        end
    }

    #[test]
    fn what_was_copied_changes_no_answer() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut n_containers = 0;
        for _ in 0..20_000 {
            let pieces = [
                end(random.usize(..8)),
                b"\x1f\x8b\x08".to_vec(),
                vec![b'c'; random.usize(..700)],
                b"PK\x05\x06".to_vec(),
                vec![0; random.usize(..20)],
            ];
            let mut text = || -> Vec<u8> {
                let pieces = (0..random.usize(1..4)).map(|_| &pieces[random.usize(..5)][..]);
                pieces.collect::<Vec<_>>().concat()
            };
            let (base, inserted) = (text(), text());
            let head = random.usize(..=base.len());
            let tail = random.usize(head..=base.len());
            let bytes = [&base[..head], &inserted, &base[tail..]].concat();
            let copied = [
                Copied {
                    from: 0,
                    to: 0,
                    len: head as u64,
                },
                Copied {
                    from: tail as u64,
                    to: (head + inserted.len()) as u64,
                    len: (base.len() - tail) as u64,
                },
            ];
            let is_plain = |bytes: &[u8]| {
                kinds::begins(&bytes[..bytes.len().min(512)]).is_none()
                    && kinds::ends(bytes).is_none()
            };
            let version = |depth, delta| Version {
                depth,
                delta,
                claimed: false,
            };
            let mut plain = Plain::default();
            let found = plain.holds(&base, &version(0, None));
            assert_eq!(found, is_plain(&base));
            plain.set(0, found);
            let base_len = base.len() as u64;
            let delta = Some(Delta {
                base_len,
                copied: &copied,
            });
            let found = plain.holds(&bytes, &version(1, delta));
            assert_eq!(found, is_plain(&bytes));
            n_containers += usize::from(!found);
        }
        assert!((1_000..19_000).contains(&n_containers), "{n_containers}");
    }
}
