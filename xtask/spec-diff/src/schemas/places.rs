//! Where the schemas of a node are in messages: the path from the first root that reaches it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::rules::{Finding, Step, path};

/// A pair of schemas that an operation refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Root {
    pub(crate) operation: Arc<str>,
    /// The operation without the names of path parameters.
    pub(crate) key: String,
    /// The part of the message, such as `response 200 body`.
    pub(crate) subject: String,
    /// Whether the API sends the request.
    pub(crate) is_of_webhook: bool,
    pub(crate) node: usize,
}

/// How each node is reached first: the first root in order that does, by the shortest way.
pub(super) struct Places<'r> {
    roots: Vec<&'r Root>,
    first: Vec<Option<First<'r>>>,
}

/// The root of a node, and the node and the step that lead to it from there.
type First<'r> = (usize, Option<(usize, &'r Step)>);

impl<'r> Places<'r> {
    pub(super) fn new(roots: &'r [Root], within: impl Iterator<Item = &'r [(Step, usize)]>) -> Self {
        let within: Vec<&[(Step, usize)]> = within.collect();
        let mut sorted: Vec<&Root> = roots.iter().collect();
        sorted.sort();
        let mut first = vec![None; within.len()];
        for (root, of) in sorted.iter().enumerate() {
            if first[of.node].is_some() {
                continue;
            }
            first[of.node] = Some((root, None));
            let mut waiting = VecDeque::from([of.node]);
            while let Some(node) = waiting.pop_front() {
                for (step, inner) in within[node] {
                    if first[*inner].is_none() {
                        first[*inner] = Some((root, Some((node, step))));
                        waiting.push_back(*inner);
                    }
                }
            }
        }
        Self { roots: sorted, first }
    }

    /// Says where a finding of a node is.
    pub(super) fn located(&self, node: usize, property: Option<Step>, mut finding: Finding) -> Finding {
        let mut steps: Vec<Step> = property.into_iter().collect();
        let mut at = node;
        let mut root = None;
        while let Some((first, from)) = self.first[at] {
            root = Some(self.roots[first]);
            let Some((node, step)) = from else { break };
            steps.push(step.clone());
            at = node;
        }
        steps.reverse();
        let Some(root) = root else { return finding };
        finding.sentence.subject = format!("{}{}", root.subject, path(&steps));
        finding.sentence.name_messages(root.is_of_webhook);
        steps.retain(|step| !matches!(step, Step::Member(_)));
        finding.place = format!("{} {}{}", root.key, root.subject, path(&steps));
        finding
    }
}
