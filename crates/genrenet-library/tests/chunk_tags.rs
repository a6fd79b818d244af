//! Edits of the tags in chunks of WAV and AIFF.

use genrenet_library::tags::TagKind;

use crate::tag_bytes::{Shape, chunks, info, wave};
use crate::tag_edits::{edited, genre, read, refusal};

#[test]
fn wav_keeps_its_two_tags_in_step() {
    let list = info(&[(b"INAM", "Title"), (b"IGNR", "Rock"), (b"ISFT", "Writer")]);
    let tag = Shape::plain(3).tag(&[("TCON", [0, 0], b"\0Rock".to_vec())]);
    let before = wave(&[(b"LIST", list.clone()), (b"id3 ", tag)]);
    let after = edited(&before, &[genre(&["Jazz", "Bop"])]).unwrap();
    let genres: Vec<_> = read(&after)
        .tags
        .iter()
        .map(|tag| tag.genres.clone())
        .collect();
    assert_eq!(genres, [["Jazz; Bop"], ["Jazz; Bop"]]);
    // A list alone gets a tag beside it.
    let after = edited(&wave(&[(b"LIST", list)]), &[genre(&["Jazz"])]).unwrap();
    let list = info(&[(b"INAM", "Title"), (b"IGNR", "Jazz"), (b"ISFT", "Writer")]);
    let start = wave(&[(b"LIST", list)]);
    assert!(after[8..].starts_with(&start[8..]));
    let kinds: Vec<_> = read(&after).tags.iter().map(|tag| tag.kind).collect();
    assert_eq!(kinds, [TagKind::Id3v2(4), TagKind::RiffInfo]);
    let after = edited(&wave(&[]), &[genre(&["Jazz", "Bop"])]).unwrap();
    let kinds: Vec<_> = read(&after).tags.iter().map(|tag| tag.kind).collect();
    assert_eq!(kinds, [TagKind::Id3v2(4), TagKind::RiffInfo]);
    assert_eq!(read(&after).genres(), ["Jazz", "Bop"]);
}

#[test]
fn wrong_sizes_of_wav_and_aiff_are_refused_or_what_follows_stays() {
    let whole = wave(&[]);
    for size in [0u32, 10, whole.len() as u32, u32::MAX] {
        let mut file = whole.clone();
        file[4..8].copy_from_slice(&size.to_le_bytes());
        refusal(&file);
    }
    let junk = [&whole[..], b"\x01junk"].concat();
    assert!(
        edited(&junk, &[genre(&["Jazz"])])
            .unwrap()
            .ends_with(b"\x01junk")
    );
    refusal(&[&whole[..], b"id3 \0\0\0\0"].concat());
    refusal(&[&whole[..], &vec![1; 100_000]].concat());
    let mut long = whole;
    long[..4].copy_from_slice(b"RF64");
    assert!(refusal(&long).contains("RF64"));
    // The last chunk of odd size, without the byte that makes it even, or with one that the header does not count.
    let all: [(&[u8; 4], Vec<u8>); 2] = [(b"COMM", vec![1; 18]), (b"SSND", vec![9; 101])];
    let padded = chunks(b"FORM", b"AIFF", &all);
    let mut uncounted = padded.clone();
    uncounted[7] -= 1;
    let unpadded = uncounted[..uncounted.len() - 1].to_vec();
    let after: Vec<_> = [padded, uncounted, unpadded]
        .iter()
        .map(|file| edited(file, &[genre(&["Jazz"])]).unwrap())
        .collect();
    assert!(after[0] == after[1] && after[1] == after[2]);
}
