//! Pages in a real browser, at phone and desktop width: no console error, no text cut off.
//!
//! Needs chromium or chrome (or `GENRENET_BROWSER`); without one the test prints that it was skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use genrenet_report::{Part, RunContext, library_page, report};

use crate::synthetic;

/// Reports to the page around it what is cut off: words of a picture that leave it, boxes whose contents are hidden, a page
/// that is wider than its window.
const INSPECTOR: &str = r#"<script>
addEventListener('load', () => document.fonts.ready.then(() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is ' + document.documentElement.scrollWidth + ' wide');
  for (const svg of document.querySelectorAll('svg:not(.mark)')) {
    const box = svg.getBoundingClientRect();
    if (box.width < 100) faults.push('a picture is ' + box.width + ' wide');
    for (const text of svg.querySelectorAll('text')) {
      const t = text.getBoundingClientRect();
      if (t.width > 0 && (t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 || t.bottom > box.bottom + 1))
        faults.push('"' + text.textContent + '" leaves its picture');
    }
  }
  for (const element of document.querySelectorAll('h1,h2,h3,p,li,dt,dd,figcaption,caption,figure,summary,nav'))
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      faults.push(element.tagName + ' hides "' + element.textContent.slice(0, 40) + '"');
  parent.postMessage(faults.length ? 'FAULTS: ' + faults.slice(0, 8).join('; ') : 'SOUND ' + innerWidth, '*');
}));
</script>"#;

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("GENRENET_BROWSER").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
    });
    named.into_iter().chain(found).find(|path| path.is_file())
}

/// Loads a file; what the page became, and what the browser said.
fn load(browser: &Path, file: &Path, profile: &Path) -> (String, String) {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser starts");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Uses the map of a library as a person does, and notes what it says.
const PERSON: &str = r#"<script>
addEventListener('load', () => {
  const at = id => document.getElementById(id);
  const seen = [];
  const type = words => { at('words').value = words; at('words').dispatchEvent(new Event('input')); };
  const press = key => at('map').dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
  const off = () => document.querySelectorAll('#map use.off').length;
  type('UBER summer');
  seen.push(at('count').textContent, off(), at('found').children.length);
  at('found').querySelector('button').click();
  seen.push(at('song').firstChild.textContent);
  type('no such song');
  seen.push(at('count').textContent, off());
  type('');
  press('ArrowLeft');
  const first = at('song').textContent;
  press('ArrowRight');
  seen.push(off(), first !== '' && at('song').textContent !== first);
  press('Escape');
  seen.push(at('song').textContent === '');
  const rock = [...document.querySelectorAll('#legend button')].find(button => button.textContent.includes('Rock'));
  rock.click();
  seen.push(rock.getAttribute('aria-pressed'), document.querySelectorAll('#map use.gone').length);
  document.body.append('[SEEN ' + seen.join('|') + ']');
});
</script>"#;

#[test]
fn the_map_of_a_library_answers_to_words_keys_and_its_legend() {
    let Some(browser) = browser() else {
        println!("skipped: no chromium, chromium-browser or google-chrome on the path");
        return;
    };
    let folder = std::env::temp_dir().join(format!("genrenet-map-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let library = synthetic::library::library(300);
    let songs = |wanted: &dyn Fn(&genrenet_report::MapSong) -> bool| {
        library.map.iter().filter(|song| wanted(song)).count()
    };
    let names = |song: &genrenet_report::MapSong| {
        [
            song.title.as_deref(),
            song.artist.as_deref(),
            Some(&song.path),
        ]
        .map(Option::unwrap_or_default)
        .join(" ")
    };
    let hits = songs(&|song| names(song).contains("Über") && names(song).contains("Summer"));
    assert!(hits > 8);
    let rock = songs(&|song| song.genre == 0 && !song.no_music);
    let page = folder.join("page.html");
    // Another script than the page's own has no policy to allow it.
    let html = library_page(&library).replacen("Content-Security-Policy", "none", 1);
    std::fs::write(&page, format!("{html}{PERSON}")).unwrap();
    let (dom, said) = load(&browser, &page, &folder.join("profile"));
    assert!(!said.contains("CONSOLE"), "the console says: {said}");
    let seen = dom.rsplit("[SEEN ").next().unwrap();
    let seen: Vec<&str> = seen.split(']').next().unwrap().split('|').collect();
    assert_eq!(seen[0], format!("{hits} songs, of which these are 8"));
    assert_eq!(seen[1..3], [&*(300 - hits).to_string(), "8"]);
    assert!(
        seen[3].contains("Über") || seen[3].contains("Summer"),
        "{}",
        seen[3]
    );
    assert_eq!(
        seen[4..],
        [
            "0 songs",
            "300",
            "0",
            "true",
            "true",
            "false",
            &*rock.to_string()
        ]
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn pages_are_sound_at_phone_and_desktop_width() {
    let Some(browser) = browser() else {
        println!("skipped: no chromium, chromium-browser or google-chrome on the path");
        return;
    };
    let folder = std::env::temp_dir().join(format!("genrenet-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();

    let mut hostile = synthetic::run("<script>console.error('in')</script>", 0.8, 60);
    hostile.history = Part::Missing("there is <b>no</b> history".into());
    let three = [
        synthetic::run("cnn-logmel", 1.6, 60),
        hostile,
        RunContext::new("bare", synthetic::names(&["Folk", "Rock"])),
    ];
    let mut frames = String::new();
    let pages = [
        report("One run", &three[..1]),
        report("Seeds", &[synthetic::seeds("rnn-logmel", 1.2, 60)]),
        report("Three runs & <i>more</i>", &three),
        report("Many genres", &[synthetic::many_genres(30)]),
    ]
    .map(|report| report.html);
    let mut libraries = synthetic::library::odd();
    libraries.push(("large", synthetic::library::library(600)));
    let libraries = libraries.iter().map(|(_, library)| library_page(library));
    let pages: Vec<String> = pages.into_iter().chain(libraries).collect();
    for (at, page) in pages.iter().enumerate() {
        std::fs::write(folder.join(format!("page{at}.html")), page).unwrap();
        // Without its policy against scripts, with one that looks.
        let policy = page.find("<meta http-equiv=").expect("a policy");
        let end = policy + page[policy..].find('>').expect("its end") + 1;
        let watched = format!("{}{INSPECTOR}{}", &page[..policy], &page[end..]);
        std::fs::write(folder.join(format!("watched{at}.html")), watched).unwrap();
        for width in [360, 768, 1280] {
            frames.push_str(&format!("<iframe src=\"watched{at}.html\" width=\"{width}\" height=\"900\" style=\"border:0\"></iframe>"));
        }
    }
    let around = format!(
        "<!DOCTYPE html><body><script>addEventListener('message', e => {{ const p = document.createElement('p'); p.textContent = '[' + e.data + ']'; document.body.append(p) }})</script>{frames}"
    );
    std::fs::write(folder.join("around.html"), around).unwrap();

    let profile = folder.join("profile");
    // A report and a library, as they are: a script that the policy refuses would be an error.
    for page in [1, pages.len() - 2] {
        let (_, said) = load(&browser, &folder.join(format!("page{page}.html")), &profile);
        assert!(!said.contains("CONSOLE"), "the console says: {said}");
    }
    let (dom, said) = load(&browser, &folder.join("around.html"), &profile);
    assert!(!said.contains("CONSOLE"), "the console says: {said}");
    assert!(
        !dom.contains("FAULTS"),
        "{}",
        dom.split("[FAULTS").nth(1).unwrap_or_default()
    );
    for width in [360, 768, 1280] {
        assert_eq!(
            dom.matches(&format!("[SOUND {width}]")).count(),
            pages.len(),
            "{dom}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
