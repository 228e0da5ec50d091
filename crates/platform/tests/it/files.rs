//! Folders of configuration.

use std::fs;

use pecan_platform::files::{FILE_BYTES_MAX, FILES_MAX, FilesError, fingerprint, read_folder};

use super::world::Folder;

#[test]
fn files_of_one_kind_are_read_in_order() {
    let folder = Folder::new();
    for name in ["b.json", "a.json", "c.yaml", ".json", "json"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    fs::create_dir(folder.path().join("d.json")).unwrap();
    std::os::unix::fs::symlink("c.yaml", folder.path().join("e.json")).unwrap();
    let files = read_folder(folder.path(), "json").unwrap();
    let read: Vec<_> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    assert_eq!(read, [("a.json", &b"a.json"[..]), ("b.json", b"b.json"), ("e.json", b"c.yaml")]);
}

#[test]
fn a_change_changes_the_fingerprint() {
    let folder = Folder::new();
    let file = folder.path().join("a.json");
    let print = || fingerprint(folder.path(), "json").unwrap();
    let empty = print();
    fs::write(&file, "1").unwrap();
    let one = print();
    assert_ne!(empty, one);
    assert_eq!(one, print());
    fs::write(folder.path().join("a.yaml"), "1").unwrap();
    assert_eq!(one, print());
    fs::write(&file, "12").unwrap();
    assert_ne!(one, print());
    fs::rename(&file, folder.path().join("b.json")).unwrap();
    assert_ne!(one, print());
}

#[test]
fn what_is_missing_or_too_much_is_refused() {
    let folder = Folder::new();
    let missing = read_folder(&folder.path().join("missing"), "json");
    assert!(matches!(missing, Err(FilesError::Unreadable { .. })));
    std::os::unix::fs::symlink("nothing", folder.path().join("a.json")).unwrap();
    assert!(matches!(read_folder(folder.path(), "json"), Err(FilesError::Unreadable { .. })));

    let large = usize::try_from(FILE_BYTES_MAX).unwrap() + 1;
    fs::write(folder.path().join("a.large"), vec![0; large]).unwrap();
    assert!(matches!(read_folder(folder.path(), "large"), Err(FilesError::TooMuch { .. })));

    for number in 0..=FILES_MAX {
        fs::write(folder.path().join(format!("{number}.many")), "").unwrap();
    }
    assert!(matches!(read_folder(folder.path(), "many"), Err(FilesError::TooMuch { .. })));
    assert!(matches!(fingerprint(folder.path(), "many"), Err(FilesError::TooMuch { .. })));
}
