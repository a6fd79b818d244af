//! The description of the service, OpenAPI 3.1. The objects here are never made: they say which keys the JSON of an answer has.
#![allow(dead_code, reason = "they are read by the derive alone")]

use std::collections::BTreeMap;

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ObjectBuilder, OpenApi as Document, RefOr, SecurityRequirement, Type};
use utoipa::{IntoParams, IntoResponses, OpenApi, ToSchema};

use crate::models::Models;
use crate::{index_routes, router, sound_routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "genrenet",
        description = "Genres and embeddings of music from its sound. docs/SERVE.md describes limits and errors."
    ),
    paths(
        sound_routes::classify,
        sound_routes::embed,
        sound_routes::models,
        index_routes::search,
        index_routes::similar,
        router::healthy,
        router::ready,
        router::metrics,
        router::description,
    )
)]
struct Service;

/// The description as JSON: with the models and taxonomies that are loaded, without the index where none is served, with the token where one is asked for.
///
/// # Errors
/// None that the derive causes.
pub fn description(models: &Models, index: bool, token: bool) -> serde_json::Result<String> {
    let mut document: Document = Service::openapi();
    for path in document.paths.paths.values_mut() {
        let parameters = path.post.as_mut().and_then(|post| post.parameters.as_mut());
        for parameter in parameters.into_iter().flatten() {
            let RefOr::T(parameter) = parameter else {
                continue;
            };
            let names = match &*parameter.name {
                "model" => models.names(),
                "taxonomy" => models.taxonomies().to_vec(),
                _ => continue,
            };
            let strings = ObjectBuilder::new().schema_type(Type::String);
            parameter.schema = Some(strings.enum_values(Some(names)).into());
        }
    }
    if !index {
        document.paths.paths.remove("/v1/search");
        document.paths.paths.remove("/v1/similar");
    }
    if token {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", bearer);
        document.security = Some(vec![SecurityRequirement::new("token", [""; 0])]);
    }
    document.to_json()
}

/// What a model says of a song (docs/JSON.md).
#[derive(ToSchema)]
pub struct AnswerObject {
    /// Version of this object.
    schema: u32,
    /// Empty: a body has no path.
    path: String,
    model: String,
    model_version: String,
    /// The taxonomy whose genres these are, if one was asked for.
    #[schema(nullable = false)]
    taxonomy: Option<String>,
    /// The most probable first.
    genres: Vec<GenreObject>,
    /// Whether the highest probability is below the model's threshold, or the sound is too short or no music.
    unsure: bool,
    /// Whether the sound is taken for speech, noise or a test tone, from a model that tells.
    #[schema(nullable = false)]
    no_music: Option<bool>,
    #[schema(nullable = false)]
    attributes: Option<Vec<AttributeObject>>,
    /// Length of the song.
    seconds: f64,
}

/// A genre of an answer.
#[derive(ToSchema)]
pub struct GenreObject {
    genre: String,
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    /// The broader genre.
    #[schema(nullable = false)]
    parent: Option<String>,
}

/// What is said beside the genre.
#[derive(ToSchema)]
pub struct AttributeObject {
    attribute: String,
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    #[schema(nullable = false)]
    holds: Option<bool>,
    #[schema(nullable = false)]
    precision: Option<f64>,
}

/// A vector by which songs are compared.
#[derive(ToSchema)]
pub struct EmbeddingObject {
    schema: u32,
    model: String,
    model_version: String,
    /// Embeddings of models with the same fingerprint can be compared.
    fingerprint: String,
    /// Length of the song.
    seconds: f64,
    embedding: Vec<f32>,
}

/// What is loaded.
#[derive(ToSchema)]
pub struct ModelsObject {
    schema: u32,
    models: Vec<ModelObject>,
    taxonomies: Vec<String>,
}

/// A model.
#[derive(ToSchema)]
pub struct ModelObject {
    model: String,
    model_version: String,
    default: bool,
    /// `audio`: models of tables can't be loaded.
    reads: String,
    /// None of a model of sound.
    columns: Vec<String>,
    genres: Vec<String>,
    parents: BTreeMap<String, String>,
    attributes: Vec<String>,
    license: String,
    networks: u32,
    weights: u64,
    /// Of a built-in model; 0 of others.
    bytes: u64,
}

/// What songs of the index must meet, and how many are answered.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Conditions {
    /// Texts, each of which stands in a tag or in the file's name.
    text: Option<Vec<String>>,
    /// A genre that is the answer (`Jazz`), or whose probability lies in a range (`Jazz=0.3..`); of several, one.
    genre: Option<Vec<String>>,
    /// An attribute that holds, or whose probability lies in a range; of several, all.
    attribute: Option<Vec<String>>,
    /// A text that stands in a field (`artist=Björk`).
    tag: Option<Vec<String>>,
    /// A range of lengths (`2:30..4:00`).
    duration: Option<String>,
    /// Which answers count: music (if not given), unsure, no_music, failed or missing.
    answers: Option<String>,
    /// The most songs; 100, if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// Songs of the index (docs/JSON.md).
#[derive(ToSchema)]
pub struct SongsObject {
    schema: u32,
    songs: Vec<SongObject>,
}

/// Songs of the index that sound alike.
#[derive(ToSchema)]
pub struct SimilarObject {
    schema: u32,
    songs: Vec<SongObject>,
    /// Songs that other models classified, which can't be compared.
    of_other_models: u64,
}

/// A song of the index: an answer, its tags, and its similarity where one was asked for; or an error.
#[derive(ToSchema)]
pub struct SongObject {
    schema: u32,
    path: String,
    /// The path's bytes, where it is no text.
    #[schema(nullable = false)]
    path_bytes: Option<String>,
    tags: BTreeMap<String, String>,
    #[schema(nullable = false)]
    similarity: Option<f64>,
    #[schema(nullable = false)]
    model: Option<String>,
    #[schema(nullable = false)]
    model_version: Option<String>,
    #[schema(nullable = false)]
    taxonomy: Option<String>,
    #[schema(nullable = false)]
    genres: Option<Vec<GenreObject>>,
    #[schema(nullable = false)]
    unsure: Option<bool>,
    #[schema(nullable = false)]
    no_music: Option<bool>,
    #[schema(nullable = false)]
    attributes: Option<Vec<AttributeObject>>,
    #[schema(nullable = false)]
    seconds: Option<f64>,
    #[schema(nullable = false)]
    error: Option<String>,
    #[schema(nullable = false)]
    error_kind: Option<String>,
}

/// Why there is no answer.
#[derive(ToSchema)]
pub struct ErrorObject {
    schema: u32,
    error: String,
    /// An identifier that does not change.
    error_kind: String,
    /// Of a wrong parameter: its name.
    #[schema(nullable = false)]
    key: Option<String>,
    #[schema(nullable = false)]
    expected: Option<String>,
    #[schema(nullable = false)]
    found: Option<String>,
}

/// Why the song of a request has no answer.
#[derive(IntoResponses)]
pub enum BodyRefusals {
    /// A parameter, form or body that is wrong.
    #[response(status = 400)]
    Wrong(ErrorObject),
    /// The token is missing or wrong.
    #[response(status = 401)]
    Token(ErrorObject),
    /// The body arrives too slowly.
    #[response(status = 408)]
    Slow(ErrorObject),
    /// The body is too large.
    #[response(status = 413)]
    Large(ErrorObject),
    /// The body is no song in a format that is read.
    #[response(status = 415)]
    Format(ErrorObject),
    /// The Host is another machine's.
    #[response(status = 421)]
    Host(ErrorObject),
    /// A song that can't be answered: damaged, silent, too short, too long.
    #[response(status = 422)]
    Song(ErrorObject),
    /// Too many songs are waiting, or uploads at once; try again after `Retry-After` seconds.
    #[response(status = 429)]
    Busy(ErrorObject),
    /// A fault of the program.
    #[response(status = 500)]
    Fault(ErrorObject),
    /// The time for an answer is over.
    #[response(status = 503)]
    TimeOver(ErrorObject),
    /// The body can't be kept.
    #[response(status = 507)]
    Storage(ErrorObject),
}

/// Why a search has no answer.
#[derive(IntoResponses)]
pub enum IndexRefusals {
    /// A parameter that is wrong, or a name that the index does not hold.
    #[response(status = 400)]
    Wrong(ErrorObject),
    /// The token is missing or wrong.
    #[response(status = 401)]
    Token(ErrorObject),
    /// The Host is another machine's.
    #[response(status = 421)]
    Host(ErrorObject),
    /// Too many searches at once; try again after `Retry-After` seconds.
    #[response(status = 429)]
    Busy(ErrorObject),
    /// A fault of the program.
    #[response(status = 500)]
    Fault(ErrorObject),
    /// The index can't be read.
    #[response(status = 503)]
    Index(ErrorObject),
}

/// The bytes of a song.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct SongBytes(Vec<u8>);

/// A form with a song.
#[derive(ToSchema)]
pub struct Form {
    /// The song. Its file name is not used.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}
