//! Private keys in files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pecan_platform::vault::{FileVault, KeyName, KeyVault, VaultError};
use tokio::task::JoinSet;

use super::world::Folder;

#[tokio::test]
async fn a_key_is_made_used_and_found_again() {
    let folder = Folder::new();
    let vault = FileVault::open(folder.path()).unwrap();
    let (name, public) = vault.create("a key: #1.%2F").await.unwrap();
    assert_eq!(name.version, "1");

    let file = folder.path().join("crypto/a key: #1.%2F_private.pem");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&folder.path().join("crypto")), 0o700);
    assert!(fs::read_to_string(&file).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(fs::read_dir(folder.path().join("crypto")).unwrap().count(), 1);

    let again = FileVault::open(folder.path()).unwrap();
    assert_eq!(again.list().await.unwrap(), std::slice::from_ref(&name));
    assert_eq!(again.public_key(&name).await.unwrap(), public);
    assert_eq!(again.sign(&name, b"message").await.unwrap().len(), 64);

    again.remove(&name).await.unwrap();
    again.remove(&name).await.unwrap();
    assert!(matches!(again.sign(&name, b"message").await, Err(VaultError::NotFound)));
    assert!(!file.exists());
}

fn named(name: &str) -> KeyName {
    KeyName { name: name.to_owned(), version: "1".to_owned() }
}

fn files(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join("crypto")).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn names_that_could_leave_the_folder_are_refused() {
    let folder = Folder::new();
    fs::write(folder.path().join("x_private.pem"), "").unwrap();
    let vault = FileVault::open(folder.path()).unwrap();
    let long = "x".repeat(244);
    for name in ["", "../x", "/x", "a/b", "a\\b", "a\0b", "a\nb", "%", "%2", "%2g", "é", "~", &long]
    {
        assert!(matches!(vault.create(name).await, Err(VaultError::BadName(_))), "{name}");
        assert!(matches!(vault.sign(&named(name), b"").await, Err(VaultError::NotFound)), "{name}");
        vault.remove(&named(name)).await.unwrap();
    }
    assert!(folder.path().join("x_private.pem").exists());
    assert!(files(&folder).is_empty());
    for name in [".", "..", "%2e%2E", "did:web:example.com#0", &"x".repeat(243)] {
        vault.create(name).await.unwrap();
        vault.sign(&named(name), b"").await.unwrap();
    }
    assert_eq!(files(&folder).len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_creations_under_one_name_one_succeeds_and_stays() {
    let folder = Folder::new();
    let vaults = [FileVault::open(folder.path()).unwrap(), FileVault::open(folder.path()).unwrap()];
    let mut set = JoinSet::new();
    for turn in 0..20 {
        let vault = vaults[turn % 2].clone();
        set.spawn(async move { vault.create("a").await.ok() });
    }
    let made: Vec<_> = set.join_all().await.into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    let (name, public) = &made[0];
    for vault in vaults {
        assert_eq!(vault.public_key(name).await.unwrap(), *public);
    }
    assert_eq!(FileVault::open(folder.path()).unwrap().public_key(name).await.unwrap(), *public);
    assert_eq!(files(&folder), ["a_private.pem"]);
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_removed_and_is_no_key() {
    let folder = Folder::new();
    let vault = FileVault::open(folder.path()).unwrap();
    let unfinished = folder.path().join("crypto/.unfinished-1-0");
    fs::write(&unfinished, "-----BEGIN PRIVATE").unwrap();
    assert!(vault.list().await.unwrap().is_empty());
    FileVault::open(folder.path()).unwrap();
    assert!(!unfinished.exists());
}

#[tokio::test]
async fn keys_of_other_programs_are_read_and_garbage_is_not() {
    let folder = Folder::new();
    let vault = FileVault::open(folder.path()).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(format!("crypto/{name}_private.pem")), bytes).unwrap();
    };
    write("sec1", include_bytes!("../../../jose/tests/keys/p256.sec1.pem"));
    write("pkcs8", include_bytes!("../../../jose/tests/keys/ed25519.pem"));
    write("pkcs1", include_bytes!("../../../jose/tests/keys/rsa2048.pkcs1.pem"));
    for name in ["pkcs1", "pkcs8", "sec1"] {
        assert!(!vault.sign(&named(name), b"message").await.unwrap().is_empty(), "{name}");
    }
    assert_eq!(vault.list().await.unwrap(), ["pkcs1", "pkcs8", "sec1"].map(named));

    write("empty", b"");
    write("text", b"hunter2");
    write("public", include_bytes!("../../../jose/tests/keys/p256.pub.pem"));
    write("binary", &[0xff; 100]);
    write("large", &vec![b'-'; 70_000]);
    fs::create_dir(folder.path().join("crypto/folder_private.pem")).unwrap();
    for name in ["empty", "text", "public", "binary", "large", "folder"] {
        let error = vault.sign(&named(name), b"message").await.unwrap_err();
        assert!(matches!(error, VaultError::Failed(_)), "{name}");
        assert!(!format!("{error:?}").contains("hunter2"));
        // What is there is not replaced, even if it is no key.
        assert!(matches!(vault.create(name).await, Err(VaultError::BadName(_))), "{name}");
    }
}
