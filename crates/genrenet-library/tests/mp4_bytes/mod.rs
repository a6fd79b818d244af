//! MP4 files built atom by atom.

pub fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [
        &(content.len() as u32 + 8).to_be_bytes(),
        kind.as_slice(),
        content,
    ]
    .concat()
}

pub fn data(kind: u32, value: &[u8]) -> Vec<u8> {
    atom(
        b"data",
        &[&kind.to_be_bytes(), [0; 4].as_slice(), value].concat(),
    )
}

pub fn item(kind: &[u8; 4], values: &[&str]) -> Vec<u8> {
    atom(
        kind,
        &values
            .iter()
            .flat_map(|value| data(1, value.as_bytes()))
            .collect::<Vec<u8>>(),
    )
}

pub fn free_form(mean: &str, name: &str, value: &str) -> Vec<u8> {
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
pub enum Held {
    Nowhere,
    EmptyUserData,
    MetaWithoutList,
    FullBox,
    QuickTime,
}

/// How the file is laid out.
#[derive(Clone, Debug)]
pub struct Layout {
    pub held: Held,
    /// `free` atoms: before and behind the list, in `moov` and behind `moov`.
    pub free: [Option<usize>; 4],
    pub moov_first: bool,
    pub wide_tables: bool,
    pub wide_moov: bool,
    pub open_data: bool,
}

pub const PLAIN: Layout = Layout {
    held: Held::FullBox,
    free: [None; 4],
    moov_first: true,
    wide_tables: false,
    wide_moov: false,
    open_data: false,
};

pub const CHUNKS: [&[u8]; 4] = [b"first chunk", b"second", b"third one", b"the last"];

pub fn mp4(items: &[Vec<u8>], layout: &Layout) -> Vec<u8> {
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
pub fn chunks(bytes: &[u8]) -> Vec<Vec<u8>> {
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
