//! Drives whose changes the system does not report: another machine, or another program, writes to them.

use std::path::Path;

/// Whether a path is on such a drive.
///
/// Numbers of file systems: Linux's `linux/magic.h` and statfs(2).
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn is_remote(path: &Path) -> bool {
    const REMOTE: [u32; 11] = [
        0x0000_6969, // NFS
        0x0000_517b, // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB 2
        0x0102_1997, // 9P
        0x5346_414f, // AFS
        0x00c3_6400, // Ceph
        0x6573_5546, // FUSE: sshfs, rclone, and what virtual machines share
        0x786f_4256, // VirtualBox's shared folders
        0x7375_7245, // Coda
        0x0000_564c, // NCP
    ];
    rustix::fs::statfs(path).is_ok_and(|system| REMOTE.contains(&(system.f_type as u32)))
}

/// Whether a path names another machine (`\\server\share`).
#[cfg(windows)]
pub(super) fn is_remote(path: &Path) -> bool {
    use std::path::{Component, Prefix};
    let first = path.components().next();
    matches!(first, Some(Component::Prefix(prefix))
        if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)))
}

/// Not known here.
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
pub(super) fn is_remote(_: &Path) -> bool {
    false
}
