//! Pages in a real browser, at phone and desktop width: no console error, no text cut off.
//!
//! Needs chromium or chrome (or `GENRENET_BROWSER`); without one the test prints that it was skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use genrenet_report::{Part, RunContext, report};

mod synthetic;

/// Reports to the page around it what is cut off: words of a picture that leave it, boxes whose contents are hidden, a page
/// that is wider than its window.
const INSPECTOR: &str = r#"<script>
addEventListener('load', () => document.fonts.ready.then(() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is ' + document.documentElement.scrollWidth + ' wide');
  for (const svg of document.querySelectorAll('svg')) {
    const box = svg.getBoundingClientRect();
    if (box.width < 100) faults.push('a picture is ' + box.width + ' wide');
    for (const text of svg.querySelectorAll('text')) {
      const t = text.getBoundingClientRect();
      if (t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 || t.bottom > box.bottom + 1)
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
    ];
    for (at, page) in pages.iter().enumerate() {
        std::fs::write(folder.join(format!("page{at}.html")), &page.html).unwrap();
        // Without its policy against scripts, with one that looks.
        let policy = page.html.find("<meta http-equiv=").expect("a policy");
        let end = policy + page.html[policy..].find('>').expect("its end") + 1;
        let watched = format!("{}{INSPECTOR}{}", &page.html[..policy], &page.html[end..]);
        std::fs::write(folder.join(format!("watched{at}.html")), watched).unwrap();
        for width in [360, 768, 1280] {
            frames.push_str(&format!("<iframe src=\"watched{at}.html\" width=\"{width}\" height=\"900\" style=\"border:0\"></iframe>"));
        }
    }
    let around = format!(
        "<!DOCTYPE html><body>{frames}<script>addEventListener('message', e => {{ const p = document.createElement('p'); p.textContent = '[' + e.data + ']'; document.body.append(p) }})</script>"
    );
    std::fs::write(folder.join("around.html"), around).unwrap();

    let profile = folder.join("profile");
    let (_, said) = load(&browser, &folder.join("page1.html"), &profile);
    assert!(!said.contains("CONSOLE"), "the console says: {said}");
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
