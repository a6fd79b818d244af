//! The tree of Barnes and Hut: distant points repel as if they were all at their centre.
//!
//! Unlike the quadtree of van der Maaten (JMLR 15, 2014) every leaf holds 16 points and the shape of the tree depends on
//! their number alone: a balanced binary tree over points sorted by repeated halving along the longer side. So the order
//! can be kept for several steps while boxes and centres are refreshed, and the 16 points of a leaf share one list of
//! sources of repulsion, which runs through vector instructions (see `simd`).

use crate::simd::LANES;

/// A set of points: its centre, weight and box.
#[derive(Clone, Copy)]
struct Node {
    /// Lower corner.
    low: [f32; 2],
    /// Upper corner.
    high: [f32; 2],
    /// Mean of the points.
    centre: [f32; 2],
    /// Number of points.
    mass: f32,
    /// Longer side of the box, squared.
    side_squared: f32,
    /// The first node behind this one and all below it.
    skip: u32,
    /// The leaf it is, or `u32::MAX`.
    leaf: u32,
}

/// Points in tree order with the nodes above them.
pub(crate) struct ForceTree {
    nodes: Vec<Node>,
    /// Point number of each place.
    pub(crate) order: Vec<u32>,
    /// Coordinates of each leaf's points; the last leaf is filled up with its last point.
    leaves: Vec<[[f32; LANES]; 2]>,
}

impl ForceTree {
    /// Sorts `points` and builds the tree.
    pub(crate) fn new(points: &[[f32; 2]]) -> ForceTree {
        let mut tree = ForceTree {
            nodes: Vec::new(),
            order: (0..points.len() as u32).collect(),
            leaves: vec![[[0.0; LANES]; 2]; points.len().div_ceil(LANES)],
        };
        tree.grow(0, points.len().div_ceil(LANES));
        tree.sort(points);
        tree.refresh(points);
        tree
    }

    /// Number of leaves.
    pub(crate) fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Coordinates of the points of a leaf, unused lanes included.
    pub(crate) fn leaf(&self, leaf: usize) -> &[[f32; LANES]; 2] {
        &self.leaves[leaf]
    }

    /// The points of a leaf.
    pub(crate) fn members(&self, leaf: usize) -> &[u32] {
        let start = leaf * LANES;
        &self.order[start..(start + LANES).min(self.order.len())]
    }

    /// Lays out the nodes over the leaves `from..to` in preorder.
    fn grow(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let at = self.nodes.len();
        self.nodes.push(Node {
            low: [0.0; 2],
            high: [0.0; 2],
            centre: [0.0; 2],
            mass: 0.0,
            side_squared: 0.0,
            skip: 0,
            leaf: if to - from == 1 {
                from as u32
            } else {
                u32::MAX
            },
        });
        if to - from > 1 {
            let middle = from + (to - from) / 2;
            self.grow(from, middle);
            self.grow(middle, to);
        }
        self.nodes[at].skip = self.nodes.len() as u32;
    }

    /// Puts neighbouring points into the same leaf.
    pub(crate) fn sort(&mut self, points: &[[f32; 2]]) {
        let leaves = self.leaves.len();
        halve(&mut self.order, points, leaves);
    }

    /// Recomputes centres and boxes for points that have moved.
    pub(crate) fn refresh(&mut self, points: &[[f32; 2]]) {
        for (leaf, members) in self.leaves.iter_mut().zip(self.order.chunks(LANES)) {
            for lane in 0..LANES {
                let [x, y] = points[members[lane.min(members.len() - 1)] as usize];
                leaf[0][lane] = x;
                leaf[1][lane] = y;
            }
        }
        for at in (0..self.nodes.len()).rev() {
            let node = self.nodes[at];
            let joined = if node.leaf == u32::MAX {
                let first = self.nodes[at + 1];
                merge(first, self.nodes[first.skip as usize])
            } else {
                let used = self.members(node.leaf as usize).len();
                bound(&self.leaves[node.leaf as usize], used)
            };
            self.nodes[at] = Node {
                skip: node.skip,
                leaf: node.leaf,
                ..joined
            };
        }
    }

    /// Lists the sources of repulsion on the points of `leaf`, as `[x, y, mass]`, to `sources` (cleared first).
    ///
    /// A node replaces its points when its longer side is below `angle` times the distance from its centre to the box
    /// around the leaf: for the nearest point of the leaf that is the rule of Barnes and Hut, for all others it is stricter.
    pub(crate) fn sources(&self, leaf: usize, angle: f32, sources: &mut Vec<[f32; 3]>) {
        sources.clear();
        let used = self.members(leaf).len();
        let target = bound(&self.leaves[leaf], used);
        let reach = angle * angle;
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            let [x, y] = node.centre;
            let dx = (target.low[0] - x).max(x - target.high[0]).max(0.0);
            let dy = (target.low[1] - y).max(y - target.high[1]).max(0.0);
            if node.side_squared < reach * (dx * dx + dy * dy) {
                sources.push([x, y, node.mass]);
                at = node.skip as usize;
            } else if node.leaf == u32::MAX {
                at += 1;
            } else {
                let [xs, ys] = &self.leaves[node.leaf as usize];
                let used = self.members(node.leaf as usize).len();
                sources.extend((0..used).map(|lane| [xs[lane], ys[lane], 1.0]));
                at += 1;
            }
        }
    }
}

/// Sorts `order` so that each half of the leaves holds one half of the longer axis, and so on within each half.
fn halve(order: &mut [u32], points: &[[f32; 2]], leaves: usize) {
    if leaves < 2 {
        return;
    }
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for &point in order.iter() {
        for axis in 0..2 {
            let value = points[point as usize][axis];
            low[axis] = low[axis].min(value);
            high[axis] = high[axis].max(value);
        }
    }
    let axis = usize::from(high[1] - low[1] > high[0] - low[0]);
    let first = leaves / 2;
    let middle = first * LANES;
    order.select_nth_unstable_by(middle, |&a, &b| {
        points[a as usize][axis]
            .total_cmp(&points[b as usize][axis])
            .then(a.cmp(&b))
    });
    let (left, right) = order.split_at_mut(middle);
    halve(left, points, first);
    halve(right, points, leaves - first);
}

/// The node over the first `used` points of a leaf.
fn bound(leaf: &[[f32; LANES]; 2], used: usize) -> Node {
    let mut node = Node {
        low: [f32::INFINITY; 2],
        high: [f32::NEG_INFINITY; 2],
        centre: [0.0; 2],
        mass: used as f32,
        side_squared: 0.0,
        skip: 0,
        leaf: 0,
    };
    for (axis, values) in leaf.iter().enumerate() {
        // Unused lanes repeat the last point, which does not change the box.
        for &value in values {
            node.low[axis] = node.low[axis].min(value);
            node.high[axis] = node.high[axis].max(value);
        }
        node.centre[axis] = values[..used].iter().sum::<f32>() / used as f32;
    }
    node.side_squared = side_squared(&node);
    node
}

/// The node over two others.
fn merge(a: Node, b: Node) -> Node {
    let mass = a.mass + b.mass;
    let mut node = Node { mass, ..a };
    for axis in 0..2 {
        node.low[axis] = a.low[axis].min(b.low[axis]);
        node.high[axis] = a.high[axis].max(b.high[axis]);
        node.centre[axis] = (a.centre[axis] * a.mass + b.centre[axis] * b.mass) / mass;
    }
    node.side_squared = side_squared(&node);
    node
}

fn side_squared(node: &Node) -> f32 {
    let side = (node.high[0] - node.low[0]).max(node.high[1] - node.low[1]);
    side * side
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::repulsion;

    fn spiral(n: usize) -> Vec<[f32; 2]> {
        (0..n)
            .map(|i| {
                let t = i as f32 * 0.37;
                [t.cos() * (i as f32).sqrt(), t.sin() * (i as f32).sqrt()]
            })
            .collect()
    }

    #[test]
    fn every_point_stands_in_exactly_one_leaf() {
        for n in [1, 15, 16, 17, 100, 1_000] {
            let tree = ForceTree::new(&spiral(n));
            let mut seen: Vec<u32> = (0..tree.leaf_count())
                .flat_map(|leaf| tree.members(leaf).to_vec())
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn masses_add_up_and_pushes_are_near_the_exact_ones() {
        let points = spiral(1_000);
        let tree = ForceTree::new(&points);
        let all: Vec<[f32; 3]> = points.iter().map(|&[x, y]| [x, y, 1.0]).collect();
        let mut sources = Vec::new();
        let (mut wrong, mut whole) = (0.0, 0.0);
        let mut listed = 0;
        for leaf in 0..tree.leaf_count() {
            tree.sources(leaf, 0.5, &mut sources);
            listed += sources.len();
            assert_eq!(sources.iter().map(|s| s[2]).sum::<f32>(), 1_000.0);
            let [xs, ys] = tree.leaf(leaf);
            let (near, exact) = (repulsion(&sources, xs, ys), repulsion(&all, xs, ys));
            for lane in 0..tree.members(leaf).len() {
                wrong +=
                    (near.x[lane] - exact.x[lane]).powi(2) + (near.y[lane] - exact.y[lane]).powi(2);
                whole += exact.x[lane].powi(2) + exact.y[lane].powi(2);
            }
        }
        assert!(
            (wrong / whole).sqrt() < 0.01,
            "relative error {}",
            (wrong / whole).sqrt()
        );
        assert!(
            listed < tree.leaf_count() * 500,
            "{listed} sources save nothing"
        );
    }
}
