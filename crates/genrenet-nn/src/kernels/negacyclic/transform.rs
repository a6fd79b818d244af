//! The complex Fourier transform of length 48 = 3 · 16 on vectors.

use crate::kernels::vector::Vector;

/// Values of a transform.
pub(super) const BINS: usize = 48;

/// One vector in memory, of any set of instructions.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Lane(pub [f32; 16]);

/// Real and imaginary part.
pub(super) type Complex = [Lane; 2];
pub(super) const ZERO: Complex = [Lane([0.0; 16]); 2];

impl Lane {
    #[inline(always)]
    pub fn get<V: Vector>(&self) -> V {
        const { assert!(V::LEN <= 16) };
        // SAFETY: the array has at least LEN values.
        unsafe { V::load(self.0.as_ptr()) }
    }

    #[inline(always)]
    pub fn set<V: Vector>(&mut self, value: V) {
        const { assert!(V::LEN <= 16) };
        // SAFETY: the array has at least LEN values.
        unsafe { value.store(self.0.as_mut_ptr()) }
    }
}

/// Place n of a row, or number of a root, that is at (n mod 3, n mod 16) = (index / 16, index % 16).
pub(super) const fn place(index: usize) -> usize {
    (16 * (index / 16) + 33 * (index % 16)) % BINS
}

/// The root that is at `index` in a transformed row.
pub(super) const fn root(index: usize) -> usize {
    (16 * (index / 16) + 3 * (index % 16)) % BINS
}

/// What takes the values of a transform.
pub(super) trait Sink<V> {
    fn take(&mut self, index: usize, re: V, im: V);
}

/// Powers of e^{2πi/16}.
const SIXTEENTHS: [[f32; 2]; 10] = {
    const C: f32 = 0.923_879_5;
    const S: f32 = 0.382_683_43;
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    [
        [1.0, 0.0],
        [C, S],
        [H, H],
        [S, C],
        [0.0, 1.0],
        [-S, C],
        [-H, H],
        [-C, S],
        [-1.0, 0.0],
        [-C, -S],
    ]
};

/// Σ x(a, b) · e^{2πi (a c / 3 + b d / 16)} for each (c, d), at 16 a + b and 16 c + d; `between` is overwritten.
#[inline(always)]
pub(super) fn transform<V: Vector, S: Sink<V>>(
    x: &[Complex; BINS],
    between: &mut [Complex; BINS],
    sink: &mut S,
) {
    // No closures here: they would be functions of their own, without the processor's instructions.
    for column in 0..4 {
        let (a, b, c, d) = (
            three::<V>(x, column),
            three::<V>(x, column + 4),
            three::<V>(x, column + 8),
            three::<V>(x, column + 12),
        );
        for part in 0..3 {
            let made = four([a[part], b[part], c[part], d[part]]);
            let to = 16 * part + column;
            between[to][0].set(made[0][0]);
            between[to][1].set(made[0][1]);
            for (r, [re, im]) in made.into_iter().enumerate().skip(1) {
                let [cos, sin] = SIXTEENTHS[r * column];
                let (cos, sin) = (V::splat(cos), V::splat(sin));
                let to = &mut between[to + 4 * r];
                to[0].set(im.neg_mul_add(sin, re.mul(cos)));
                to[1].set(im.mul_add(cos, re.mul(sin)));
            }
        }
    }
    for part in 0..3 {
        for r in 0..4 {
            let from = 16 * part + 4 * r;
            let made = four([
                get(&between[from]),
                get(&between[from + 1]),
                get(&between[from + 2]),
                get(&between[from + 3]),
            ]);
            let to = 16 * part + r;
            sink.take(to, made[0][0], made[0][1]);
            sink.take(to + 4, made[1][0], made[1][1]);
            sink.take(to + 8, made[2][0], made[2][1]);
            sink.take(to + 12, made[3][0], made[3][1]);
        }
    }
}

#[inline(always)]
pub(super) fn get<V: Vector>([re, im]: &Complex) -> [V; 2] {
    [re.get::<V>(), im.get::<V>()]
}

/// The transform of length 3 over the values at b, 16 + b and 32 + b.
#[inline(always)]
fn three<V: Vector>(x: &[Complex; BINS], b: usize) -> [[V; 2]; 3] {
    let (p, q, r) = (get::<V>(&x[b]), get::<V>(&x[16 + b]), get::<V>(&x[32 + b]));
    let half = V::splat(-0.5);
    let height = V::splat(0.866_025_4);
    let sum = [q[0].add(r[0]), q[1].add(r[1])];
    let apart = [q[0].sub(r[0]), q[1].sub(r[1])];
    let middle = [sum[0].mul_add(half, p[0]), sum[1].mul_add(half, p[1])];
    [
        [p[0].add(sum[0]), p[1].add(sum[1])],
        [
            apart[1].neg_mul_add(height, middle[0]),
            apart[0].mul_add(height, middle[1]),
        ],
        [
            apart[1].mul_add(height, middle[0]),
            apart[0].neg_mul_add(height, middle[1]),
        ],
    ]
}

/// The transform of length 4.
#[inline(always)]
fn four<V: Vector>(x: [[V; 2]; 4]) -> [[V; 2]; 4] {
    let even = [x[0][0].add(x[2][0]), x[0][1].add(x[2][1])];
    let even_apart = [x[0][0].sub(x[2][0]), x[0][1].sub(x[2][1])];
    let odd = [x[1][0].add(x[3][0]), x[1][1].add(x[3][1])];
    let odd_apart = [x[1][0].sub(x[3][0]), x[1][1].sub(x[3][1])];
    [
        [even[0].add(odd[0]), even[1].add(odd[1])],
        [
            even_apart[0].sub(odd_apart[1]),
            even_apart[1].add(odd_apart[0]),
        ],
        [even[0].sub(odd[0]), even[1].sub(odd[1])],
        [
            even_apart[0].add(odd_apart[1]),
            even_apart[1].sub(odd_apart[0]),
        ],
    ]
}
