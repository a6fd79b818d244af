//! Edits of the items of MP4 files.

mod tag_edits;

use std::io::Cursor;

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::AudioFile;
use lofty::mp4::{AtomData, AtomIdent, Mp4File};
use proptest::prelude::*;
use tag_edits::{edited, genre, named, read};

fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [
        &(content.len() as u32 + 8).to_be_bytes(),
        kind.as_slice(),
        content,
    ]
    .concat()
}

fn data(kind: u32, value: &[u8]) -> Vec<u8> {
    atom(
        b"data",
        &[&kind.to_be_bytes(), [0; 4].as_slice(), value].concat(),
    )
}

fn item(kind: &[u8; 4], values: &[&str]) -> Vec<u8> {
    atom(
        kind,
        &values
            .iter()
            .flat_map(|value| data(1, value.as_bytes()))
            .collect::<Vec<u8>>(),
    )
}

fn free_form(mean: &str, name: &str, value: &str) -> Vec<u8> {
    let text = |kind, text: &str| atom(kind, &[&[0; 4], text.as_bytes()].concat());
    atom(
        b"----",
        &[
            text(b"mean", mean),
            text(b"name", name),
            data(1, value.as_bytes()),
        ]
        .concat(),
    )
}

/// How the items are held.
#[derive(Clone, Copy, Debug)]
enum Held {
    Nowhere,
    EmptyUserData,
    MetaWithoutList,
    FullBox,
    QuickTime,
}

/// How the file is laid out.
#[derive(Clone, Debug)]
struct Layout {
    held: Held,
    /// `free` atoms: before and behind the list, in `moov` and behind `moov`.
    free: [Option<usize>; 4],
    moov_first: bool,
    wide_tables: bool,
    wide_moov: bool,
    open_data: bool,
}

const PLAIN: Layout = Layout {
    held: Held::FullBox,
    free: [None; 4],
    moov_first: true,
    wide_tables: false,
    wide_moov: false,
    open_data: false,
};

const CHUNKS: [&[u8]; 4] = [b"first chunk", b"second", b"third one", b"the last"];

fn mp4(items: &[Vec<u8>], layout: &Layout) -> Vec<u8> {
    let free = |at: usize| {
        layout.free[at].map_or(Vec::new(), |length| atom(b"free", &vec![at as u8; length]))
    };
    let handler = atom(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    let list = [free(0), atom(b"ilst", &items.concat()), free(1)].concat();
    let version = [0u8; 4];
    let user_data = match layout.held {
        Held::Nowhere => Vec::new(),
        Held::EmptyUserData => atom(b"udta", &[atom(b"\xA9enc", b"x"), vec![0; 4]].concat()),
        Held::MetaWithoutList => atom(
            b"udta",
            &atom(b"meta", &[version.as_slice(), &handler].concat()),
        ),
        Held::FullBox => atom(
            b"udta",
            &atom(b"meta", &[version.as_slice(), &handler, &list].concat()),
        ),
        Held::QuickTime => atom(
            b"udta",
            &[atom(b"meta", &[handler, list].concat()), vec![0; 4]].concat(),
        ),
    };
    let moov = |tables: [Vec<u8>; 2]| {
        let tracks = tables.map(|table| {
            let kind = if layout.wide_tables { b"co64" } else { b"stco" };
            let stbl = atom(
                b"stbl",
                &[atom(b"stsd", b"codec"), atom(kind, &table)].concat(),
            );
            let dref = atom(
                b"dref",
                &[
                    [0, 0, 0, 0, 0, 0, 0, 1].as_slice(),
                    &atom(b"url ", &[0, 0, 0, 1]),
                ]
                .concat(),
            );
            let minf = atom(b"minf", &[atom(b"dinf", &dref), stbl].concat());
            atom(b"trak", &atom(b"mdia", &minf))
        });
        let content = [
            atom(b"mvhd", &[5; 20]),
            tracks[0].clone(),
            user_data.clone(),
            tracks[1].clone(),
            free(2),
        ]
        .concat();
        match layout.wide_moov {
            true => [
                &[0, 0, 0, 1],
                b"moov".as_slice(),
                &(content.len() as u64 + 16).to_be_bytes(),
                &content,
            ]
            .concat(),
            false => atom(b"moov", &content),
        }
    };
    let table = |positions: &[u64]| {
        let mut table = vec![0; 4];
        table.extend((positions.len() as u32).to_be_bytes());
        for position in positions {
            match layout.wide_tables {
                true => table.extend(position.to_be_bytes()),
                false => table.extend((*position as u32).to_be_bytes()),
            }
        }
        table
    };
    let start = atom(b"ftyp", b"M4A \0\0\0\0");
    let mut sound = atom(b"mdat", &CHUNKS.concat());
    if layout.open_data && layout.moov_first {
        sound[..4].fill(0);
    }
    let moov_size = moov([table(&[0; 2]), table(&[0; 2])]).len() + free(3).len();
    let mut at = (start.len() + 8 + if layout.moov_first { moov_size } else { 0 }) as u64;
    let mut positions = Vec::new();
    for chunk in CHUNKS {
        positions.push(at);
        at += chunk.len() as u64;
    }
    let moov = [
        moov([table(&positions[..2]), table(&positions[2..])]),
        free(3),
    ]
    .concat();
    match layout.moov_first {
        true => [start, moov, sound].concat(),
        false => [start, sound, moov].concat(),
    }
}

/// What the tables of positions point to, up to the length of each chunk.
fn chunks(bytes: &[u8]) -> Vec<Vec<u8>> {
    fn walk(part: &[u8], found: &mut Vec<u64>) {
        let mut rest = part;
        while rest.len() >= 8 {
            let size = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let (header, size) = match size {
                0 => (8, rest.len()),
                1 => (
                    16,
                    u64::from_be_bytes(rest[8..16].try_into().unwrap()) as usize,
                ),
                size => (8, size),
            };
            let content = &rest[header..size];
            match &rest[4..8] {
                b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" => walk(content, found),
                b"stco" => found.extend(
                    content[8..]
                        .chunks(4)
                        .map(|at| u64::from(u32::from_be_bytes(at.try_into().unwrap()))),
                ),
                b"co64" => found.extend(
                    content[8..]
                        .chunks(8)
                        .map(|at| u64::from_be_bytes(at.try_into().unwrap())),
                ),
                _ => {}
            }
            rest = &rest[size..];
        }
    }
    let mut found = Vec::new();
    walk(bytes, &mut found);
    let chunks = found.iter().zip(CHUNKS);
    chunks
        .map(|(&at, chunk)| bytes[at as usize..at as usize + chunk.len()].to_vec())
        .collect()
}

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
