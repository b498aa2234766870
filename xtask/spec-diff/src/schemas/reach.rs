//! Finds which roots reach each node of a graph.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Returns each node that a root reaches, with the names of those roots.
///
/// Works on strongly connected components, whose nodes are all reached by the same roots: a search from every root would be
/// quadratic.
pub(super) fn roots_by_node<'n>(
    edges: impl Iterator<Item = (usize, &'n [usize])>,
    roots: &BTreeMap<usize, BTreeSet<Arc<str>>>,
) -> Vec<(usize, Arc<BTreeSet<Arc<str>>>)> {
    let graph = DiGraph::<(), (), usize>::from_edges(
        edges.flat_map(|(node, within)| within.iter().map(move |inner| (node, *inner))),
    );
    let names: Vec<&Arc<str>> = roots.values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let bits = |of: &BTreeSet<Arc<str>>| -> FixedBitSet {
        of.iter().filter_map(|name| names.binary_search(&name).ok()).collect()
    };
    let mut components: Vec<Vec<usize>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(NodeIndex::index).collect())
        .collect();
    // `from_edges` only creates nodes up to the largest one that has an edge.
    let others = roots.keys().filter(|node| **node >= graph.node_count());
    components.splice(0..0, others.map(|node| vec![*node]));
    let mut reached: BTreeMap<usize, FixedBitSet> =
        roots.iter().map(|(node, of)| (*node, bits(of))).collect();
    let mut all = Vec::new();
    // `kosaraju_scc` returns components before those that lead to them; roots must come first here.
    for nodes in components.into_iter().rev() {
        let mut together = FixedBitSet::new();
        nodes.iter().filter_map(|node| reached.remove(node)).for_each(|bits| together.union_with(&bits));
        if together.is_clear() {
            continue;
        }
        for node in &nodes {
            for next in graph.neighbors(NodeIndex::new(*node)) {
                reached.entry(next.index()).or_default().union_with(&together);
            }
        }
        let names: Arc<BTreeSet<Arc<str>>> =
            Arc::new(together.ones().map(|index| names[index].clone()).collect());
        all.extend(nodes.into_iter().map(|node| (node, names.clone())));
    }
    all.sort_by_key(|(node, _)| *node);
    all
}
