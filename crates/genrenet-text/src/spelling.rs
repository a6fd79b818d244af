//! Spellings of one name.

/// What spellings of one name have in common: letters and digits in lower case, without accents, spaces and punctuation; "&", "+"
/// and a lone "n" are "and", and "rnb" is "r&b". A name without letters and digits is its own lower case.
///
/// ```
/// use genrenet_text::spelling_key;
///
/// assert_eq!(spelling_key("Hip-Hop"), spelling_key("hip hop"));
/// assert_eq!(spelling_key("Drum & Bass"), spelling_key("drum'n'bass"));
/// assert_eq!(spelling_key("Zouk é"), spelling_key("zouk e\u{301}"));
/// assert_ne!(spelling_key("Folk"), spelling_key("Funk"));
/// ```
pub fn spelling_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut word = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            // Combining accents belong to the letter before them.
            '\u{300}'..='\u{36f}' => {}
            '&' | '+' => {
                end(&mut word, &mut key);
                key += "and";
            }
            _ if character.is_alphanumeric() => match without_accent(character) {
                Some(plain) => word += plain,
                None => word.push(character),
            },
            _ => end(&mut word, &mut key),
        }
    }
    end(&mut word, &mut key);
    match key.is_empty() {
        true => name.trim().to_lowercase(),
        false => key,
    }
}

/// Adds a word to the key.
fn end(word: &mut String, key: &mut String) {
    *key += match word.as_str() {
        "n" => "and",
        "rnb" => "randb",
        word => word,
    };
    word.clear();
}

/// The letters of Latin-1 and Latin Extended-A, in lower case, without their accents; ligatures as two letters.
fn without_accent(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::spelling_key;

    #[test]
    fn spellings_of_one_genre_have_one_key() {
        for same in [
            &["Hip-Hop", "hip hop", "Hiphop", "HIP_HOP", " hip  hop "][..],
            &["Soul/R&B", "soul / RnB", "Soul R & B", "soul, r and b"],
            &[
                "Rock 'n' Roll",
                "Rock and Roll",
                "rock & roll",
                "Rock n Roll",
            ],
            &[
                "Chanson française",
                "chanson franc\u{327}aise",
                "Chanson Francaise",
            ],
            &["J\u{f9}j\u{fa}", "juju"],
            &["Шансон", "шансон"],
            &["İlahi", "ilahi"],
        ] {
            for one in same {
                assert_eq!(spelling_key(one), spelling_key(same[0]), "{one}");
            }
        }
    }

    #[test]
    fn other_genres_have_other_keys() {
        let names = [
            "Pop", "K-Pop", "J-Pop", "Rock", "Punk", "60s", "70s", "R&B", "Funk", "New Age", "???",
            "演歌", "",
        ];
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                assert_ne!(spelling_key(one), spelling_key(other));
            }
        }
    }
}
