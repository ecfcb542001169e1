//! Shell-Core: Explorer runs the Run and RunOnce keys at logon. On by default since Windows 10.

use crate::schema::{EventSpec, Family};

/// Explorer's operational channel.
pub static SHELL_CORE: Family = Family {
    name: "shell-core",
    providers: &["Microsoft-Windows-Shell-Core"],
    channels: &["Microsoft-Windows-Shell-Core/Operational"],
    events: &[
        EventSpec::new(9705, "RunKeyStarted", 0, "Explorer began to run the commands of a Run key.", &[KeyName])
            .title("Started enumeration of commands for registry key"),
        EventSpec::new(9706, "RunKeyFinished", 0, "Explorer finished the commands of a Run key.", &[KeyName])
            .title("Finished enumeration of commands for registry key"),
        EventSpec::new(9707, "RunKeyCommandStarted", 0, "Explorer ran a command of a Run key.", &[Command])
            .title("Started execution of command"),
        EventSpec::new(
            9708,
            "RunKeyCommandFinished",
            0,
            "A command of a Run key was launched; PID is the new process, 0 if it failed.",
            &[PID, Command],
        )
        .title("Finished execution of command"),
    ],
};

fields! {
    /// Registry key, without its root: the same name for HKLM and HKCU.
    KeyName: Registry,
    /// The command, at times without the path that the registry holds.
    Command: Command,
    /// Process that the command became.
    PID: Pid,
}
