//! Which vector instructions this processor has, and functions compiled once for each.

/// A set of vector instructions that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// x86-64 with 512-bit vectors.
    Avx512,
    /// x86-64 with 256-bit vectors and fused multiply-add.
    Avx2,
    /// ARM's 128-bit vectors, part of every 64-bit ARM.
    Neon,
    /// The instructions that the compiler uses by default.
    Plain,
}

impl Isa {
    /// The best set that this processor has. The environment variable `GENRENET_ISA` set to `avx2` or `plain` selects a smaller one.
    pub fn current() -> Self {
        use std::sync::OnceLock;
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let wish = std::env::var("GENRENET_ISA").unwrap_or_default();
            if wish == "plain" {
                return Isa::Plain;
            }
            #[cfg(target_arch = "x86_64")]
            {
                let avx2 =
                    std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
                let avx512 = avx2
                    && std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("avx512bw")
                    && std::is_x86_feature_detected!("avx512dq");
                if avx512 && wish != "avx2" {
                    return Isa::Avx512;
                }
                if avx2 {
                    return Isa::Avx2;
                }
            }
            if cfg!(target_arch = "aarch64") {
                Isa::Neon
            } else {
                Isa::Plain
            }
        })
    }
}

/// Declares a function whose body is compiled for each set of instructions, and which picks one when it is called.
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
                fn avx512($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                match $crate::kernels::isa::Isa::current() {
                    // SAFETY: `current` returns Avx512 only where the processor has these features.
                    $crate::kernels::isa::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: `current` returns Avx2 only where the processor has these features.
                    $crate::kernels::isa::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    _ => {}
                }
            }
            body($($arg),*)
        }
    };
}
pub(crate) use vectorised;

/// Declares a function that calls a body generic in a vector and a number with the vector and the number that suit this processor.
macro_rules! dispatched {
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?)
        with { avx512: ($v512:ty, $n512:literal), avx2: ($v256:ty, $n256:literal), neon: ($vneon:ty, $nneon:literal), plain: ($vplain:ty, $nplain:literal) }
        calls $body:ident
    ) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
                fn avx512($($arg: $ty),*) {
                    $body::<$v512, $n512>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) {
                    $body::<$v256, $n256>($($arg),*)
                }
                match $crate::kernels::isa::Isa::current() {
                    // SAFETY: `current` returns Avx512 only where the processor has these features.
                    $crate::kernels::isa::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: `current` returns Avx2 only where the processor has these features.
                    $crate::kernels::isa::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    _ => {}
                }
            }
            #[cfg(target_arch = "aarch64")]
            if $crate::kernels::isa::Isa::current() == $crate::kernels::isa::Isa::Neon {
                return $body::<$vneon, $nneon>($($arg),*);
            }
            $body::<$vplain, $nplain>($($arg),*);
        }
    };
}
pub(crate) use dispatched;
