//! Classification and embeddings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use genrenet::audio::{AudioError, Input, catch_panics, open};
use genrenet::model::Bundle;
use genrenet::{Analysis, Answer, Error, JSON_SCHEMA, Song, Sound};
use serde_json::{Value, json};

use crate::log::Noted;
use crate::openapi::{
    AnswerObject, BodyRefusals, EmbeddingObject, ErrorObject, Form, ModelsObject, SongBytes,
};
use crate::query::{Parameters, flag, number};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::stop::{Stop, StopOnDrop, Stoppable};
use crate::upload::{Upload, queue_full, receive};
use crate::workers::NotDone;

/// More genres no model has.
const MOST_GENRES: usize = 4096;

/// The body is the song, or a form with the song as its part `file`.
#[utoipa::path(
    post, path = "/v1/classify", tag = "sound",
    params(
        ("model" = Option<String>, Query, description = "A model that is loaded (`GET /v1/models`); the first one, if not given."),
        ("top" = Option<u16>, Query, minimum = 1, maximum = 4096, description = "How many genres are answered; all, if not given."),
        ("attributes" = Option<bool>, Query, description = "Whether the attributes are answered, where the model has some; true, if not given."),
        ("taxonomy" = Option<String>, Query, description = "The genres of a taxonomy in place of the model's: simple, lastgenre or one that the service was started with."),
    ),
    request_body(description = "The song in any format of docs/FORMATS.md, as `audio/…`, `video/…` or `application/octet-stream`.", content(
        (SongBytes = "application/octet-stream"), (SongBytes = "audio/mpeg"), (Form = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The answer, as `genrenet classify --json` writes it.", body = AnswerObject),
        BodyRefusals,
    )
)]
pub async fn classify(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let mut parameters = Parameters::of(query.as_deref());
    let model = parameters.one("model")?;
    let top = parameters.read("top", number(MOST_GENRES))?;
    let attributes = parameters.read("attributes", flag)?.unwrap_or(true);
    let taxonomy = parameters.one("taxonomy")?;
    parameters.end()?;
    let model = service.models.find(model.as_deref(), taxonomy.as_deref())?;
    let upload = receive(&service, &headers, body).await?;
    answer(&service, model, upload, move |model, sound| {
        let song = genrenet::classify(model, sound)?;
        let seconds = song.seconds;
        Ok((answer_object(model, song, top, attributes), seconds))
    })
    .await
}

/// The vector by which songs are compared; the body as for `/v1/classify`.
#[utoipa::path(
    post, path = "/v1/embed", tag = "sound",
    params(
        ("model" = Option<String>, Query, description = "A model that is loaded (`GET /v1/models`); the first one, if not given."),
    ),
    request_body(description = "The song in any format of docs/FORMATS.md, as `audio/…`, `video/…` or `application/octet-stream`.", content(
        (SongBytes = "application/octet-stream"), (SongBytes = "audio/mpeg"), (Form = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The embedding.", body = EmbeddingObject),
        BodyRefusals,
    )
)]
pub async fn embed(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let mut parameters = Parameters::of(query.as_deref());
    let model = parameters.one("model")?;
    parameters.end()?;
    let model = service.models.find(model.as_deref(), None)?;
    let upload = receive(&service, &headers, body).await?;
    answer(&service, model, upload, |model, sound| {
        let Analysis { song, embedding } = genrenet::analyse(model, sound)?;
        let object = json!({
            "schema": JSON_SCHEMA,
            "model": model.card.name,
            "model_version": model.card.version,
            "fingerprint": model.fingerprint()?,
            "seconds": thousandths(song.seconds),
            "embedding": embedding,
        });
        Ok((object, song.seconds))
    })
    .await
}

/// The models that are loaded, and the taxonomies.
#[utoipa::path(
    get, path = "/v1/models", tag = "sound",
    responses(
        (status = 200, description = "The models, the default one first.", body = ModelsObject),
        (status = 400, description = "A parameter.", body = ErrorObject),
        (status = 401, description = "The token is missing or wrong.", body = ErrorObject),
        (status = 421, description = "The Host is another machine's.", body = ErrorObject),
    )
)]
pub async fn models(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    Parameters::of(query.as_deref()).end()?;
    Ok(json_response(service.models.to_json().to_string()))
}

/// Computes an answer on one of the threads, within its time.
async fn answer(
    service: &Service,
    model: Arc<Bundle>,
    upload: Upload,
    compute: impl FnOnce(&Bundle, Sound) -> Result<(Value, f64), Error> + Send + 'static,
) -> Result<Response, Refusal> {
    if upload.bytes == 0 {
        let text = "expected a song as the body, found none";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "empty", text));
    }
    let limits = &service.options.limits;
    let (most, within) = (limits.seconds, limits.answer);
    let stop = Stop::at(Instant::now() + within);
    let _with_the_request = StopOnDrop(stop.clone());
    let (name, bytes) = (model.card.name.clone(), upload.bytes);
    let reader = Stoppable {
        reader: upload.song,
        stop: stop.clone(),
    };
    let job = service.workers.run(move || {
        let (object, seconds) = compute(&model, opened(reader, most)?)?;
        if seconds > most {
            return Err(Refusal::from(TooLong { seconds, most }));
        }
        Ok((object.to_string(), seconds))
    });
    // A thread that reads no more bytes, and so is not stopped, is not waited for.
    let done = tokio::time::timeout(within + Duration::from_secs(1), job).await;
    let made = match done {
        Err(_) => return Err(time_over(within)),
        Ok(Err(NotDone::QueueFull)) => return Err(queue_full()),
        Ok(Err(NotDone::Panic(text))) => return Err(Refusal::fault(text)),
        Ok(Ok(Err(_))) if stop.is_over() => return Err(time_over(within)),
        Ok(Ok(made)) => made,
    };
    let (object, seconds) = made?;
    service.metrics.heard(seconds);
    let mut response = json_response(object);
    response.extensions_mut().insert(Noted {
        model: Some(name),
        bytes: Some(bytes),
        seconds: Some(thousandths(seconds)),
        error: None,
    });
    Ok(response)
}

/// An open decoder, unless the song states to be longer than may be.
fn opened(reader: Stoppable<crate::spool::Body>, most: f64) -> Result<Sound, Refusal> {
    let input = Input::reader(reader).map_err(Error::from)?;
    let source = catch_panics(|| open(input)).unwrap_or_else(|panic| {
        Err(AudioError::Fault {
            reason: panic.to_string(),
        })
    });
    let source = source.map_err(Error::from)?;
    let rate = f64::from(source.rate().max(1));
    let stated = source.frames().map(|frames| frames as f64 / rate);
    match stated.filter(|seconds| *seconds > most) {
        Some(seconds) => Err(TooLong { seconds, most }.into()),
        None => Ok(Sound::Source(source)),
    }
}

/// A song that is too long.
struct TooLong {
    seconds: f64,
    most: f64,
}

impl From<TooLong> for Refusal {
    fn from(TooLong { seconds, most }: TooLong) -> Refusal {
        let text = format!("expected at most {most} s of sound, found {seconds:.0} s");
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", text)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::sound(&error)
    }
}

fn time_over(within: Duration) -> Refusal {
    let text = format!(
        "expected an answer within {} s of the song's arrival",
        within.as_secs()
    );
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "time_over", text)
}

fn answer_object(model: &Bundle, song: Song, top: Option<usize>, attributes: bool) -> Value {
    let answer = Answer {
        path: Default::default(),
        result: Ok(song),
    };
    let mut object = answer.to_json(model);
    if let (Some(top), Value::Array(genres)) = (top, &mut object["genres"]) {
        genres.truncate(top);
    }
    if let (false, Value::Object(keys)) = (attributes, &mut object) {
        keys.remove("attributes");
    }
    object
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// A response with JSON that is text already.
pub fn json_response(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
