//! What is said of a song beside its genre: read from the tags of a backbone.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// A property of a song that is no genre, such as "instrumental": the largest of some of a backbone's tags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The tags whose largest mean logit counts.
    pub tags: Vec<String>,
    /// The probability from which it is said to hold; without labels to choose one by there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The share of songs at or above the threshold for which it is true, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f32>,
}

/// What is said of one song's attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeAnswer {
    /// The sigmoid of the largest mean logit of its tags, 0 to 1; not calibrated.
    pub probability: f32,
    /// Whether it holds; `None` for an attribute without a threshold.
    pub holds: Option<bool>,
}

impl Attribute {
    /// The answer for a song with the mean tag logits `logits`, in the order of `tags`.
    pub fn of(&self, tags: &[String], logits: &[f64]) -> AttributeAnswer {
        let known = tags.iter().zip(logits);
        let largest = known
            .filter(|(tag, _)| self.tags.contains(tag))
            .fold(f64::NEG_INFINITY, |largest, (_, logit)| largest.max(*logit));
        let probability = (1.0 / (1.0 + (-largest).exp())) as f32;
        AttributeAnswer {
            probability,
            holds: self.threshold.map(|threshold| probability >= threshold),
        }
    }

    /// Refuses impossible values; `key` is the prefix for messages, `tags` are those of the backbone.
    pub(crate) fn check(&self, key: &str, tags: &[String]) -> Result<(), ModelError> {
        let fault = |name: &str, found: &dyn std::fmt::Debug, expected: &str| {
            let found = format!("{found:?}");
            Err(ModelError::value(format!("{key}.{name}"), found, expected))
        };
        if self.name.trim().is_empty() {
            return fault("name", &self.name, "a name");
        }
        if self.tags.is_empty() || !self.tags.iter().all(|tag| tags.contains(tag)) {
            return fault("tags", &self.tags, "tags of the backbone");
        }
        for (name, value) in [("threshold", self.threshold), ("precision", self.precision)] {
            if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
                return fault(name, &value, "a number from 0 to 1");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_tag_counts_and_holds_from_the_threshold() {
        let tags = ["voice", "singing", "guitar"].map(str::to_owned);
        let attribute = Attribute {
            name: "vocals".into(),
            tags: tags[..2].to_vec(),
            threshold: Some(0.5),
            precision: None,
        };
        let found = attribute.of(&tags, &[-3.0, 0.0, 5.0]);
        assert_eq!((found.probability, found.holds), (0.5, Some(true)));
        let plain = Attribute {
            threshold: None,
            ..attribute.clone()
        };
        assert_eq!(plain.of(&tags, &[-3.0, -1.0, 5.0]).holds, None);
        let unknown = Attribute {
            tags: vec!["choir".into()],
            ..attribute
        };
        let error = unknown.check("backbone.attributes[0]", &tags).unwrap_err();
        assert_eq!(
            error.to_string(),
            "backbone.attributes[0].tags = [\"choir\"]: expected tags of the backbone"
        );
    }
}
