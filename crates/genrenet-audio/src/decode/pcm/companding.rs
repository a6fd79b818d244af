//! ITU-T G.711: telephone samples of 8 bits on a logarithmic scale.

/// µ-law code to 16-bit sample.
pub(super) static MU_LAW: [i16; 256] = table_mu();
/// A-law code to 16-bit sample.
pub(super) static A_LAW: [i16; 256] = table_a();

const fn mu_law(code: u8) -> i16 {
    let code = !code;
    let exponent = code >> 4 & 7;
    let magnitude = ((((code & 15) as i16) << 3) + 0x84) << exponent;
    if code & 0x80 != 0 {
        0x84 - magnitude
    } else {
        magnitude - 0x84
    }
}

const fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = code >> 4 & 7;
    let mantissa = ((code & 15) as i16) << 4;
    let magnitude = if exponent == 0 {
        mantissa + 8
    } else {
        (mantissa + 0x108) << (exponent - 1)
    };
    if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

macro_rules! tables {
    ($name:ident, $law:ident) => {
        const fn $name() -> [i16; 256] {
            let mut table = [0; 256];
            let mut code = 0;
            while code < 256 {
                table[code] = $law(code as u8);
                code += 1;
            }
            table
        }
    };
}
tables!(table_mu, mu_law);
tables!(table_a, a_law);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_middles_of_both_laws_are_as_g711_lists_them() {
        assert_eq!(
            (MU_LAW[0x00], MU_LAW[0x80], MU_LAW[0xff], MU_LAW[0x7f]),
            (-32_124, 32_124, 0, 0)
        );
        assert_eq!(
            (A_LAW[0x2a], A_LAW[0xaa], A_LAW[0xd5], A_LAW[0x55]),
            (-32_256, 32_256, 8, -8)
        );
    }
}
