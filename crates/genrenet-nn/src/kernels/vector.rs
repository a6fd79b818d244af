//! One register's worth of values, for the micro-kernel and the kernels of one-channel convolutions.
//!
//! Loops over plain arrays come out nearly as fast with 256-bit vectors, but at 512 bits the compiler (LLVM 21) takes
//! some of them apart and reassembles them: 71–76 instead of 100 GFLOP/s.

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vld1q_f32, vmaxq_f32, vmulq_f32,
    vst1q_f32, vsubq_f32,
};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use std::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_pmax, f32x4_splat, f32x4_sub, v128};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// A vector register. Its methods must be inlined into functions that have the register's instructions.
pub(crate) trait Vector: Copy {
    /// Values in a register.
    const LEN: usize;

    /// All zero.
    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// The same value everywhere.
    fn splat(value: f32) -> Self;

    /// self · weight + sum.
    fn mul_add(self, weight: Self, sum: Self) -> Self;

    /// sum − self · weight.
    fn neg_mul_add(self, weight: Self, sum: Self) -> Self;

    /// self + other.
    fn add(self, other: Self) -> Self;

    /// self − other.
    fn sub(self, other: Self) -> Self;

    /// self · other.
    fn mul(self, other: Self) -> Self;

    /// The larger of each pair; either where one is NaN.
    fn max(self, other: Self) -> Self;

    /// The largest of the first `count` values, at least one and at most LEN.
    #[inline(always)]
    fn largest(self, count: usize) -> f32 {
        let mut values = [0.0f32; 16];
        assert!(Self::LEN <= values.len());
        // SAFETY: the array has room for LEN values.
        unsafe { self.store(values.as_mut_ptr()) };
        if count < Self::LEN {
            return values[..count]
                .iter()
                .fold(f32::NEG_INFINITY, |a, b| larger(a, *b));
        }
        // Halves at a time, which the compiler does with shorter vectors.
        let mut half = Self::LEN / 2;
        while half > 0 {
            for i in 0..half {
                values[i] = larger(values[i], values[i + half]);
            }
            half /= 2;
        }
        values[0]
    }

    /// Reads LEN values.
    ///
    /// # Safety
    /// LEN values from `from` on can be read.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes LEN values.
    ///
    /// # Safety
    /// LEN values from `to` on can be written.
    unsafe fn store(self, to: *mut f32);
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

macro_rules! register {
    ($there:meta, $name:ty, $len:literal, $splat:ident, $load:path, $store:path, $add:ident, $sub:ident, $mul:ident, $max:ident,
     |$x:ident, $w:ident, $s:ident| $fma:expr, $fnma:expr) => {
        #[cfg($there)]
        #[cfg_attr(
            target_arch = "wasm32",
            allow(unused_unsafe, reason = "WebAssembly's instructions are safe to call")
        )]
        impl Vector for $name {
            const LEN: usize = $len;

            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: only tables of tiles use this type, and they are chosen where the processor has it.
                unsafe { $splat(value) }
            }

            #[inline(always)]
            fn mul_add(self, weight: Self, sum: Self) -> Self {
                let ($x, $w, $s) = (self, weight, sum);
                // SAFETY: only tables of tiles use this type, and they are chosen where the processor has it.
                unsafe { $fma }
            }

            #[inline(always)]
            fn neg_mul_add(self, weight: Self, sum: Self) -> Self {
                let ($x, $w, $s) = (self, weight, sum);
                // SAFETY: only functions for this processor use this type.
                unsafe { $fnma }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $sub(self, other) }
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $mul(self, other) }
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                // SAFETY: as the trait requires; processor as above.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                // SAFETY: as the trait requires; processor as above.
                unsafe { $store(to, self) }
            }
        }
    };
}

register!(
    target_arch = "x86_64",
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_max_ps,
    |x, w, s| _mm512_fmadd_ps(x, w, s),
    _mm512_fnmadd_ps(x, w, s)
);
register!(
    target_arch = "x86_64",
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_max_ps,
    |x, w, s| _mm256_fmadd_ps(x, w, s),
    _mm256_fnmadd_ps(x, w, s)
);
register!(
    target_arch = "aarch64",
    float32x4_t,
    4,
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    vaddq_f32,
    vsubq_f32,
    vmulq_f32,
    vmaxq_f32,
    |x, w, s| vfmaq_f32(s, x, w),
    vfmsq_f32(s, x, w)
);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod four {
    use std::arch::wasm32::{v128, v128_load, v128_store};

    #[inline(always)]
    pub(super) unsafe fn load(from: *const f32) -> v128 {
        // SAFETY: as `Vector::load`; WebAssembly reads vectors from any address.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    pub(super) unsafe fn store(to: *mut f32, value: v128) {
        // SAFETY: as `Vector::store`; WebAssembly writes vectors to any address.
        unsafe { v128_store(to.cast(), value) }
    }
}

// WebAssembly's fused multiply-add is another on each machine ("relaxed").
register!(
    all(target_arch = "wasm32", target_feature = "simd128"),
    v128,
    4,
    f32x4_splat,
    four::load,
    four::store,
    f32x4_add,
    f32x4_sub,
    f32x4_mul,
    f32x4_pmax,
    |x, w, s| f32x4_add(f32x4_mul(x, w), s),
    f32x4_sub(s, f32x4_mul(x, w))
);

/// Four values: WebAssembly's vectors where there are some, else an array, which the compiler turns into what the processor has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) type Four = v128;
/// Four values in an array, which the compiler turns into the vectors that the processor has.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) type Four = [f32; 4];

impl<const N: usize> Vector for [f32; N] {
    const LEN: usize = N;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        [value; N]
    }

    #[inline(always)]
    fn mul_add(self, weight: Self, sum: Self) -> Self {
        std::array::from_fn(|i| self[i] * weight[i] + sum[i])
    }

    #[inline(always)]
    fn neg_mul_add(self, weight: Self, sum: Self) -> Self {
        std::array::from_fn(|i| sum[i] - self[i] * weight[i])
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] + other[i])
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] - other[i])
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] * other[i])
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        std::array::from_fn(|i| larger(self[i], other[i]))
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: as the trait requires; an array of f32 is aligned as f32.
        unsafe { *from.cast() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as the trait requires; an array of f32 is aligned as f32.
        unsafe { *to.cast() = self }
    }
}
