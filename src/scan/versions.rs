//! What is known of the versions on the way to the one at hand, and the memory for it.
//!
//! Millions of versions pass here, so what is forgotten leaves its memory to the next at its depth.

use crate::finding::Locals;

/// Locals of a version whose memory is not kept when they are forgotten.
const KEPT_MAX: usize = 1_024;

/// What was found in the last version at each depth.
#[derive(Default)]
pub(super) struct Versions {
    slots: Vec<Slot>,
    /// Slots from here on are memory only.
    n_live: usize,
}

#[derive(Default)]
struct Slot {
    locals: Locals,
    known: bool,
}

impl Versions {
    /// What was found in the base of a version at this depth, if that is known.
    pub(super) fn base(&self, depth: usize) -> Option<&Locals> {
        let base = depth.checked_sub(1).filter(|&base| base < self.n_live)?;
        let slot = self.slots.get(base).filter(|slot| slot.known)?;
        Some(&slot.locals)
    }

    /// Memory for a version at this depth. What was known there and deeper is forgotten.
    pub(super) fn take(&mut self, depth: usize) -> Locals {
        self.forget(depth);
        let slot = self.slots.get_mut(depth);
        slot.map(|slot| std::mem::take(&mut slot.locals))
            .unwrap_or_default()
    }

    /// Keeps what was found in the version at this depth.
    pub(super) fn keep(&mut self, depth: usize, locals: Locals) {
        self.forget(depth);
        if self.slots.len() <= depth {
            self.slots.resize_with(depth + 1, Slot::default);
        }
        for slot in &mut self.slots[self.n_live..depth] {
            slot.known = false;
        }
        let known = true;
        self.slots[depth] = Slot { locals, known };
        self.n_live = depth + 1;
    }

    /// Forgets what is known of the version at this depth and of those that follow from it.
    pub(super) fn forget(&mut self, depth: usize) {
        let n_live = self.n_live.min(depth);
        for slot in &mut self.slots[n_live..self.n_live] {
            let locals = &mut slot.locals;
            if locals.found.capacity() > KEPT_MAX || locals.held.capacity() > KEPT_MAX {
                *locals = Locals::default();
            }
        }
        self.n_live = n_live;
    }
}

#[cfg(test)]
mod tests {
    use super::Versions;
    use crate::finding::Locals;

    fn marked(in_full: bool) -> Locals {
        Locals {
            in_full,
            ..Locals::default()
        }
    }

    #[test]
    fn a_version_knows_the_one_above_it() {
        let mut versions = Versions::default();
        assert_eq!(versions.base(0), None);
        versions.keep(0, marked(true));
        versions.keep(1, marked(false));
        assert_eq!(versions.base(1), Some(&marked(true)));
        assert_eq!(versions.base(2), Some(&marked(false)));
        assert_eq!(versions.base(3), None);
    }

    #[test]
    fn what_follows_from_another_version_is_forgotten() {
        let mut versions = Versions::default();
        versions.keep(0, marked(true));
        versions.keep(1, marked(true));
        versions.keep(0, marked(false));
        assert_eq!(versions.base(2), None);
        versions.keep(3, marked(true));
        assert_eq!((versions.base(2), versions.base(3)), (None, None));
        versions.forget(0);
        assert_eq!((versions.base(1), versions.base(4)), (None, None));
    }
}
