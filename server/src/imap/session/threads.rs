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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(sent: i64, id: &str, references: &str, subject: &str) -> Member {
        let ids = |text: &str| text.split_whitespace().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>();
        Member { sent, subject: Subject::of(subject), id: ids(id).into_iter().next(), references: ids(references) }
    }

    fn printed(forest: &Forest) -> String {
        let mut out = Vec::new();
        for root in forest.roots() {
            forest.print(&mut out, *root, &|at| u32::try_from(at).unwrap() + 1);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn answers_stand_below_what_they_answer() {
        let members = [
            member(1, "a", "", "one"),
            member(2, "b", "a", "Re: one"),
            member(4, "d", "a b", "Re: one"),
            member(3, "c", "a b", "Re: one"),
            member(5, "e", "a b c", "Re: one"),
            member(6, "x", "", "other"),
        ];
        assert_eq!(printed(&by_references(&members)), "(1 2 (4 5)(3))(6)");
        assert_eq!(printed(&by_subject(&members)), "(1 (2)(4)(3)(5))(6)");
    }

    #[test]
    fn who_is_not_there_holds_together_who_is() {
        // Both refer to the same message, which is gone.
        let members = [member(1, "b", "a", "Re: x"), member(2, "c", "a", "Re: y")];
        assert_eq!(printed(&by_references(&members)), "((1)(2))");
        // Below others, who is not there leaves no trace.
        let members = [member(1, "a", "", "x"), member(2, "c", "a b", "Re: x"), member(3, "d", "a b", "Re: x")];
        assert_eq!(printed(&by_references(&members)), "(1 (2)(3))");
        let members = [member(1, "c", "a b", "x")];
        assert_eq!(printed(&by_references(&members)), "(1)");
    }

    #[test]
    fn subjects_join_threads() {
        let members = [
            member(1, "a", "", "lunch"),
            member(2, "b", "", "Re: lunch"),
            member(3, "c", "", "LUNCH"),
            member(4, "d", "", ""),
            member(5, "e", "", ""),
        ];
        assert_eq!(printed(&by_references(&members)), "((1 2)(3))(4)(5)");
        // An answer that came first is joined to what it answers.
        let members = [member(1, "b", "", "Re: lunch"), member(2, "a", "", "lunch")];
        assert_eq!(printed(&by_references(&members)), "(2 1)");
    }

    #[test]
    fn what_is_sealed_joins_nothing() {
        let members = [member(2, "a", "", "[...]"), member(1, "b", "", "[...]"), member(3, "c", "a", "[...]")];
        assert_eq!(printed(&by_references(&members)), "(2)(1 3)");
        assert_eq!(printed(&by_subject(&members)), "(2)(1)(3)");
    }

    #[test]
    fn nobody_is_their_own_ancestor() {
        let members = [member(1, "a", "b", "x"), member(2, "b", "a", "y"), member(3, "c", "c", "z")];
        assert_eq!(printed(&by_references(&members)), "(2 1)(3)");
        // The second of two messages with the same id is another one.
        let members = [member(1, "a", "", "x"), member(2, "a", "", "y"), member(3, "b", "a", "w")];
        assert_eq!(printed(&by_references(&members)), "(1 3)(2)");
    }

    #[test]
    fn a_deep_thread_takes_no_stack() {
        let id = |n: i64| format!("{n}@x");
        let chain = |n: i64| member(n, &id(n), &if n > 0 { id(n - 1) } else { String::new() }, "x");
        let members: Vec<Member> = (0..5_000).map(chain).collect();
        let text = printed(&by_references(&members));
        assert!(text.starts_with("(1 2 3 4 ") && text.ends_with(" 5000)"));
    }

    proptest! {
        #[test]
        fn every_message_is_in_one_thread(
            shapes in prop::collection::vec(
                (0_i64..5, 0_u8..8, prop::collection::vec(0_u8..8, 0..4), 0_usize..5), 0..20,
            )
        ) {
            let subjects = ["", "x", "Re: x", "y", "[...]"];
            let members: Vec<Member> = shapes.iter().map(|(sent, id, references, subject)| {
                let references: Vec<String> = references.iter().map(u8::to_string).collect();
                member(*sent, &id.to_string(), &references.join(" "), subjects[*subject])
            }).collect();
            for forest in [by_references(&members), by_subject(&members)] {
                let text = printed(&forest);
                let mut found: Vec<usize> =
                    text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
                found.sort_unstable();
                prop_assert_eq!(found, (1..=members.len()).collect::<Vec<_>>());
                prop_assert_eq!(text.matches('(').count(), text.matches(')').count());
            }
        }
    }
}
