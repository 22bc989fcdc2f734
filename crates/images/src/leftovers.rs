//! What systems and programs leave beside images, and nobody means to add.

/// Names of files and folders, in any case; and all that begins with a dot.
const NAMES: [&str; 16] = [
    // macOS
    "__MACOSX",
    "Icon\r",
    // Windows
    "Thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "$RECYCLE.BIN",
    "System Volume Information",
    // Network disks: thumbnails and what was deleted
    "@eaDir",
    "@tmp",
    "@Recycle",
    "@Recently-Snapshot",
    "#recycle",
    "#snapshot",
    // Linux
    "lost+found",
    "found.000",
];

/// Whether a path leads to, or through, what a system has left there.
pub fn is_leftover(path: &str) -> bool {
    path.split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .any(|part| {
            part.starts_with('.') || NAMES.iter().any(|name| part.eq_ignore_ascii_case(name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_leave_is_known_and_nothing_else() {
        for path in [
            ".DS_Store",
            "cats/@eaDir/tom.jpg/SYNOPHOTO_THUMB_M.jpg",
            "__MACOSX/cats/._tom.png",
            "cats\\THUMBS.DB",
            "a/.picasaoriginals/tom.jpg",
            "#recycle/tom.jpg",
            "Icon\r",
        ] {
            assert!(is_leftover(path), "{path:?}");
        }
        for path in [
            "cats/tom.png",
            "./tom.png",
            "../tom.png",
            "Icon/tom.png",
            "a/thumbs.png",
            "@home/x.png",
        ] {
            assert!(!is_leftover(path), "{path:?}");
        }
    }
}
