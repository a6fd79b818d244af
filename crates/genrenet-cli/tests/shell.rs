//! What shells and `man` are given.

use crate::program::genrenet;

#[test]
fn every_command_has_a_manual_page_and_a_completion() {
    let help = genrenet().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(
        commands.contains(&"classify") && commands.len() > 10,
        "{commands:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let man = genrenet()
        .arg("man")
        .arg("--out")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(man.status.success(), "{man:?}");
    for command in &commands {
        let page = std::fs::read_to_string(folder.path().join(format!("genrenet-{command}.1")));
        let page = page.unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains("genrenet"),
            "{command}"
        );
    }
    let main = genrenet().arg("man").output().unwrap().stdout;
    assert_eq!(
        main,
        std::fs::read(folder.path().join("genrenet.1")).unwrap()
    );
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = genrenet().args(["completions", shell]).output().unwrap();
        assert!(script.status.success());
        let script = String::from_utf8(script.stdout).unwrap();
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}
