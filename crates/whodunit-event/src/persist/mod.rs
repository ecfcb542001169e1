//! One thing that starts by itself: the record that inventory, triage and trace share (`spec/interface.md`, persist).

pub mod task_xml;

use crate::origin::Origin;
use crate::time::Time;
use serde::Serialize;

/// How much an item deserves a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Nothing unusual about it.
    #[default]
    Normal,
    /// Worth a look.
    Look,
    /// Likely bad.
    Suspicious,
}

/// The file that an item runs, as far as the evidence shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Path as the item names it.
    pub path: String,
    /// SHA-256, lower-case hex.
    pub sha256: Option<String>,
    /// Whether the file is in the evidence; `None` where the evidence cannot tell.
    pub exists: Option<bool>,
    /// Owning package or account.
    pub owner: Option<String>,
    /// Whether it is signed; `None` where unknown.
    pub signed: Option<bool>,
}

/// One thing that starts by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Item {
    /// A word of [`CATEGORIES`].
    pub category: &'static str,
    /// What a person would call it: `\OneNote 45756`, a service's name, a Run value's name.
    pub name: String,
    /// Where it is defined, from the root of the evidence, with a leading `/`; for registry items the key, hive first.
    pub path: Option<String>,
    /// Command lines it runs.
    pub command: Vec<String>,
    /// Account it runs as.
    pub user: Option<String>,
    /// `system` or `user:NAME`.
    pub scope: Option<String>,
    /// Whether it is switched on; `None` where unknown.
    pub enabled: Option<bool>,
    /// What sets it off, in words.
    pub trigger: Option<String>,
    /// Its schedule, where it has one.
    pub schedule: Option<String>,
    /// Another item that it starts (a timer's service).
    pub activates: Option<String>,
    /// When it was made.
    pub created: Option<Time>,
    /// When it was last changed.
    pub modified: Option<Time>,
    /// When it last ran.
    pub last_run: Option<Time>,
    /// Who made it: account or process.
    pub maker: Option<String>,
    /// ATT&CK id.
    pub technique: &'static str,
    /// The file it runs.
    pub target: Option<Target>,
    /// How much it deserves a look.
    pub grade: Grade,
    /// Reasons for the grade.
    pub why: Vec<String>,
    /// What the item stands on.
    pub evidence: Vec<Origin>,
}

/// A kind of item.
#[derive(Clone, Copy, Debug)]
pub struct Category {
    /// The word in every output.
    pub word: &'static str,
    /// ATT&CK id.
    pub technique: &'static str,
    /// What to call it in a sentence.
    pub title: &'static str,
}

const fn category(word: &'static str, technique: &'static str, title: &'static str) -> Category {
    Category { word, technique, title }
}

/// Every category; Windows first, then Linux.
pub static CATEGORIES: &[Category] = &[
    category("scheduled-task", "T1053.005", "scheduled task"),
    category("at-job", "T1053.002", "at job"),
    category("service", "T1543.003", "service"),
    category("driver", "T1543.003", "driver"),
    category("run-key", "T1547.001", "Run key"),
    category("startup-folder", "T1547.001", "startup folder"),
    category("winlogon", "T1547.004", "Winlogon value"),
    category("active-setup", "T1547.014", "Active Setup component"),
    category("image-hijack", "T1546.012", "image hijack"),
    category("silent-process-exit", "T1546.012", "SilentProcessExit monitor"),
    category("appinit", "T1546.010", "AppInit DLL"),
    category("appcert", "T1546.009", "AppCert DLL"),
    category("lsa", "T1547.002", "LSA package"),
    category("print-monitor", "T1547.010", "print monitor"),
    category("netsh-helper", "T1546.007", "netsh helper"),
    category("time-provider", "T1547.003", "time provider"),
    category("winsock", "T1112", "Winsock provider"),
    category("credential-provider", "T1556", "credential provider"),
    category("com-hijack", "T1546.015", "COM hijack"),
    category("boot-execute", "T1547", "BootExecute entry"),
    category("pending-rename", "T1547", "pending file rename"),
    category("logon-script", "T1037.001", "logon script"),
    category("gpo-script", "T1484.001", "group policy script"),
    category("wmi-subscription", "T1546.003", "WMI subscription"),
    category("bits-job", "T1197", "BITS job"),
    category("office-addin", "T1137", "Office add-in"),
    category("powershell-profile", "T1546.013", "PowerShell profile"),
    category("screensaver", "T1546.002", "screen saver"),
    category("cmd-autorun", "T1546", "cmd AutoRun"),
    category("environment", "T1574.012", "environment hijack"),
    category("file-association", "T1546.001", "file association"),
    category("amsi-provider", "T1562.001", "AMSI provider"),
    category("app-shim", "T1546.011", "application shim"),
    category("systemd-service", "T1543.002", "systemd service"),
    category("systemd-timer", "T1053.006", "systemd timer"),
    category("systemd-path", "T1543.002", "systemd path unit"),
    category("systemd-socket", "T1543.002", "systemd socket unit"),
    category("systemd-user", "T1543.002", "systemd user unit"),
    category("systemd-dropin", "T1543.002", "systemd drop-in"),
    category("systemd-generator", "T1543.002", "systemd generator"),
    category("systemd-env-generator", "T1543.002", "systemd environment generator"),
    category("systemd-linger", "T1543.002", "lingering user"),
    category("cron-system", "T1053.003", "cron job"),
    category("cron-d", "T1053.003", "cron job"),
    category("cron-periodic", "T1053.003", "periodic cron script"),
    category("cron-user", "T1053.003", "cron job"),
    category("anacron", "T1053.003", "anacron job"),
    category("sysv-init", "T1037.004", "init script"),
    category("rc-local", "T1037.004", "rc.local"),
    category("inittab", "T1037.004", "inittab entry"),
    category("env", "T1574.006", "environment file"),
    category("shell-profile", "T1546.004", "shell profile"),
    category("ld-preload", "T1574.006", "preloaded library"),
    category("ld-conf", "T1574.006", "library path"),
    category("pam-exec", "T1556.003", "PAM command"),
    category("pam-module", "T1556.003", "PAM module"),
    category("udev", "T1546.017", "udev rule"),
    category("xdg-autostart", "T1547.013", "desktop autostart"),
    category("ssh-key", "T1098.004", "ssh key"),
    category("ssh-rc", "T1546.004", "ssh rc script"),
    category("sshd-config", "T1098.004", "sshd setting"),
    category("nm-dispatcher", "T1546", "NetworkManager dispatcher script"),
    category("ifupdown", "T1546", "network script"),
    category("motd", "T1546", "motd script"),
    category("apt-hook", "T1546.016", "apt hook"),
    category("dpkg-script", "T1546.016", "dpkg script"),
    category("dpkg-hook", "T1546.016", "dpkg hook"),
    category("kmod-load", "T1547.006", "kernel module load"),
    category("modprobe", "T1547.006", "modprobe rule"),
    category("sudoers", "T1548.003", "sudoers rule"),
    category("polkit", "T1548", "polkit rule"),
    category("dbus-service", "T1543", "D-Bus service"),
    category("binfmt", "T1546", "binfmt handler"),
    category("initramfs", "T1542", "initramfs hook"),
    category("grub", "T1542", "grub setting"),
    category("python-pth", "T1546.018", "Python start-up file"),
    category("logrotate", "T1053", "logrotate script"),
    category("rsyslog-exec", "T1546", "rsyslog program"),
    category("git-hook", "T1546", "git hook"),
    category("container-restart", "T1543.005", "container restart policy"),
];

/// The entry of a category's word.
pub fn category_of(word: &str) -> Option<&'static Category> {
    CATEGORIES.iter().find(|c| c.word == word)
}

impl Item {
    /// A new item of a category, with the category's ATT&CK id.
    pub fn new(category: &'static str, name: impl Into<String>) -> Self {
        let technique = category_of(category).map_or("", |c| c.technique);
        Self { category, name: name.into(), technique, ..Self::default() }
    }
}
