//! A taxonomy file to begin with.

use std::fmt::Write as _;

use genrenet_model::Bundle;

use super::presets::preset_file;
use super::read::quoted;

/// What stands above the rows of a new file.
const ABOVE: &str = r#"# A taxonomy: your genres, and which of a model's genres belong to each.
#
#   genrenet taxonomy check FILE              what belongs to what
#   genrenet classify --taxonomy FILE SONG…   answers in your genres

version = 1

# Genres of the model that are no answer, such as ignore = ["Experimental"]. Where they are more probable than any genre
# of yours, the answer is "unsure".
ignore = []

# A line for each of your genres: its name, and the model's genres that belong to it. Its probability is the sum of theirs.
# Rename, join or delete lines: a genre of the model that stands nowhere is ignored.
[genres]
"#;

/// What stands above the parents.
const PARENTS: &str = r#"
# The broader genre of those that have one. Both stand above; one that is only a parent has an empty list: Guitar = [].
[parents]
"#;

/// The text of a file to begin with: a model's genres as they are, or a preset. `None` where there is no such preset.
pub fn starter(model: &Bundle, preset: Option<&str>) -> Option<String> {
    if let Some(preset) = preset {
        return preset_file(preset).map(str::to_owned);
    }
    let mut text = ABOVE.to_owned();
    for genre in model.model_genres() {
        let list = toml::Value::Array(vec![genre.clone().into()]);
        // Into a string, which takes everything.
        let _ = writeln!(text, "{} = {list}", quoted(genre));
    }
    text += PARENTS;
    for (genre, parent) in model.model_parents() {
        let _ = writeln!(text, "{} = {}", quoted(genre), toml::Value::from(&**parent));
    }
    Some(text)
}
