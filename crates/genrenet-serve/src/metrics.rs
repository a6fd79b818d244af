//! What is counted, in the text format of Prometheus and OpenMetrics.

use std::fmt::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::workers::Counts;

/// A request's labels. The route is one of the service's own or `other`, so that their number is bounded.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

/// A duration's label.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

/// An error's label.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// Limits in seconds of the histogram of durations.
const SECONDS: [f64; 13] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// The counters of a service.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    errors: Family<Kind, Counter>,
    bytes: Counter,
    sound: Counter<f64, AtomicU64>,
    receiving: Gauge,
    connections: Gauge,
}

/// Counts one more until it is dropped.
pub struct Counted(Gauge);

impl Counted {
    fn of(gauge: &Gauge) -> Counted {
        gauge.inc();
        Counted(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// With what the threads and the log count themselves.
    pub fn new(workers: Arc<Counts>, threads: usize, lost: Arc<AtomicU64>) -> Metrics {
        let mut registry = Registry::with_prefix("genrenet");
        let durations: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Metrics {
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            errors: Family::default(),
            bytes: Counter::default(),
            sound: Counter::default(),
            receiving: Gauge::default(),
            connections: Gauge::default(),
            registry: Registry::default(),
        };
        let Metrics {
            requests,
            durations,
            errors,
            bytes,
            sound,
            receiving,
            connections,
            ..
        } = &metrics;
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register(
            "request_seconds",
            "From the head of a request to its answer",
            durations.clone(),
        );
        registry.register("errors", "Errors by their error_kind", errors.clone());
        registry.register("received_bytes", "Bytes of bodies", bytes.clone());
        registry.register(
            "sound_seconds",
            "Seconds of sound that were classified or embedded",
            sound.clone(),
        );
        registry.register(
            "receiving",
            "Bodies that are being received",
            receiving.clone(),
        );
        registry.register("connections", "Open connections", connections.clone());
        registry.register_collector(Box::new(Others {
            workers,
            threads,
            lost,
        }));
        Metrics {
            registry,
            ..metrics
        }
    }

    /// Counts an answer.
    pub fn answered(&self, route: &str, status: u16, took: Duration, error: Option<&'static str>) {
        let route = route.to_owned();
        let label = Route {
            route: route.clone(),
        };
        self.durations
            .get_or_create(&label)
            .observe(took.as_secs_f64());
        self.requests
            .get_or_create(&Answered { route, status })
            .inc();
        if let Some(kind) = error {
            self.errors.get_or_create(&Kind { kind }).inc();
        }
    }

    /// Counts bytes of a body.
    pub fn received(&self, bytes: usize) {
        self.bytes.inc_by(bytes as u64);
    }

    /// Counts sound.
    pub fn heard(&self, seconds: f64) {
        self.sound.inc_by(seconds);
    }

    /// Counts a body that is being received.
    pub fn receiving(&self) -> Counted {
        Counted::of(&self.receiving)
    }

    /// Counts an open connection.
    pub fn connection(&self) -> Counted {
        Counted::of(&self.connections)
    }

    /// All of them as text.
    ///
    /// # Errors
    /// None that a string causes.
    pub fn text(&self) -> Result<String, Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What others count.
#[derive(Debug)]
struct Others {
    workers: Arc<Counts>,
    threads: usize,
    lost: Arc<AtomicU64>,
}

impl Collector for Others {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), Error> {
        let now = |count: &AtomicUsize| count.load(Ordering::Relaxed) as i64;
        let gauges = [
            (
                "queued",
                "Songs that wait for a thread",
                now(&self.workers.queued),
            ),
            (
                "running",
                "Songs that are being computed",
                now(&self.workers.running),
            ),
            ("threads", "Threads that compute songs", self.threads as i64),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            let encoder = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(encoder)?;
        }
        let lost = ConstCounter::new(self.lost.load(Ordering::Relaxed));
        let help = "Lines of the log that could not be written";
        let encoder =
            encoder.encode_descriptor("log_lines_lost", help, None, lost.metric_type())?;
        lost.encode(encoder)
    }
}
