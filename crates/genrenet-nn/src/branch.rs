//! The layers that one input passes before it is joined with the others.

use crate::{
    BranchSpec, Initialiser, Layer, NnError, Param, Pass, Scratch, Sequential, SummaryRow, Tensor,
};

/// Layers over one input. Where rows may lack the input, only present rows go through the layers, and a learned vector
/// replaces the output of the others.
#[derive(Debug)]
pub(crate) struct Branch {
    pub name: String,
    pub input: String,
    pub input_shape: Vec<usize>,
    pub layers: Sequential,
    pub absent: Option<Param>,
    /// Input and output of the rows that have it, of the last forward pass.
    x: Tensor,
    y: Tensor,
    /// Output of all rows, where some lack the input.
    all: Tensor,
    /// The rows that have it; `None` for all.
    rows: Option<Vec<usize>>,
    grad: Tensor,
}

impl Branch {
    pub fn new(
        spec: &BranchSpec,
        name: String,
        shape: &[usize],
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let layers = Sequential::new(&spec.layers, &name, shape, first)?;
        let absent = match spec.optional {
            true => {
                let shape = layers.output_shape();
                let value = first.fan_in(shape, shape.iter().product())?;
                Some(Param::new(format!("{name}.absent"), value, false))
            }
            false => None,
        };
        Ok(Self {
            name,
            input: spec.input.clone(),
            input_shape: shape.to_vec(),
            layers,
            absent,
            x: Tensor::default(),
            y: Tensor::default(),
            all: Tensor::default(),
            rows: None,
            grad: Tensor::default(),
        })
    }

    /// Rows that have the input, or `None` where all have. A branch that is not optional takes every row.
    fn present(
        &self,
        batch: usize,
        array: Option<&Tensor>,
        present: Option<&Vec<bool>>,
    ) -> Option<Vec<usize>> {
        self.absent.as_ref()?;
        if array.is_none() {
            return Some(Vec::new());
        }
        let flags = present.filter(|p| p.iter().take(batch).any(|has| !has))?;
        Some((0..batch).filter(|&i| flags[i]).collect())
    }

    pub fn forward(
        &mut self,
        batch: usize,
        array: Option<&Tensor>,
        present: Option<&Vec<bool>>,
        pass: &mut Pass,
    ) -> &Tensor {
        self.rows = self.present(batch, array, present);
        let empty = Tensor::default();
        let array = array.unwrap_or(&empty);
        let Some(rows) = &self.rows else {
            self.x.copy_from(array);
            self.layers.forward(&self.x, &mut self.y, pass);
            return &self.y;
        };
        gather(array, rows, &self.input_shape, &mut self.x);
        if !rows.is_empty() {
            self.layers.forward(&self.x, &mut self.y, pass);
        }
        scatter(batch, rows, &self.y, self.absent.as_ref(), &mut self.all);
        &self.all
    }

    pub fn output(&self) -> &Tensor {
        if self.rows.is_some() {
            &self.all
        } else {
            &self.y
        }
    }

    /// `dx` receives the gradient of the whole input, zero where rows lack it.
    pub fn backward(&mut self, dy: &Tensor, dx: Option<&mut Tensor>) {
        let Some(rows) = &self.rows else {
            return self.layers.backward(&self.x, &self.y, dy, dx);
        };
        let item = dy.item_len();
        if let Some(absent) = &mut self.absent {
            for row in (0..dy.batch()).filter(|r| rows.binary_search(r).is_err()) {
                absent
                    .grad
                    .data
                    .iter_mut()
                    .zip(&dy.data[row * item..][..item])
                    .for_each(|(g, d)| *g += d);
            }
        }
        let mut dx_rows = dx.is_some().then(Tensor::default);
        if !rows.is_empty() {
            gather(dy, rows, self.layers.output_shape(), &mut self.grad);
            self.layers
                .backward(&self.x, &self.y, &self.grad, dx_rows.as_mut());
        }
        if let (Some(dx), Some(part)) = (dx, dx_rows) {
            dx.resize_batch(dy.batch(), &self.input_shape);
            dx.fill(0.0);
            let item = dx.item_len();
            for (&row, from) in rows.iter().zip(part.data.chunks_exact(item.max(1))) {
                dx.data[row * item..][..item].copy_from_slice(from);
            }
        }
    }

    pub fn infer(
        &self,
        batch: usize,
        array: Option<&Tensor>,
        present: Option<&Vec<bool>>,
        scratch: &mut Scratch,
    ) -> Tensor {
        let mut y = scratch.tensor(&[]);
        let empty = Tensor::default();
        let array = array.unwrap_or(&empty);
        let Some(rows) = self.present(batch, (!array.shape.is_empty()).then_some(array), present)
        else {
            self.layers.infer(array, &mut y, scratch);
            return y;
        };
        let mut x = scratch.tensor(&[]);
        gather(array, &rows, &self.input_shape, &mut x);
        if !rows.is_empty() {
            self.layers.infer(&x, &mut y, scratch);
        }
        let mut all = scratch.tensor(&[]);
        scatter(batch, &rows, &y, self.absent.as_ref(), &mut all);
        scratch.give_tensor(x);
        scratch.give_tensor(y);
        all
    }

    pub fn params(&self) -> Vec<&Param> {
        self.layers
            .params()
            .into_iter()
            .chain(&self.absent)
            .collect()
    }

    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        self.layers
            .params_mut()
            .into_iter()
            .chain(&mut self.absent)
            .collect()
    }

    pub fn summary(&self) -> Vec<SummaryRow> {
        let mut rows = vec![SummaryRow::new(&self.name, "input", &self.input_shape)];
        rows.extend(self.layers.rows());
        rows.extend(
            self.absent
                .iter()
                .map(|p| SummaryRow::new(&p.name, "absent", &p.value.shape).cost(p.value.len(), 0)),
        );
        rows
    }
}

fn gather(from: &Tensor, rows: &[usize], item: &[usize], to: &mut Tensor) {
    to.resize_batch(rows.len(), item);
    let len = to.item_len();
    for (to, &row) in to.data.chunks_exact_mut(len.max(1)).zip(rows) {
        to.copy_from_slice(&from.data[row * len..][..len]);
    }
}

fn scatter(batch: usize, rows: &[usize], from: &Tensor, absent: Option<&Param>, to: &mut Tensor) {
    let Some(absent) = absent else { return };
    to.resize_batch(batch, &absent.value.shape);
    let len = absent.value.len();
    for to in to.data.chunks_exact_mut(len.max(1)) {
        to.copy_from_slice(&absent.value.data);
    }
    for (&row, from) in rows.iter().zip(from.data.chunks_exact(len.max(1))) {
        to.data[row * len..][..len].copy_from_slice(from);
    }
}
