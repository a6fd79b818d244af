//! Edits of the items of MP4 files.

use std::io::Cursor;

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::AudioFile;
use lofty::mp4::{AtomData, AtomIdent, Mp4File};
use proptest::prelude::*;

use crate::mp4_bytes::{CHUNKS, Held, Layout, PLAIN, atom, chunks, data, free_form, item, mp4};
use crate::tag_edits::{self, edited, genre, named, read};

fn lofty_genres(bytes: &[u8]) -> Vec<String> {
    let options = ParseOptions::new()
        .read_properties(false)
        .parsing_mode(ParsingMode::Relaxed);
    let file = Mp4File::read_from(&mut Cursor::new(bytes), options).unwrap();
    let Some(atom) = file.ilst().unwrap().get(&AtomIdent::Fourcc(*b"\xA9gen")) else {
        return Vec::new();
    };
    let text = atom.data().map(|data| match data {
        AtomData::UTF8(text) => text.clone(),
        other => panic!("{other:?}"),
    });
    text.collect()
}

fn some_items() -> Vec<Vec<u8>> {
    vec![
        item(b"\xA9nam", &["title"]),
        atom(b"gnre", &data(0, &[0, 18])),
        atom(b"covr", &data(13, &[7; 300])),
        atom(b"what", &data(0, b"bytes")),
        free_form("com.apple.iTunes", "mood", "sad"),
        free_form("org.other", "MOOD", "other"),
    ]
}

#[test]
fn a_number_gives_way_to_names_and_chunks_stay() {
    for held in [Held::FullBox, Held::QuickTime] {
        for moov_first in [true, false] {
            let before = mp4(
                &some_items(),
                &Layout {
                    held,
                    moov_first,
                    ..PLAIN
                },
            );
            assert_eq!(read(&before).genres(), ["Rock"]);
            let after = edited(&before, &[genre(&["Rock/Pop", "Jazz"])]).unwrap();
            assert_eq!(lofty_genres(&after), ["Rock/Pop", "Jazz"]);
            assert_eq!(chunks(&after).concat(), CHUNKS.concat());
            assert!(after.len() > before.len() + 1000);
            // The free space that was left is used.
            let more = edited(&after, &[genre(&["Rock/Pop", "Jazz", "Folk"])]).unwrap();
            assert_eq!(more.len(), after.len());
            let none = edited(&more, &[genre(&[])]).unwrap();
            assert_eq!(none.len(), after.len());
        }
    }
}

#[test]
fn a_named_field_is_one_of_itunes() {
    let before = mp4(&some_items(), &PLAIN);
    let mut source = Cursor::new(&before);
    let splices = read(&before)
        .edit(
            &mut source,
            &[named("Mood", &["calm"])],
            &Default::default(),
        )
        .unwrap();
    let mut after = Vec::new();
    genrenet_library::tags::splice::write_spliced(&mut source, &splices, &mut after).unwrap();
    let fields = read(&after).tags[0].fields.clone();
    let texts: Vec<(&str, &[String])> = fields
        .iter()
        .map(|field| (field.name.as_str(), field.text.as_slice()))
        .collect();
    assert!(texts.contains(&("----:com.apple.iTunes:mood", &["calm".to_string()])));
    assert!(texts.contains(&("----:org.other:MOOD", &["other".to_string()])));
    assert_eq!(chunks(&after).concat(), CHUNKS.concat());
}

#[test]
fn missing_atoms_are_made() {
    for held in [Held::Nowhere, Held::EmptyUserData, Held::MetaWithoutList] {
        for moov_first in [true, false] {
            let before = mp4(
                &[],
                &Layout {
                    held,
                    moov_first,
                    ..PLAIN
                },
            );
            assert_eq!(edited(&before, &[genre(&[])]).unwrap(), before);
            let after = edited(&before, &[genre(&["Drum & Bass"])]).unwrap();
            assert_eq!(lofty_genres(&after), ["Drum & Bass"], "{held:?}");
            assert_eq!(chunks(&after).concat(), CHUNKS.concat());
        }
    }
}

#[test]
fn free_space_keeps_the_size_and_the_tables() {
    for place in 0..4 {
        let mut free = [None; 4];
        free[place] = Some(100);
        let before = mp4(&some_items(), &Layout { free, ..PLAIN });
        let after = edited(&before, &[genre(&["eight ch"])]).unwrap();
        assert_eq!(after.len(), before.len(), "{place}");
        assert_eq!(chunks(&after).concat(), CHUNKS.concat());
        assert_eq!(lofty_genres(&after), ["eight ch"]);
    }
}

/// A fragmented file: `moof` with an explicit position, and `mfra`.
#[test]
fn positions_of_fragments_move_as_well() {
    let head = [
        atom(b"ftyp", b"M4A \0\0\0\0"),
        atom(b"moov", &atom(b"mvhd", &[5; 20])),
    ]
    .concat();
    let at = head.len() as u64;
    let tfhd = atom(
        b"tfhd",
        &[[0, 0, 0, 1, 0, 0, 0, 1].as_slice(), &at.to_be_bytes()].concat(),
    );
    let moof = atom(b"moof", &atom(b"traf", &tfhd));
    let entry = [&[0; 4], (at as u32).to_be_bytes().as_slice(), &[1, 1, 1]].concat();
    let tfra = atom(
        b"tfra",
        &[
            [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1].as_slice(),
            &entry,
        ]
        .concat(),
    );
    let before = [head, moof, atom(b"mdat", b"sound"), atom(b"mfra", &tfra)].concat();
    let after = edited(&before, &[genre(&["Jazz"])]).unwrap();
    let find = |kind: &[u8]| after.windows(4).position(|window| window == kind).unwrap();
    let moof = find(b"moof") - 4;
    let tfhd = find(b"tfhd") + 12;
    assert_eq!(after[tfhd..tfhd + 8], (moof as u64).to_be_bytes());
    let tfra = find(b"tfra") + 4 + 16 + 4;
    assert_eq!(after[tfra..tfra + 4], (moof as u32).to_be_bytes());
}

#[test]
fn what_can_not_be_written_safely_is_refused() {
    let refused = |bytes: &[u8]| {
        edited(bytes, &[genre(&["a genre"])])
            .unwrap_err()
            .to_string()
    };
    let whole = mp4(&some_items(), &PLAIN);
    assert!(refused(&whole[..whole.len() - 1]).contains("atom"));
    assert!(refused(&[whole.clone(), atom(b"moov", &[])].concat()).contains("moov"));
    let with = |from: &[u8], to: &[u8]| {
        let at = whole
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        let mut changed = whole.clone();
        changed[at..at + to.len()].copy_from_slice(to);
        refused(&changed)
    };
    assert!(with(b"mdir", b"mdta").contains("mdta"));
    assert!(with(b"stsd", b"saio").contains("encrypted"));
    assert!(with(b"url \0\0\0\x01", b"url \0\0\0\0").contains("another file"));
    assert!(
        with(
            b"stco\0\0\0\0\0\0\0\x02",
            b"stco\0\0\0\0\0\0\0\x02\xFF\xFF\xFF\xFF"
        )
        .contains("4 GiB")
    );
    assert!(with(b"stco\0\0\0\0\0", b"stco\0\0\0\0\xFF").contains("cut off"));
}

#[test]
fn files_of_other_programs() {
    for path in tag_edits::data_files("formats", &["m4a", "mp4"]) {
        let before = std::fs::read(&path).unwrap();
        let after = edited(
            &before,
            &[
                genre(&["Drum & Bass", "Rock/Pop"]),
                named("MOOD", &["calm"]),
            ],
        )
        .unwrap();
        assert_eq!(lofty_genres(&after), ["Drum & Bass", "Rock/Pop"]);
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    let held = prop::sample::select(vec![
        Held::Nowhere,
        Held::EmptyUserData,
        Held::MetaWithoutList,
        Held::FullBox,
        Held::QuickTime,
    ]);
    let free = || prop::option::weighted(0.3, 0usize..200);
    (held, [free(), free(), free(), free()], any::<[bool; 4]>()).prop_map(
        |(held, free, [moov_first, wide_tables, wide_moov, open_data])| Layout {
            held,
            free,
            moov_first,
            wide_tables,
            wide_moov,
            open_data,
        },
    )
}

fn any_item() -> impl Strategy<Value = Vec<u8>> {
    let genres = prop::collection::vec("\\PC{1,9}", 0..3);
    prop_oneof![
        genres.prop_map(|genres| item(
            b"\xA9gen",
            &genres.iter().map(String::as_str).collect::<Vec<_>>()
        )),
        any::<u16>().prop_map(|number| atom(b"gnre", &data(0, &number.to_be_bytes()))),
        (any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 0..30))
            .prop_map(|(kind, content)| atom(&kind, &content)),
        (any::<u32>(), prop::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(kind, value)| atom(b"covr", &data(kind, &value))),
        prop::sample::select(vec!["MOOD", "mood", "Label"]).prop_map(|name| free_form(
            "com.apple.iTunes",
            name,
            "x"
        )),
    ]
}

proptest! {
    #[test]
    fn any_change_of_any_items(
        items in prop::collection::vec(any_item(), 0..7),
        layout in layouts(),
        changes in tag_edits::changes(),
    ) {
        let before = mp4(&items, &layout);
        prop_assert_eq!(chunks(&before).concat(), CHUNKS.concat());
        let after = edited(&before, &changes).unwrap();
        prop_assert_eq!(chunks(&after).concat(), CHUNKS.concat());
    }
}
