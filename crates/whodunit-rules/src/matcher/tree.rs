//! Paths and registry keys: places in a tree, in the many spellings that logs have for one place.
//!
//! A place is a root and the parts below it. The spellings of roots are equal where they can mean the same
//! place: `\Device\HarddiskVolume3\Windows`, `\SystemRoot`, `%windir%` and `C:\Windows`; `HKLM`, `HKEY_LOCAL_MACHINE` and
//! `\REGISTRY\MACHINE`; `HKCU` and the hive of any user; `CurrentControlSet` and `ControlSet001`. A search looks for
//! the most telling part and compares from there to both sides. Short (8.3) names are not resolved.

use super::common::frequency;
use super::condition::{ends_here, ends_name};
use std::ops::Range;
use whodunit_event::FieldType;

/// A file's or key's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    root: Root,
    /// Folded, at least one, none empty.
    parts: Vec<Box<str>>,
    reach: Reach,
    /// Number of the part that is searched for.
    anchor: usize,
}

/// Where a place's first part hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// Anywhere: the place is relative.
    Any,
    /// A Windows drive, or a volume by its device name; the letter is lower case.
    Drive(u8),
    /// Some drive: the place was given by device or as `%SystemDrive%`.
    Volume,
    /// `\\host\…`: the first part is the host.
    Unc,
    /// `/…`
    Slash,
    /// A registry hive.
    Hive(Hive),
}

/// What a place stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Itself.
    File,
    /// What lies below it.
    Folder,
    /// Itself and what lies below it.
    Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hive {
    LocalMachine,
    Users,
    CurrentUser,
    ClassesRoot,
}

/// Spellings of hives, folded. `\registry\…` comes with its first separator taken off or not.
const HIVES: [(&str, Hive); 14] = [
    ("hkey_local_machine", Hive::LocalMachine),
    ("hklm", Hive::LocalMachine),
    ("hklm:", Hive::LocalMachine),
    ("registry\\machine", Hive::LocalMachine),
    ("hkey_users", Hive::Users),
    ("hku", Hive::Users),
    ("hku:", Hive::Users),
    ("registry\\user", Hive::Users),
    ("hkey_current_user", Hive::CurrentUser),
    ("hkcu", Hive::CurrentUser),
    ("hkcu:", Hive::CurrentUser),
    ("hkey_classes_root", Hive::ClassesRoot),
    ("hkcr", Hive::ClassesRoot),
    ("hkcr:", Hive::ClassesRoot),
];

/// Folders that a variable stands for, below whatever its root is; folded.
const VARIABLES: [(&str, &[&str]); 12] = [
    ("%appdata%", &["appdata", "roaming"]),
    ("%localappdata%", &["appdata", "local"]),
    ("%temp%", &["temp"]),
    ("%tmp%", &["temp"]),
    ("%programdata%", &["programdata"]),
    ("%allusersprofile%", &["programdata"]),
    ("%programfiles%", &["program files"]),
    ("%programfiles(x86)%", &["program files (x86)"]),
    ("%public%", &["users", "public"]),
    ("%userprofile%", &[]),
    ("%homepath%", &[]),
    ("%commonprogramfiles%", &["common files"]),
];

/// Spellings of the Windows folder, folded.
const SYSTEM_ROOT: [&str; 4] = ["%systemroot%", "%windir%", "\\systemroot", "$env:systemroot"];

const CONTROL_SET: &str = "currentcontrolset";

impl Tree {
    /// Reads a path of Windows, of a UNC share or of Unix, absolute or relative; one that ends with a separator stands
    /// for what lies below it. `None` if there is no part in it.
    pub fn path(text: &str) -> Option<Self> {
        let folded = super::fold::text(text.trim().trim_matches(['"', '\'']));
        let slashed = folded.replace('/', "\\");
        let text =
            ["\\??\\unc", "\\\\?\\unc", "\\??\\", "\\\\?\\", "\\\\.\\", "file:\\\\\\"].into_iter().find_map(|prefix| {
                slashed
                    .strip_prefix(prefix)
                    .map(|rest| if prefix.ends_with("unc") { format!("\\{rest}") } else { rest.to_owned() })
            });
        let text = text.unwrap_or(slashed);
        let reach = if text.ends_with('\\') { Reach::Folder } else { Reach::File };
        let (root, parts) = path_root(&text, folded.starts_with('/'));
        Self::new(root, parts, reach)
    }

    /// Reads a registry key or value path; it stands for what lies below it as well. Without a hive it may hang anywhere.
    pub fn registry(text: &str) -> Option<Self> {
        let folded = super::fold::text(text.trim().trim_matches('"')).replace('/', "\\");
        let text = ["registry::", "microsoft.powershell.core\\registry::", "computer\\"]
            .into_iter()
            .find_map(|prefix| folded.strip_prefix(prefix))
            .unwrap_or(&folded)
            .trim_start_matches('\\');
        let hive = HIVES.iter().filter_map(|(name, hive)| Some((name, hive, below(text, name)?)));
        let (root, rest) = match hive.max_by_key(|(name, ..)| name.len()) {
            Some((_, hive, rest)) => (Root::Hive(*hive), rest),
            None => (Root::Any, text),
        };
        let parts = split(rest).map(|part| if is_control_set(part) { CONTROL_SET } else { part }.into());
        Self::new(root, parts.collect(), Reach::Key)
    }

    fn new(root: Root, parts: Vec<Box<str>>, reach: Reach) -> Option<Self> {
        let rarity =
            |part: &str| part.bytes().map(|b| 70 - frequency(b).min(60)).sum::<u32>() * u32::from(part.len() > 2);
        // The first part can be hidden in a root's other spelling, the control set has a number: not these if there are others.
        let usable = |at: &usize| (*at > 0 || parts.len() == 1) && (*parts[*at] != *CONTROL_SET || parts.len() == 1);
        let last = parts.len().checked_sub(1)?;
        let anchor = match reach {
            Reach::Key => {
                (0..parts.len()).filter(usable).max_by_key(|&at| rarity(&parts[at]) + at as u32).unwrap_or(last)
            }
            Reach::File | Reach::Folder => last,
        };
        Some(Self { root, parts, reach, anchor })
    }

    /// A text that stands in every spelling.
    pub(super) fn anchor(&self) -> &str {
        match &*self.parts[self.anchor] {
            CONTROL_SET => "controlset",
            part => part,
        }
    }

    /// The place whose anchor stands at byte `at` of a folded field.
    pub(super) fn at(&self, text: &str, kind: FieldType, at: usize) -> Option<Range<usize>> {
        let at = if *self.parts[self.anchor] == *CONTROL_SET {
            text.get(..at)?.strip_suffix("current").map_or(at, str::len)
        } else {
            at
        };
        let end = self.end(text, at)?;
        let start = self.start(text, at)?;
        self.ends_at(text.get(end..)?, kind).then_some(start..end)
    }

    /// Where the last part ends, if the anchor's part starts at `at` and all after it follow.
    fn end(&self, text: &str, at: usize) -> Option<usize> {
        let mut rest = strip_part(text.get(at..)?, &self.parts[self.anchor])?;
        for part in &self.parts[self.anchor + 1..] {
            let below = rest.trim_start_matches(is_separator);
            rest = strip_part((below.len() < rest.len()).then_some(below)?, part)?;
        }
        Some(text.len() - rest.len())
    }

    fn ends_at(&self, after: &str, kind: FieldType) -> bool {
        match self.reach {
            Reach::Folder => after.starts_with(is_separator),
            Reach::File if after.starts_with(is_separator) => false,
            Reach::Key if after.starts_with(is_separator) => true,
            Reach::File if kind == FieldType::Path => ends_here(after, |c| goes_on(c) || c == ' '),
            Reach::Key if kind == FieldType::Registry => after.is_empty(),
            _ => ends_here(after, goes_on),
        }
    }

    /// Where the whole place starts, if the anchor's part starts at `at` and all before it, and the root, precede it.
    fn start(&self, text: &str, at: usize) -> Option<usize> {
        let mut before = text.get(..at)?;
        for (number, part) in self.parts[..self.anchor].iter().enumerate().rev() {
            let above = before.trim_end_matches(is_separator);
            if above.len() == before.len() {
                return None;
            }
            match strip_part_back(above, part) {
                Some(rest) => before = rest,
                None if number == 0 => return self.hidden_first_part(above),
                None => return None,
            }
        }
        self.root_before(before)
    }

    /// Where `%SystemRoot%` or its like starts, at the end of `above`, if it stands for the root and the first part.
    fn hidden_first_part(&self, above: &str) -> Option<usize> {
        let hidden = || SYSTEM_ROOT.iter().find_map(|name| above.strip_suffix(name)).map(str::len);
        match self.root {
            Root::Drive(_) | Root::Volume | Root::Any if *self.parts[0] == *"windows" => hidden(),
            _ => None,
        }
    }

    /// Where the root starts that `before` ends with.
    fn root_before(&self, before: &str) -> Option<usize> {
        let above = before.trim_end_matches(is_separator);
        let separated = above.len() < before.len();
        match self.root {
            Root::Any => (separated || !ends_name(before)).then_some(before.len()),
            Root::Unc => (before.len() >= above.len() + 2).then_some(above.len()),
            Root::Slash => (separated && !ends_name(above)).then_some(above.len()),
            _ if !separated => None,
            Root::Drive(letter) => {
                drive(above).filter(|(_, l)| *l == letter).map(|(at, _)| at).or_else(|| volume(above))
            }
            Root::Volume => drive(above).map(|(at, _)| at).or_else(|| volume(above)),
            Root::Hive(hive) => hive.before(above),
        }
    }
}

impl Hive {
    /// Where the hive's name starts that `above` ends with.
    fn before(self, above: &str) -> Option<usize> {
        let named = HIVES.iter().filter(|(_, hive)| *hive == self);
        named.filter_map(|(name, _)| hive_name(above, name)).min().or_else(|| match self {
            Self::LocalMachine | Self::Users => None,
            Self::CurrentUser => Self::Users.before(&above[..user(above)?]),
            Self::ClassesRoot => classes(above),
        })
    }
}

fn hive_name(above: &str, name: &str) -> Option<usize> {
    let rest = above.strip_suffix(name).filter(|rest| !ends_name(rest))?;
    Some(rest.len())
}

/// End of what stands above a user's hive, whose name `above` ends with.
fn user(above: &str) -> Option<usize> {
    let at = above.rfind(is_separator)?;
    let name = &above[at + 1..];
    let is_user = name.starts_with("s-1-") && !name.ends_with("_classes") || name == ".default";
    is_user.then(|| above[..at].trim_end_matches(is_separator).len())
}

/// Start of `software\classes` in either hive, or of a user's classes hive, that `above` ends with.
fn classes(above: &str) -> Option<usize> {
    let machine = || {
        let rest = above.strip_suffix("classes")?.trim_end_matches(is_separator);
        let rest = rest.strip_suffix("software").filter(|r| r.ends_with(is_separator))?.trim_end_matches(is_separator);
        Hive::LocalMachine.before(rest).or_else(|| Hive::CurrentUser.before(rest))
    };
    let users = || {
        let at = above.strip_suffix("_classes")?.rfind(is_separator)?;
        Hive::Users.before(above[..at].trim_end_matches(is_separator))
    };
    machine().or_else(users)
}

/// Where a drive stands at the end of `above`, and its letter.
fn drive(above: &str) -> Option<(usize, u8)> {
    let rest = above.strip_suffix(':')?;
    let letter = *rest.as_bytes().last().filter(|b| b.is_ascii_lowercase())?;
    let before = &rest[..rest.len() - 1];
    let begins = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    begins.then_some((before.len(), letter))
}

/// Where a volume's name stands at the end of `above`.
fn volume(above: &str) -> Option<usize> {
    let device = || above.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix("\\device\\harddiskvolume");
    let variable =
        || ["%systemdrive%", "%homedrive%", "$env:systemdrive"].iter().find_map(|name| above.strip_suffix(name));
    device().or_else(variable).map(str::len)
}

/// The root of a folded path with `\` as separator, and the parts below it.
fn path_root(text: &str, is_unix: bool) -> (Root, Vec<Box<str>>) {
    let parts = |rest: &str| split(rest).map(Box::from).collect::<Vec<_>>();
    let under = |folders: &[&str], rest: &str| folders.iter().map(|f| Box::from(*f)).chain(parts(rest)).collect();
    if let [letter @ b'a'..=b'z', b':', ..] = text.as_bytes() {
        return (Root::Drive(*letter), parts(&text[2..]));
    }
    if let Some(rest) = SYSTEM_ROOT.iter().find_map(|name| below(text, name)) {
        return (Root::Volume, under(&["windows"], rest));
    }
    if let Some((at, _)) =
        text.match_indices('\\').map(|(at, _)| (at, ())).find(|(at, ())| volume(&text[..*at]) == Some(0))
    {
        return (Root::Volume, parts(&text[at..]));
    }
    if let Some((folders, rest)) = VARIABLES.iter().find_map(|(name, folders)| Some((folders, below(text, name)?))) {
        return (Root::Any, under(folders, rest));
    }
    match text {
        unc if unc.starts_with("\\\\") => (Root::Unc, parts(unc)),
        unix if is_unix => (Root::Slash, parts(unix)),
        relative => (Root::Any, parts(relative)),
    }
}

/// What follows `name` in `text`, if `name` is its first part or parts.
fn below<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('\\'))
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split('\\').filter(|part| !part.is_empty())
}

fn is_separator(c: char) -> bool {
    c == '\\' || c == '/'
}

/// Whether a name goes on with this character.
fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn is_control_set(part: &str) -> bool {
    part == CONTROL_SET
        || part.strip_prefix("controlset").is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `text` after `part`, if it starts with it.
fn strip_part<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    if part != CONTROL_SET {
        return text.strip_prefix(part);
    }
    let end = text.find(is_separator).unwrap_or(text.len());
    is_control_set(&text[..end]).then(|| &text[end..])
}

/// `text` before `part`, if it ends with it.
fn strip_part_back<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    if part != CONTROL_SET {
        return text.strip_suffix(part);
    }
    let start = text.rfind(is_separator).map_or(0, |at| at + 1);
    is_control_set(&text[start..]).then(|| &text[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(tree: &Tree, text: &str, kind: FieldType) -> bool {
        let folded = super::super::fold::text(text);
        folded.match_indices(tree.anchor()).any(|(at, _)| tree.at(&folded, kind, at).is_some())
    }

    fn path(place: &str, text: &str) -> bool {
        holds(&Tree::path(place).unwrap(), text, FieldType::Command)
    }

    fn key(place: &str, text: &str) -> bool {
        holds(&Tree::registry(place).unwrap(), text, FieldType::Registry)
    }

    #[test]
    fn spellings_of_one_path() {
        let spellings = [
            r"C:\Windows\System32\evil.dll",
            r"c:/windows/system32/EVIL.dll",
            r"\??\C:\Windows\System32\evil.dll",
            r"\\?\C:\Windows\System32\evil.dll",
            r"%SystemRoot%\System32\evil.dll",
            r"%windir%\System32\evil.dll",
            r"\SystemRoot\System32\evil.dll",
            r"\Device\HarddiskVolume3\Windows\System32\evil.dll",
            r"%SystemDrive%\Windows\System32\evil.dll",
        ];
        for place in spellings {
            for text in spellings {
                assert!(path(place, text), "{place} in {text}");
                assert!(path(place, &format!("rundll32 \"{text}\",Run")), "{place} in {text}");
            }
        }
    }

    #[test]
    fn a_path_is_whole() {
        let place = r"C:\x\y.exe";
        for text in [
            r"C:\x\y.exe /a",
            r#""C:\x\y.exe""#,
            r"C:\\x\\y.exe",
            r"C:\x\y.exe:stream",
            r"C:\x\y.exe+9fc|C:\z.dll",
            "to C:\\x\\y.exe.",
        ] {
            assert!(path(place, text), "{text}");
        }
        for text in [
            r"C:\x\y.exe.bak",
            r"D:\x\y.exe",
            r"C:\z\x\y.exe",
            r"C:\xx\y.exe",
            r"C:\x\y.exe\z",
            "y.exe",
            r"C:\x\ay.exe",
            r"abc:\x\y.exe",
        ] {
            assert!(!path(place, text), "{text}");
        }
        assert!(!holds(&Tree::path(r"C:\x\y").unwrap(), r"C:\x\y z.exe", FieldType::Path));
        assert!(path(r"C:\x\", r"c:\x\y.exe") && !path(r"C:\x\", r"c:\xy.exe"));
    }

    #[test]
    fn relative_shared_and_unix_paths() {
        assert!(path(r"%APPDATA%\str.cmd", r"C:\Users\u\AppData\Roaming\str.cmd"));
        assert!(path(r"Temp\x.exe", r"C:\Temp\x.exe") && !path(r"Temp\x.exe", r"C:\MyTemp\x.exe"));
        assert!(path(r"\\srv\share\a.exe", r"\\SRV\share\a.exe") && !path(r"\\srv\share\a.exe", r"C:\srv\share\a.exe"));
        assert!(path("/usr/bin/curl", "sh -c '/usr/bin/curl x'") && !path("/usr/bin/curl", "/opt/usr/bin/curl"));
    }

    #[test]
    fn spellings_of_one_key() {
        for text in [
            r"HKLM\System\CurrentControlSet\Services\Evil",
            r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\evil\ImagePath",
            r"\REGISTRY\MACHINE\SYSTEM\ControlSet002\Services\EVIL",
            r"HKLM:\SYSTEM\CurrentControlSet\Services\Evil",
        ] {
            for place in [
                r"HKLM\SYSTEM\CurrentControlSet\Services\Evil",
                r"\Registry\Machine\System\ControlSet001\Services\Evil\",
            ] {
                assert!(key(place, text), "{place} in {text}");
            }
        }
        for text in [
            r"HKLM\System\CurrentControlSet\Services\EvilToo",
            r"HKU\System\CurrentControlSet\Services\Evil",
            r"HKLM\System\CurrentControlSet\Services\Evil Two",
        ] {
            assert!(!key(r"HKLM\SYSTEM\CurrentControlSet\Services\Evil", text), "{text}");
        }
        assert!(key(r"HKLM\System\CurrentControlSet", r"HKLM\System\ControlSet001\Enum"));
    }

    #[test]
    fn the_current_user_is_any_user() {
        let run = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run\x";
        for text in [
            r"HKU\S-1-5-21-1-2-3-1001\Software\Microsoft\Windows\CurrentVersion\Run\x",
            r"\REGISTRY\USER\S-1-5-21-1-2-3-1001\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\x",
            r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run\X",
        ] {
            assert!(key(run, text), "{text}");
        }
        assert!(!key(run, r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\x"));
        for text in [r"HKCR\.abc\shell", r"HKLM\SOFTWARE\Classes\.abc\shell", r"HKU\S-1-5-21-1_Classes\.abc\shell"] {
            assert!(key(r"HKEY_CLASSES_ROOT\.abc", text), "{text}");
        }
    }
}
