//! A person's genres, to which the genres of models are mapped.
