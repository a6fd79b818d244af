//! Matrix products that add to their result: C += A · B.
//!
//! Every element of C is summed by one thread in an order that depends on the sizes alone.

/// A matrix inside a slice: element (i, j) stands at `i * row + j * col`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The values.
    pub data: &'a [f32],
    /// Distance between rows.
    pub row: usize,
    /// Distance between columns.
    pub col: usize,
}

impl<'a> View<'a> {
    /// A row-major matrix of `cols` columns.
    pub fn rows(data: &'a [f32], cols: usize) -> Self {
        Self {
            data,
            row: cols,
            col: 1,
        }
    }

    /// The transpose of a row-major matrix that is stored with `cols` columns.
    pub fn transposed(data: &'a [f32], cols: usize) -> Self {
        Self {
            data,
            row: 1,
            col: cols,
        }
    }
}

/// The right-hand side of a product, laid out for the kernel; pack once, multiply often.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    k: usize,
    n: usize,
    data: Vec<f32>,
}

impl Packed {
    /// Lays out the k × n matrix `b`, keeping the allocation.
    ///
    /// # Panics
    /// When the view's slice is too short.
    pub fn pack(&mut self, k: usize, n: usize, b: View<'_>) {
        self.k = k;
        self.n = n;
        self.data.clear();
        self.data.reserve(k * n);
        for i in 0..k {
            for j in 0..n {
                self.data.push(b.data[i * b.row + j * b.col]);
            }
        }
    }

    /// Rows.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns.
    pub fn n(&self) -> usize {
        self.n
    }
}

/// C += A · B with B packed; A is m × k, row i of C starts at `c[i * c_row]`.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_packed(m: usize, a: View<'_>, b: &Packed, c: &mut [f32], c_row: usize) {
    for i in 0..m {
        for p in 0..b.k {
            let f = a.data[i * a.row + p * a.col];
            for (v, w) in c[i * c_row..][..b.n]
                .iter_mut()
                .zip(&b.data[p * b.n..][..b.n])
            {
                *v += f * w;
            }
        }
    }
}

/// C += A · B, all row-major: A is m × k, B is k × n, C is m × n.
///
/// # Panics
/// When a slice is too short.
pub fn gemm(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::rows(a, k), View::rows(b, n), c, n);
}

/// C += A · Bᵀ: A is m × k, B is stored n × k.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_nt(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::rows(a, k), View::transposed(b, k), c, n);
}

/// C += Aᵀ · B: A is stored k × m, B is k × n.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_tn(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::transposed(a, m), View::rows(b, n), c, n);
}

/// C += A · B for any layout; row i of C starts at `c[i * c_row]`.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_view(
    m: usize,
    n: usize,
    k: usize,
    a: View<'_>,
    b: View<'_>,
    c: &mut [f32],
    c_row: usize,
) {
    let mut packed = Packed::default();
    packed.pack(k, n, b);
    gemm_packed(m, a, &packed, c, c_row);
}
