//! What names mean: programs that only start others, programs that serve requests, keys that start things, pipes and
//! ports through which other hosts give orders. All lists are lower case and compared without case.

use crate::path;

/// What a program that only starts others takes its orders from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dispatcher {
    /// `svchost -s Schedule`, taskeng, taskhostw: a scheduled task.
    Schedule,
    /// `svchost -k netsvcs` without `-s`, or a svchost without command line: the scheduler or another of its services.
    Svchost,
    /// services.exe: a service.
    Services,
    /// WmiPrvSE: a caller of WMI, local or not, or a subscription.
    Wmi,
    /// scrcons: a script of a WMI subscription.
    WmiScript,
    /// wsmprovhost, winrshost: a remote shell.
    WinRm,
    /// PSEXESVC and its like: a service that runs orders from another host.
    RemoteService,
    /// explorer as the desktop: a user, a Run key, the startup folder.
    Desktop,
    /// userinit, winlogon, runonce: what a logon starts.
    Logon,
    /// gpscript: a script of a group policy.
    Policy,
    /// svchost DcomLaunch, dllhost, a program started with -Embedding: a caller of COM.
    Com,
    /// The kernel, smss, wininit, csrss, init: the boot.
    Boot,
    /// cron and its like.
    Cron,
    /// systemd.
    Systemd,
    /// sshd, login: a session.
    Sshd,
}

/// Programs that only start others; by file name.
const DISPATCHERS: [(&str, Dispatcher); 33] = [
    ("taskeng.exe", Dispatcher::Schedule),
    ("taskhostw.exe", Dispatcher::Schedule),
    ("taskhost.exe", Dispatcher::Schedule),
    ("svchost.exe", Dispatcher::Svchost),
    ("services.exe", Dispatcher::Services),
    ("wmiprvse.exe", Dispatcher::Wmi),
    ("scrcons.exe", Dispatcher::WmiScript),
    ("wsmprovhost.exe", Dispatcher::WinRm),
    ("winrshost.exe", Dispatcher::WinRm),
    ("psexesvc.exe", Dispatcher::RemoteService),
    ("paexec.exe", Dispatcher::RemoteService),
    ("remcomsvc.exe", Dispatcher::RemoteService),
    ("csexecsvc.exe", Dispatcher::RemoteService),
    ("explorer.exe", Dispatcher::Desktop),
    ("sihost.exe", Dispatcher::Desktop),
    ("userinit.exe", Dispatcher::Logon),
    ("winlogon.exe", Dispatcher::Logon),
    ("runonce.exe", Dispatcher::Logon),
    ("gpscript.exe", Dispatcher::Policy),
    ("dllhost.exe", Dispatcher::Com),
    ("system", Dispatcher::Boot),
    ("smss.exe", Dispatcher::Boot),
    ("wininit.exe", Dispatcher::Boot),
    ("csrss.exe", Dispatcher::Boot),
    ("lsass.exe", Dispatcher::Boot),
    ("cron", Dispatcher::Cron),
    ("crond", Dispatcher::Cron),
    ("anacron", Dispatcher::Cron),
    ("atd", Dispatcher::Cron),
    ("systemd", Dispatcher::Systemd),
    ("init", Dispatcher::Systemd),
    ("sshd", Dispatcher::Sshd),
    ("login", Dispatcher::Sshd),
];

/// What a process dispatches, from its image and command line; `None` for a program with a will of its own.
pub(crate) fn dispatcher(image: &str, command: &str) -> Option<Dispatcher> {
    let name = path::file_name(image).to_lowercase();
    // Newer sshd and systemd run helpers under names of their own: `sshd-session`, `(sd-pam)`.
    let name = name.strip_suffix("-session").unwrap_or(&name);
    let found = DISPATCHERS.iter().find(|(n, _)| *n == name).map(|(_, d)| *d);
    if found.is_none() && has_word(command, "-embedding") && has_folder_of_system(image) {
        return Some(Dispatcher::Com);
    }
    // A program of that name outside the system's folders only pretends.
    let found = found.filter(|_| !path::has_folder(image) || has_folder_of_system(image))?;
    Some(match found {
        Dispatcher::Svchost => svchost(command),
        other => other,
    })
}

fn has_folder_of_system(image: &str) -> bool {
    image.starts_with('/') && !path::is_writable(image)
        || in_system(image)
        || path::key(image).starts_with("\\program files")
}

fn svchost(command: &str) -> Dispatcher {
    match service_of_svchost(command) {
        Some(name) if name.eq_ignore_ascii_case("schedule") => Dispatcher::Schedule,
        Some(_) => Dispatcher::Com,
        None if has_word(command, "dcomlaunch") => Dispatcher::Com,
        None => Dispatcher::Svchost,
    }
}

/// `NAME` of `svchost -k group -s NAME`.
pub(crate) fn service_of_svchost(command: &str) -> Option<&str> {
    let mut words = command.split_ascii_whitespace();
    words.find(|w| w.eq_ignore_ascii_case("-s"))?;
    words.next()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(word))
}

/// Programs that answer requests from outside: a shell under one of them is the request's doing.
const SERVERS: [&str; 28] = [
    "w3wp.exe",
    "httpd.exe",
    "nginx.exe",
    "tomcat.exe",
    "php-cgi.exe",
    "php.exe",
    "mysqld.exe",
    "sqlservr.exe",
    "umworkerprocess.exe",
    "java.exe",
    "javaw.exe",
    "node.exe",
    "oracle.exe",
    "postgres.exe",
    "spoolsv.exe",
    "beasvc.exe",
    "coldfusion.exe",
    "httpd",
    "apache2",
    "nginx",
    "php-fpm",
    "mysqld",
    "postgres",
    "java",
    "node",
    "redis-server",
    "lighttpd",
    "mariadbd",
];

/// Whether a program answers requests from outside.
pub(crate) fn is_server(image: &str) -> bool {
    let name = path::file_name(image).to_lowercase();
    let tomcat = name.starts_with("tomcat") && name.trim_end_matches("w.exe").trim_end_matches(".exe").len() <= 8;
    SERVERS.contains(&name.as_str()) || tomcat || name.starts_with("php-fpm") || name.starts_with("php-cgi")
}

/// Programs that give a person or an attacker the run of the host; a server has no business starting one.
const SHELLS: [&str; 34] = [
    "cmd.exe",
    "powershell.exe",
    "pwsh.exe",
    "wscript.exe",
    "cscript.exe",
    "mshta.exe",
    "rundll32.exe",
    "regsvr32.exe",
    "certutil.exe",
    "bitsadmin.exe",
    "whoami.exe",
    "net.exe",
    "net1.exe",
    "csc.exe",
    "curl.exe",
    "wget.exe",
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "ash",
    "busybox",
    "python",
    "python3",
    "perl",
    "ruby",
    "curl",
    "wget",
    "nc",
    "ncat",
    "socat",
    "whoami",
    "id",
];

/// Whether a program is a shell, an interpreter or a fetcher.
pub(crate) fn is_shell(image: &str) -> bool {
    let name = path::file_name(image).to_lowercase();
    SHELLS.contains(&name.as_str()) || name.starts_with("python")
}

/// Programs of the system with no reason of their own to talk to anyone a responder asks about: what such a process
/// did may be another's doing.
const QUIET: [&str; 16] = [
    "explorer.exe",
    "svchost.exe",
    "notepad.exe",
    "dllhost.exe",
    "runtimebroker.exe",
    "taskhostw.exe",
    "taskhost.exe",
    "services.exe",
    "lsass.exe",
    "winlogon.exe",
    "spoolsv.exe",
    "werfault.exe",
    "sihost.exe",
    "ctfmon.exe",
    "searchindexer.exe",
    "wininit.exe",
];

/// Whether a process of this image is more likely used by another than acting by itself.
pub(crate) fn is_quiet(image: &str) -> bool {
    QUIET.contains(&path::file_name(image).to_lowercase().as_str()) && in_system(image)
}

/// Programs that reach into every process by their nature: the subsystem, service manager, error reports, Defender.
const REACHERS: [&str; 13] = [
    "csrss.exe",
    "services.exe",
    "lsass.exe",
    "svchost.exe",
    "smss.exe",
    "wininit.exe",
    "winlogon.exe",
    "dwm.exe",
    "wmiprvse.exe",
    "werfault.exe",
    "msmpeng.exe",
    "taskmgr.exe",
    "conhost.exe",
];

/// Whether a program reaches into other processes by its nature, so that this alone says nothing. Only in its own place.
pub(crate) fn reaches_into_all(image: &str) -> bool {
    let known = REACHERS.contains(&path::file_name(image).to_lowercase().as_str());
    known && (in_system(image) || path::key(image).contains("\\windows defender\\"))
}

/// Whether the image lies in the Windows folder proper (not a folder in it that users write to).
pub(crate) fn in_system(image: &str) -> bool {
    let key = path::key(image);
    key == "system"
        || key.starts_with("\\windows\\")
            && !key.starts_with("\\windows\\temp\\")
            && !key.starts_with("\\windows\\tasks\\")
}

/// Whether a path ends in one of these file names.
pub(crate) fn is_file(file: &str, names: &[&str]) -> bool {
    names.iter().any(|n| path::file_name(file).eq_ignore_ascii_case(n))
}

/// Parts of registry keys whose values start things, with the persist category they make; lower case.
const STARTING_KEYS: [(&str, &str); 24] = [
    ("\\currentversion\\run\\", "run-key"),
    ("\\currentversion\\runonce\\", "run-key"),
    ("\\currentversion\\runonceex\\", "run-key"),
    ("\\currentversion\\runservices\\", "run-key"),
    ("\\policies\\explorer\\run\\", "run-key"),
    ("\\windows nt\\currentversion\\windows\\load", "run-key"),
    ("\\windows nt\\currentversion\\windows\\run", "run-key"),
    ("\\environment\\userinitmprlogonscript", "logon-script"),
    ("\\winlogon\\userinit", "winlogon"),
    ("\\winlogon\\shell", "winlogon"),
    ("\\winlogon\\notify\\", "winlogon"),
    ("\\image file execution options\\", "image-hijack"),
    ("\\silentprocessexit\\", "silent-process-exit"),
    ("\\appinit_dlls", "appinit"),
    ("\\appcertdlls\\", "appcert"),
    ("\\active setup\\installed components\\", "active-setup"),
    ("\\inprocserver32\\", "com-hijack"),
    ("\\localserver32\\", "com-hijack"),
    ("\\shell\\open\\command\\", "file-association"),
    ("\\control panel\\desktop\\scrnsave.exe", "screensaver"),
    ("\\command processor\\autorun", "cmd-autorun"),
    ("\\print\\monitors\\", "print-monitor"),
    ("\\services\\", "service"),
    ("\\schedule\\taskcache\\", "scheduled-task"),
];

/// Whether a registry value stands in a user's environment for the Windows folder.
pub(crate) fn replaces_windows(value: &str) -> bool {
    let value = value.to_lowercase();
    value.ends_with("\\environment\\windir") || value.ends_with("\\environment\\systemroot")
}

/// Whether a registry key belongs to a mechanism that starts things.
pub(crate) fn starts_things(key: &str) -> bool {
    starting_category(key).is_some()
}

/// The persist category that a registry key belongs to.
pub(crate) fn starting_category(key: &str) -> Option<&'static str> {
    let mut key = key.to_lowercase();
    key.push('\\');
    STARTING_KEYS.iter().find(|(part, _)| key.contains(part)).map(|(_, category)| *category)
}

/// Classes of the desktop's COM objects ShellWindows and ShellBrowserWindow.
const DESKTOP_CLASSES: [&str; 2] = ["{9ba05972-f6a8-11cf-a442-00a0c90a8f39}", "{c08afd90-f2a1-11d1-8455-00a0c91f3880}"];

/// The class of the desktop that a registry key defines.
pub(crate) fn desktop_class(key: &str) -> Option<&'static str> {
    let (_, class) = key.rsplit_once("\\CLSID\\")?;
    DESKTOP_CLASSES.into_iter().find(|known| class.get(..known.len()).is_some_and(|c| c.eq_ignore_ascii_case(known)))
}

/// The program that the desktop counts as opened by a person in this registry value: UserAssist (in ROT13), jump lists.
pub(crate) fn opened(key: &str) -> Option<String> {
    let lower = key.to_ascii_lowercase();
    if lower.contains("\\explorer\\userassist\\") {
        let at = lower.find("\\count\\")? + "\\count\\".len();
        return Some(key.get(at..)?.chars().map(rot13).collect());
    }
    let at = lower.find("\\search\\jumplistdata\\")? + "\\search\\jumplistdata\\".len();
    key.get(at..).map(str::to_owned)
}

fn rot13(c: char) -> char {
    let turn = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

/// Pipes behind which services take orders from other hosts: the task scheduler, the service manager (svcctl is an alias
/// that the file system of pipes opens as ntsvcs), remote shells.
const REMOTE_PIPES: [&str; 11] = [
    "atsvc",
    "svcctl",
    "ntsvcs",
    "psexesvc",
    "paexec",
    "remcom",
    "csexec",
    "winreg",
    "itaskschedulerservice",
    "wkssvc-exec",
    "tsch",
];

/// Whether a pipe serves orders from other hosts.
pub(crate) fn is_remote_pipe(name: &str) -> bool {
    let name = name.trim_start_matches('\\').to_lowercase();
    REMOTE_PIPES.iter().any(|p| name.starts_with(p))
}

/// Whether a share is an administrator's: ADMIN$, C$ and the like.
pub(crate) fn is_admin_share(share: &str) -> bool {
    let name = path::file_name(share);
    name.eq_ignore_ascii_case("admin$") || name.len() == 2 && name.ends_with('$')
}

/// Whether orders to a host come in at this port: RPC, SMB, WinRM, RDP, SSH.
pub(crate) fn is_command_port(port: u64) -> bool {
    matches!(port, 22 | 135 | 139 | 445 | 3389 | 5985 | 5986)
}

/// Whether two spellings may name one account: `DOMAIN\name`, `name`, `name@domain`.
pub(crate) fn is_same_account(a: &str, b: &str) -> bool {
    let name = |account: &str| path::file_name(account).split('@').next().unwrap_or_default().to_lowercase();
    !name(a).is_empty() && name(a) == name(b)
}

/// Whether an address is this host itself or none at all.
pub(crate) fn is_local_address(address: &str) -> bool {
    let address = address.trim().trim_start_matches("::ffff:");
    address.is_empty()
        || matches!(address, "-" | "::1" | "0.0.0.0" | "::" | "LOCAL" | "0:0:0:0:0:0:0:1" | "localhost")
        || address.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svchost_is_what_its_command_line_says() {
        let image = "C:\\Windows\\System32\\svchost.exe";
        let of = |command| dispatcher(image, command);
        assert_eq!(of("C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule"), Some(Dispatcher::Schedule));
        assert_eq!(of("C:\\Windows\\system32\\svchost.exe -k netsvcs"), Some(Dispatcher::Svchost));
        assert_eq!(of("C:\\Windows\\system32\\svchost.exe -k DcomLaunch"), Some(Dispatcher::Com));
        assert_eq!(dispatcher("C:\\Users\\a\\svchost.exe", ""), None);
        assert_eq!(dispatcher("/usr/sbin/cron", "/usr/sbin/cron -f"), Some(Dispatcher::Cron));
    }

    #[test]
    fn what_the_desktop_notes() {
        let key =
            "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist\\{CEBFF5CD}\\Count";
        assert_eq!(opened(&format!("{key}\\{{1NP14R77}}\\JFpevcg.rkr")).as_deref(), Some("{1AC14E77}\\WScript.exe"));
        assert_eq!(opened(key), None);
        let class =
            "\\REGISTRY\\MACHINE\\SOFTWARE\\Classes\\CLSID\\{C08AFD90-f2a1-11d1-8455-00a0c91f3880}\\LocalServer32";
        assert_eq!(desktop_class(class), Some(DESKTOP_CLASSES[1]));
    }

    #[test]
    fn keys_that_start_things() {
        let key = "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater";
        assert_eq!(starting_category(key), Some("run-key"));
        assert_eq!(starting_category("HKLM\\System\\CurrentControlSet\\Services\\x\\ImagePath"), Some("service"));
        assert_eq!(starting_category("HKLM\\SOFTWARE\\Runner\\x"), None);
    }
}
