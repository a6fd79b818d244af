//! Edits of FLAC's Vorbis comments.

use std::io::Cursor;

use lofty::config::ParseOptions;
use lofty::file::AudioFile;
use lofty::flac::FlacFile;
use proptest::prelude::*;

use crate::tag_edits::{self, comment_bytes, edited, genre, named, read};

const FRAMES: &[u8] = b"\xFF\xF8 frames that nobody decodes here";

fn flac(blocks: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut info = vec![0; 34];
    info[10..14].copy_from_slice(&[0x0A, 0xC4, 0x42, 0xF0]);
    let mut file = b"fLaC".to_vec();
    let all = [&[(0, info)], blocks].concat();
    for (at, (kind, body)) in all.iter().enumerate() {
        file.push(kind | if at + 1 == all.len() { 0x80 } else { 0 });
        file.extend(&(body.len() as u32).to_be_bytes()[1..]);
        file.extend(body);
    }
    file.extend(FRAMES);
    file
}

fn one(comments: &[&[u8]]) -> (u8, Vec<u8>) {
    let comments: Vec<Vec<u8>> = comments.iter().map(|comment| comment.to_vec()).collect();
    (4, comment_bytes(b"reference libFLAC 1.4.3", &comments))
}

fn lofty_genres(bytes: &[u8]) -> Vec<String> {
    let file = FlacFile::read_from(
        &mut Cursor::new(bytes),
        ParseOptions::new().read_properties(false),
    )
    .unwrap();
    let comments = file.vorbis_comments().unwrap();
    comments.get_all("GENRE").map(Into::into).collect()
}

#[test]
fn genres_take_the_place_and_the_spelling_of_the_first() {
    let before = flac(&[one(&[
        b"TITLE=a",
        b"Genre=x",
        b"no equals sign",
        b"ARTIST=\xFF\xFE",
        b"GENRE=y",
        b"title=b",
    ])]);
    assert_eq!(read(&before).genres(), ["x", "y"]);
    let after = edited(&before, &[genre(&["Rock/Pop", "Jazz"])]).unwrap();
    let expected = [
        b"TITLE=a".as_slice(),
        b"Genre=Rock/Pop",
        b"Genre=Jazz",
        b"no equals sign",
        b"ARTIST=\xFF\xFE",
        b"title=b",
    ];
    let comments = expected.map(<[u8]>::to_vec);
    let expected = comment_bytes(b"reference libFLAC 1.4.3", &comments);
    assert!(after.windows(expected.len()).any(|part| part == expected));
    assert_eq!(lofty_genres(&after), ["Rock/Pop", "Jazz"]);
}

#[test]
fn padding_keeps_the_size() {
    let comments = one(&[b"GENRE=x", b"A=b"]);
    let picture = (6, vec![7; 500]);
    let padding = |length: usize| (1, vec![0; length]);
    for blocks in [
        vec![comments.clone(), padding(20), picture.clone()],
        vec![padding(7), comments.clone(), picture.clone(), padding(7)],
        vec![
            padding(3),
            comments.clone(),
            padding(3),
            picture.clone(),
            padding(100),
        ],
    ] {
        let before = flac(&blocks);
        // Seven bytes longer, then shorter.
        let after = edited(&before, &[genre(&["eight ch"])]).unwrap();
        assert_eq!(after.len(), before.len());
        assert_eq!(lofty_genres(&after), ["eight ch"]);
        let shorter = edited(&after, &[genre(&[])]).unwrap();
        assert_eq!(shorter.len(), before.len());
        assert_eq!(
            edited(&shorter, &[genre(&["x"])]).unwrap().len(),
            before.len()
        );
    }
}

#[test]
fn without_padding_four_kibibytes_are_left_for_later() {
    for blocks in [
        vec![one(&[b"GENRE=x"])],
        vec![one(&[b"GENRE=x"]), (6, vec![1; 50])],
        vec![one(&[]), (1, vec![0; 5])],
        vec![(1, vec![0; 5])],
        vec![],
    ] {
        let before = flac(&blocks);
        let after = edited(&before, &[genre(&["Drum & Bass"])]).unwrap();
        assert!(after.len() > before.len() + 4096);
        assert_eq!(lofty_genres(&after), ["Drum & Bass"]);
        let more = edited(
            &after,
            &[genre(&["Drum & Bass", "Techno"]), named("MOOD", &["calm"])],
        )
        .unwrap();
        assert_eq!(more.len(), after.len());
    }
    let shorter = edited(&flac(&[one(&[b"GENRE=x"])]), &[genre(&[])]).unwrap();
    assert_eq!(shorter.len(), flac(&[one(&[b"GENRE=x"])]).len());
    assert!(read(&shorter).genres().is_empty());
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    let before = flac(&[]);
    assert_eq!(edited(&before, &[genre(&[])]).unwrap(), before);
}

#[test]
fn foreign_tags_around_the_stream_are_no_audio_and_kept_in_step() {
    let stream = flac(&[one(&[b"GENRE=x"])]);
    let id3 = b"ID3\x03\0\0\0\0\0\x14TCON\0\0\0\x05\0\0\0Jazz\0\0\0\0\0";
    let mut id3v1 = b"TAG".to_vec();
    id3v1.resize(128, 0);
    id3v1[127] = 8;
    let audio = |bytes: &[u8]| read(bytes).audio_digest(&mut Cursor::new(bytes)).unwrap();
    let within = [id3.as_slice(), &stream, &id3v1].concat();
    assert_eq!(audio(&within), audio(&stream));
    let after = edited(&within, &[genre(&["Folk"])]).unwrap();
    let genres: Vec<Vec<String>> = read(&after)
        .tags
        .into_iter()
        .map(|tag| tag.genres)
        .collect();
    assert_eq!(genres, [["Folk"], ["Folk"], ["Folk"]]);
}

#[test]
fn what_can_not_be_written_safely_is_refused() {
    let refused = |bytes: &[u8], changes: &[_]| edited(bytes, changes).unwrap_err().to_string();
    let two = flac(&[one(&[b"GENRE=x"]), one(&[b"GENRE=y"])]);
    assert!(refused(&two, &[genre(&["z"])]).contains("several"));
    let long = "x".repeat(1 << 24);
    assert!(refused(&flac(&[one(&[])]), &[genre(&[&long])]).contains("16777215"));
    assert!(refused(&flac(&[one(&[])]), &[named("A=B", &["x"])]).contains("A=B"));
    let whole = flac(&[one(&[b"GENRE=x"])]);
    assert!(refused(&whole[..60], &[genre(&["z"])]).contains("block"));
    let mut wrong = whole.clone();
    let frames = whole.len() - FRAMES.len();
    wrong[frames] = 0;
    assert!(refused(&wrong, &[genre(&["z"])]).contains("frame"));
    let count = 4 + 38 + 4 + 4 + 23;
    wrong = whole.clone();
    wrong[count] = 200;
    assert!(refused(&wrong, &[genre(&["z"])]).contains("200 comments"));
}

#[test]
fn files_of_other_programs() {
    for path in tag_edits::data_files("formats", &["flac"]) {
        let before = std::fs::read(&path).unwrap();
        match edited(
            &before,
            &[
                genre(&["Drum & Bass", "Rock/Pop"]),
                named("MOOD", &["calm"]),
            ],
        ) {
            Ok(after) => assert_eq!(read(&after).genres(), ["Drum & Bass", "Rock/Pop"]),
            Err(refusal) => println!("{}: {refusal}", path.display()),
        }
    }
}

proptest! {
    #[test]
    fn any_change_of_any_comments(
        comments in tag_edits::comments(),
        others in prop::collection::vec((prop::sample::select(vec![1u8, 1, 2, 3, 5, 6, 42]), prop::collection::vec(any::<u8>(), 0..40)), 0..5),
        at in 0usize..6,
        rest in prop::collection::vec(any::<u8>(), 0..3),
        changes in tag_edits::changes(),
    ) {
        let mut blocks = others;
        if at <= blocks.len() {
            let mut body = comment_bytes(b"vendor", &comments);
            body.extend(rest);
            blocks.insert(at, (4, body));
        }
        let before = flac(&blocks);
        let after = edited(&before, &changes).unwrap();
        // All that is no padding and no comments stays, in its order.
        let kept = |bytes: &[u8]| {
            let mut kept = Vec::new();
            let mut at = 4;
            loop {
                let end = at + 4 + u32::from_be_bytes([0, bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
                if ![1, 4].contains(&(bytes[at] & 0x7F)) {
                    kept.push((bytes[at] & 0x7F, bytes[at + 4..end].to_vec()));
                }
                if bytes[at] & 0x80 != 0 {
                    assert_eq!(&bytes[end..], FRAMES);
                    return kept;
                }
                at = end;
            }
        };
        prop_assert_eq!(kept(&after), kept(&before));
    }
}
