//! One path, many spellings: what two records mean when they name a file.

/// Text before the path proper that says nothing about which file it is, and what stands for it; lower case.
const PREFIXES: [(&str, &str); 16] = [
    ("\\\\?\\", ""),
    ("\\??\\", ""),
    ("\\\\.\\", ""),
    ("%systemroot%", "\\windows"),
    ("%windir%", "\\windows"),
    ("\\systemroot", "\\windows"),
    ("%systemdrive%", ""),
    ("%homedrive%", ""),
    ("%programfiles%", "\\program files"),
    ("%programfiles(x86)%", "\\program files (x86)"),
    ("%programdata%", "\\programdata"),
    ("%allusersprofile%", "\\programdata"),
    ("%public%", "\\users\\public"),
    ("%comspec%", "\\windows\\system32\\cmd.exe"),
    ("system32\\", "\\windows\\system32\\"),
    ("syswow64\\", "\\windows\\syswow64\\"),
];

/// A path in one spelling: lower case, `\` (a Linux path keeps `/`), no drive, device or `\\?\` before it, no quotes,
/// trailing dots or blanks. For comparing, never for showing. The drive is dropped because device paths do not have it.
pub(crate) fn key(path: &str) -> String {
    let path = path.trim().trim_matches('"').trim_end_matches(['.', ' ']);
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut path = path.to_lowercase().replace('/', "\\").replace("%%", "%");
    for (prefix, stands_for) in PREFIXES {
        if let Some(rest) = path.strip_prefix(prefix) {
            path = format!("{stands_for}{rest}");
        }
    }
    path = without_device(&path).replace("\\windows\\sysnative\\", "\\windows\\system32\\");
    if path.as_bytes().get(1) == Some(&b':') { path.split_off(2) } else { path }
}

/// Drops `\device\harddiskvolumeN` and `\\127.0.0.1\c$`, and reads `\\host\admin$` as the Windows folder.
fn without_device(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("\\device\\harddiskvolume") {
        return rest.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
    }
    let Some((_, share)) = path.strip_prefix("\\\\").and_then(|p| p.split_once('\\')) else { return path.to_owned() };
    if let Some(rest) = share.strip_prefix("admin$") {
        return format!("\\windows{rest}");
    }
    match share.as_bytes() {
        [drive, b'$', b'\\', ..] if drive.is_ascii_lowercase() => share[2..].to_owned(),
        _ => path.to_owned(),
    }
}

/// The last part of a path, without quotes.
pub(crate) fn file_name(path: &str) -> &str {
    let path = path.trim().trim_matches('"').trim_end_matches(['\\', '/']);
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// True if the text names a folder as well as a file.
pub(crate) fn has_folder(path: &str) -> bool {
    path.contains(['\\', '/'])
}

/// Whether two paths may name one file: equal in one spelling, or equal file names where one has no folder.
pub(crate) fn same(a: &str, b: &str) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    if has_folder(a) && has_folder(b) {
        return key(a) == key(b);
    }
    same_name(a, b)
}

/// Whether two paths end in the same file name; `.exe` may be left out.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let bare = |p: &str| {
        let name = file_name(p).to_lowercase();
        name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
    };
    !a.is_empty() && bare(a) == bare(b)
}

/// Folders that an account without rights can write to; lower case.
const WRITABLE: [&str; 9] = [
    "\\users\\",
    "\\programdata\\",
    "\\temp\\",
    "\\appdata\\",
    "\\perflogs\\",
    "/tmp/",
    "/var/tmp/",
    "/dev/shm/",
    "/home/",
];

/// Whether a path lies where an account without rights can write.
pub(crate) fn is_writable(path: &str) -> bool {
    let path = path.to_lowercase();
    WRITABLE.iter().any(|w| path.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_in_many_spellings() {
        for spelling in [
            "C:\\Windows\\System32\\cmd.exe",
            "c:\\windows\\system32\\CMD.EXE ",
            "\\??\\C:\\Windows\\System32\\cmd.exe",
            "\\Device\\HarddiskVolume2\\Windows\\System32\\cmd.exe",
            "%SystemRoot%\\System32\\cmd.exe",
            "\\SystemRoot\\System32\\cmd.exe",
            "System32\\cmd.exe",
            "C:\\Windows\\Sysnative\\cmd.exe",
            "\\\\10.0.0.1\\C$\\Windows\\System32\\cmd.exe",
            "\\\\host\\ADMIN$\\System32\\cmd.exe",
            "%ComSpec%",
            "\"C:/Windows/System32/cmd.exe\"",
        ] {
            assert_eq!(key(spelling), "\\windows\\system32\\cmd.exe", "{spelling}");
        }
        assert!(same("cmd", "C:\\Windows\\System32\\cmd.exe"));
        assert!(!same("C:\\a\\cmd.exe", "C:\\Windows\\System32\\cmd.exe"));
        assert_eq!(key("/usr/bin/Curl"), "/usr/bin/Curl");
    }
}
