//! Exponential, logistic function and hyperbolic tangent of whole slices.

/// eˣ of every value, in place.
pub fn exp(values: &mut [f32]) {
    for v in values {
        *v = v.exp();
    }
}

/// 1 / (1 + e⁻ˣ) of every value, in place.
pub fn sigmoid(values: &mut [f32]) {
    for v in values {
        *v = 1.0 / (1.0 + (-*v).exp());
    }
}

/// tanh x of every value, in place.
pub fn tanh(values: &mut [f32]) {
    for v in values {
        *v = v.tanh();
    }
}
