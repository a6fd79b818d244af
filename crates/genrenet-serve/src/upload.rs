//! Receiving a body within its limits. A thread that classifies is asked for only when all has arrived: a slow client holds none.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use crate::multipart::Multipart;
use crate::options::Limits;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::spool::{self, Spool};

/// Over which the rate of a body is measured.
const PERIOD: Duration = Duration::from_secs(10);

/// What came.
pub struct Upload {
    /// The song.
    pub song: spool::Body,
    /// Bytes of the whole body.
    pub bytes: u64,
}

/// Receives the song of a request.
///
/// # Errors
/// A [`Refusal`]: another media type, too many bodies at once or songs in the queue, too large, too slow, no form, broken off, empty.
pub async fn receive(
    service: &Service,
    headers: &HeaderMap,
    body: Body,
) -> Result<Upload, Refusal> {
    let limits = &service.options.limits;
    let mut form = form_of(headers)?;
    let stated = headers.get(header::CONTENT_LENGTH);
    let stated = stated.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|bytes| bytes > limits.body) {
        return Err(too_large(limits));
    }
    if service.workers.is_full() {
        return Err(queue_full());
    }
    let Ok(_one_of_them) = service.uploads.try_acquire() else {
        return Err(Refusal::busy("too many uploads at once; try again later"));
    };
    let _counted = service.metrics.receiving();
    let mut spool = Spool::new(&service.memory);
    let mut arriving = Arriving::new(body, limits);
    while let Some(chunk) = arriving.next().await? {
        service.metrics.received(chunk.len());
        let kept = match &mut form {
            None => spool.push(&chunk).await,
            Some(form) => {
                let song = form.push(&chunk).map_err(no_form)?;
                spool.push(&song).await
            }
        };
        kept.map_err(|error| Refusal::storage(&error))?;
    }
    if let Some(form) = form {
        form.end().map_err(no_form)?;
    }
    let song = spool.finish().await;
    Ok(Upload {
        song: song.map_err(|error| Refusal::storage(&error))?,
        bytes: arriving.bytes,
    })
}

/// A body as it arrives, within the limits of size and time.
struct Arriving<'a> {
    body: Body,
    limits: &'a Limits,
    bytes: u64,
    /// When all must have arrived.
    end: Instant,
    /// When the next measurement of the rate ends, and the bytes before it began.
    period: (Instant, u64),
}

impl<'a> Arriving<'a> {
    fn new(body: Body, limits: &'a Limits) -> Arriving<'a> {
        let now = Instant::now();
        Arriving {
            body,
            limits,
            bytes: 0,
            end: now + limits.upload,
            period: (now + PERIOD, 0),
        }
    }

    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Result<Option<bytes::Bytes>, Refusal> {
        loop {
            let until = self.period.0.min(self.end);
            let Ok(frame) = timeout_at(until, self.body.frame()).await else {
                self.check_rate()?;
                continue;
            };
            // Data may be there at all times, and yet too little.
            if Instant::now() >= until {
                self.check_rate()?;
            }
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| {
                let text =
                    "expected the whole body, found that the connection or the encoding breaks off";
                Refusal::new(StatusCode::BAD_REQUEST, "broken_off", text)
            })?;
            // Trailers are passed over.
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            self.bytes += chunk.len() as u64;
            if self.bytes > self.limits.body {
                return Err(too_large(self.limits));
            }
            return Ok(Some(chunk));
        }
    }

    fn check_rate(&mut self) -> Result<(), Refusal> {
        let slow = |text: String| Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", text));
        if Instant::now() >= self.end {
            let most = self.limits.upload.as_secs();
            return slow(format!("expected the whole body within {most} s"));
        }
        let arrived = self.bytes - self.period.1;
        let (rate, seconds) = (self.limits.rate, PERIOD.as_secs());
        if arrived < rate * seconds {
            return slow(format!(
                "expected at least {rate} bytes a second, found {arrived} in {seconds} s"
            ));
        }
        self.period = (Instant::now() + PERIOD, self.bytes);
        Ok(())
    }
}

/// The refusal of a song where others wait already.
pub fn queue_full() -> Refusal {
    Refusal::busy("the queue is full; try again later")
}

fn too_large(limits: &Limits) -> Refusal {
    let text = format!("expected a body of at most {} bytes", limits.body);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text)
}

fn no_form(why: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "form", why)
}

/// The form of a body that is one; `None` for a body that is the song itself.
///
/// A song's format is recognised by its content. The media type only tells a mistake early: a page, a picture or JSON is no song.
/// `application/x-www-form-urlencoded` is what curl says of any `--data-binary`.
fn form_of(headers: &HeaderMap) -> Result<Option<Multipart>, Refusal> {
    let unsupported =
        |text: String| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", text);
    let text = |name| {
        headers
            .get(name)
            .map(|v| String::from_utf8_lossy(v.as_bytes()))
    };
    if let Some(coding) = text(header::CONTENT_ENCODING)
        && !coding.eq_ignore_ascii_case("identity")
    {
        let coding: String = coding.chars().take(100).collect();
        let text = format!("Content-Encoding = {coding}: expected identity, the song as it is");
        return Err(unsupported(text));
    }
    let Some(stated) = text(header::CONTENT_TYPE) else {
        return Ok(None);
    };
    let essence = stated.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    match &*essence {
        "multipart/form-data" => match Multipart::of(&stated) {
            Some(form) => Ok(Some(form)),
            None => Err(no_form(
                "expected a boundary of up to 70 characters in the Content-Type".into(),
            )),
        },
        ""
        | "application/octet-stream"
        | "application/ogg"
        | "application/x-www-form-urlencoded" => Ok(None),
        media if media.starts_with("audio/") || media.starts_with("video/") => Ok(None),
        media => {
            let media: String = media.chars().take(100).collect();
            Err(unsupported(format!(
                "Content-Type = {media}: expected audio/…, video/…, application/octet-stream or multipart/form-data"
            )))
        }
    }
}
