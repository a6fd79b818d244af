//! Reads the golden values and makes the signals they were made from.

use std::path::Path;

use serde_json::Value;

pub struct Golden {
    index: Value,
    values: Vec<f32>,
}

pub struct FeatureCase {
    pub name: String,
    pub rate: u32,
    pub samples: usize,
    pub n_fft: usize,
    pub hop: usize,
    pub n_mels: usize,
    pub n_mfcc: usize,
    pub fmin: f32,
    pub fmax: Option<f32>,
}

pub struct ResampledCase {
    pub name: String,
    pub from: u32,
    pub to: u32,
    pub samples: usize,
}

impl Golden {
    pub fn load(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let npy = std::fs::read(folder.join(format!("{name}.npy"))).unwrap();
        // NumPy's format 1.0: magic, version, length of the header, header, values.
        let header = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
        assert!(String::from_utf8_lossy(&npy[..header]).contains("'<f4'"));
        Self {
            index: serde_json::from_str(&text).unwrap(),
            values: npy[header..]
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        }
    }

    pub fn array(&self, name: &str) -> (Vec<usize>, &[f32]) {
        let entry = &self.index["arrays"][name];
        let shape: Vec<usize> = entry["shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(whole)
            .collect();
        let at = whole(&entry["at"]);
        let len: usize = shape.iter().product();
        (shape, &self.values[at..at + len])
    }

    pub fn features(&self) -> Vec<FeatureCase> {
        let cases = self.index["features"].as_array().unwrap();
        let case = |c: &Value| FeatureCase {
            name: c["name"].as_str().unwrap().to_owned(),
            rate: whole(&c["rate"]) as u32,
            samples: whole(&c["samples"]),
            n_fft: whole(&c["n_fft"]),
            hop: whole(&c["hop"]),
            n_mels: whole(&c["n_mels"]),
            n_mfcc: whole(&c["n_mfcc"]),
            fmin: c["fmin"].as_f64().unwrap() as f32,
            fmax: c["fmax"].as_f64().map(|f| f as f32),
        };
        assert!(!cases.is_empty());
        cases.iter().map(case).collect()
    }

    /// Sets of parameters by librosa's names, without those that are librosa's defaults.
    pub fn parameters(&self) -> Vec<Value> {
        let cases = self.index["parameters"].as_array().unwrap();
        assert!(!cases.is_empty());
        cases.clone()
    }

    pub fn resampled(&self) -> Vec<ResampledCase> {
        let cases = self.index["resampled"].as_array().unwrap();
        let case = |c: &Value| ResampledCase {
            name: c["name"].as_str().unwrap().to_owned(),
            from: whole(&c["from"]) as u32,
            to: whole(&c["to"]) as u32,
            samples: whole(&c["samples"]),
        };
        assert!(!cases.is_empty());
        cases.iter().map(case).collect()
    }
}

fn whole(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// As `noise` in `reference/features.py`.
pub fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as i64 - (1 << 23)) as f32 / (1 << 23) as f32
        })
        .collect()
}

/// As `music` in `reference/features.py`.
pub fn music(n: usize, rate: usize, seed: u64) -> Vec<f32> {
    let square = |i: usize, period: usize| {
        if (i / period).is_multiple_of(2) {
            1.0
        } else {
            -1.0
        }
    };
    noise(n, seed)
        .into_iter()
        .enumerate()
        .map(|(i, noise)| {
            let fade = 2f32.powi(-((15.0 * (i % 7000) as f32 / 7000.0) as i32));
            let low = if i % 11_000 < 4000 {
                square(i, rate / 220)
            } else {
                0.0
            };
            let high = if i % 5000 < 1500 {
                square(i, (rate / 6000).max(1))
            } else {
                0.0
            };
            0.5 * noise * fade + 0.25 * low + 0.125 * high
        })
        .collect()
}
