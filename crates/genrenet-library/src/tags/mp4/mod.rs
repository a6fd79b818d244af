//! MP4: the items of `moov/udta/meta/ilst`, in the free space beside them where that suffices.

mod atom;
mod item_list;
mod offsets;

use super::change::{Change, Options};
use super::error::TagError;
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::{bytes_at, length, stream};
use super::splice::Splice;
use atom::{Atom, atom, children};
use item_list::ItemList;
use offsets::Move;

/// `moov` and `moof` atoms of more are refused: they are read into memory.
const MOST_BYTES: u64 = 256 << 20;
/// Atoms beside each other in a file: fragments have two each.
const MOST_ATOMS: usize = 1 << 20;
/// A `free` atom of that size is left behind the items where the file has to grow, for later changes.
const NEW_FREE: usize = 1024;

struct Mp4 {
    /// The atoms of the file.
    atoms: Vec<Atom>,
    /// The `moov` atom among them, and its bytes.
    moov: Atom,
    bytes: Vec<u8>,
    place: Place,
    items: ItemList,
}

/// Where the items are, in the bytes of `moov`.
struct Place {
    /// `moov`, `udta`, `meta`, as far as they are there.
    parents: Vec<Atom>,
    /// What the items' atoms take the place of, or nothing at the position where they belong.
    at: u64,
    remove: u64,
}

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    let size = length(source)?;
    let first = bytes_at(source, 0, size.min(8) as usize)?;
    let known = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"];
    if !known
        .iter()
        .any(|kind| first.get(4..) == Some(kind.as_slice()))
    {
        return Ok(None);
    }
    let atoms = atoms_of_file(source, size)?;
    let mut moovs = atoms.iter().filter(|atom| atom.kind == *b"moov");
    let (Some(moov), None) = (moovs.next().cloned(), moovs.next()) else {
        return Err(malformed(
            "expected one moov atom, found none or several".into(),
        ));
    };
    if moov.size() > MOST_BYTES {
        return Err(unsupported(format!(
            "expected a moov atom of up to {MOST_BYTES} bytes, found {}",
            moov.size()
        )));
    }
    let bytes = bytes_at(source, moov.at, moov.size() as usize)?;
    let (place, items) = find_items(&bytes, &moov)?;
    Ok(Some(Contents {
        tags: vec![items.tag()],
        format: Box::new(Mp4 {
            atoms,
            moov,
            bytes,
            place,
            items,
        }),
    }))
}

fn atoms_of_file(source: &mut dyn Source, size: u64) -> Result<Vec<Atom>, TagError> {
    let (mut at, mut atoms) = (0, Vec::new());
    while at < size {
        let first = bytes_at(source, at, (size - at).min(16) as usize)?;
        let atom = Atom::parse(&first, at, size).filter(|_| atoms.len() < MOST_ATOMS);
        let atom = atom.ok_or_else(|| {
            malformed(format!(
                "expected an atom at byte {at} that ends within {size} bytes, found {first:02X?}"
            ))
        })?;
        at = atom.end;
        atoms.push(atom);
    }
    Ok(atoms)
}

/// The items, and where they are or belong.
fn find_items(bytes: &[u8], moov: &Atom) -> Result<(Place, ItemList), TagError> {
    let moov = Atom {
        at: 0,
        end: moov.size(),
        ..moov.clone()
    };
    let of_moov = children(bytes, moov.content())?;
    let moov_end = of_moov.last().map_or(moov.header, |child| child.end);
    let (mut found, mut user_data) = (Vec::new(), None);
    for udta in of_moov.into_iter().filter(|atom| atom.kind == *b"udta") {
        for meta in children(bytes, udta.content())?
            .into_iter()
            .filter(|atom| atom.kind == *b"meta")
        {
            found.push((udta.clone(), meta));
        }
        user_data.get_or_insert(udta);
    }
    let (udta, meta) = match (found.len(), found.pop(), user_data) {
        (0, _, None) => {
            let place = Place {
                parents: vec![moov],
                at: moov_end,
                remove: 0,
            };
            return Ok((place, ItemList::default()));
        }
        (0, _, Some(udta)) => {
            let place = Place {
                at: udta.at + udta.header,
                parents: vec![moov, udta],
                remove: 0,
            };
            return Ok((place, ItemList::default()));
        }
        (1, Some(found), _) => found,
        _ => {
            return Err(unsupported(
                "expected one meta atom in udta, found several".into(),
            ));
        }
    };
    let of_meta = children(bytes, meta_content(bytes, &meta))?;
    let handler = of_meta.iter().find(|atom| atom.kind == *b"hdlr");
    if let Some(kind) = handler.and_then(|handler| bytes[handler.content()].get(8..12))
        && kind != b"mdir"
    {
        return Err(unsupported(format!(
            "expected metadata of the kind \"mdir\", found {:?}",
            String::from_utf8_lossy(kind)
        )));
    }
    let mut lists = of_meta.iter().filter(|atom| atom.kind == *b"ilst");
    let list = lists.next();
    if lists.next().is_some() {
        return Err(unsupported("expected one ilst atom, found several".into()));
    }
    let items = list.map_or(Ok(ItemList::default()), |list| {
        ItemList::parse(bytes, list.content())
    })?;
    let end = of_meta
        .last()
        .map_or(meta_content(bytes, &meta).start as u64, |child| child.end);
    let place = Place {
        at: list.map_or(end, |list| list.at),
        remove: list.map_or(0, Atom::size),
        parents: vec![moov, udta, meta],
    };
    Ok((place, items))
}

/// What `meta` holds: after a version and flags, or at once as in QuickTime.
fn meta_content(bytes: &[u8], meta: &Atom) -> std::ops::Range<usize> {
    let content = meta.content();
    let version = match bytes[content.clone()].get(4..8) {
        Some(b"hdlr") => 0,
        _ => 4.min(content.len()),
    };
    content.start + version..content.end
}

impl Format for Mp4 {
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        for data in self.atoms.iter().filter(|atom| atom.kind == *b"mdat") {
            stream(source, data.at + data.header, data.end, each)?;
        }
        Ok(())
    }

    fn edit(
        &self,
        source: &mut dyn Source,
        changes: &[Change],
        _options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let after = self.items.changed(changes)?;
        if after == self.items {
            return Ok(Vec::new());
        }
        let list = atom(b"ilst", &after.to_bytes());
        let new = self.place.wrapped(list.clone());
        let grows = new.len() as i64 - self.place.remove as i64;
        if let Some(splices) = self.within_free_space(grows, &new)? {
            return Ok(splices);
        }
        let free = match usize::try_from(-grows) {
            Ok(room) if room >= 8 => room,
            _ => NEW_FREE,
        };
        let new = self
            .place
            .wrapped([list, atom(b"free", &vec![0; free - 8])].concat());
        let by = new.len() as i64 - self.place.remove as i64;
        let mut splices = vec![self.items_splice(new)];
        if by != 0 {
            self.resize(&self.place.parents, by, &mut splices)?;
            let from = self.moov.at + self.place.at + self.place.remove;
            self.move_positions(source, &Move { from, by }, &mut splices)?;
        }
        splices.sort_by_key(|splice| splice.at);
        Ok(splices)
    }
}

impl Mp4 {
    /// The splices where a `free` atom beside the items, or beside an atom that holds them, gives or takes what they grow.
    fn within_free_space(&self, grows: i64, new: &[u8]) -> Result<Option<Vec<Splice>>, TagError> {
        let mut splices = vec![self.items_splice(new.to_vec())];
        if grows == 0 {
            return Ok(Some(splices));
        }
        let parents = &self.place.parents;
        let fits = |free: &Atom| {
            let left = free.size() as i64 - grows;
            free.kind == *b"free"
                && free.header == 8
                && !free.open
                && (left == 0 || (8..=i64::from(u32::MAX)).contains(&left))
        };
        let mut found = None;
        for depth in (0..parents.len()).rev() {
            let content = if depth == 2 {
                meta_content(&self.bytes, &parents[2])
            } else {
                parents[depth].content()
            };
            let free = children(&self.bytes, content)?.into_iter().find(fits);
            found = found.or(free.map(|free| (depth + 1, self.moov.at + free.at, free.size())));
        }
        // Behind `moov` as well: nothing moves either.
        let behind = self
            .atoms
            .iter()
            .find(|atom| atom.at == self.moov.end)
            .filter(|free| fits(free));
        let Some((depth, at, size)) = found.or(behind.map(|free| (0, free.at, free.size()))) else {
            return Ok(None);
        };
        self.resize(&parents[depth..], grows, &mut splices)?;
        let left = (size as i64 - grows) as usize;
        let added = usize::try_from(-grows).unwrap_or(0);
        splices.push(Splice {
            at,
            remove: if left == 0 {
                size
            } else {
                8 + grows.max(0) as u64
            },
            insert: match left {
                0 => Vec::new(),
                _ => [
                    &(left as u32).to_be_bytes(),
                    b"free".as_slice(),
                    &vec![0; added],
                ]
                .concat(),
            },
        });
        splices.sort_by_key(|splice| splice.at);
        Ok(Some(splices))
    }

    fn items_splice(&self, insert: Vec<u8>) -> Splice {
        Splice {
            at: self.moov.at + self.place.at,
            remove: self.place.remove,
            insert,
        }
    }

    fn resize(&self, parents: &[Atom], by: i64, splices: &mut Vec<Splice>) -> Result<(), TagError> {
        for parent in parents {
            let size = parent.size().checked_add_signed(by);
            let size =
                size.ok_or_else(|| malformed("an atom smaller than what it holds".into()))?;
            splices.extend(parent.resized(self.moov.at, size)?);
        }
        Ok(())
    }

    /// Adds the splices of all positions that are held in tables.
    fn move_positions(
        &self,
        source: &mut dyn Source,
        shift: &Move,
        splices: &mut Vec<Splice>,
    ) -> Result<(), TagError> {
        let moov = &self.place.parents[0];
        shift.splices(&self.bytes, moov.content(), self.moov.at, 0, splices)?;
        for atom in &self.atoms {
            match &atom.kind {
                b"moof" | b"mfra" if atom.size() <= MOST_BYTES => {
                    let bytes = bytes_at(source, atom.at, atom.size() as usize)?;
                    shift.splices(
                        &bytes,
                        atom.header as usize..bytes.len(),
                        atom.at,
                        0,
                        splices,
                    )?;
                }
                b"moof" | b"mfra" => {
                    return Err(unsupported(
                        "a fragment has a header of more than 256 MiB".into(),
                    ));
                }
                b"sidx" if atom.at < shift.from => {
                    return Err(unsupported(
                        "an index of fragments stands before moov".into(),
                    ));
                }
                b"meta" => {
                    return Err(unsupported(
                        "positions of items in a meta atom would have to move".into(),
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Place {
    /// `ilst` and what follows it within the atoms that are missing around it.
    fn wrapped(&self, list: Vec<u8>) -> Vec<u8> {
        if self.parents.len() == 3 {
            return list;
        }
        let handler = atom(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
        let meta = atom(b"meta", &[&[0; 4], handler.as_slice(), &list].concat());
        match self.parents.len() {
            2 => meta,
            _ => atom(b"udta", &meta),
        }
    }
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed { tag: "MP4", reason }
}

fn unsupported(reason: String) -> TagError {
    TagError::Unsupported { tag: "MP4", reason }
}
