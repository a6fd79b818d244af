//! Searching the index of a library.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use genrenet::library::index::{Answers, Hit, Index, IndexError, Query};
use genrenet::{FullHit, JSON_SCHEMA, search_terms};
use serde_json::{Value, json};

use crate::openapi::{Conditions, ErrorObject, IndexRefusals, SimilarObject, SongsObject};
use crate::query::{Parameters, number};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::sound_routes::json_response;

/// The most songs of an answer, and how many there are if a request does not say.
const LIMITS: (usize, usize) = (1000, 100);

/// The most values of conditions.
const CONDITIONS: usize = 64;

/// Songs of the index that meet all conditions.
#[utoipa::path(
    get, path = "/v1/search", tag = "index",
    params(Conditions),
    responses(
        (status = 200, description = "The songs, as `genrenet search --json` writes them.", body = SongsObject),
        IndexRefusals,
    )
)]
pub async fn search(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let mut parameters = Parameters::of(query.as_deref());
    let query = conditions(&mut parameters)?;
    parameters.end()?;
    read(&service, move |index| {
        let songs = objects(index, index.search(&query)?)?;
        Ok(json!({"schema": JSON_SCHEMA, "songs": songs}))
    })
    .await
}

/// Songs of the index that sound like others of it, the most similar first.
#[utoipa::path(
    get, path = "/v1/similar", tag = "index",
    params(
        ("song" = Vec<String>, Query, description = "The path of a song as the index has it; of several, like all of them together."),
        Conditions,
    ),
    responses(
        (status = 200, description = "The songs with their `similarity`.", body = SimilarObject),
        IndexRefusals,
        (status = 404, description = "A song that the index does not hold.", body = ErrorObject),
    )
)]
pub async fn similar(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let mut parameters = Parameters::of(query.as_deref());
    let songs = parameters.all("song");
    let query = conditions(&mut parameters)?;
    parameters.end()?;
    if songs.is_empty() || songs.len() > CONDITIONS {
        let expected = format!("1 to {CONDITIONS} paths of songs in the index");
        let found = format!("{} values", songs.len());
        return Err(Refusal::parameter("song", expected, &found));
    }
    read(&service, move |index| {
        let mut seeds = Vec::new();
        for song in songs {
            // Looked up as a value of the index; no file is opened.
            let seed = index.seed(&PathBuf::from(&song))?;
            let seed = seed.ok_or_else(|| {
                let song: String = song.chars().take(200).collect();
                let text = format!(
                    "song = {song}: expected the path of a song that the index has an embedding of"
                );
                Refusal::new(StatusCode::NOT_FOUND, "not_found", text)
            })?;
            seeds.push(seed);
        }
        let (hits, others) = index.similar(&seeds, &query)?;
        let songs = objects(index, hits)?;
        Ok(json!({"schema": JSON_SCHEMA, "songs": songs, "of_other_models": others}))
    })
    .await
}

fn conditions(parameters: &mut Parameters<'_>) -> Result<Query, Refusal> {
    let query = Query {
        texts: parameters.all("text"),
        genres: parameters.read_all("genre", search_terms::term)?,
        attributes: parameters.read_all("attribute", search_terms::term)?,
        tags: parameters.read_all("tag", search_terms::tag)?,
        seconds: parameters.read("duration", search_terms::duration)?,
        below: None,
        answers: parameters.read("answers", answers)?.unwrap_or_default(),
        limit: Some(
            parameters
                .read("limit", number(LIMITS.0))?
                .unwrap_or(LIMITS.1),
        ),
    };
    let all = [
        ("text", query.texts.len()),
        ("genre", query.genres.len()),
        ("attribute", query.attributes.len()),
        ("tag", query.tags.len()),
    ];
    match all.into_iter().find(|(_, count)| *count > CONDITIONS) {
        None => Ok(query),
        Some((key, count)) => Err(Refusal::parameter(
            key,
            format!("at most {CONDITIONS} values"),
            &format!("{count} values"),
        )),
    }
}

fn answers(text: &str) -> Result<Answers, String> {
    Ok(match text {
        "music" => Answers::Music,
        "unsure" => Answers::Unsure,
        "no_music" => Answers::NoMusic,
        "failed" => Answers::Failed,
        "missing" => Answers::Vanished,
        _ => return Err("one of music, unsure, no_music, failed, missing".into()),
    })
}

fn objects(index: &Index, hits: Vec<Hit>) -> Result<Vec<Value>, IndexError> {
    let full = hits.into_iter().map(|hit| FullHit::read(index, hit));
    full.map(|hit| Ok(hit?.to_json())).collect()
}

impl From<IndexError> for Refusal {
    fn from(error: IndexError) -> Refusal {
        match error {
            IndexError::Unknown(text) => Refusal::new(StatusCode::BAD_REQUEST, "parameter", text),
            error => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "index", error.to_string()),
        }
    }
}

/// Reads the index beside the threads that serve connections.
async fn read(
    service: &Service,
    work: impl FnOnce(&Index) -> Result<Value, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let Some(index) = service.index.clone() else {
        return Err(Refusal::fault("a search without an index"));
    };
    let wait = service.options.limits.answer;
    let Ok(_one_of_them) = tokio::time::timeout(wait, service.searches.acquire()).await else {
        return Err(Refusal::busy("too many searches at once; try again later"));
    };
    let done = tokio::task::spawn_blocking(move || work(&*index.now()?)).await;
    let object = done.unwrap_or_else(|error| Err(Refusal::fault(error)))?;
    Ok(json_response(object.to_string()))
}
