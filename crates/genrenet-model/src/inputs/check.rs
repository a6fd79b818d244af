//! What an input's specification must not say.

use super::spec::{FRAMES, FeatureKind, InputSpec, Layout, Scaling};
use crate::error::ModelError;

impl InputSpec {
    /// Refuses impossible values; `key` is the prefix for the message.
    ///
    /// # Errors
    /// [`ModelError::Value`] for the first one found.
    pub fn check(&self, key: &str) -> Result<(), ModelError> {
        if self.name.is_empty() {
            return Err(ModelError::value(format!("{key}.name"), "\"\"", "a name"));
        }
        self.check_axes(key)?;
        self.check_image(key)?;
        self.check_scaling(key)
    }

    fn check_axes(&self, key: &str) -> Result<(), ModelError> {
        let flat = self.source.dimensions() == 1;
        if flat && self.layout != Layout::Vector {
            return Err(ModelError::value(
                format!("{key}.layout"),
                format!("{:?}", self.layout).to_lowercase(),
                format!("\"vector\", as {} is one row of values", self.source),
            ));
        }
        if let Some(frames) = self.frames.filter(|_| flat) {
            return Err(ModelError::value(
                format!("{key}.frames"),
                frames,
                format!("none, as {} has no frames", self.source),
            ));
        }
        if let Some([first, end]) = self.bands
            && first >= end
        {
            return Err(ModelError::value(
                format!("{key}.bands"),
                format!("[{first}, {end}]"),
                "first below end",
            ));
        }
        for (key_of, given) in [
            ("backbone", self.backbone.is_some()),
            ("layer", self.layer.is_some()),
        ] {
            if given && self.source != FeatureKind::Embedding {
                return Err(ModelError::value(
                    format!("{key}.{key_of}"),
                    "given",
                    "none: only the source \"embedding\" has it",
                ));
            }
        }
        if self.with_mfcc && self.source != FeatureKind::Stats {
            return Err(ModelError::value(
                format!("{key}.with_mfcc"),
                true,
                "false: only the source \"stats\" has it",
            ));
        }
        if let Some(frames) = self.frames
            && !(1..=FRAMES).contains(&frames)
        {
            let expected = format!("1 to {FRAMES}");
            return Err(ModelError::value(format!("{key}.frames"), frames, expected));
        }
        Ok(())
    }

    /// The size of an image is given where the layout is one.
    fn check_image(&self, key: &str) -> Result<(), ModelError> {
        match (self.layout, self.image_size) {
            (Layout::SpectrogramImage, None) => {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    "nothing",
                    "[height, width]",
                ));
            }
            (Layout::SpectrogramImage, Some([height, width]))
                if !(16..=4096).contains(&height) || !(16..=4096).contains(&width) =>
            {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    format!("[{height}, {width}]"),
                    "16 to 4096 each",
                ));
            }
            (Layout::SpectrogramImage, Some(_)) if self.source != FeatureKind::Logmel => {
                return Err(ModelError::value(
                    format!("{key}.layout"),
                    "spectrogram_image",
                    "another one: only a log-mel is made an image",
                ));
            }
            (layout, Some(_)) if layout != Layout::SpectrogramImage => {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    "given",
                    "none, or layout = \"spectrogram_image\"",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn check_scaling(&self, key: &str) -> Result<(), ModelError> {
        let flat = self.source.dimensions() == 1;
        match self.scaling {
            Scaling::Fixed { add, divide } => {
                if !add.is_finite() {
                    return Err(ModelError::value(
                        format!("{key}.scaling.add"),
                        add,
                        "a number",
                    ));
                }
                if !(divide.is_finite() && divide != 0.0) {
                    return Err(ModelError::value(
                        format!("{key}.scaling.divide"),
                        divide,
                        "a number other than 0",
                    ));
                }
            }
            Scaling::ClipBand { divide } if !(divide.is_finite() && divide > 0.0) => {
                return Err(ModelError::value(
                    format!("{key}.scaling.divide"),
                    divide,
                    "a number above 0",
                ));
            }
            Scaling::Standard { clip: Some(clip) } if !(clip.is_finite() && clip > 0.0) => {
                return Err(ModelError::value(
                    format!("{key}.scaling.clip"),
                    clip,
                    "a number above 0",
                ));
            }
            Scaling::ClipBand { .. } if flat => {
                return Err(ModelError::value(
                    format!("{key}.scaling.kind"),
                    "clip_band",
                    "\"standard\", \"quantile\", \"rank\", \"fixed\" or \"none\" for values",
                ));
            }
            Scaling::Rank { .. } | Scaling::Quantile {} if !flat => {
                return Err(ModelError::value(
                    format!("{key}.scaling.kind"),
                    "rank or quantile",
                    "another kind: only columns of values have ranks",
                ));
            }
            _ => {}
        }
        Ok(())
    }
}
