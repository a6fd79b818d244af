//! From bytes to mono samples: what a file is, and the decoder for it behind one interface.

mod input;
pub(crate) mod source;

pub use input::Input;
pub use source::Source;

use crate::clip::Clip;
use crate::error::AudioError;

/// Recognises what `input` holds, by its content only, and opens the decoder for it.
///
/// # Errors
/// [`AudioError::Unsupported`] names a format that is known but not decoded; the other variants say what is wrong.
pub fn open(input: Input) -> Result<Box<dyn Source>, AudioError> {
    if input.is_empty() {
        return Err(AudioError::Empty);
    }
    Err(AudioError::unsupported("sound"))
}

/// Decodes the whole of `input` into memory.
///
/// # Errors
/// As [`open`] and [`Source::read`].
pub fn decode(input: Input) -> Result<Clip, AudioError> {
    let mut source = open(input)?;
    let mut samples = Vec::new();
    while source.read(&mut samples)? > 0 {}
    Ok(Clip {
        samples,
        rate: source.rate(),
    })
}
