//! `[augment]` of a recipe.

use serde::{Deserialize, Serialize};

/// `[augment]`: random changes of clips in training. Zero or `false` disables a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentSpec {
    /// Parameter of the beta distribution of mixup (Zhang et al. 2018); 0 disables it.
    pub mixup: f32,
    /// Share of the rows that are mixed.
    pub mixup_share: f32,
    /// Share of the rows in which a run of frames comes from another clip, with the labels mixed in proportion (CutMix along time).
    pub cutmix: f32,
    /// Number of time masks (SpecAugment, Park et al. 2019).
    pub time_masks: usize,
    /// Largest width of a time mask, in frames.
    pub time_width: usize,
    /// Number of band masks.
    pub band_masks: usize,
    /// Largest width of a band mask, in bands.
    pub band_width: usize,
    /// Number of rectangles that are blanked (cutout, DeVries and Taylor 2017).
    pub cutouts: usize,
    /// Largest height and width of a rectangle, as shares of the spectrogram's.
    pub cutout_size: f32,
    /// Whether the clip is rolled in time by a random number of frames.
    pub roll: bool,
    /// Random gain of at most this many dB up or down (levels stay at −80 dB or above).
    pub gain_db: f32,
    /// Random tilt: at most this many dB from the middle to each end of the bands.
    pub tilt_db: f32,
    /// Random smooth equaliser: standard deviation in dB of its eight nodes.
    pub equalizer_db: f32,
    /// Share of the rows whose top bands are removed, as at a low bit rate.
    pub low_pass: f32,
    /// Smallest share of the bands that the low-pass keeps.
    pub low_pass_least: f32,
    /// Random shift of the bands by at most this many (a change of pitch).
    pub shift_bands: usize,
    /// Random stretching of time by at most this share.
    pub stretch: f32,
    /// Whether uniform noise of ±1.25 dB is added: half a quantisation step of arrays with 32 levels over 80 dB.
    pub level_noise: bool,
    /// Standard deviation of noise added to scaled vectors (values, statistics).
    pub value_noise: f32,
    /// Share of scaled vectors' values that are set to 0, the mean (dropout of inputs, without scaling up).
    pub value_dropout: f32,
    /// Standard deviation of noise added to scaled MFCC.
    pub mfcc_noise: f32,
    /// Share of the rows in which an optional input is withheld (modality dropout).
    pub drop_inputs: f32,
    /// Share of the epochs, at the end of the run, without mixup and CutMix.
    pub clean_end: f32,
}

impl Default for AugmentSpec {
    fn default() -> Self {
        AugmentSpec {
            mixup: 0.0,
            mixup_share: 1.0,
            cutmix: 0.0,
            time_masks: 0,
            time_width: 16,
            band_masks: 0,
            band_width: 16,
            cutouts: 0,
            cutout_size: 0.25,
            roll: false,
            gain_db: 0.0,
            tilt_db: 0.0,
            equalizer_db: 0.0,
            low_pass: 0.0,
            low_pass_least: 0.6,
            shift_bands: 0,
            stretch: 0.0,
            level_noise: false,
            value_noise: 0.0,
            value_dropout: 0.0,
            mfcc_noise: 0.0,
            drop_inputs: 0.0,
            clean_end: 0.0,
        }
    }
}
