//! Hands the bytes of one open file to a visitor, and says what could not be read.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::system::{self, Opened};
use crate::blob::{Blob, Content, Place, ReadAt, Skip, SkipReason, Visitor};
use crate::source::stdin::Watched;

/// Bytes read at most from a file that said it was empty, such as a log of the kernel.
const UNSIZED_BYTES_MAX: u64 = 1 << 30;

/// Buffer for small files; longer ones make it grow.
const BUFFER_BYTES_MIN: usize = 64 << 10;

/// Where the bytes handed to `read` begin.
///
/// PERF: processors with "fast short rep mov" copy from the page cache to 16 bytes past a page
/// start at a third of their speed, and that is where an allocator puts large blocks. 107,000 files
/// of 1.3 GB took 0.97 s instead of 1.50 s of processor time with this on a Zen 4.
const PAGE_BYTES: usize = 4096;

/// One thread's memory for reading.
pub(super) struct Reader {
    buffer: Buffer,
    chunk_bytes: u64,
    deadline: Option<Instant>,
}

impl Reader {
    /// Makes a reader that holds at most about `chunk_bytes` of a file.
    pub(super) const fn new(chunk_bytes: u64, deadline: Option<Instant>) -> Self {
        Self {
            buffer: Buffer(Vec::new()),
            chunk_bytes,
            deadline,
        }
    }

    /// Gives `opened` to `visitor` and reports what was missing.
    pub(super) fn give(
        &mut self,
        opened: &Opened,
        place: &Place,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<()> {
        let len = opened.look.len;
        let (flow, failure) = if len > self.chunk_bytes {
            let file = Positioned(&opened.file);
            give_large(&Large::new(&file, len, self.deadline), place, visitor)
        } else {
            self.give_small(opened, place, visitor)
        };
        if let (ControlFlow::Continue(()), Some(reason)) = (flow, failure) {
            let what = place.path.clone();
            visitor.skip(Skip {
                what,
                holder: place.holder,
                reason,
            });
        }
        flow
    }

    fn give_small(
        &mut self,
        opened: &Opened,
        place: &Place,
        visitor: &mut dyn Visitor,
    ) -> (ControlFlow<()>, Option<SkipReason>) {
        let len = opened.look.len;
        let max = usize::try_from(self.chunk_bytes).unwrap_or(usize::MAX);
        // The length is at most `chunk_bytes`, so it fits wherever that does.
        let expected = usize::try_from(len).unwrap_or(max);
        let mut file = &opened.file;
        let (bytes, end) = fill(&mut file, expected, max, &mut self.buffer);
        let failure = match end {
            End::More if len == 0 => {
                return give_unsized(bytes, file, self.deadline, (place, visitor));
            }
            End::More | End::Reached => None,
            End::Early => shrank(opened, bytes.len()),
            End::Failed(error) => Some(SkipReason::ReadFailed {
                at: bytes.len() as u64,
                error: error.to_string(),
            }),
        };
        if failure.is_some() && bytes.is_empty() {
            return (ControlFlow::Continue(()), failure);
        }
        (visitor.blob(blob(Content::Whole(bytes), place)), failure)
    }
}

const fn blob<'a>(content: Content<'a>, place: &'a Place) -> Blob<'a> {
    Blob {
        content,
        place,
        version: None,
        news: None,
    }
}

/// Gives a file that said it was empty and holds more than fits into the buffer.
fn give_unsized(
    start: &[u8],
    file: &File,
    deadline: Option<Instant>,
    (place, visitor): (&Place, &mut dyn Visitor),
) -> (ControlFlow<()>, Option<SkipReason>) {
    let mut rest = start.chain(file).take(UNSIZED_BYTES_MAX);
    let mut watched = Watched::new(&mut rest, deadline);
    let flow = visitor.blob(blob(Content::Stream(&mut watched, None), place));
    let mut failure = watched.failure.take();
    if failure.is_none() && rest.limit() == 0 {
        failure = Some(SkipReason::Limit {
            name: "unsized_bytes",
            value: UNSIZED_BYTES_MAX,
        });
    }
    (flow, failure)
}

fn give_large(
    large: &Large<'_>,
    place: &Place,
    visitor: &mut dyn Visitor,
) -> (ControlFlow<()>, Option<SkipReason>) {
    let flow = visitor.blob(blob(Content::File(large, large.len), place));
    let mut first = large.first.lock().unwrap_or_else(PoisonError::into_inner);
    (flow, first.take().map(|(_, reason)| reason))
}

/// Says that a file shrank, unless its file system never knew its length.
fn shrank(opened: &Opened, n_read: usize) -> Option<SkipReason> {
    // Special file systems promise a page and give a line. What really shrank looks different now.
    let same = system::look(&opened.file).is_ok_and(|look| look == opened.look);
    (!same).then_some(SkipReason::Shrank {
        expected: opened.look.len,
        read: n_read as u64,
    })
}

/// How reading a file ended.
enum End {
    /// At its end.
    Reached,
    /// At its end, which came before the expected length.
    Early,
    /// At the most bytes that were wanted.
    More,
    Failed(io::Error),
}

/// Reads `reader` to its end or to `max` bytes; `expected` says how many there should be.
fn fill<'a>(
    reader: &mut impl Read,
    expected: usize,
    max: usize,
    buffer: &'a mut Buffer,
) -> (&'a [u8], End) {
    let mut n_read = 0;
    let end = loop {
        if n_read == max {
            break if expected == max {
                End::Reached
            } else {
                End::More
            };
        }
        // One byte more than expected, so that a short read proves the end without another call.
        let space = buffer.space(n_read.max(expected) + 1, n_read);
        let stop = space.len().min(max);
        match reader.read(&mut space[n_read..stop]) {
            Ok(0) if n_read < expected => break End::Early,
            Ok(0) => break End::Reached,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => break End::Failed(error),
        }
        if n_read == expected && n_read < stop {
            break End::Reached;
        }
    };
    (&buffer.space(n_read, n_read)[..n_read], end)
}

/// Memory whose first byte handed out stands at a page start.
struct Buffer(Vec<u8>);

impl Buffer {
    /// Gives at least `want` bytes, the first `keep` of them as they were left.
    fn space(&mut self, want: usize, keep: usize) -> &mut [u8] {
        if self.0.len() < want + PAGE_BYTES {
            let len = want.max(BUFFER_BYTES_MIN).next_power_of_two() + PAGE_BYTES;
            let old = std::mem::replace(&mut self.0, vec![0; len]);
            if keep > 0 {
                let from = page_start(&old);
                let to = page_start(&self.0);
                self.0[to..to + keep].copy_from_slice(&old[from..from + keep]);
            }
        }
        let start = page_start(&self.0);
        let end = self.0.len() - PAGE_BYTES + start;
        &mut self.0[start..end]
    }
}

fn page_start(bytes: &[u8]) -> usize {
    // It may answer that it cannot tell; then any start will do.
    bytes.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES)
}

/// A file read by position.
pub(in crate::source) struct Positioned<'a>(pub(in crate::source) &'a File);

impl ReadAt for Positioned<'_> {
    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self.0, buffer, offset)
    }
}

/// A large file that ends where reading fails or time runs out, and remembers why.
struct Large<'a> {
    inner: &'a dyn ReadAt,
    len: u64,
    deadline: Option<Instant>,
    /// The failure nearest to the start, and where it was.
    first: Mutex<Option<(u64, SkipReason)>>,
}

impl<'a> Large<'a> {
    fn new(inner: &'a dyn ReadAt, len: u64, deadline: Option<Instant>) -> Self {
        Self {
            inner,
            len,
            deadline,
            first: Mutex::new(None),
        }
    }

    fn fail(&self, at: u64, reason: SkipReason) -> usize {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
            *first = Some((at, reason));
        }
        0
    }
}

impl ReadAt for Large<'_> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        if self.deadline.is_some_and(|end| Instant::now() >= end) {
            return Ok(self.fail(offset, SkipReason::TimedOut));
        }
        loop {
            let (at, expected) = (offset, self.len);
            let reason = match self.inner.read_at(offset, &mut buffer[..wanted]) {
                Ok(0) => SkipReason::Shrank { expected, read: at },
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => SkipReason::ReadFailed {
                    at,
                    error: error.to_string(),
                },
            };
            return Ok(self.fail(offset, reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these pieces one a call, then the error, then the end.
    struct Pieces(Vec<&'static [u8]>, Option<ErrorKind>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return self.1.take().map_or(Ok(0), |kind| Err(kind.into()));
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[track_caller]
    fn check(mut pieces: Pieces, expected: usize, bytes: &[u8], end: &str) {
        let mut buffer = Buffer(Vec::new());
        let (got, how) = fill(&mut pieces, expected, 10, &mut buffer);
        assert_eq!(got, bytes);
        assert_eq!(got.as_ptr().align_offset(PAGE_BYTES), 0);
        let how = match how {
            End::Reached => "reached",
            End::Early => "early",
            End::More => "more",
            End::Failed(_) => "failed",
        };
        assert_eq!(how, end);
    }

    #[test]
    fn expected_length_needs_no_second_read() {
        let broken_after = Some(ErrorKind::Other);
        check(Pieces(vec![b"12345"], broken_after), 5, b"12345", "reached");
    }

    #[test]
    fn reads_cut_short_are_continued() {
        check(Pieces(vec![b"12", b"345"], None), 5, b"12345", "reached");
    }

    #[test]
    fn interrupted_reads_are_repeated() {
        check(
            Pieces(vec![], Some(ErrorKind::Interrupted)),
            0,
            b"",
            "reached",
        );
    }

    #[test]
    fn shrunken_file_ends_early_with_what_was_there() {
        check(Pieces(vec![b"123"], None), 5, b"123", "early");
    }

    #[test]
    fn failure_keeps_what_was_read() {
        let broken = Some(ErrorKind::Other);
        check(Pieces(vec![b"123"], broken), 5, b"123", "failed");
    }

    #[test]
    fn grown_file_is_read_to_its_end() {
        check(Pieces(vec![b"1234", b"56"], None), 3, b"123456", "reached");
    }

    #[test]
    fn file_that_grows_for_ever_stops_at_the_bound() {
        check(
            Pieces(vec![b"12345", b"67890", b"x"], None),
            3,
            b"1234567890",
            "more",
        );
    }

    #[test]
    fn file_of_unknown_length_is_read_to_its_end() {
        check(Pieces(vec![b"12", b"34"], None), 0, b"1234", "reached");
    }

    #[test]
    fn file_as_long_as_the_bound_is_complete() {
        check(
            Pieces(vec![b"12345", b"67890"], None),
            10,
            b"1234567890",
            "reached",
        );
    }

    #[test]
    fn growing_buffer_keeps_its_bytes() {
        let mut buffer = Buffer(Vec::new());
        buffer.space(3, 0)[..3].copy_from_slice(b"abc");
        assert_eq!(&buffer.space(BUFFER_BYTES_MIN * 3, 3)[..3], b"abc");
    }

    /// Says it is longer than it is, or fails past its end.
    struct Liar(&'static [u8], bool);

    impl ReadAt for Liar {
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let rest = self.0.get(offset as usize..).unwrap_or(b"");
            if rest.is_empty() && self.1 {
                return Err(ErrorKind::Other.into());
            }
            let n = rest.len().min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        }
    }

    #[track_caller]
    fn reason(large: &Large<'_>) -> Option<SkipReason> {
        for offset in [6, 4, 9, 5, 0] {
            assert!(large.read_at(offset, &mut [0; 4]).is_ok());
        }
        let first = large.first.lock().expect("no thread panicked");
        first.as_ref().map(|(_, reason)| reason.clone())
    }

    #[test]
    fn large_file_that_shrank_says_where() {
        let shrank = SkipReason::Shrank {
            expected: 8,
            read: 5,
        };
        assert_eq!(
            reason(&Large::new(&Liar(b"12345", false), 8, None)),
            Some(shrank)
        );
        assert_eq!(reason(&Large::new(&Liar(b"12345", false), 5, None)), None);
    }

    #[test]
    fn large_file_that_fails_says_where() {
        let failed = reason(&Large::new(&Liar(b"12345", true), 8, None));
        assert!(matches!(failed, Some(SkipReason::ReadFailed { at: 5, .. })));
    }

    #[test]
    fn large_file_ends_when_time_is_over() {
        let now = Some(Instant::now());
        let timed_out = reason(&Large::new(&Liar(b"12345", false), 5, now));
        assert_eq!(timed_out, Some(SkipReason::TimedOut));
    }
}
