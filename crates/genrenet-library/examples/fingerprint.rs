//! Prints the fingerprint of each file that is named: its path, then its items as `fpcalc -raw` writes them.

use genrenet_audio::{Input, open};
use genrenet_library::duplicates::Fingerprint;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let mut source = open(Input::path(path.as_ref())?)?;
        let fingerprint = Fingerprint::of(&mut *source)?;
        let items: Vec<String> = fingerprint.items().iter().map(u32::to_string).collect();
        println!("FILE={path}\nFINGERPRINT={}", items.join(","));
    }
    Ok(())
}
