//! The order of commits, and what can be reached from some of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::git::Id;
use crate::source::git::history::commits::Node;

/// Marks commits that are at these places or before them.
pub(super) fn mark(nodes: &[Node], starts: Vec<u32>) -> Vec<bool> {
    let mut marks = vec![false; nodes.len()];
    let mut stack = starts;
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut marks[at as usize], true) {
            stack.extend(&nodes[at as usize].parents);
        }
    }
    marks
}

/// Places of commits, parents before children: the reachable first, then by time, then by name.
///
/// What is reachable has reachable parents only, so one queue serves for both.
///
/// Source: A. B. Kahn, "Topological sorting of large networks", 1962.
pub(super) fn order(nodes: &[Node], name: impl Fn(&Node) -> Id) -> Vec<u32> {
    let key = |at: u32| {
        let node = &nodes[at as usize];
        Reverse((!node.is_reachable, node.seconds, name(node), at))
    };
    let (starts, children) = children(nodes);
    let mut waits: Vec<u32> = nodes.iter().map(|node| node.parents.len() as u32).collect();
    let mut ready: BinaryHeap<_> = (0..nodes.len() as u32)
        .filter(|&at| waits[at as usize] == 0)
        .map(key)
        .collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse((.., at))) = ready.pop() {
        order.push(at);
        let (from, to) = (starts[at as usize], starts[at as usize + 1]);
        for &child in &children[from..to] {
            waits[child as usize] -= 1;
            if waits[child as usize] == 0 {
                ready.push(key(child));
            }
        }
    }
    // Only objects that are not what their name says make a loop; no order is right there.
    let mut rest: Vec<u32> = (0..nodes.len() as u32)
        .filter(|&at| waits[at as usize] > 0)
        .collect();
    rest.sort_by_key(|&at| Reverse(key(at)));
    order.extend(rest);
    order
}

/// The children of all commits one after another, and where those of each begin.
fn children(nodes: &[Node]) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0_usize; nodes.len() + 1];
    for &parent in nodes.iter().flat_map(|node| &node.parents) {
        starts[parent as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut children = vec![0; *starts.last().unwrap_or(&0)];
    for (at, node) in nodes.iter().enumerate() {
        for &parent in &node.parents {
            children[next[parent as usize]] = at as u32;
            next[parent as usize] += 1;
        }
    }
    (starts, children)
}
