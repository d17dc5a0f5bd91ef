//! What the reader of a format gives its members to.

use std::io::Read;
use std::ops::{ControlFlow, Range};

use crate::unpack::trouble::Trouble;

/// Takes the members of a container as its format finds them.
///
/// After a `Break` nothing more of the outermost file is wanted: return `Ok` at once.
pub trait Members {
    /// Takes a member. Reads `bytes` to their end; an error of theirs is noted for this member.
    fn member(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()>;

    /// Takes the one member of a mere compression. Where that is a tar archive it takes the place of
    /// its container: `a.tgz!b.txt`.
    fn content(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()>;

    /// Takes bytes of the container that belong to no member, such as a comment. Bytes that are all
    /// zero say nothing and are left out.
    fn loose(&mut self, label: &str, bytes: &mut dyn Read) -> ControlFlow<()>;

    /// Notes that a member could not be read, or not whole; without a name, that the container could
    /// not. More members may follow.
    fn lost(&mut self, name: Option<&[u8]>, trouble: Trouble);

    /// Checks the limits for a loop that yields no members; breaks where one is reached.
    fn proceed(&mut self) -> ControlFlow<()>;

    /// The name of the container without the folders and containers above it.
    fn container_name(&self) -> &[u8];

    /// Most bytes that may be held in memory at once.
    fn memory_max(&self) -> usize;
}

/// The label of loose bytes at a range of their container.
pub fn range_label(range: &Range<u64>) -> String {
    format!("bytes {} to {}", range.start, range.end)
}
