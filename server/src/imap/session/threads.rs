//! The two ways in which messages become threads: ORDEREDSUBJECT and REFERENCES (RFC 5256, THREAD). Pure.
//!
//! Nothing here recurses: a thread may be as deep as the mailbox has messages.

use std::collections::{BTreeMap, HashMap};

use super::subject::Subject;
use crate::imap::wire::print::put;

/// A message, as far as threads need it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Member {
    /// Seconds since 1970.
    pub(super) sent: i64,
    pub(super) subject: Subject,
    /// Its Message-ID.
    pub(super) id: Option<Vec<u8>>,
    /// What it refers to, the oldest first.
    pub(super) references: Vec<Vec<u8>>,
}

/// Threads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Forest {
    nodes: Vec<Node>,
    roots: Vec<usize>,
}

/// A place in a thread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Node {
    /// Which message; `None`: one that is not there (a dummy).
    message: Option<usize>,
    parent: Option<usize>,
    /// Somebody had it as a parent once.
    is_parent: bool,
    children: Vec<usize>,
}

/// What siblings are ordered by: the sent date, then the place in the mailbox.
type Age = (i64, usize);

/// Threads of messages that have the same subject.
pub(super) fn by_subject(members: &[Member]) -> Forest {
    let mut threads: BTreeMap<(&str, usize), Vec<Age>> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        // What is sealed is known to be equal to nothing.
        let alone = if member.subject.is_sealed { at + 1 } else { 0 };
        threads.entry((member.subject.base.as_str(), alone)).or_default().push((member.sent, at));
    }
    let mut threads: Vec<Vec<Age>> = threads.into_values().collect();
    threads.iter_mut().for_each(|thread| thread.sort_unstable());
    threads.sort_unstable();
    let mut forest = Forest::default();
    for thread in threads {
        let mut nodes = thread.into_iter().map(|(_, at)| forest.add(Some(at)));
        let (Some(first), rest) = (nodes.next(), nodes.collect()) else { continue };
        forest.set_children(first, rest);
        forest.roots.push(first);
    }
    forest
}

/// Threads of messages that refer to each other. The numbers are those of RFC 5256.
pub(super) fn by_references(members: &[Member]) -> Forest {
    let mut forest = Forest::default();
    forest.link(members);
    forest.prune();
    forest.sort_roots(members);
    forest.join_subjects(members);
    forest.sort_all(members);
    forest
}

impl Forest {
    /// The first of each thread.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }

    fn add(&mut self, message: Option<usize>) -> usize {
        self.nodes.push(Node { message, ..Node::default() });
        self.nodes.len() - 1
    }

    fn node(&self, at: usize) -> &Node {
        self.nodes.get(at).expect("nodes are only added, and named by their places")
    }

    fn node_mut(&mut self, at: usize) -> &mut Node {
        self.nodes.get_mut(at).expect("nodes are only added, and named by their places")
    }

    fn set_children(&mut self, parent: usize, children: Vec<usize>) {
        for child in &children {
            self.node_mut(*child).parent = Some(parent);
        }
        self.node_mut(parent).children = children;
    }

    /// (1) Finds each one's parent. Children are gathered when all are known.
    fn link(&mut self, members: &[Member]) {
        let mut by_id: HashMap<&[u8], usize> = HashMap::new();
        for (at, member) in members.iter().enumerate() {
            let node = self.add(Some(at));
            if let Some(id) = &member.id {
                by_id.entry(id.as_slice()).or_insert(node);
            }
        }
        for (node, member) in members.iter().enumerate() {
            let mut before = None;
            for id in &member.references {
                let named = *by_id.entry(id.as_slice()).or_insert_with(|| {
                    self.nodes.push(Node::default());
                    self.nodes.len() - 1
                });
                // (A)
                if let Some(parent) = before
                    && self.node(named).parent.is_none()
                    && !self.is_within(parent, named)
                {
                    self.set_parent(named, parent);
                }
                before = Some(named);
            }
            // (B)
            self.node_mut(node).parent = None;
            if let Some(parent) = before.filter(|parent| !self.is_within(*parent, node)) {
                self.set_parent(node, parent);
            }
        }
        for at in 0..self.nodes.len() {
            match self.node(at).parent {
                Some(parent) => self.node_mut(parent).children.push(at),
                // (2)
                None => self.roots.push(at),
            }
        }
    }

    fn set_parent(&mut self, node: usize, parent: usize) {
        self.node_mut(node).parent = Some(parent);
        self.node_mut(parent).is_parent = true;
    }

    /// Whether a node is the other one or stands below it.
    fn is_within(&self, node: usize, other: usize) -> bool {
        // Mostly nothing does, which spares a walk up a long thread.
        if node != other && !self.node(other).is_parent {
            return false;
        }
        let mut above = std::iter::successors(Some(node), |at| self.node(*at).parent);
        above.any(|at| at == other)
    }

    /// All nodes of the threads, each before those below it.
    fn downwards(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut open = self.roots.clone();
        while let Some(at) = open.pop() {
            order.push(at);
            open.extend_from_slice(&self.node(at).children);
        }
        order
    }

    /// (3) Takes away who is not there, and gives their children to whom they stand below.
    fn prune(&mut self) {
        for at in self.downwards().into_iter().rev() {
            let mut kept = Vec::new();
            for child in std::mem::take(&mut self.node_mut(at).children) {
                match self.node(child).message {
                    Some(_) => kept.push(child),
                    None => kept.append(&mut self.node_mut(child).children),
                }
            }
            self.set_children(at, kept);
        }
        let mut kept = Vec::new();
        for root in std::mem::take(&mut self.roots) {
            match (self.node(root).message, self.node(root).children.as_slice()) {
                (None, []) => {}
                (None, [only]) => kept.push(*only),
                _ => kept.push(root),
            }
        }
        for root in &kept {
            self.node_mut(*root).parent = None;
        }
        self.roots = kept;
    }

    /// The age of a node; of who is not there, that of its first child.
    fn age(&self, at: usize, members: &[Member]) -> Age {
        let message = self.message(at).unwrap_or_default();
        (members.get(message).map_or(0, |member| member.sent), message)
    }

    /// The message of a node, or of its first child.
    fn message(&self, at: usize) -> Option<usize> {
        let node = self.node(at);
        node.message.or_else(|| self.node(*node.children.first()?).message)
    }

    fn sort_children(&mut self, at: usize, members: &[Member]) {
        let mut children = std::mem::take(&mut self.node_mut(at).children);
        children.sort_by_cached_key(|child| self.age(*child, members));
        self.node_mut(at).children = children;
    }

    /// (4)
    fn sort_roots(&mut self, members: &[Member]) {
        let mut roots = std::mem::take(&mut self.roots);
        for root in &roots {
            if self.node(*root).message.is_none() {
                self.sort_children(*root, members);
            }
        }
        roots.sort_by_cached_key(|root| self.age(*root, members));
        self.roots = roots;
    }

    /// (6)
    fn sort_all(&mut self, members: &[Member]) {
        for at in self.downwards().into_iter().rev() {
            self.sort_children(at, members);
        }
        self.sort_roots(members);
    }

    /// (5) Joins threads that have the same subject.
    fn join_subjects(&mut self, members: &[Member]) {
        let subject = |forest: &Self, root: usize| {
            let member = members.get(forest.message(root)?)?;
            Some(&member.subject).filter(|subject| !subject.base.is_empty())
        };
        let mut table: HashMap<&str, usize> = HashMap::new();
        for root in &self.roots {
            let Some(own) = subject(self, *root) else { continue };
            let held = table.entry(own.base.as_str()).or_insert(*root);
            let held_is_reply = subject(self, *held).is_some_and(|subject| subject.is_reply);
            if self.node(*held).message.is_some()
                && (self.node(*root).message.is_none() || (held_is_reply && !own.is_reply))
            {
                *held = *root;
            }
        }
        let roots = self.roots.clone();
        let mut kept: Vec<Option<usize>> = roots.iter().copied().map(Some).collect();
        for (at, root) in roots.into_iter().enumerate() {
            let Some(own) = subject(self, root) else { continue };
            let Some(held) = table.get(own.base.as_str()).copied().filter(|held| *held != root) else { continue };
            let held_is_reply = subject(self, held).is_some_and(|subject| subject.is_reply);
            let (is_dummy, held_is_dummy) = (self.node(root).message.is_none(), self.node(held).message.is_none());
            if let Some(place) = kept.get_mut(at) {
                *place = None;
            }
            if held_is_dummy && is_dummy {
                let children = std::mem::take(&mut self.node_mut(root).children);
                self.node_mut(held).children.extend(children);
            } else if held_is_dummy || (own.is_reply && !held_is_reply) {
                self.node_mut(held).children.push(root);
            } else {
                let both = self.add(None);
                self.set_children(both, vec![held, root]);
                for place in kept.iter_mut().filter(|place| **place == Some(held)) {
                    *place = Some(both);
                }
                table.insert(own.base.as_str(), both);
            }
        }
        self.roots = kept.into_iter().flatten().collect();
    }

    /// Appends a thread (RFC 5256, `thread-list`).
    pub(super) fn print(&self, out: &mut Vec<u8>, root: usize, number: &impl Fn(usize) -> u32) {
        enum Step {
            Thread(usize),
            Close,
        }
        let mut steps = vec![Step::Thread(root)];
        while let Some(step) = steps.pop() {
            let Step::Thread(mut at) = step else {
                out.push(b')');
                continue;
            };
            out.push(b'(');
            let mut space = "";
            loop {
                let node = self.node(at);
                if let Some(message) = node.message {
                    put!(out, "{space}{}", number(message));
                    space = " ";
                }
                match node.children.as_slice() {
                    [] => out.push(b')'),
                    [only] => {
                        at = *only;
                        continue;
                    }
                    several => {
                        put!(out, "{space}");
                        steps.push(Step::Close);
                        steps.extend(several.iter().rev().map(|child| Step::Thread(*child)));
                    }
                }
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
