//! `ilst`: the items that players show, each with values in `data` atoms.

use std::ops::Range;

use lofty::id3::v1::GENRES;

use super::super::change::{Change, FieldName};
use super::super::error::TagError;
use super::super::layout::{Field, TagKind, TagOf};
use super::atom::{Atom, atom, children};
use super::unsupported;

const GENRE: [u8; 4] = *b"\xA9gen";
const GENRE_NUMBER: [u8; 4] = *b"gnre";
const FREE_FORM: [u8; 4] = *b"----";
const MEAN: &[u8] = b"com.apple.iTunes";

/// One item as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    kind: [u8; 4],
    bytes: Vec<u8>,
    /// Of a free-form item: its `mean` and its `name`.
    name: Option<(Vec<u8>, Vec<u8>)>,
    /// Types and bytes of its values.
    values: Vec<(u32, Vec<u8>)>,
}

/// The items in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ItemList {
    items: Vec<Item>,
}

impl ItemList {
    /// The items that stand in this part of the bytes.
    pub(super) fn parse(bytes: &[u8], part: Range<usize>) -> Result<ItemList, TagError> {
        let items = children(bytes, part)?;
        let items = items.iter().map(|item| Item::parse(bytes, item));
        Ok(ItemList {
            items: items.collect(),
        })
    }

    /// What the `ilst` atom holds.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.items
            .iter()
            .flat_map(|item| item.bytes.clone())
            .collect()
    }

    /// The tag that they are.
    pub(super) fn tag(&self) -> TagOf {
        let of_kind = |kind| -> Vec<String> {
            let items = self.items.iter().filter(|item| item.kind == kind);
            items
                .flat_map(Item::text)
                .filter(|genre| !genre.trim().is_empty())
                .collect()
        };
        let mut genres = of_kind(GENRE);
        if genres.is_empty() {
            genres = of_kind(GENRE_NUMBER);
        }
        TagOf {
            kind: TagKind::Ilst,
            genres,
            fields: self
                .items
                .iter()
                .map(|item| Field::new(item.label(), &item.bytes, item.text()))
                .collect(),
        }
    }

    /// The items with the changes; equal where they already hold the values.
    pub(super) fn changed(&self, changes: &[Change]) -> Result<ItemList, TagError> {
        let mut after = self.clone();
        for change in changes {
            after.set(change)?;
        }
        Ok(after)
    }

    fn set(&mut self, change: &Change) -> Result<(), TagError> {
        let is = |item: &Item| match &change.field {
            FieldName::Genre => item.kind == GENRE || item.kind == GENRE_NUMBER,
            FieldName::Named(name) => item.is_named(name),
        };
        let before: Vec<&Item> = self.items.iter().filter(|item| is(item)).collect();
        let wanted = change
            .values
            .iter()
            .map(|value| (1, value.as_bytes().to_vec()));
        let wanted: Vec<(u32, Vec<u8>)> = wanted.collect();
        let held = before.iter().flat_map(|item| &item.values);
        if held.eq(&wanted) && before.len() == usize::from(!wanted.is_empty()) {
            return Ok(());
        }
        let total: usize = change.values.iter().map(String::len).sum();
        if total > 64 << 20 {
            return Err(unsupported(format!(
                "expected values of up to 64 MiB, found {total} bytes"
            )));
        }
        let mut content = match (
            &change.field,
            before.first().and_then(|item| item.name.as_ref()),
        ) {
            (FieldName::Genre, _) => Vec::new(),
            (FieldName::Named(_), Some((mean, name))) => free_form(mean, name),
            (FieldName::Named(name), None) => free_form(MEAN, name.as_bytes()),
        };
        for (kind, value) in &wanted {
            let header = [kind.to_be_bytes(), [0; 4]].concat();
            content.extend(atom(b"data", &[header, value.clone()].concat()));
        }
        let kind = match change.field {
            FieldName::Genre => GENRE,
            FieldName::Named(_) => FREE_FORM,
        };
        let bytes = atom(&kind, &content);
        let whole = Atom::parse(&bytes, 0, bytes.len() as u64);
        let new = whole
            .filter(|_| !wanted.is_empty())
            .map(|whole| Item::parse(&bytes, &whole));
        let at = self.items.iter().position(is).unwrap_or(self.items.len());
        self.items.retain(|item| !is(item));
        self.items.splice(at..at, new);
        Ok(())
    }
}

impl Item {
    /// An item; one that does not hold what items should is kept as bytes.
    fn parse(bytes: &[u8], item: &Atom) -> Item {
        let parts = children(bytes, item.content()).unwrap_or_default();
        let of_kind = |kind: [u8; 4]| {
            let parts = parts.iter().filter(move |part| part.kind == kind);
            parts.map(move |part| &bytes[part.content()])
        };
        // A version and flags stand before the text.
        let text = |kind| {
            of_kind(kind)
                .next()
                .and_then(|part| part.get(4..))
                .map(<[u8]>::to_vec)
        };
        let value = |data: &[u8]| {
            let (kind, rest) = data.split_first_chunk::<4>()?;
            Some((u32::from_be_bytes(*kind), rest.get(4..)?.to_vec()))
        };
        Item {
            kind: item.kind,
            bytes: bytes[item.at as usize..item.end as usize].to_vec(),
            name: text(*b"mean").zip(text(*b"name")),
            values: of_kind(*b"data").filter_map(value).collect(),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.kind == FREE_FORM
            && self.name.as_ref().is_some_and(|(mean, of_item)| {
                mean == MEAN && of_item.eq_ignore_ascii_case(name.as_bytes())
            })
    }

    fn label(&self) -> String {
        let kind = self.kind.map(char::from).iter().collect();
        match &self.name {
            Some((mean, name)) => format!(
                "{kind}:{}:{}",
                String::from_utf8_lossy(mean),
                String::from_utf8_lossy(name)
            ),
            None => kind,
        }
    }

    fn text(&self) -> Vec<String> {
        let text = |(kind, value): &(u32, Vec<u8>)| match (self.kind, kind, value.as_slice()) {
            (GENRE_NUMBER, _, &[high, low]) => {
                let number = usize::from(u16::from_be_bytes([high, low])).checked_sub(1)?;
                GENRES.get(number).map(|&name| name.to_string())
            }
            (GENRE_NUMBER, ..) => None,
            (_, 1, value) => Some(String::from_utf8_lossy(value).into_owned()),
            (_, 2, value) => {
                let units = value
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                Some(String::from_utf16_lossy(&units.collect::<Vec<u16>>()))
            }
            _ => None,
        };
        self.values.iter().filter_map(text).collect()
    }
}

fn free_form(mean: &[u8], name: &[u8]) -> Vec<u8> {
    let mut parts = atom(b"mean", &[&[0; 4], mean].concat());
    parts.extend(atom(b"name", &[&[0; 4], name].concat()));
    parts
}
