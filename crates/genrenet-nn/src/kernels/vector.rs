//! One register's worth of values, for the micro-kernel.
//!
//! Loops over plain arrays come out nearly as fast with 256-bit vectors, but at 512 bits the compiler (LLVM 21) takes
//! some of them apart and reassembles them: 71–76 instead of 100 GFLOP/s.

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::{float32x4_t, vdupq_n_f32, vfmaq_f32, vld1q_f32, vst1q_f32};
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

macro_rules! register {
    ($arch:literal, $name:ty, $len:literal, $splat:ident, $load:ident, $store:ident, |$x:ident, $w:ident, $s:ident| $fma:expr) => {
        #[cfg(target_arch = $arch)]
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
    "x86_64",
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    |x, w, s| _mm512_fmadd_ps(x, w, s)
);
register!(
    "x86_64",
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    |x, w, s| _mm256_fmadd_ps(x, w, s)
);
register!(
    "aarch64",
    float32x4_t,
    4,
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    |x, w, s| vfmaq_f32(s, x, w)
);

impl Vector for [f32; 4] {
    const LEN: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        [value; 4]
    }

    #[inline(always)]
    fn mul_add(self, weight: Self, sum: Self) -> Self {
        std::array::from_fn(|i| self[i] * weight[i] + sum[i])
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
