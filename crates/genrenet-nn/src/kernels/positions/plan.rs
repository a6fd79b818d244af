//! How tall kernels and images are cut, so that fewer products are formed.
//!
//! Fast filters (Winograd 1980; Mou and Duhamel 1991): with even and odd rows of kernel and image, y₀ = h₀x₀ + h₁x₁ and
//! y₁ = h₀x₁ + h₁x₀' (x₀' one row further) are three products, of h₀ and x₀ − x₁, of h₀ + h₁ and x₁, of h₁ and x₀' − x₁, instead of
//! four; each of them can be cut in the same way.

use crate::kernels::vector::Vector;

/// One sum of products: of the kernel's and the image's part `piece`, added to earlier results.
pub(super) struct Step {
    pub piece: usize,
    pub add: &'static [usize],
    pub to: To,
}

/// What a step's result is: kept for later steps, or the rows of this phase (row mod the number of phases).
pub(super) enum To {
    Slot(usize),
    Phase(usize),
}

const fn step(piece: usize, add: &'static [usize], to: To) -> Step {
    Step { piece, add, to }
}

/// How a kernel is cut.
pub(super) struct Plan {
    pub steps: &'static [Step],
    /// Parts of kernel and image.
    pub pieces: usize,
    /// Every how many rows a part has one; as many phases have the results.
    pub phases: usize,
    /// How many rows below its first a part's row is made from.
    pub reach: usize,
}

static WHOLE: Plan = Plan {
    steps: &[step(0, &[], To::Phase(0))],
    pieces: 1,
    phases: 1,
    reach: 0,
};

static HALVES: Plan = Plan {
    steps: &[
        step(1, &[], To::Slot(0)),
        step(0, &[0], To::Phase(0)),
        step(2, &[0], To::Phase(1)),
    ],
    pieces: 3,
    phases: 2,
    reach: 2,
};

static QUARTERS: Plan = Plan {
    steps: &[
        step(4, &[], To::Slot(0)),
        step(3, &[0], To::Slot(1)),
        step(5, &[0], To::Slot(2)),
        step(1, &[], To::Slot(0)),
        step(0, &[0, 1], To::Phase(0)),
        step(2, &[0, 2], To::Phase(2)),
        step(7, &[], To::Slot(0)),
        step(6, &[0, 1], To::Phase(1)),
        step(8, &[0, 2], To::Phase(3)),
    ],
    pieces: 9,
    phases: 4,
    reach: 6,
};

/// The plan for a kernel of this height. Measured on kernels of 32 to 128 rows: quarters take two thirds of the time of the whole.
pub(super) fn plan(kernel: [usize; 2]) -> &'static Plan {
    match kernel[0] {
        0..12 => &WHOLE,
        12..32 => &HALVES,
        _ => &QUARTERS,
    }
}

/// Rows of a kernel, each of `row` values and zeros behind the last, as the three parts of a halving of `parts` rows each.
fn halve(kernel: &[f32], row: usize, parts: usize, to: &mut Vec<f32>) {
    let zeros = vec![0.0; row];
    let at = |n: usize| kernel.get(n * row..(n + 1) * row).unwrap_or(&zeros);
    (0..parts).for_each(|r| to.extend_from_slice(at(2 * r)));
    for r in 0..parts {
        to.extend(at(2 * r).iter().zip(at(2 * r + 1)).map(|(a, b)| a + b));
    }
    (0..parts).for_each(|r| to.extend_from_slice(at(2 * r + 1)));
}

/// The parts of a kernel, of `parts` rows each, one after the other.
pub(super) fn cut_kernel(plan: &Plan, kernel: &[f32], row: usize, parts: usize) -> Vec<f32> {
    let mut to = Vec::new();
    match plan.pieces {
        1 => to.extend_from_slice(kernel),
        3 => halve(kernel, row, parts, &mut to),
        _ => {
            let mut halves = Vec::new();
            halve(kernel, row, 2 * parts, &mut halves);
            for half in halves.chunks_exact(2 * parts * row) {
                halve(half, row, parts, &mut to);
            }
        }
    }
    to
}

/// The parts of an image with rows of `row` values, of `parts` rows each.
#[inline(always)]
pub(super) fn cut_image<V: Vector>(
    plan: &Plan,
    image: &[f32],
    row: usize,
    parts: usize,
    to: &mut [f32],
) {
    if row < V::LEN {
        for column in 0..row {
            cut_columns::<[f32; 1]>(plan, image, row, parts, column, to);
        }
        return;
    }
    for column in (0..row).step_by(V::LEN) {
        cut_columns::<V>(plan, image, row, parts, column.min(row - V::LEN), to);
    }
}

#[inline(always)]
fn cut_columns<V: Vector>(
    plan: &Plan,
    image: &[f32],
    row: usize,
    parts: usize,
    column: usize,
    to: &mut [f32],
) {
    let part = parts * row;
    assert!(((parts - 1) * plan.phases + plan.reach) * row + column + V::LEN <= image.len());
    assert!((plan.pieces * parts - 1) * row + column + V::LEN <= to.len());
    for r in 0..parts {
        let from = r * plan.phases * row + column;
        let mut x = [V::zero(); 7];
        for (n, x) in x.iter_mut().enumerate().take(plan.reach + 1) {
            // SAFETY: n is at most `reach`, r below `parts`: within the image as asserted.
            *x = unsafe { V::load(image.as_ptr().add(from + n * row)) };
        }
        let mut put = Put {
            to: &mut to[r * row + column..],
            part,
            at: 0,
        };
        if plan.pieces == 3 {
            put.three(x[0], x[1], x[2]);
        } else {
            put.three(x[0].sub(x[1]), x[2].sub(x[3]), x[4].sub(x[5]));
            put.three(x[1], x[3], x[5]);
            put.three(x[2].sub(x[1]), x[4].sub(x[3]), x[6].sub(x[5]));
        }
    }
}

/// Writes a row's values to one part after the other.
struct Put<'a> {
    to: &'a mut [f32],
    part: usize,
    at: usize,
}

impl Put<'_> {
    /// Three parts of one halving, of an even row, the odd one and the next even one.
    #[inline(always)]
    fn three<V: Vector>(&mut self, even: V, odd: V, next: V) {
        self.one(even.sub(odd));
        self.one(odd);
        self.one(next.sub(odd));
    }

    #[inline(always)]
    fn one<V: Vector>(&mut self, value: V) {
        let to = &mut self.to[self.at..][..V::LEN];
        // SAFETY: the slice has LEN values.
        unsafe { value.store(to.as_mut_ptr()) };
        self.at += self.part;
    }
}
