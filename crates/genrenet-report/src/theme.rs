//! Light and dark: the colours that are not genres, by what they are for.

use crate::colour::Rgb;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark on white, for paper and bright rooms.
    Light,
    /// Light on near black.
    Dark,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Behind everything.
    Surface,
    /// Text.
    Ink,
    /// Text of less weight.
    Muted,
    /// Lines that guide the eye.
    Grid,
    /// Axes and frames.
    Axis,
    /// The first of two series: training, first run.
    First,
    /// The second of two series: validation, second run.
    Second,
    /// Cells of a table by their value.
    Tint,
    /// Text on a strong tint.
    OnTint,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 9] = [
        Role::Surface,
        Role::Ink,
        Role::Muted,
        Role::Grid,
        Role::Axis,
        Role::First,
        Role::Second,
        Role::Tint,
        Role::OnTint,
    ];

    /// Its name in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Role::Surface => "surface",
            Role::Ink => "ink",
            Role::Muted => "muted",
            Role::Grid => "grid",
            Role::Axis => "axis",
            Role::First => "first",
            Role::Second => "second",
            Role::Tint => "tint",
            Role::OnTint => "on-tint",
        }
    }

    /// Its colour in a theme.
    pub fn colour(self, theme: Theme) -> Rgb {
        let (light, dark) = match self {
            Role::Surface => (0xffffff, 0x1a1d23),
            Role::Ink => (0x1d2129, 0xe8eaee),
            Role::Muted => (0x59616d, 0xa7afbb),
            Role::Grid => (0xe4e7eb, 0x343a44),
            Role::Axis => (0x8f98a4, 0x737c89),
            Role::First => (0x1c69c8, 0x6db0ff),
            Role::Second => (0xbc5409, 0xffa04f),
            Role::Tint => (0x1c69c8, 0x5aa2f5),
            Role::OnTint => (0xffffff, 0x0d1117),
        };
        Rgb::hex(match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        })
    }
}

/// Style rules for pictures: a class per role for fill (`f-…`) and stroke (`s-…`), light by default, dark where the reader
/// prefers it.
pub(crate) fn picture_style() -> String {
    let rules = |theme: Theme| -> String {
        Role::ALL
            .iter()
            .map(|role| {
                let (name, colour) = (role.name(), role.colour(theme).css());
                format!(".f-{name}{{fill:{colour}}}.s-{name}{{stroke:{colour}}}")
            })
            .collect()
    };
    format!(
        "{}@media(prefers-color-scheme:dark){{{}}}",
        rules(Theme::Light),
        rules(Theme::Dark)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_series_can_be_read_in_both_themes() {
        for theme in [Theme::Light, Theme::Dark] {
            let surface = Role::Surface.colour(theme);
            for (role, least) in [
                (Role::Ink, 12.0),
                (Role::Muted, 4.5),
                (Role::First, 4.5),
                (Role::Second, 4.5),
                (Role::Axis, 2.5),
            ] {
                let contrast = role.colour(theme).contrast(surface);
                assert!(contrast >= least, "{role:?} in {theme:?}: {contrast}");
            }
            assert!(
                Role::OnTint
                    .colour(theme)
                    .contrast(Role::Tint.colour(theme))
                    >= 4.5
            );
        }
    }
}
