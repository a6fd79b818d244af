//! Multinomial logistic regression with an L2 penalty, solved by Newton's method.

use super::cholesky::dot;
use super::error::HeadError;
use super::examples::Examples;
use super::linear::LinearHead;

/// Most steps of Newton's method; a dozen are usual.
const ITERATIONS: usize = 200;
/// A step is the last one when its length in the norm of the Hessian is at most this, times the root of the rows' weight.
const LAST_STEP: f64 = 1e-9;

/// Multinomial logistic regression: minimises C·Σ sᵢ·lossᵢ + ½‖W‖² over weights and biases, biases not penalised.
///
/// lossᵢ is the negative log-probability of the class of row i, sᵢ the weight of that row. As
/// `sklearn.linear_model.LogisticRegression(C=c)` with three classes and more; its `class_weight` is a weight for each row here.
/// With two classes, scikit-learn penalises the one vector of its sigmoid, which is the difference of the two columns of W
/// here: this head with C has the probabilities of scikit-learn's with 2·C.
///
/// The biases add up to 0, and so does each row of W.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logistic {
    /// C, above 0: the lower it is, the stronger the penalty.
    pub c: f64,
}

impl Logistic {
    /// Fits the head; `weights` are those of the rows, `[rows]`, at least 0 (each 1, if `None`).
    ///
    /// Newton's method with conjugate gradients in double precision, until the weights are exact to about nine digits; the
    /// result is the same on every thread and machine of one build.
    ///
    /// # Errors
    /// C or a weight that can't be, a class without rows of positive weight, values whose squares overflow.
    pub fn fit(
        &self,
        examples: &Examples,
        weights: Option<&[f64]>,
    ) -> Result<LinearHead, HeadError> {
        let weights = self.row_weights(examples, weights)?;
        let problem = Problem::new(examples, weights);
        let parameters = problem.minimise(examples.largest())?;
        Ok(problem.head(&parameters))
    }

    /// C times the weight of each row, checked.
    fn row_weights(
        &self,
        examples: &Examples,
        weights: Option<&[f64]>,
    ) -> Result<Vec<f64>, HeadError> {
        if !(self.c.is_finite() && self.c > 0.0) {
            return Err(HeadError::Number {
                what: "C".into(),
                expected: "a number above 0",
                found: self.c,
            });
        }
        let Some(weights) = weights else {
            examples.require_all_classes()?;
            return Ok(vec![self.c; examples.rows()]);
        };
        if weights.len() != examples.rows() {
            return Err(HeadError::Length {
                what: "weights of the rows",
                expected: examples.rows(),
                found: weights.len(),
            });
        }
        let mut sums = vec![0.0; examples.classes()];
        for (row, (&weight, &label)) in weights.iter().zip(examples.labels()).enumerate() {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(HeadError::Number {
                    what: format!("weight of row {row}"),
                    expected: "a number of at least 0",
                    found: weight,
                });
            }
            sums[label] += weight;
        }
        match sums.iter().position(|&sum| sum == 0.0) {
            Some(class) => Err(HeadError::NoRows { class }),
            None => Ok(weights.iter().map(|weight| self.c * weight).collect()),
        }
    }
}

/// The function that is minimised. Parameters are `[classes, columns + 1]`, the bias last.
struct Problem {
    /// Rows less the mean, followed by a 1: `[n, columns + 1]`. As the biases are not penalised, this changes them only,
    /// and far fewer steps are needed.
    rows: Vec<f64>,
    mean: Vec<f64>,
    labels: Vec<usize>,
    /// C·sᵢ.
    weights: Vec<f64>,
    /// columns + 1.
    width: usize,
    classes: usize,
}

impl Problem {
    fn new(examples: &Examples, weights: Vec<f64>) -> Problem {
        let columns = examples.columns();
        let total: f64 = weights.iter().sum();
        let mut mean = vec![0.0; columns];
        for (row, weight) in examples.values().chunks_exact(columns).zip(&weights) {
            for (mean, value) in mean.iter_mut().zip(row) {
                *mean += weight / total * value;
            }
        }
        let mut rows = Vec::with_capacity(examples.rows() * (columns + 1));
        for row in examples.values().chunks_exact(columns) {
            rows.extend(row.iter().zip(&mean).map(|(value, mean)| value - mean));
            rows.push(1.0);
        }
        Problem {
            rows,
            mean,
            labels: examples.labels().to_vec(),
            weights,
            width: columns + 1,
            classes: examples.classes(),
        }
    }

    /// Newton's method with a line search; `largest` is the largest magnitude of a value.
    fn minimise(&self, largest: f64) -> Result<Vec<f64>, HeadError> {
        let mut parameters = vec![0.0; self.classes * self.width];
        let mut probabilities = vec![0.0; self.labels.len() * self.classes];
        let mut loss = self.loss(&parameters, &mut probabilities);
        let expected = LAST_STEP * self.weights.iter().sum::<f64>().sqrt();
        let (mut step, mut before) = (f64::INFINITY, f64::INFINITY);
        let mut first = None;
        for _ in 0..ITERATIONS {
            let gradient = self.gradient(&parameters, &probabilities);
            let scale = self.diagonal(&probabilities);
            let size = norm(&gradient, &scale);
            let share = (size / *first.get_or_insert(size)).sqrt();
            let tolerance = share.clamp(1e-6, 0.1) * size;
            let direction = self.newton_direction(&gradient, &probabilities, &scale, tolerance);
            let slope = dot(&gradient, &direction);
            step = (-slope).max(0.0).sqrt();
            if !(loss + step).is_finite() {
                return Err(HeadError::NotFinite { largest });
            }
            let (moved, reached) =
                self.search(&parameters, &direction, loss, slope, &mut probabilities);
            parameters = moved;
            loss = reached;
            // Where rows lie far apart and are hardly penalised, rounding may keep steps from becoming shorter.
            let at_rounding = step <= 1e4 * expected && step >= 0.5 * before;
            if step <= expected || at_rounding {
                return Ok(parameters);
            }
            before = step;
        }
        Err(HeadError::NotConverged {
            iterations: ITERATIONS,
            step,
            expected,
        })
    }

    /// Goes along the direction, half as far each time, until the loss falls by a share of what its slope promises.
    fn search(
        &self,
        from: &[f64],
        direction: &[f64],
        loss: f64,
        slope: f64,
        probabilities: &mut [f64],
    ) -> (Vec<f64>, f64) {
        // What rounding adds to the loss.
        let noise = 1e-13 * loss.abs();
        let mut length = 1.0;
        loop {
            let moved: Vec<f64> = from
                .iter()
                .zip(direction)
                .map(|(p, d)| p + length * d)
                .collect();
            let reached = self.loss(&moved, probabilities);
            if reached <= loss + 1e-4 * length * slope + noise || length < 1e-12 {
                return (moved, reached);
            }
            length *= 0.5;
        }
    }

    /// The value to minimise; leaves the probabilities `[n, classes]`.
    fn loss(&self, parameters: &[f64], probabilities: &mut [f64]) -> f64 {
        let mut loss = 0.5 * dot(parameters, &self.penalty_of(parameters));
        for (i, p) in probabilities.chunks_exact_mut(self.classes).enumerate() {
            self.products(i, parameters, p);
            loss += self.weights[i] * softmax_loss(p, self.labels[i]);
        }
        loss
    }

    fn gradient(&self, parameters: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let mut gradient = self.penalty_of(parameters);
        let mut part = vec![0.0; self.classes];
        for (i, p) in probabilities.chunks_exact(self.classes).enumerate() {
            let own = self.labels[i];
            for (part, p) in part.iter_mut().zip(p) {
                *part = self.weights[i] * p;
            }
            part[own] = -self.weights[i] * all_but(p, own);
            self.add_outer(i, &part, &mut gradient);
        }
        gradient
    }

    /// The Hessian times a vector.
    fn hessian_times(&self, vector: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let mut product = self.penalty_of(vector);
        let mut part = vec![0.0; self.classes];
        for (i, p) in probabilities.chunks_exact(self.classes).enumerate() {
            self.products(i, vector, &mut part);
            // Measured from the own class, whose probability may be 1 but for rounding.
            let own = part[self.labels[i]];
            part.iter_mut().for_each(|part| *part -= own);
            let mean = dot(&part, p);
            for (part, p) in part.iter_mut().zip(p) {
                *part = self.weights[i] * p * (*part - mean);
            }
            self.add_outer(i, &part, &mut product);
        }
        product
    }

    /// The diagonal of the Hessian, by which conjugate gradients are preconditioned.
    fn diagonal(&self, probabilities: &[f64]) -> Vec<f64> {
        let mut diagonal = self.penalty_of(&vec![1.0; self.classes * self.width]);
        for (i, p) in probabilities.chunks_exact(self.classes).enumerate() {
            for (class, diagonal) in diagonal.chunks_exact_mut(self.width).enumerate() {
                let weight = self.weights[i] * p[class] * all_but(p, class);
                for (sum, x) in diagonal.iter_mut().zip(self.row(i)) {
                    *sum += weight * x * x;
                }
            }
        }
        diagonal
            .iter_mut()
            .for_each(|d| *d = d.max(f64::MIN_POSITIVE));
        diagonal
    }

    /// Solves Hessian · direction = −gradient by conjugate gradients, until the residual is at most `tolerance`.
    fn newton_direction(
        &self,
        gradient: &[f64],
        probabilities: &[f64],
        scale: &[f64],
        tolerance: f64,
    ) -> Vec<f64> {
        let mut direction = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let preconditioned =
            |r: &[f64]| -> Vec<f64> { r.iter().zip(scale).map(|(r, s)| r / s).collect() };
        let mut scaled = preconditioned(&residual);
        let mut search = scaled.clone();
        let mut size = dot(&residual, &scaled);
        for _ in 0..gradient.len().max(100) * 2 {
            if size.sqrt() <= tolerance {
                break;
            }
            let product = self.hessian_times(&search, probabilities);
            let curvature = dot(&search, &product);
            if curvature.is_nan() || curvature <= 0.0 {
                break;
            }
            let length = size / curvature;
            for (d, s) in direction.iter_mut().zip(&search) {
                *d += length * s;
            }
            for (r, p) in residual.iter_mut().zip(&product) {
                *r -= length * p;
            }
            scaled = preconditioned(&residual);
            let next = dot(&residual, &scaled);
            for (s, z) in search.iter_mut().zip(&scaled) {
                *s = z + next / size * *s;
            }
            size = next;
        }
        direction
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.width..(i + 1) * self.width]
    }

    /// Row i times the parameters of each class.
    fn products(&self, i: usize, parameters: &[f64], products: &mut [f64]) {
        for (product, of_class) in products.iter_mut().zip(parameters.chunks_exact(self.width)) {
            *product = dot(self.row(i), of_class);
        }
    }

    /// Adds row i, times a number for each class, to `sums` `[classes, width]`.
    fn add_outer(&self, i: usize, of_class: &[f64], sums: &mut [f64]) {
        for (sums, factor) in sums.chunks_exact_mut(self.width).zip(of_class) {
            for (sum, x) in sums.iter_mut().zip(self.row(i)) {
                *sum += factor * x;
            }
        }
    }

    /// The gradient of the penalty, which is ½‖W‖², and something on the mean of the biases: the same added to all of them
    /// would change no probability, and conjugate gradients would wander there. The solution's mean is 0.
    fn penalty_of(&self, parameters: &[f64]) -> Vec<f64> {
        let biases = || (self.width - 1..parameters.len()).step_by(self.width);
        let classes = self.classes as f64;
        let mean = biases().map(|at| parameters[at]).sum::<f64>() / classes;
        let total: f64 = self.weights.iter().sum();
        let mut penalty = parameters.to_vec();
        biases().for_each(|at| penalty[at] = total / classes * mean);
        penalty
    }

    /// The head for rows from which no mean is subtracted.
    fn head(&self, parameters: &[f64]) -> LinearHead {
        let columns = self.width - 1;
        let at = |class: usize, column: usize| parameters[class * self.width + column];
        let weights = (0..columns)
            .flat_map(|column| (0..self.classes).map(move |class| at(class, column)))
            .collect();
        let mut bias: Vec<f64> = parameters
            .chunks_exact(self.width)
            .map(|class| class[columns] - dot(&class[..columns], &self.mean))
            .collect();
        let mean = bias.iter().sum::<f64>() / self.classes as f64;
        bias.iter_mut().for_each(|b| *b -= mean);
        LinearHead { weights, bias }
    }
}

/// Logits become probabilities; returns the negative logarithm of that of the class `own`, exact also where it is near 1.
fn softmax_loss(logits: &mut [f64], own: usize) -> f64 {
    let reference = logits[own];
    let largest = logits.iter().copied().fold(reference, f64::max);
    logits.iter_mut().for_each(|z| *z = (*z - largest).exp());
    let others = all_but(logits, own);
    let sum = others + logits[own];
    logits.iter_mut().for_each(|p| *p /= sum);
    match reference == largest {
        true => others.ln_1p(),
        false => largest - reference + sum.ln(),
    }
}

/// The sum of all elements but one: 1 − p without cancellation.
fn all_but(values: &[f64], one: usize) -> f64 {
    values[..one].iter().sum::<f64>() + values[one + 1..].iter().sum::<f64>()
}

/// The length of a gradient whose elements are measured in the roots of `scale`.
fn norm(gradient: &[f64], scale: &[f64]) -> f64 {
    let squares = gradient.iter().zip(scale).map(|(g, s)| g * g / s);
    squares.sum::<f64>().sqrt()
}
