//! Circles in a graph of names.

use std::collections::{BTreeMap, BTreeSet};

type Graph = BTreeMap<String, BTreeSet<String>>;

/// One circle for every group of names that reach each other, written `a → b → a`.
pub(super) fn find(edges: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from).or_default().insert(to);
    }
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for start in graph.keys() {
        if !seen.contains(start)
            && let Some(circle) = shortest_way_back(&graph, start)
        {
            seen.extend(circle.iter().cloned());
            circles.push(circle.join(" → "));
        }
    }
    circles
}

/// The shortest way from a name back to itself.
fn shortest_way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let none = BTreeSet::new();
    let mut ways = vec![vec![start.to_owned()]];
    let mut visited = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let here = way.last()?;
            for next in graph.get(here).unwrap_or(&none) {
                let mut on = way.clone();
                on.push(next.clone());
                if next == start {
                    return Some(on);
                }
                if visited.insert(next.clone()) {
                    longer.push(on);
                }
            }
        }
        ways = longer;
    }
    None
}
