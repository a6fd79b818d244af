//! Inner loops compiled for the vector instructions of the machine that they run on.

use rustfft::num_traits::Float;

/// `a · b + c`: in one rounding where `FUSED`, in two elsewhere (without the instruction, a fused one is a slow call).
#[inline(always)]
pub(crate) fn mul_add<const FUSED: bool, T: Float>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Defines a function whose body is compiled twice, without and with AVX2 with fused multiply-add, and chosen at run time.
///
/// The body may use `FUSED` with [`mul_add`]; on ARM64 it is always true.
macro_rules! vectorised {
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident $(<$number:ident: $bound:path>)? ($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)? $body:block
    ) => {
        $(#[$meta])*
        $vis fn $name $(<$number: $bound>)? ($($arg: $type),*) $(-> $ret)? {
            #[inline(always)]
            fn body<const FUSED: bool $(, $number: $bound)?>($($arg: $type),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn with_avx2 $(<$number: $bound>)? ($($arg: $type),*) $(-> $ret)? {
                    body::<true $(, $number)?>($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    // SAFETY: the two instruction sets it is compiled for were found on this machine just now.
                    return unsafe { with_avx2 $(::<$number>)? ($($arg),*) };
                }
            }
            body::<{ cfg!(target_arch = "aarch64") } $(, $number)?>($($arg),*)
        }
    };
}

pub(crate) use vectorised;
