//! Folders and lists as people have them: what `train` and `classify` make of them.

use std::fs;

use crate::program::{genrenet, recording, tones};

#[test]
fn system_files_in_music_folders_stop_neither_training_nor_classification() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    for path in [
        "@eaDir/SYNOINDEX_MEDIA_INFO",
        "System Volume Information/IndexerVolumeGuid",
        "Docs/readme.txt",
        "Low/@eaDir/0.wav/SYNOAUDIO_01APIC_03",
        "Low/Icon\r",
        "High/artist 0/0.cdg",
        "High/list.fpl",
    ] {
        let path = music.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "no sound").unwrap();
    }
    let trained = genrenet()
        .arg("train")
        .arg(&music)
        .arg("--from-scratch")
        .arg("--out")
        .arg(folder.path().join("run"))
        .args(["--set", "train.epochs=1"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&trained.stderr);
    assert_eq!(trained.status.code(), Some(0), "{errors}");
    assert!(errors.contains("music: 2 genres;"), "{errors}");
    let note = "folders without music are left out: @eaDir, Docs, System Volume Information";
    assert!(errors.contains(note), "{errors}");

    let one = folder.path().join("one");
    fs::create_dir_all(one.join("@eaDir")).unwrap();
    fs::write(one.join("@eaDir/SYNOINDEX_MEDIA_INFO"), "no sound").unwrap();
    fs::write(one.join("song.srt"), "no sound").unwrap();
    fs::copy(recording("slow_motion_dream.mp3"), one.join("song.mp3")).unwrap();
    let named = genrenet().arg("classify").arg(&one).output().unwrap();
    let errors = String::from_utf8_lossy(&named.stderr);
    assert_eq!(named.status.code(), Some(0), "{errors}");
    assert_eq!(String::from_utf8_lossy(&named.stdout).lines().count(), 1);
}
