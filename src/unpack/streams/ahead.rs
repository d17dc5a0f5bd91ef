//! Bytes whose next few can be looked at, wherever the reader below happens to cut them.

use std::io::{self, BufRead, Read};

/// Bytes that [`Ahead::peek`] shows.
const PEEK_BYTES: usize = 16;

/// A reader whose next bytes can be looked at.
pub(super) struct Ahead<'a> {
    bytes: &'a mut dyn BufRead,
    /// The next bytes, where the reader below had to be asked twice for them.
    kept: Vec<u8>,
    /// Somebody read up to the end of the bytes, and then on.
    pub(super) ended: bool,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(bytes: &'a mut dyn BufRead) -> Self {
        Self {
            bytes,
            kept: Vec::new(),
            ended: false,
        }
    }

    /// The next [`PEEK_BYTES`], or all that are left, or more.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        if self.kept.is_empty() && self.bytes.fill_buf()?.len() >= PEEK_BYTES {
            return self.bytes.fill_buf();
        }
        while self.kept.len() < PEEK_BYTES {
            let next = self.bytes.fill_buf()?;
            if next.is_empty() {
                break;
            }
            let n = next.len().min(PEEK_BYTES - self.kept.len());
            self.kept.extend_from_slice(&next[..n]);
            self.bytes.consume(n);
        }
        Ok(&self.kept)
    }

    /// Passes over so many zeros at most; true where no more follow.
    pub(super) fn skip_zeros(&mut self, bytes_max: usize) -> io::Result<bool> {
        let mut left = bytes_max;
        while left > 0 {
            let next = self.fill_buf()?;
            let next = &next[..next.len().min(left)];
            let n = leading_zeros(next);
            let done = n < next.len() || next.is_empty();
            self.consume(n);
            if done {
                return Ok(true);
            }
            left -= n;
        }
        Ok(false)
    }

    /// Whether bytes were looked at that the reader below does not give again.
    pub(super) fn has_kept(&self) -> bool {
        !self.kept.is_empty()
    }
}

impl BufRead for Ahead<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.kept.is_empty() {
            let next = self.bytes.fill_buf()?;
            self.ended |= next.is_empty();
            return Ok(next);
        }
        Ok(&self.kept)
    }

    fn consume(&mut self, n: usize) {
        if self.kept.is_empty() {
            self.bytes.consume(n);
        } else {
            self.kept.drain(..n);
        }
    }
}

impl Read for Ahead<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let next = self.fill_buf()?;
        let n = next.len().min(buffer.len());
        buffer[..n].copy_from_slice(&next[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// Number of zeros that the bytes begin with.
fn leading_zeros(bytes: &[u8]) -> usize {
    // PERF: whole blocks are looked at without a branch for each byte.
    let is_zero = |block: &&[u8]| block.iter().fold(0, |all, byte| all | byte) == 0;
    let blocks: usize = bytes.chunks(512).take_while(is_zero).map(<[u8]>::len).sum();
    let rest = bytes[blocks..].iter().take_while(|&&byte| byte == 0);
    blocks + rest.count()
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::Ahead;

    #[test]
    fn a_look_ahead_crosses_the_buffers_below_and_takes_nothing() {
        let text: Vec<u8> = (0..100).collect();
        for room in 1..40 {
            let mut below = BufReader::with_capacity(room, &text[..]);
            let mut ahead = Ahead::new(&mut below);
            let mut all = Vec::new();
            for _ in 0..30 {
                let head = ahead.peek().expect("memory is read").to_vec();
                assert!(text[all.len()..].starts_with(&head));
                assert!(head.len() >= 16.min(text.len() - all.len()));
                let mut some = [0; 7];
                let n = ahead.read(&mut some).expect("memory is read");
                all.extend_from_slice(&some[..n]);
            }
            ahead.read_to_end(&mut all).expect("memory is read");
            assert_eq!(all, text);
            assert!(ahead.ended);
        }
    }

    #[test]
    fn zeros_are_passed_over() {
        let text = [&[0; 90][..], b"text"].concat();
        let mut below = BufReader::with_capacity(10, &text[..]);
        let mut ahead = Ahead::new(&mut below);
        assert!(!ahead.skip_zeros(30).expect("memory is read"));
        assert!(ahead.skip_zeros(1_000).expect("memory is read"));
        assert_eq!(ahead.peek().expect("memory is read"), b"text");
        assert!(ahead.skip_zeros(1_000).expect("memory is read"));
    }
}
