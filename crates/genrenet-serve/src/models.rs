//! The models of a service, each also in the genres of every taxonomy.

use std::path::Path;
use std::sync::Arc;

use genrenet::model::Bundle;
use genrenet::taxonomy::{PRESETS, Taxonomy, regrouped_by};
use genrenet::{Error, JSON_SCHEMA, shipped};
use serde_json::{Value, json};

use crate::StartError;
use crate::refusal::Refusal;

/// A model by the name that requests use.
struct Named {
    name: String,
    own: Arc<Bundle>,
    /// For each taxonomy the model in its genres, or why that can't be.
    regrouped: Vec<Result<Arc<Bundle>, String>>,
}

/// All models, the default one first.
pub struct Models {
    models: Vec<Named>,
    taxonomies: Vec<String>,
}

impl Models {
    /// Loads the models and reads the taxonomies.
    ///
    /// # Errors
    /// A model or a taxonomy that can't be read, a model of tables, a name that comes twice.
    pub fn load(
        models: &[impl AsRef<Path>],
        files: &[impl AsRef<Path>],
    ) -> Result<Models, StartError> {
        let mut taxonomies = Vec::new();
        for name in PRESETS.map(Path::new) {
            taxonomies.push((short(name), Taxonomy::open(name).map_err(Error::from)?));
        }
        for file in files {
            let taxonomy = Taxonomy::open(file.as_ref()).map_err(Error::from)?;
            taxonomies.push((short(&file.as_ref().with_extension("")), taxonomy));
        }
        unique(taxonomies.iter().map(|(name, _)| name), "taxonomy")?;
        let load = |place: &Path| -> Result<Named, StartError> {
            let open = || shipped::open(place).map_err(Error::from);
            let own = open()?;
            genrenet::reads_sound(&own)?;
            let mut regrouped = Vec::new();
            for (_, taxonomy) in &taxonomies {
                let made = regrouped_by(open()?, taxonomy);
                regrouped.push(made.map(Arc::new).map_err(|error| error.to_string()));
            }
            Ok(Named {
                name: short(place),
                own: Arc::new(own),
                regrouped,
            })
        };
        let models: Vec<Named> = models
            .iter()
            .map(|place| load(place.as_ref()))
            .collect::<Result<_, _>>()?;
        unique(models.iter().map(|model| &model.name), "model")?;
        Ok(Models {
            models,
            taxonomies: taxonomies.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// The model of a name, or the default one, in the genres of a taxonomy or its own.
    ///
    /// # Errors
    /// A [`Refusal`] for a name that is not loaded, and a taxonomy that does not fit the model.
    pub fn find(
        &self,
        model: Option<&str>,
        taxonomy: Option<&str>,
    ) -> Result<Arc<Bundle>, Refusal> {
        let found = match model {
            None => self.models.first(),
            Some(name) => self.models.iter().find(|model| model.name == name),
        };
        let Some(found) = found else {
            let expected = format!("a model that is loaded ({})", self.names().join(", "));
            return Err(Refusal::parameter(
                "model",
                expected,
                model.unwrap_or_default(),
            ));
        };
        let Some(name) = taxonomy else {
            return Ok(found.own.clone());
        };
        let place = self.taxonomies.iter().position(|known| known == name);
        let Some(place) = place else {
            let expected = format!("one of {}", self.taxonomies.join(", "));
            return Err(Refusal::parameter("taxonomy", expected, name));
        };
        let regrouped = found.regrouped[place].clone();
        regrouped.map_err(|why| {
            let expected = format!("a taxonomy that fits the model {} ({why})", found.name);
            Refusal::parameter("taxonomy", expected, name)
        })
    }

    /// The names by which models are asked for.
    pub fn names(&self) -> Vec<String> {
        self.models.iter().map(|model| model.name.clone()).collect()
    }

    /// The names of the taxonomies.
    pub fn taxonomies(&self) -> &[String] {
        &self.taxonomies
    }

    /// What is loaded, as JSON.
    pub fn to_json(&self) -> Value {
        let models = self.models.iter().enumerate().map(|(place, model)| {
            let mut about = shipped::to_json(&model.name, &model.own);
            about["default"] = json!(place == 0);
            about
        });
        json!({
            "schema": JSON_SCHEMA,
            "models": models.collect::<Vec<_>>(),
            "taxonomies": self.taxonomies,
        })
    }
}

/// The last part of a path.
fn short(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn unique<'a>(
    names: impl Iterator<Item = &'a String>,
    what: &'static str,
) -> Result<(), StartError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = name.clone();
            return Err(StartError::Twice { what, name });
        }
    }
    Ok(())
}
