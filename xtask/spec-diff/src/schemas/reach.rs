//! Finds which roots reach each node of a graph.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    let bits = |of: &BTreeSet<Arc<str>>| {
        let mut bits = vec![0_u64; names.len().div_ceil(64)];
        for name in of {
            if let Ok(index) = names.binary_search(&name) {
                bits[index / 64] |= 1 << (index % 64);
            }
        }
        bits
    };
    let mut components: Vec<Vec<usize>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(NodeIndex::index).collect())
        .collect();
    // `from_edges` only creates nodes up to the largest one that has an edge.
    let others = roots.keys().filter(|node| **node >= graph.node_count());
    components.splice(0..0, others.map(|node| vec![*node]));
    let mut reached: BTreeMap<usize, Vec<u64>> = roots.iter().map(|(node, of)| (*node, bits(of))).collect();
    let mut all = Vec::new();
    // `kosaraju_scc` returns components before those that lead to them; roots must come first here.
    for nodes in components.into_iter().rev() {
        let mut together = vec![0_u64; names.len().div_ceil(64)];
        for bits in nodes.iter().filter_map(|node| reached.remove(node)) {
            together.iter_mut().zip(bits).for_each(|(own, more)| *own |= more);
        }
        if together.iter().all(|bits| *bits == 0) {
            continue;
        }
        for node in &nodes {
            for next in graph.neighbors(NodeIndex::new(*node)) {
                let own = reached.entry(next.index()).or_insert_with(|| vec![0; together.len()]);
                own.iter_mut().zip(&together).for_each(|(own, more)| *own |= more);
            }
        }
        let is_set = |index: usize| together[index / 64] & (1 << (index % 64)) != 0;
        let names: Arc<BTreeSet<Arc<str>>> = Arc::new(
            (0..names.len()).filter(|index| is_set(*index)).map(|index| names[index].clone()).collect(),
        );
        all.extend(nodes.into_iter().map(|node| (node, names.clone())));
    }
    all.sort_by_key(|(node, _)| *node);
    all
}
