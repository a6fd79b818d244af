//! Edits of ID3v2, ID3v1 and APE tags around MPEG audio.

use std::io::Cursor;

use genrenet_library::tags::{Container, MusicFile, TagError, TagKind};
use lofty::config::ParseOptions;
use lofty::file::AudioFile;
use lofty::mpeg::MpegFile;
use lofty::tag::Accessor;
use proptest::prelude::*;

use crate::tag_bytes::{self, Shape, ape, chunks, frames, id3v1, mpeg, shapes, wave};
use crate::tag_edits::{changes, edited, genre, named, read, refusal};

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn text(text: &str) -> Vec<u8> {
    [&[0], text.as_bytes()].concat()
}

fn with_audio(parts: &[&[u8]]) -> Vec<u8> {
    let audio = mpeg();
    let mut all = parts.to_vec();
    all.insert(1, &audio);
    all.concat()
}

#[test]
fn version_2_3_stays_with_every_frame_that_other_writers_convert() {
    let wide = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xFF, 0xFE].into_iter().chain(units).collect()
    };
    let link = [&[1], &wide("Häß")[..], &[0, 0], b"http://example.org"].concat();
    let old = [
        ("TYER", [0, 0], text("2004")),
        ("TDAT", [0, 0], text("3112")),
        ("WXXX", [0, 0], link),
        ("POPM", [0, 0], b"me\0\xC8\0\0\0\x07".to_vec()),
        ("ETCO", [0, 0], b"\x02\x03\0\0\x10\0".to_vec()),
        ("TCON", [0, 0], text("(17)")),
        ("TIT2", [0, 0], text("After")),
    ];
    let shape = Shape {
        padding: 100,
        ..Shape::plain(3)
    };
    let before = with_audio(&[&shape.tag(&old), &id3v1(17)]);
    assert_eq!(read(&before).genres(), ["Rock"]);
    let after = edited(&before, &[genre(&["Synth/Pop", "Jazz"])]).unwrap();
    let mut new = old.clone();
    new[5].2 = text("Synth/Pop; Jazz");
    let used = "Synth/Pop; Jazz".len() - "(17)".len();
    let shape = Shape {
        padding: 100 - used,
        ..shape
    };
    assert!(after == with_audio(&[&shape.tag(&new), &id3v1(255)]));
    // In step with the first value where it has a number.
    let after = edited(&before, &[genre(&["jazz", "Synth/Pop"])]).unwrap();
    assert!(after.ends_with(&id3v1(8)));
}

#[test]
fn several_values_are_values_of_one_frame_in_version_2_4() {
    let tag = Shape::plain(4).tag(&[
        ("TCON", [0, 0], text("Old")),
        ("TIT2", [0, 0], text("Title")),
        ("TCON", [0, 0], text("Older")),
    ]);
    let before = with_audio(&[&tag]);
    assert_eq!(read(&before).genres(), ["Old", "Older"]);
    let after = edited(&before, &[genre(&["Rock/Pop", "Ünï", "鼓"])]).unwrap();
    assert_eq!(read(&after).genres(), ["Rock/Pop", "Ünï", "鼓"]);
    assert!(has(&after, "\x03Rock/Pop\0Ünï\0鼓".as_bytes()));
    assert_eq!(read(&after).tags[0].fields.len(), 2);
    let options = ParseOptions::new().read_properties(false);
    let lofty = MpegFile::read_from(&mut Cursor::new(&after), options).unwrap();
    let lofty = lofty.id3v2().unwrap();
    assert_eq!(
        lofty.genre().unwrap().replace('\0', " / "),
        "Rock/Pop / Ünï / 鼓"
    );
    assert_eq!(lofty.title().unwrap(), "Title");
}

#[test]
fn values_that_a_reader_takes_for_others_are_refused() {
    for version in 2..5 {
        let name = if version == 2 { "TCO" } else { "TCON" };
        let tag = Shape::plain(version).tag(&[(name, [0, 0], text("Old"))]);
        let before = with_audio(&[&tag]);
        assert!(edited(&before, &[genre(&["17"])]).is_err());
        assert!(edited(&before, &[genre(&["(literal) text"])]).is_ok());
        assert!(edited(&before, &[genre(&["鼓 und Baß"])]).is_ok());
    }
}

#[test]
fn frames_that_must_not_be_replaced_are_refused_and_groups_stay() {
    for (version, flags, says) in [
        (3, [0x20, 0], "read-only"),
        (3, [0, 0x80], "compressed"),
        (3, [0, 0x40], "encrypted"),
        (4, [0x10, 0], "read-only"),
        (4, [0, 0x08], "compressed"),
        (4, [0, 0x04], "encrypted"),
        (4, [0, 0x80], "unknown flags"),
    ] {
        let tag = Shape::plain(version).tag(&[("TCON", flags, text("Old"))]);
        let said = refusal(&with_audio(&[&tag]));
        assert!(said.contains(says), "{said}");
    }
    for (version, flags) in [(3, [0x80, 0x20]), (4, [0x40, 0x40])] {
        let tag = Shape::plain(version).tag(&[("TCON", flags, b"\x81\0Old".to_vec())]);
        assert_eq!(read(&with_audio(&[&tag])).genres(), ["Old"]);
        let after = edited(&with_audio(&[&tag]), &[genre(&["New"])]).unwrap();
        assert!(has(&after, &[&flags[..], b"\x81\0New"].concat()));
    }
    let indicated = b"\0\0\0\x04\0Old".to_vec();
    let tag = Shape::plain(4).tag(&[("TCON", [0, 1], indicated)]);
    let after = edited(&with_audio(&[&tag]), &[genre(&["New"])]).unwrap();
    assert_eq!(read(&after).genres(), ["New"]);
}

#[test]
fn tags_whose_sizes_lie_are_refused() {
    let shape = Shape {
        padding: 20,
        ..Shape::plain(3)
    };
    let tag = shape.tag(&[
        ("TCON", [0, 0], text("Old")),
        ("TIT2", [0, 0], text("Title")),
    ]);
    let file = with_audio(&[&tag]);
    for size in (0..200)
        .filter(|&size| size + 10 > tag.len() || size + 30 < tag.len() && ![0, 14].contains(&size))
    {
        let mut file = file.clone();
        file[6..10].copy_from_slice(&tag_bytes::synchsafe(size));
        refusal(&file);
    }
    let mut longer = file.clone();
    longer[9] = 0x80;
    refusal(&longer);
    let mut frame = file;
    frame[17] = 200;
    refusal(&frame);
}

#[test]
fn a_tag_that_has_to_grow_gets_padding_and_one_with_a_footer_none() {
    let long = "x".repeat(300);
    let tag = Shape::plain(4).tag(&[("TCON", [0, 0], text("Old"))]);
    let after = edited(&with_audio(&[&tag]), &[genre(&[&long])]).unwrap();
    let grown = after.len() - tag.len() - mpeg().len();
    assert!((1024 + 297..=1025 + 297).contains(&grown), "{grown}");
    let with_footer = Shape {
        footer: true,
        ..Shape::plain(4)
    };
    let tag = with_footer.tag(&[("TCON", [0, 0], text("Old"))]);
    for file in [with_audio(&[&tag]), with_audio(&[&tag, &tag, &id3v1(3)])] {
        let after = edited(&file, &[genre(&[&long])]).unwrap();
        let tags = file.windows(3).filter(|name| name == b"ID3").count();
        assert_eq!(after.len() - file.len(), 297 * tags);
    }
}

#[test]
fn a_checksum_of_the_frames_is_refused() {
    let mut body = vec![0, 0, 0, 10, 0x80, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    body.extend(b"TCON\0\0\0\x04\0\0\0Old");
    let mut tag = b"ID3\x03\0\x40".to_vec();
    tag.extend(tag_bytes::synchsafe(body.len()));
    tag.extend(body);
    assert_eq!(read(&with_audio(&[&tag])).genres(), ["Old"]);
    assert!(refusal(&with_audio(&[&tag])).contains("checksum"));
}

#[test]
fn a_file_without_tags_gets_one_with_what_id3v1_says() {
    let bare = mpeg();
    assert!(read(&bare).tags.is_empty());
    let after = edited(
        &bare,
        &[genre(&["Jazz", "Bop"]), named("Old genre", &["x"])],
    )
    .unwrap();
    assert_eq!(read(&after).tags[0].kind, TagKind::Id3v2(4));
    assert!(after.ends_with(&bare));
    assert!(edited(&bare, &[genre(&[])]).unwrap() == bare);
    let after = edited(&with_audio(&[b"", &id3v1(17)]), &[genre(&["Jazz"])]).unwrap();
    let fields: Vec<_> = read(&after).tags[0]
        .fields
        .iter()
        .map(|f| (f.name.clone(), f.text.join("")))
        .collect();
    let expected = [
        ("TCON", "Jazz"),
        ("TIT2", "Title"),
        ("TPE1", "Artist"),
        ("TRCK", "7"),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
    assert!(after.ends_with(&id3v1(8)));
}

#[test]
fn a_tag_at_the_end_is_repeated_in_front_where_programs_look() {
    let frames = [
        ("TPE1", [0, 0], text("Artist")),
        ("TCON", [0, 0], text("Old")),
    ];
    let items: [(&str, u32, &[u8]); 2] = [("Title", 0, b"a"), ("Artist", 0, b"One\0Two")];
    let footer = Shape {
        footer: true,
        ..Shape::plain(4)
    };
    for (end, repeated) in [
        (footer.tag(&frames), vec![("TPE1", vec!["Artist"])]),
        (
            ape(2000, true, &items),
            vec![("TIT2", vec!["a"]), ("TPE1", vec!["One", "Two"])],
        ),
    ] {
        let after = edited(&with_audio(&[b"", &end]), &[genre(&["Jazz", "Bop"])]).unwrap();
        assert!(after.starts_with(b"ID3\x04"));
        let front = &read(&after).tags[0];
        assert_eq!(front.genres, ["Jazz", "Bop"]);
        for (name, values) in repeated {
            let mut fields = front.fields.iter();
            assert_eq!(
                fields.find(|field| field.name == name).unwrap().text,
                values
            );
        }
        assert!(
            read(&after)
                .tags
                .iter()
                .all(|tag| tag.genres == ["Jazz", "Bop"])
        );
    }
}

#[test]
fn ape_is_kept_in_step_in_all_its_forms() {
    let items: [(&str, u32, &[u8]); 3] = [
        ("Title", 0, b"a"),
        ("GENRE", 0, b"Rock\0Pop"),
        ("Cover Art (Front)", 2, b"\0\xFF"),
    ];
    for header in [true, false] {
        let file = with_audio(&[b"", &ape(2000, header, &items), &id3v1(17)]);
        assert_eq!(read(&file).genres(), ["Rock", "Pop"]);
        let after = edited(
            &file,
            &[genre(&["Jazz", "鼓"]), named("Mood", &["calm", "dark"])],
        )
        .unwrap();
        let mut items = items.to_vec();
        items[1].2 = "Jazz\0鼓".as_bytes();
        items.push(("Mood", 0, b"calm\0dark"));
        assert!(after.ends_with(&with_audio(&[b"", &ape(2000, header, &items), &id3v1(8)])));
        let after = edited(&file, &[genre(&[])]).unwrap();
        items.truncate(3);
        items.remove(1);
        assert!(after == with_audio(&[b"", &ape(2000, header, &items), &id3v1(255)]));
    }
    let lyrics = b"LYRICSBEGININD0000200000028LYRICS200".as_slice();
    let lyrics = [&lyrics[..21], b"000021LYRICS200"].concat();
    let old = with_audio(&[
        b"",
        &ape(1000, false, &[("Genre", 0, b"R\xE9")]),
        &lyrics,
        &id3v1(17),
    ]);
    assert_eq!(read(&old).genres(), ["Ré"]);
    let after = edited(&old, &[genre(&["Jazz", "Fé"])]).unwrap();
    assert!(after.ends_with(&with_audio(&[
        b"",
        &ape(1000, false, &[("Genre", 0, b"Jazz; F\xE9")]),
        &lyrics,
        &id3v1(8)
    ])));
    assert!(edited(&old, &[genre(&["鼓"])]).is_err());
    let locked = with_audio(&[b"", &ape(2000, true, &[("Genre", 1, b"Rock")])]);
    assert!(refusal(&locked).contains("read-only"));
}

#[test]
fn what_is_no_mpeg_audio_is_not_taken_for_it() {
    let none = [
        vec![0; 100_000],
        vec![0xFF; 100_000],
        b"A text about ID3 and MP3.\n".repeat(1000),
        Shape::plain(4).tag(&[("TCON", [0, 0], text("Old"))]),
        [&Shape::plain(4).tag(&[])[..], b"OggS", &mpeg()].concat(),
        [b"RIFF\0\0\0\0AVI ", &mpeg()[..]].concat(),
        Vec::new(),
    ];
    for bytes in none {
        assert!(MusicFile::read(&mut Cursor::new(&bytes)).is_err());
    }
    let after_junk = [&[0; 1000][..], &mpeg()].concat();
    assert_eq!(read(&after_junk).container, Container::Mpeg);
}

proptest! {
    #[test]
    fn every_other_field_of_any_tag_stays(
        (shape, frames) in shapes().prop_flat_map(|shape| {
            let frames = frames(shape.version);
            (Just(shape), frames)
        }),
        changes in changes(),
        place in 0usize..5,
    ) {
        let tag = shape.tag(&frames);
        let bytes = match place {
            0 => with_audio(&[&tag]),
            1 => with_audio(&[&tag, &ape(2000, true, &[("Genre", 0, b"x")]), &id3v1(5)]),
            2 => wave(&[(b"id3 ", tag)]),
            3 => chunks(b"FORM", b"AIFC", &[(b"COMM", vec![1; 18]), (b"SSND", vec![9; 100]), (b"ID3 ", tag)]),
            _ => with_audio(&[&[&tag[..], &tag].concat()]),
        };
        match edited(&bytes, &changes) {
            Ok(_) => {}
            // Frames of a tag with a footer in a chunk, which keeps its alignment.
            Err(TagError::Unsupported { reason, .. }) if reason.contains("odd number") => prop_assert!(shape.footer),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
    }
}
