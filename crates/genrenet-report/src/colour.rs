//! Colours, and the scale from quiet to loud.

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// From `0xRRGGBB`.
    pub const fn hex(value: u32) -> Rgb {
        Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// As `#rrggbb`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Relative luminance of WCAG 2, in 0..=1.
    pub fn luminance(self) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio of WCAG 2 between two colours, in 1..=21.
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour `share` (0..=1) of the way to `other`.
    pub fn mix(self, other: Rgb, share: f64) -> Rgb {
        let between =
            |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Rgb(
            between(self.0, other.0),
            between(self.1, other.1),
            between(self.2, other.2),
        )
    }
}

/// Sixteen steps of matplotlib's "magma" (Smith and van der Walt 2015, CC0): even in lightness for every kind of sight.
const MAGMA: [u32; 16] = [
    0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81, 0x8c2981, 0xa8327d, 0xc43c75,
    0xde4968, 0xf1605d, 0xfa7f5e, 0xfe9f6d, 0xfebf84, 0xfddea0, 0xfcfdbf,
];

/// Colour of a level between quiet (0) and loud (1); black below and for NaN, pale above.
pub fn magma(level: f64) -> Rgb {
    let at = if level > 0.0 {
        level.min(1.0) * 15.0
    } else {
        0.0
    };
    let step = (at.floor() as usize).min(14);
    Rgb::hex(MAGMA[step]).mix(Rgb::hex(MAGMA[step + 1]), at - step as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn louder_is_lighter() {
        let steps: Vec<f64> = (0..=100)
            .map(|i| magma(f64::from(i) / 100.0).luminance())
            .collect();
        assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(magma(f64::NAN), Rgb(0, 0, 4));
        assert_eq!(magma(7.0), Rgb::hex(0xfcfdbf));
        assert_eq!(Rgb::hex(0x0a0b0c).css(), "#0a0b0c");
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
    }
}
