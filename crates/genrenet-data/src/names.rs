//! Names of artists, albums and genres: those that mean "unknown", and those that differ in spelling only.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use unicode_normalization::UnicodeNormalization;

/// Names of unknown or various artists in programs and collections; each in the form that
/// [`folded`] returns.
const NO_ARTIST: &[&str] = &[
    // English.
    "unknown",
    "unknownartist",
    "unknownartists",
    "unknownalbumartist",
    "artistunknown",
    "noartist",
    "variousartists",
    "variousartist",
    "various",
    "va",
    "vvaa",
    "multipleartists",
    "variousperformers",
    "diverseartists",
    "compilation",
    "compilations",
    "soundtrack",
    "ost",
    "na",
    "none",
    "null",
    // German, Dutch.
    "unbekannt",
    "unbekannterkunstler",
    "unbekannterinterpret",
    "verschiedene",
    "verschiedenekunstler",
    "verschiedeneinterpreten",
    "diverse",
    "diverseinterpreten",
    "diversekunstler",
    "onbekend",
    "onbekendeartiest",
    "diverseartiesten",
    "verschillendeartiesten",
    // French, Spanish, Portuguese, Italian.
    "inconnu",
    "artisteinconnu",
    "artistesdivers",
    "artistesvaries",
    "diversartistes",
    "plusieursartistes",
    "divers",
    "desconocido",
    "artistadesconocido",
    "variosartistas",
    "varios",
    "artistasvarios",
    "desconhecido",
    "artistadesconhecido",
    "variosinterpretes",
    "sconosciuto",
    "artistasconosciuto",
    "artistivari",
    "variartisti",
    "aavv",
    // Nordic languages.
    "okand",
    "okandartist",
    "diverseartister",
    "ukjent",
    "ukjentartist",
    "ukendtkunstner",
    "ukendt",
    "olikaartister",
    "tuntematon",
    "tuntematonartisti",
    "tuntematonesittaja",
    "erilaisiaesittajia",
    "erilaisiaartisteja",
    // Polish, Czech, Hungarian, Turkish.
    "nieznany",
    "nieznanywykonawca",
    "nieznanyartysta",
    "roznywykonawcy",
    "rozniwykonawcy",
    "neznamyinterpret",
    "neznamyumelec",
    "ruzniinterpreti",
    "ismeretlen",
    "ismeretleneloado",
    "kulonbozoeloadok",
    "bilinmeyensanatcı",
    "bilinmeyensanatci",
    "cesitlisanatcılar",
    "cesitlisanatcilar",
    // Russian, Ukrainian, Greek.
    "неизвестен",
    "неизвестныи",
    "неизвестныиисполнитель",
    "неизвестныиартист",
    "разныеисполнители",
    "сборник",
    "невідомии",
    "невідомиивиконавець",
    "різнівиконавці",
    "αγνωστοςκαλλιτεχνης",
    "διαφοροικαλλιτεχνες",
    // Japanese, Chinese, Korean.
    "不明",
    "不明なアーティスト",
    "不明なアーテイスト",
    "アーティスト情報なし",
    "ヴァリアスアーティスト",
    "オムニバス",
    "未知",
    "未知艺术家",
    "未知艺人",
    "未知歌手",
    "群星",
    "合辑",
    "未知藝人",
    "未知演出者",
    "合輯",
    "알수없음",
    "알수없는아티스트",
    "알수없는음악가",
    "여러아티스트",
];

/// Names of unknown albums, in the form that [`folded`] returns.
const NO_ALBUM: &[&str] = &[
    "unknown",
    "unknownalbum",
    "albumunknown",
    "noalbum",
    "untitled",
    "untitledalbum",
    "na",
    "none",
    "null",
    "unbekannt",
    "unbekanntesalbum",
    "onbekend",
    "onbekendalbum",
    "inconnu",
    "albuminconnu",
    "desconocido",
    "albumdesconocido",
    "desconhecido",
    "albumdesconhecido",
    "sconosciuto",
    "albumsconosciuto",
    "okantalbum",
    "ukjentalbum",
    "ukendtalbum",
    "tuntematonalbumi",
    "tuntematonlevy",
    "nieznanyalbum",
    "neznamealbum",
    "ismeretlenalbum",
    "bilinmeyenalbum",
    "неизвестен",
    "неизвестныиальбом",
    "невідомииальбом",
    "αγνωστοαλμπουμ",
    "不明",
    "不明なアルバム",
    "未知",
    "未知专辑",
    "未知專輯",
    "알수없음",
    "알수없는앨범",
];

/// A name without what differs between spellings and file systems: case, width, composed or decomposed accents and whether there are
/// any, spaces and punctuation. Only for comparison; empty if nothing else is left.
fn folded(name: &str) -> String {
    name.nfkd()
        // The accents of Latin, Greek and Cyrillic; in other scripts they make different letters.
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .filter(|c| {
            c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() && !is_punctuation(*c)
        })
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

/// General punctuation (U+2000–U+206F) and the CJK kind (U+3000–U+303F).
fn is_punctuation(c: char) -> bool {
    ('\u{2000}'..='\u{206f}').contains(&c) || ('\u{3000}'..='\u{303f}').contains(&c)
}

/// The artist that a tag, column or folder names; `None` for names of unknown artists ("Unknown Artist") and of
/// various artists ("Various Artists", "V.A."), which would make one group of unrelated rows.
pub(crate) fn artist(name: &str) -> Option<String> {
    known(name, NO_ARTIST)
}

/// The album that a tag or column names; `None` for names of unknown albums.
pub fn album(name: &str) -> Option<String> {
    known(name, NO_ALBUM)
}

fn known(name: &str, says_nothing: &[&str]) -> Option<String> {
    let name = name.trim();
    let folded = folded(name);
    // A name of punctuation alone ("!!!", "-") is an artist only if it is longer than a dash or a question mark.
    let nothing = match folded.is_empty() {
        true => name.chars().count() < 3 || name.chars().all(|c| "-?_. ".contains(c)),
        false => says_nothing.contains(&folded.as_str()),
    };
    (!nothing).then(|| name.to_owned())
}

/// Genres that differ in nothing but case, accents' form, spaces or punctuation, and so may be one: each such set in the
/// order of the list.
pub(crate) fn alike(genres: &[String]) -> Vec<Vec<&str>> {
    let mut sets: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for genre in genres {
        let key = folded(genre);
        if !key.is_empty() {
            sets.entry(key).or_default().push(genre);
        }
    }
    sets.into_values().filter(|set| set.len() > 1).collect()
}

/// The name that differs from `name` in nothing but case, accents, width, spaces or punctuation ("hip hop", "Hip-Hop").
///
/// ```
/// let known = ["Hip-Hop".to_owned(), "Rock".to_owned()];
/// assert_eq!(genrenet_data::same_but_for_writing("hip hop", &known), Some("Hip-Hop"));
/// assert_eq!(genrenet_data::same_but_for_writing("Punk", &known), None);
/// ```
pub fn same_but_for_writing<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let wanted = folded(name);
    let same = |known: &&String| !wanted.is_empty() && folded(known) == wanted;
    known.iter().find(same).map(String::as_str)
}

/// A file's or folder's name as text, different for different names: where it is not UTF-8 (or holds `\x` itself), each
/// stray byte is written as `\xE9` and each backslash doubled.
pub(crate) fn exact(name: &OsStr) -> String {
    if let Some(text) = name.to_str().filter(|text| !text.contains("\\x")) {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_unknown_artists_and_albums() {
        for word in [
            "Unknown Artist",
            "unknown artist",
            "<unknown>",
            "[Unknown Artist]",
            "Various Artists",
            "VA",
            "V.A.",
            "v/a",
            "V. A.",
            "Unbekannter Künstler",
            "Unbekannter Ku\u{308}nstler",
            "Artiste inconnu",
            "Artista desconocido",
            "Неизвестный исполнитель",
            "不明なアーティスト",
            "未知艺术家",
            "알 수 없는 아티스트",
            "Bilinmeyen Sanatçı",
            "",
            " ",
            "-",
            "???",
            "N/A",
        ] {
            assert_eq!(artist(word), None, "{word}");
        }
        for name in [
            "Various Cruelties",
            "The Unknown",
            "Vanessa",
            "!!!",
            "Unknown Mortal Orchestra",
            "X",
            "+/-",
            "Ω",
            "嵐",
        ] {
            assert_eq!(artist(name).as_deref(), Some(name), "{name}");
        }
        assert_eq!(album("Unknown Album"), None);
        assert_eq!(
            album(" Unknown Pleasures").as_deref(),
            Some("Unknown Pleasures")
        );
    }

    /// A word in another form than `folded` returns would never match.
    #[test]
    fn the_lists_are_folded() {
        for word in [NO_ARTIST, NO_ALBUM].concat() {
            assert_eq!(folded(word), word);
        }
    }

    #[test]
    fn genres_that_differ_in_spelling_only() {
        let genres = [
            "Hip Hop",
            "Hip-Hop",
            "Jazz",
            "M\u{fa}sica",
            "Mu\u{301}sica",
            "ROCK",
            "Rock",
            "がく",
            "かく",
        ];
        let genres = genres.map(str::to_owned);
        let found = alike(&genres);
        assert_eq!(
            found,
            [
                vec!["Hip Hop", "Hip-Hop"],
                vec!["M\u{fa}sica", "Mu\u{301}sica"],
                vec!["ROCK", "Rock"]
            ]
        );
    }

    #[cfg(unix)]
    mod of_any_bytes {
        use std::os::unix::ffi::OsStrExt;

        use super::*;

        proptest::proptest! {
            #[test]
            fn different_names_stay_different(a in proptest::collection::vec(proptest::sample::select(b"\\xf\xff\xfe\xc3\xa9a".to_vec()), 0..7),
                                              b in proptest::collection::vec(proptest::sample::select(b"\\xf\xff\xfe\xc3\xa9a".to_vec()), 0..7)) {
                let same = exact(OsStr::from_bytes(&a)) == exact(OsStr::from_bytes(&b));
                proptest::prop_assert_eq!(same, a == b);
            }
        }

        #[test]
        fn usual_names_are_kept() {
            assert_eq!(exact(OsStr::new("R\\B é")), "R\\B é");
            assert_eq!(exact(OsStr::from_bytes(b"a\xff")), "a\\xFF");
        }
    }
}
