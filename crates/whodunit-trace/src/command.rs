//! Command lines: which program they run, which script a script host runs, and whether a process is what an item's
//! command line started.

use crate::path;
use whodunit_event::Confidence;

/// Splits a command line at blanks outside quotes; quotes are dropped.
pub(crate) fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (String::new(), None);
    for c in command.chars() {
        match (c, quote) {
            ('"', None) | ('\'', None) if c == '"' || word.is_empty() => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Endings of files that Windows runs; an unquoted path with blanks ends behind one of them.
const RUNS: [&str; 22] = [
    ".exe", ".cmd", ".bat", ".com", ".ps1", ".vbs", ".js", ".scr", ".hta", ".wsf", ".dll", ".sys", ".lnk", ".pif",
    ".chm", ".sct", ".vbe", ".jse", ".msi", ".jar", ".py", ".cpl",
];

/// The program of a command line and what follows it.
pub(crate) fn program(command: &str) -> (&str, &str) {
    let command = command.trim();
    if let Some(rest) = command.strip_prefix('"') {
        let end = rest.find('"').unwrap_or(rest.len());
        return (&rest[..end], rest.get(end + 1..).unwrap_or_default().trim());
    }
    let lower = command.to_ascii_lowercase();
    let ends = |end: &usize| lower[*end..].chars().next().is_none_or(|c| c.is_whitespace() || c == '"');
    let rooted = command.starts_with(['\\', '%']) || command.as_bytes().get(1) == Some(&b':');
    let behind = RUNS.iter().filter_map(|e| lower.find(e).map(|at| at + e.len())).filter(ends).min();
    let blank = command.find(char::is_whitespace).unwrap_or(command.len());
    let is_path = |end: &usize| rooted && *end > blank && !has_switch(&command[..*end]);
    let end = behind.filter(is_path).unwrap_or(blank);
    (&command[..end], command[end..].trim())
}

/// Whether a word of a text begins as switches do: ` /c`, ` -x`; a lone dash may stand in a folder's name.
fn has_switch(text: &str) -> bool {
    let mut words = text.split(char::is_whitespace).skip(1);
    words.any(|word| word.starts_with('/') || word.starts_with('-') && word.len() > 1)
}

/// A file that a script host was told to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// The file; empty where the code stands on the command line itself.
    pub(crate) file: String,
    /// The code on the command line, decoded from base64 where it was encoded.
    pub(crate) code: String,
}

/// What a process ran, if it is a script host: `cmd /c`, PowerShell, wscript, mshta, rundll32, regsvr32, msiexec,
/// python and the shells of Linux.
pub(crate) fn script(image: &str, command: &str) -> Option<Script> {
    let (first, rest) = program(command);
    let host = if image.is_empty() { first } else { image };
    let host = path::file_name(host).to_lowercase();
    let host = host.strip_suffix(".exe").unwrap_or(&host);
    let found = match host {
        "cmd" => cmd(rest),
        "powershell" | "pwsh" => powershell(rest),
        "wscript" | "cscript" | "mshta" | "hh" => first_file(rest, is_windows_switch),
        "rundll32" => words(rest).first().map(|w| file(w.split(',').next().unwrap_or(w))),
        "regsvr32" => words(rest).iter().rev().find(|w| !w.starts_with(['/', '-'])).map(|w| file(w)),
        "msiexec" => words(rest).iter().find(|w| w.to_lowercase().contains(".msi")).map(|w| file(w)),
        "java" | "javaw" => after(&words(rest), &["-jar"]).map(|w| file(&w)),
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" => shell(rest),
        "perl" | "ruby" | "php" => first_file(rest, is_switch),
        _ if host.starts_with("python") => first_file(rest, is_switch),
        _ => None,
    }?;
    (!found.file.is_empty() || !found.code.is_empty()).then_some(found)
}

fn file(path: &str) -> Script {
    Script { file: path.trim_matches(['"', '\'']).to_owned(), code: String::new() }
}

fn code(text: &str) -> Script {
    Script { file: String::new(), code: text.trim().to_owned() }
}

/// The first word that is no switch; an unquoted path with blanks is one word if its ending says so.
fn first_file(rest: &str, is_switch: fn(&str) -> bool) -> Option<Script> {
    let whole = program(rest).0;
    if is_file_name(whole) && !is_switch(whole) {
        return Some(file(whole));
    }
    words(rest).iter().find(|w| !is_switch(w)).map(|w| file(w))
}

/// `-x`.
fn is_switch(word: &str) -> bool {
    word.starts_with('-')
}

/// `-x`, `//B`, `/E:vbs`.
fn is_windows_switch(word: &str) -> bool {
    word.starts_with(['-', '/'])
}

/// Whether a word looks like a file's name: with a folder, or with an ending that Windows runs.
pub(crate) fn is_file_name(word: &str) -> bool {
    path::has_folder(word) || RUNS.iter().any(|e| word.to_ascii_lowercase().ends_with(e))
}

fn after(words: &[String], switches: &[&str]) -> Option<String> {
    let at = words.iter().position(|w| switches.iter().any(|s| w.eq_ignore_ascii_case(s)))?;
    words.get(at + 1).cloned()
}

/// `cmd /c ""C:\a b\x.cmd" args"`: what follows `/c` or `/k`, without the outer quotes, is a command line again.
fn cmd(rest: &str) -> Option<Script> {
    let lower = rest.to_ascii_lowercase();
    let at = lower.find("/c").into_iter().chain(lower.find("/k")).chain(lower.find("/r")).min()?;
    let inner = rest[at + 2..].trim();
    let inner = match inner.strip_prefix("\"\"") {
        Some(_) => inner[1..].strip_suffix('"').unwrap_or(&inner[1..]),
        None => inner,
    };
    let (program, _) = self::program(inner);
    let runs = [".cmd", ".bat"].iter().any(|e| program.to_ascii_lowercase().ends_with(e));
    Some(if runs { file(program) } else { code(inner) })
}

/// PowerShell's switches may be cut short and begin with `-`, `/` or a dash.
fn powershell(rest: &str) -> Option<Script> {
    let words = words(rest);
    for (at, word) in words.iter().enumerate() {
        let Some(switch) = word.strip_prefix(['-', '/', '–', '—']) else {
            let is_file = word.to_lowercase().ends_with(".ps1");
            // A value of the switch before it, unless it is a script.
            if is_file {
                return Some(file(word));
            }
            continue;
        };
        let switch = switch.to_lowercase();
        let next = words.get(at + 1).map_or("", String::as_str);
        if !switch.is_empty() && "file".starts_with(&switch) {
            return Some(file(next));
        }
        if switch == "ec" || switch.starts_with('e') && "encodedcommand".starts_with(&switch) {
            return Some(code(&decode_utf16_base64(next).unwrap_or_else(|| next.to_owned())));
        }
        if "command".starts_with(&switch) {
            return Some(code(&words[at + 1..].join(" ")));
        }
    }
    None
}

/// `sh -c 'code'` or `sh file`.
fn shell(rest: &str) -> Option<Script> {
    let words = words(rest);
    let first = words.first()?;
    if first.starts_with('-') && first.contains('c') && !first.starts_with("--") {
        return Some(code(&words[1..].join(" ")));
    }
    words.iter().find(|w| !w.starts_with('-')).map(|w| file(w))
}

/// Base64 of UTF-16LE text, as `-EncodedCommand` takes it.
pub(crate) fn decode_utf16_base64(text: &str) -> Option<String> {
    let bytes = decode_base64(text)?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    String::from_utf16(&units).ok()
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

/// The file that a command line runs in the end: the script of a script host, else the program.
pub(crate) fn runs_file(image: &str, command: &str) -> String {
    let script = script(image, command).map(|s| s.file).filter(|f| !f.is_empty());
    script.unwrap_or_else(|| if image.is_empty() { program(command).0.to_owned() } else { image.to_owned() })
}

/// What a person opened when a process started: the script of a script host, the document on the command line, else the
/// program.
pub(crate) fn opens(image: &str, command: &str) -> String {
    let file = runs_file(image, command);
    if file != image {
        return file;
    }
    let words = words(program(command).1);
    let is_rooted = |w: &str| w.starts_with("\\\\") || w.as_bytes().get(1..3) == Some(b":\\");
    let document = words.into_iter().rev().find(|w| is_rooted(w) && path::file_name(w).contains('.'));
    document.map_or(file, |d| d.trim_end_matches([',', ';']).to_owned())
}

/// How well a process fits an item's command line: `Strong` if the whole command line agrees, `Circumstantial` if the
/// program does and its arguments are not known or nearly agree; `None` if it does not fit.
pub(crate) fn fits(item: &str, image: &str, command: &str) -> Option<Confidence> {
    let (wanted, process) = (flat(item), flat(command));
    if wanted.is_empty() {
        return None;
    }
    if wanted == process || process.ends_with(&format!(" {wanted}")) && path::has_folder(&wanted) {
        return Some(Confidence::Strong);
    }
    let (program, arguments) = program(item);
    let own_file = runs_file(image, command);
    let same_program = path::same(program, image) || path::same(program, &own_file);
    if !same_program {
        return None;
    }
    match (arguments.is_empty(), command.is_empty()) {
        (true, _) if !path::has_folder(program) => Some(Confidence::Circumstantial),
        (true, false) => Some(Confidence::Strong),
        (_, true) => Some(Confidence::Circumstantial),
        (false, false) => arguments_agree(&wanted, &process),
    }
}

fn arguments_agree(wanted: &str, process: &str) -> Option<Confidence> {
    let wanted: Vec<_> = wanted.split(' ').skip(1).collect();
    let there = wanted.iter().filter(|w| process.contains(**w)).count();
    if there == wanted.len() {
        return Some(Confidence::Strong);
    }
    // Variables are expanded in the process's command line: most words still agree.
    (there * 10 >= wanted.len() * 7).then_some(Confidence::Circumstantial)
}

/// A command line for comparing: lower case, no quotes, one blank between words, the program's path in one spelling.
fn flat(command: &str) -> String {
    let (program, arguments) = program(command);
    let mut flat = path::key(program);
    if !flat.contains('.') && !flat.starts_with('/') && !flat.is_empty() {
        flat.push_str(".exe");
    }
    for word in arguments.split(|c: char| c.is_whitespace() || c == '"' || c == '\'').filter(|w| !w.is_empty()) {
        flat.push(' ');
        let is_path = path::has_folder(word) || word.starts_with('%');
        flat.push_str(&if is_path { path::key(word) } else { word.to_lowercase() });
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use Confidence::{Circumstantial, Strong};

    #[test]
    fn program_and_arguments() {
        for (command, expect) in [
            ("\"C:\\a b\\c.exe\" -x", ("C:\\a b\\c.exe", "-x")),
            ("C:\\Program Files\\x\\y.exe -k z", ("C:\\Program Files\\x\\y.exe", "-k z")),
            ("cmd.exe /c C:\\x.bat", ("cmd.exe", "/c C:\\x.bat")),
            ("/usr/bin/curl -o x", ("/usr/bin/curl", "-o x")),
            ("%COMSPEC% /c start a.exe", ("%COMSPEC%", "/c start a.exe")),
            ("C:\\Windows\\cmd /c C:\\a.exe", ("C:\\Windows\\cmd", "/c C:\\a.exe")),
            ("C:\\a - b\\c.exe x", ("C:\\a - b\\c.exe", "x")),
            ("", ("", "")),
        ] {
            assert_eq!(program(command), expect, "{command}");
        }
    }

    #[test]
    fn script_hosts_run_files() {
        for (command, expect) in [
            (
                "cmd.exe /c \"\"C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd\"\"",
                "C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd",
            ),
            ("C:\\Windows\\system32\\cmd.exe /C C:\\x y\\a.bat arg", "C:\\x y\\a.bat"),
            ("powershell -NoP -w hidden -File C:\\a.ps1 -x", "C:\\a.ps1"),
            ("wscript.exe //B \"C:\\a b.vbs\"", "C:\\a b.vbs"),
            ("rundll32.exe C:\\a.dll,Start 1", "C:\\a.dll"),
            ("regsvr32 /s /u C:\\a.dll", "C:\\a.dll"),
            ("cscript.exe /nologo C:\\x.vbs", "C:\\x.vbs"),
            ("wscript /E:vbs C:\\x.txt", "C:\\x.txt"),
            ("hh.exe C:\\Desktop\\Fax 1.chm", "C:\\Desktop\\Fax 1.chm"),
            ("bash -x /tmp/a.sh", "/tmp/a.sh"),
            ("python3 /opt/x.py --a", "/opt/x.py"),
            ("mshta http://evil.example/a.hta", "http://evil.example/a.hta"),
        ] {
            assert_eq!(script("", command).map(|s| s.file).as_deref(), Some(expect), "{command}");
        }
    }

    #[test]
    fn code_on_the_command_line() {
        let encoded = "powershell.exe -nop -enc aQBlAHgAIAAxAA==";
        assert_eq!(script("", encoded).map(|s| s.code).as_deref(), Some("iex 1"));
        assert_eq!(script("", "sh -c 'curl x | sh'").map(|s| s.code).as_deref(), Some("curl x | sh"));
        assert_eq!(script("", "cmd /c whoami").map(|s| s.code).as_deref(), Some("whoami"));
        assert_eq!(script("", "notepad.exe a.txt"), None);
    }

    #[test]
    fn an_item_fits_its_process() {
        let cmd = "C:\\Windows\\System32\\cmd.exe";
        for (item, image, command, expect) in [
            (
                "C:\\Users\\a\\str.cmd",
                cmd,
                "C:\\Windows\\SYSTEM32\\cmd.exe /c \"\"C:\\Users\\a\\str.cmd\"\"",
                Some(Strong),
            ),
            ("%ComSpec% /c calc", cmd, "C:\\Windows\\system32\\cmd.exe /c calc", Some(Strong)),
            ("C:\\x\\a.exe", "C:\\x\\a.exe", "\"C:\\x\\a.exe\"", Some(Strong)),
            ("%%COMSPEC%% /c start x.exe", cmd, "C:\\Windows\\system32\\cmd.exe /c start x.exe", Some(Strong)),
            (
                "%COMSPEC% /C \"%COMSPEC% /C start x\"",
                cmd,
                "C:\\windows\\system32\\cmd.exe /C \"C:\\windows\\system32\\cmd.exe /C start x\"",
                Some(Strong),
            ),
            ("C:\\x\\a.exe -k", "C:\\x\\a.exe", "", Some(Circumstantial)),
            ("C:\\x\\a.exe -k", "C:\\x\\a.exe", "C:\\x\\a.exe -z", None),
            ("C:\\x\\a.exe", "C:\\y\\a.exe", "C:\\y\\a.exe", None),
            ("calc.exe", "C:\\Windows\\System32\\calc.exe", "calc.exe", Some(Strong)),
        ] {
            assert_eq!(fits(item, image, command), expect, "{item} / {command}");
        }
    }
}
