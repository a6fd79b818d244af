//! Answers as an Arrow table, handed over by the C data interface.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, FixedSizeListBuilder, Float32Builder, Float64Builder, StringBuilder,
};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::{DataType, Field, Schema, ffi::FFI_ArrowSchema};
use genrenet::AnswerColumns;
use genrenet::data::export::{Cell, ColumnKind};
use genrenet::model::Bundle;
use genrenet_text::path_text;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::many::{Outcome, Stream};

/// A table in memory.
#[pyclass(frozen)]
pub struct NativeTable(RecordBatch);

/// A column that grows.
enum Column {
    Text(StringBuilder),
    Double(Float64Builder),
    Float(Float32Builder),
    Bool(BooleanBuilder),
}

impl Column {
    fn new(kind: ColumnKind) -> Column {
        match kind {
            ColumnKind::Double => Column::Double(Float64Builder::new()),
            ColumnKind::Float => Column::Float(Float32Builder::new()),
            ColumnKind::Bool => Column::Bool(BooleanBuilder::new()),
            _ => Column::Text(StringBuilder::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Column::Text(column), Cell::Text(value)) => column.append_option(value),
            (Column::Double(column), Cell::Double(value)) => column.append_option(value),
            (Column::Float(column), Cell::Float(value)) => column.append_option(value),
            (Column::Bool(column), Cell::Bool(value)) => column.append_option(value),
            (Column::Text(column), _) => column.append_null(),
            (Column::Double(column), _) => column.append_null(),
            (Column::Float(column), _) => column.append_null(),
            (Column::Bool(column), _) => column.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Column::Text(mut column) => Arc::new(column.finish()),
            Column::Double(mut column) => Arc::new(column.finish()),
            Column::Float(mut column) => Arc::new(column.finish()),
            Column::Bool(mut column) => Arc::new(column.finish()),
        }
    }
}

/// The column of embeddings, of which the first tells the length.
#[derive(Default)]
struct Embeddings(Vec<Option<Vec<f32>>>);

impl Embeddings {
    fn finish(self) -> ArrayRef {
        let len = self.0.iter().flatten().next().map_or(0, Vec::len);
        let size = i32::try_from(len).unwrap_or(i32::MAX);
        let mut column = FixedSizeListBuilder::new(Float32Builder::new(), size);
        for embedding in self.0 {
            match &embedding {
                Some(values) => column.values().append_slice(values),
                None => column.values().append_nulls(len),
            }
            column.append(embedding.is_some());
        }
        Arc::new(column.finish())
    }
}

impl NativeTable {
    /// Classifies many sounds; one that fails is a row with `error`.
    pub fn of(
        py: Python<'_>,
        model: &Arc<Bundle>,
        sounds: &Bound<'_, PyAny>,
        threads: usize,
        embedding: bool,
    ) -> PyResult<NativeTable> {
        let answers = AnswerColumns::new(model, &[]);
        let mut columns: Vec<Column> = answers
            .columns
            .iter()
            .map(|(_, kind)| Column::new(*kind))
            .collect();
        let mut embeddings = Embeddings::default();
        let mut stream = Stream::start(model.clone(), sounds, threads, embedding)?;
        while let Some((origin, outcome)) = stream.next(py)? {
            origin.check(py)?;
            let (song, vector, fault) = match outcome {
                Outcome::Computed(Ok(made)) => (Some(made.song), made.embedding, None),
                Outcome::Computed(Err(fault)) => (None, None, Some(fault.to_string())),
                Outcome::Refused(fault) => (None, None, Some(fault.value(py).to_string())),
            };
            let path = origin.path.as_deref().map(path_text);
            let made = song.as_ref().ok_or(fault.as_deref().unwrap_or_default());
            let row = answers.row(path.as_deref(), &[], made);
            for (column, cell) in columns.iter_mut().zip(row) {
                column.push(cell);
            }
            embeddings.0.push(vector);
        }
        let mut arrays: Vec<ArrayRef> = columns.into_iter().map(Column::finish).collect();
        let mut names: Vec<String> = answers.columns.into_iter().map(|(name, _)| name).collect();
        if embedding {
            arrays.push(embeddings.finish());
            names.push("embedding".to_owned());
        }
        let fields: Vec<Field> = names
            .into_iter()
            .zip(&arrays)
            .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
            .collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
        batch
            .map(NativeTable)
            .map_err(|fault| PyRuntimeError::new_err(fault.to_string()))
    }
}

#[pymethods]
impl NativeTable {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// Names of the columns.
    fn column_names(&self) -> Vec<String> {
        let schema = self.0.schema();
        schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// Arrow's C stream interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A consumer casts where it wants other types: the interface leaves that to the producer's choice.
        let _ = requested_schema;
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// Arrow's C schema interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(DataType::Struct(self.0.schema().fields().clone()))
            .map_err(|fault| PyRuntimeError::new_err(fault.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }
}
