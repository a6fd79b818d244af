//! The sections of single clips: the worst and best ones, and where all of them lie.

use crate::clip_card::clip_drawing;
use crate::context::Predictions;
use crate::genre_map::genre_map_with;
use crate::page::{Block, Picture};
use crate::sections::{Context, file_part};

impl Context<'_> {
    pub(crate) fn clips(&self, out: &mut Vec<Block>, predictions: &Predictions) {
        self.heading(out, "Worst and best clips");
        let clips = match self.run.clips.as_result() {
            Ok(clips) if clips.is_empty() => {
                return out.push(Block::Missing("Clips".into(), "none were given".into()));
            }
            Ok(clips) => clips,
            Err(why) => return out.push(Block::Missing("Clips".into(), why.into())),
        };
        let cards = |explained: bool| -> Vec<Picture> {
            let chosen = clips.iter().filter(|clip| {
                !explained
                    || (clip.explanation.available().is_some()
                        && clip.spectrogram.available().is_some())
            });
            chosen
                .enumerate()
                .filter_map(|(at, clip)| {
                    let drawing = clip_drawing(clip, predictions, &self.run.genres, explained)?;
                    let explanation = clip.explanation.available();
                    let (what, words) = match explanation.filter(|_| explained) {
                        Some(e) => ("decided", format!("What spoke for {} (orange) and against it (blue), by {}. {}", e.genre, e.method, e.caveat.as_deref().unwrap_or_default()).trim_end().to_owned()),
                        None => ("clip", "The spectrogram (dark is quiet, light is loud), the true genre, and the three likeliest answers.".into()),
                    };
                    // The name of a clip is cut in its picture where it is long, and never below it.
                    let id = predictions.ids.get(clip.row)?;
                    let caption = format!("{id}. {words}");
                    Some(Picture { name: self.name(&format!("{what}-{}", at + 1)), caption, drawing })
                })
                .collect()
        };
        let pictures = cards(false);
        if pictures.is_empty() {
            return out.push(Block::Missing(
                "Clips".into(),
                "the clips given are not in the predictions".into(),
            ));
        }
        out.push(Block::Words("The clips that the network was surest about: first those it got wrong, then those it got right, the surest first.".into()));
        out.push(Block::Pictures(pictures));
        out.push(Block::Heading(self.level + 1, "What decided".into()));
        let decided = cards(true);
        if decided.is_empty() {
            let why = clips
                .iter()
                .find_map(|clip| clip.explanation.as_result().err())
                .unwrap_or("there is no spectrogram");
            out.push(Block::Missing("What decided".into(), why.into()));
        } else {
            out.push(Block::Words("The same clips with the parts that moved the answer: orange spoke for the likeliest genre, blue against it, and what has no colour did not matter. One patch after the other was replaced by the clip's mean spectrum; where that foretells badly what becomes of the answer without other parts, the picture says so.".into()));
            out.push(Block::Pictures(decided));
        }
    }

    pub(crate) fn map(&self, out: &mut Vec<Block>) {
        self.heading(out, "Map");
        let lists = match self.run.hidden.as_result() {
            Ok(lists) if lists.is_empty() => {
                return out.push(Block::Missing("Map".into(), "no clips were given".into()));
            }
            Ok(lists) => lists,
            Err(why) => return out.push(Block::Missing("Map".into(), why.into())),
        };
        out.push(Block::Words(
            "Each point is a clip. Clips that the last hidden layer sees alike lie together; distances between groups and directions mean nothing.".into(),
        ));
        let mut pictures = Vec::new();
        for hidden in lists {
            let what = format!("map of {}, {} clips", self.run.name, hidden.on);
            let advance = |done, of| (self.advance)(&what, done, of);
            let seed = self.run.seed.unwrap_or(0);
            match genre_map_with(hidden, &self.run.genres, seed, &advance) {
                Ok(map) => pictures.push(Picture {
                    name: self.name(&format!("map-{}", file_part(&hidden.on))),
                    caption: map.about,
                    drawing: map.drawing,
                }),
                Err(error) => out.push(Block::Missing(
                    format!("Map of {} clips", hidden.on),
                    error.to_string(),
                )),
            }
        }
        if !pictures.is_empty() {
            out.push(Block::Pictures(pictures));
        }
    }
}
