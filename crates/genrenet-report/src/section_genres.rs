//! The sections about genres: how well each is found, which is taken for which, how honest the confidence is.

use genrenet_metrics::most_confused;

use crate::confusion_matrix::confusion_drawing;
use crate::context::Predictions;
use crate::genre_mark::genre_marks;
use crate::measured::Measured;
use crate::page::{Block, Cell, Picture, Table};
use crate::per_genre::per_genre_drawing;
use crate::plot::{grouped, percent};
use crate::reliability_diagram::reliability_drawing;
use crate::sections::Context;

/// Fewest distinct true genres for which confusions say anything.
const FEWEST_GENRES: usize = 2;

impl Context<'_> {
    pub(crate) fn genres(
        &self,
        out: &mut Vec<Block>,
        predictions: &Predictions,
        measured: &Measured,
    ) {
        self.heading(out, "Genres");
        let without: Vec<&str> = self
            .run
            .genres
            .iter()
            .zip(&measured.per_class)
            .filter(|(_, score)| score.n == 0)
            .map(|(genre, _)| genre.as_str())
            .collect();
        if !without.is_empty() {
            out.push(Block::Missing(
                format!("Figures of {}", without.join(", ")),
                format!("there are no {} clips of it", predictions.on),
            ));
        }
        out.push(Block::Pictures(vec![Picture {
            name: self.name("genres"),
            caption: format!(
                "How well each genre is found among {} clips.",
                predictions.on
            ),
            drawing: per_genre_drawing(&self.run.genres, &measured.per_class),
        }]));
        let share =
            |n: u64, value: f64| Cell::number(if n == 0 { "–".into() } else { percent(value) });
        let rows = (self
            .run
            .genres
            .iter()
            .zip(&measured.per_class)
            .zip(genre_marks(&self.run.genres)))
        .map(|((genre, score), mark)| {
            vec![
                Cell::genre(genre, mark),
                share(score.predicted, score.precision),
                share(score.n, score.recall),
                share(score.n, score.f1),
                Cell::number(grouped(score.n)),
            ]
        })
        .collect();
        out.push(Block::Table(Table {
            caption: "Precision: of those called so, how many are. Recall: of those that are, how many are called so.".into(),
            head: ["Genre", "Precision", "Recall", "F1", "Clips"].map(String::from).to_vec(),
            rows,
            folded: false,
        }));
    }

    pub(crate) fn confusions(
        &self,
        out: &mut Vec<Block>,
        predictions: &Predictions,
        measured: &Measured,
    ) {
        self.heading(out, "Confusions");
        let present: Vec<usize> = (0..self.run.genres.len())
            .filter(|&g| measured.per_class[g].n > 0)
            .collect();
        if present.len() < FEWEST_GENRES {
            let only = present
                .first()
                .map_or("none", |&g| self.run.genres[g].as_str());
            let why = format!("the {} clips are all of one genre ({only})", predictions.on);
            out.push(Block::Missing("Confusion matrix".into(), why));
            return;
        }
        let genres = &self.run.genres;
        out.push(Block::Pictures(vec![Picture {
            name: self.name("confusion"),
            caption: "Each row is a true genre: which share of its clips, and how many, got which answer.".into(),
            drawing: confusion_drawing(genres, &measured.matrix),
        }]));
        let marks = genre_marks(genres);
        let pairs = most_confused(&measured.matrix, 8);
        if pairs.is_empty() {
            out.push(Block::Words("No clip was taken for another genre.".into()));
        } else {
            let rows = pairs
                .iter()
                .map(|pair| {
                    vec![
                        Cell::genre(&genres[pair.from], marks[pair.from]),
                        Cell::genre(&genres[pair.to], marks[pair.to]),
                        Cell::number(grouped(pair.count)),
                        Cell::number(percent(pair.share)),
                    ]
                })
                .collect();
            out.push(Block::Table(Table {
                caption: "The most frequent mistakes".into(),
                head: ["True genre", "Taken for", "Clips", "Share of the genre"]
                    .map(String::from)
                    .to_vec(),
                rows,
                folded: false,
            }));
        }
        let mut head = vec!["True genre".to_owned()];
        head.extend(genres.iter().cloned());
        let rows = (genres.iter().zip(&marks).zip(&measured.matrix))
            .map(|((genre, mark), counts)| {
                let mut row = vec![Cell::genre(genre, *mark)];
                row.extend(counts.iter().map(|count| Cell::number(count.to_string())));
                row
            })
            .collect();
        out.push(Block::Table(Table {
            caption: "The same as a table: counts of answers for each true genre".into(),
            head,
            rows,
            folded: true,
        }));
    }

    pub(crate) fn calibration(
        &self,
        out: &mut Vec<Block>,
        predictions: &Predictions,
        measured: &Measured,
    ) {
        self.heading(out, "Calibration");
        let weight = |above: bool| -> f64 {
            let gaps = measured
                .bins
                .iter()
                .filter(|bin| bin.n > 0 && (bin.confidence > bin.accuracy) == above);
            gaps.map(|bin| bin.n as f64 * (bin.confidence - bin.accuracy).abs())
                .sum()
        };
        let lean = if weight(true) > weight(false) {
            "more sure than it is right"
        } else {
            "less sure than it could be"
        };
        let fitted = match &self.run.calibrated_on {
            Some(on) if on.contains(&predictions.on) => {
                " The temperature was fitted on these very clips, so the error reads lower than on new ones."
            }
            _ => "",
        };
        out.push(Block::Words(format!(
            "Expected calibration error {:.3} (15 bins); on the whole the network is {lean}.{fitted}",
            measured.ece
        )));
        out.push(Block::Pictures(vec![Picture {
            name: self.name("reliability"),
            caption: "Bars: how often answers of a confidence were right, with 95\u{a0}% intervals (Wilson). Orange: how sure they were. Below: how many clips.".into(),
            drawing: reliability_drawing(&measured.bins, measured.ece),
        }]));
        let rows = measured.bins.iter().filter(|bin| bin.n > 0).map(|bin| {
            vec![
                Cell::words(format!(
                    "{:.0}–{:.0}\u{a0}%",
                    100.0 * bin.low,
                    100.0 * bin.high
                )),
                Cell::number(percent(bin.confidence)),
                Cell::number(percent(bin.accuracy)),
                Cell::number(grouped(bin.n)),
            ]
        });
        out.push(Block::Table(Table {
            caption: "How sure and how right".into(),
            head: ["Sure between", "On average", "Right", "Clips"]
                .map(String::from)
                .to_vec(),
            rows: rows.collect(),
            folded: false,
        }));
    }
}
