//! A decoder that panics costs its own file, and no other.

use genrenet::audio::{
    AudioError, ExtractSpec, Format, FrontEnd, Input, LogMelSpec, Source, extract_source,
    note_panic, open, song_features_of_source,
};
use genrenet::in_order;

/// A stream that breaks off with a panic after so many calls of its decoder.
struct Breaks {
    source: Box<dyn Source>,
    calls: usize,
}

impl Breaks {
    fn after(calls: usize) -> Self {
        let song = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../examples/audio/slow_motion_dream.mp3"
        );
        let source = open(Input::path(song.as_ref()).unwrap()).unwrap();
        Self { source, calls }
    }

    fn call(&mut self) {
        let bytes = [0u8; 4];
        self.calls = self
            .calls
            .checked_sub(1)
            .unwrap_or_else(|| panic!("byte {} of {bytes:?}", bytes.len()));
    }
}

impl Source for Breaks {
    fn format(&self) -> Format {
        self.source.format()
    }

    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> u16 {
        self.source.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        self.call();
        self.source.read(out)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.call();
        self.source.seek(to)
    }
}

fn front_end() -> FrontEnd {
    genrenet::shipped::load("fma8").unwrap().front_end.unwrap()
}

#[test]
fn a_panic_in_a_decoder_is_the_error_of_its_file() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !note_panic(panic) {
            usual(panic);
        }
    }));
    let front_end = front_end();
    let mut seen = Vec::new();
    // As `classify` and `extract` go through files: every one has its line, in order.
    in_order(
        0..40usize,
        |item| {
            let calls = if item % 3 == 0 { item } else { usize::MAX };
            let features = song_features_of_source(&mut Breaks::after(calls), &front_end);
            (item, features.map(|features| features.seconds))
        },
        |result| {
            seen.push(result);
            std::ops::ControlFlow::Continue(())
        },
    );
    assert_eq!(seen.len(), 40);
    for (at, (item, features)) in seen.iter().enumerate() {
        assert_eq!(at, *item);
        match features {
            Ok(seconds) => assert!((seconds - 10.88).abs() < 0.01, "{item}: {seconds}"),
            Err(error) => {
                let text = error.to_string();
                assert!(item % 3 == 0, "{item}: {text}");
                let expected =
                    "a fault of this program, please report it: byte 4 of [0, 0, 0, 0] (";
                assert!(text.starts_with(expected), "{text}");
                assert!(text.contains("panics.rs:"), "{text}");
            }
        }
    }
    assert!(seen[0].1.is_err() && seen[1].1.is_ok());
    let spec = ExtractSpec {
        log_mel: Some(LogMelSpec::default()),
        mfcc: None,
    };
    let extracted = extract_source(&mut Breaks::after(3), &spec);
    assert!(
        matches!(extracted, Err(AudioError::Fault { .. })),
        "{extracted:?}"
    );
    assert!(extract_source(&mut Breaks::after(usize::MAX), &spec).is_ok());
}
