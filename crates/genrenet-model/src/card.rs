//! The model card.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use genrenet_text::{markdown, markdown_code, visible};
use serde::{Deserialize, Serialize};

/// One measured figure with its interval and the rows that it was measured on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The rows: "FMA-small validation, official split".
    pub on: String,
    /// The measure: "top-1", "top-3", "macro-F1", "ECE".
    pub measure: String,
    /// The value, 0–1.
    pub value: f64,
    /// Lower end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// How many rows, or how many runs for a mean over seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
}

/// A model card: what it was trained on, with which split, which figures, which licence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Card {
    /// Short name, as `classify --model NAME` takes it.
    pub name: String,
    /// Version of these weights.
    pub version: String,
    /// One or two sentences.
    pub description: String,
    /// Licence of the weights.
    pub license: String,
    /// The data set in words, with the number of rows.
    pub trained_on: String,
    /// The split rule in words, with its seed.
    pub split: String,
    /// Whether the validation rows were learned too, so that it can't be measured on them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub learned_validation: bool,
    /// Sources to be named.
    pub attribution: Vec<String>,
    /// The recipe's name.
    pub recipe: String,
    /// The command that made it.
    pub command: String,
    /// Seeds of the members.
    pub seeds: Vec<u64>,
    /// Fingerprint of the data.
    pub data_fingerprint: String,
    /// Program and its version.
    pub made_by: String,
    /// Limits and warnings for users.
    pub notes: Vec<String>,
    /// The figures.
    pub figures: Vec<Figure>,
}

impl Card {
    /// The card as Markdown, as it is written beside the weights (`CARD.md`).
    /// `parents` are the broader genres of those that have one.
    pub fn markdown(&self, genres: &[String], parents: &BTreeMap<String, String>) -> String {
        let mut text = format!(
            "# {}\n",
            if self.name.is_empty() {
                "A genre network".to_owned()
            } else {
                markdown(&self.name)
            }
        );
        // A recipe's description may be Markdown; names of folders and files are not.
        if !self.description.is_empty() {
            text.push('\n');
            for line in self.description.lines() {
                let _ = writeln!(text, "{}", visible(line));
            }
        }
        let named = |genre: &String| match parents.get(genre) {
            Some(parent) => format!("{} ({})", markdown(genre), markdown(parent)),
            None => markdown(genre),
        };
        let genres: Vec<String> = genres.iter().map(named).collect();
        let _ = write!(text, "\nGenres: {}.\n", genres.join(", "));
        // An empty command is left out.
        let command = match self.command.as_str() {
            "" => String::new(),
            command => markdown_code(command),
        };
        let lines = [
            ("Version", markdown(&self.version)),
            ("Licence", visible(&self.license).into_owned()),
            ("Trained on", markdown(&self.trained_on)),
            ("Split", markdown(&self.split)),
            ("Recipe", markdown(&self.recipe)),
            ("Command", command),
            ("Made by", markdown(&self.made_by)),
            ("Data fingerprint", markdown(&self.data_fingerprint)),
        ];
        text.push('\n');
        for (name, value) in lines {
            if !value.is_empty() {
                let _ = writeln!(text, "- {name}: {value}");
            }
        }
        if self.learned_validation {
            text.push_str("- Learned from the validation rows too: it can't be measured on them\n");
        }
        if !self.seeds.is_empty() {
            let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
            let _ = writeln!(text, "- Seeds: {}", seeds.join(", "));
        }
        if !self.figures.is_empty() {
            text.push_str(
                "\n| measured on | measure | value | 95 % interval | n |\n|---|---|---|---|---|\n",
            );
            for figure in &self.figures {
                let interval = match (figure.low, figure.high) {
                    (Some(low), Some(high)) => format!("{low:.3}–{high:.3}"),
                    _ => String::new(),
                };
                let n = figure.n.map(|n| n.to_string()).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "| {} | {} | {:.3} | {interval} | {n} |",
                    markdown(&figure.on),
                    markdown(&figure.measure),
                    figure.value
                );
            }
        }
        for (title, lines) in [("Limits", &self.notes), ("Sources", &self.attribution)] {
            if !lines.is_empty() {
                let _ = write!(text, "\n## {title}\n");
                for line in lines {
                    let _ = writeln!(text, "- {}", visible(line));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_names_its_figures_with_their_interval() {
        let card = Card {
            name: "fma8".into(),
            license: "CC BY 4.0".into(),
            figures: vec![Figure {
                on: "validation".into(),
                measure: "top-1".into(),
                value: 0.5612,
                low: Some(0.52),
                high: Some(0.6),
                n: Some(799),
            }],
            ..Card::default()
        };
        let text = card.markdown(&["Folk".into(), "Rock".into()], &BTreeMap::new());
        assert!(text.starts_with("# fma8\n"), "{text}");
        assert!(
            text.contains("| validation | top-1 | 0.561 | 0.520–0.600 | 799 |"),
            "{text}"
        );
        assert!(text.contains("Genres: Folk, Rock."), "{text}");
        assert!(text.contains("- Licence: CC BY 4.0"), "{text}");
    }

    #[test]
    fn names_of_folders_are_no_markup() {
        let card = Card {
            name: "# x\n# forged".into(),
            trained_on: "a | b".into(),
            command: "genrenet train '*x*`'".into(),
            figures: vec![Figure {
                on: "x | y\n| z".into(),
                ..Figure::default()
            }],
            ..Card::default()
        };
        let text = card.markdown(
            &["<b>Rock</b>\n\n# Pop".into(), "\u{202e}kloF".into()],
            &BTreeMap::new(),
        );
        assert!(text.starts_with("# \\# x\\\\n\\# forged\n"), "{text}");
        assert!(
            text.contains("\nGenres: &lt;b&gt;Rock&lt;/b&gt;\\\\n\\\\n\\# Pop, \\\\u{202e}kloF.\n"),
            "{text}"
        );
        assert!(text.contains("- Trained on: a \\| b\n"), "{text}");
        assert!(
            text.contains("- Command: `` genrenet train '*x*`' ``\n"),
            "{text}"
        );
        assert!(
            text.contains("\n| x \\| y\\\\n\\| z |  | 0.000 |"),
            "{text}"
        );
    }
}
