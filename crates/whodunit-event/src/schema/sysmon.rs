//! Sysmon for Windows and for Linux, schema 4.91 (equal to 4.90 in events and fields).
//!
//! Ids below 100 are shared; those from 100 on are the Linux edition's own. Several ids may share a name, which is the
//! tag of a configuration file (`RegistryEvent` 12 to 14, `PipeEvent` 17 and 18, `WmiEvent` 19 to 21). Records before
//! schema 4.80 lack the user columns while their record version is the same: read fields by name, never by position.
//! A missing text is `-`, in old versions empty. Versions are written with two places (`4.10`, not `4.1`).

use super::RuleDefault::{Exclude, Include};
use super::{EventSpec, Family, Platform};

/// Sysmon's events.
pub static SYSMON: Family = Family {
    name: "sysmon",
    providers: &["Microsoft-Windows-Sysmon", "Linux-Sysmon"],
    channels: &["Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational"],
    events: &EVENTS,
};

static EVENTS: [EventSpec; 31] = [
    EventSpec::new(
        1,
        "ProcessCreate",
        5,
        "A process started. Linux: the fields of the version resource are `-`.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            FileVersion.since("4.00"),
            Description.since("4.00"),
            Product.since("4.00"),
            Company.since("4.00"),
            OriginalFileName.since("4.21"),
            CommandLine,
            CurrentDirectory,
            User,
            LogonGuid,
            LogonId,
            TerminalSessionId,
            IntegrityLevel,
            Hashes.doc("Hashes of the executable, `ALG=HEX` joined by `,`; upper case on Windows, lower case on Linux."),
            ParentProcessGuid,
            ParentProcessId,
            ParentImage,
            ParentCommandLine,
            ParentUser.since("4.80"),
        ],
    )
    .title("Process Create")
    .default(Include),
    EventSpec::new(
        2,
        "FileCreateTime",
        5,
        "A process changed a file's creation time; malware does it to look old. Not on Linux.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetFilename,
            CreationUtcTime.doc("The new creation time, UTC."),
            PreviousCreationUtcTime,
            User.since("4.80"),
        ],
    )
    .title("File creation time changed")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        3,
        "NetworkConnect",
        5,
        "A process opened or took a TCP or UDP connection. Linux: TCP connect and accept, UDP send and receive.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            User,
            Protocol,
            Initiated,
            SourceIsIpv6,
            SourceIp,
            SourceHostname,
            SourcePort,
            SourcePortName,
            DestinationIsIpv6,
            DestinationIp,
            DestinationHostname,
            DestinationPort,
            DestinationPortName,
        ],
    )
    .title("Network connection detected")
    .default(Exclude),
    EventSpec::new(
        4,
        "ServiceStateChange",
        3,
        "Sysmon itself started or stopped; never filtered. On Linux too.",
        &[UtcTime.since("3.10"), State, Version.since("3.20"), SchemaVersion.since("3.20")],
    )
    .title("Sysmon service state changed"),
    EventSpec::new(
        5,
        "ProcessTerminate",
        3,
        "A process ended. On Linux too.",
        &[RuleName.since("4.10"), UtcTime, ProcessGuid, ProcessId, Image, User.since("4.80")],
    )
    .title("Process terminated")
    .default(Include),
    EventSpec::new(
        6,
        "DriverLoad",
        4,
        "A driver was loaded into the kernel. Not on Linux.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ImageLoaded.doc("Full path of the driver."),
            Hashes,
            Signed,
            Signature,
            SignatureStatus.since("3.20"),
        ],
    )
    .title("Driver loaded")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        7,
        "ImageLoad",
        3,
        "A process loaded a module, a DLL as a rule. Not on Linux.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            ImageLoaded,
            FileVersion.since("4.00"),
            Description.since("4.00"),
            Product.since("4.00"),
            Company.since("4.00"),
            OriginalFileName.since("4.21"),
            Hashes.doc("Hashes of the module, not of the process: `ALG=HEX` joined by `,`."),
            Signed,
            Signature,
            SignatureStatus.since("3.20"),
            User.since("4.80"),
        ],
    )
    .title("Image loaded")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        8,
        "CreateRemoteThread",
        2,
        "A process started a thread in another one: a usual way of injection. Not on Linux.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            SourceProcessGuid,
            SourceProcessId,
            SourceImage,
            TargetProcessGuid,
            TargetProcessId,
            TargetImage,
            NewThreadId,
            StartAddress.since("3.10"),
            StartModule.since("3.10"),
            StartFunction.since("3.10"),
            SourceUser.since("4.80"),
            TargetUser.since("4.80"),
        ],
    )
    .title("CreateRemoteThread detected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        9,
        "RawAccessRead",
        2,
        "A process read a volume past the file system. Linux: it opened a block device.",
        &[RuleName.since("4.10"), UtcTime, ProcessGuid, ProcessId, Image, Device, User.since("4.80")],
    )
    .since("3.10")
    .title("RawAccessRead detected")
    .default(Exclude),
    EventSpec::new(
        10,
        "ProcessAccess",
        3,
        "A process opened another one. Linux: ptrace, with GrantedAccess always 0 and no call trace.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            SourceProcessGUID,
            SourceProcessId,
            SourceThreadId,
            SourceImage,
            TargetProcessGUID,
            TargetProcessId,
            TargetImage,
            GrantedAccess,
            CallTrace,
            SourceUser.since("4.80"),
            TargetUser.since("4.80"),
        ],
    )
    .since("3.10")
    .title("Process accessed")
    .default(Exclude),
    EventSpec::new(
        11,
        "FileCreate",
        2,
        "A process created or overwrote a file. Linux: a guess from the file's times; overwriting is not reported.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetFilename,
            CreationUtcTime,
            User.since("4.80"),
        ],
    )
    .since("3.20")
    .title("File created")
    .default(Exclude),
    EventSpec::new(
        12,
        "RegistryEvent",
        2,
        "A registry key or value was created or deleted. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`CreateKey`, `DeleteKey`, `CreateValue` or `DeleteValue`."),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetObject,
            User.since("4.80"),
        ],
    )
    .since("3.20")
    .title("Registry object added or deleted")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        13,
        "RegistryEvent",
        2,
        "A registry value was set. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`SetValue`."),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetObject,
            Details,
            User.since("4.80"),
        ],
    )
    .since("3.20")
    .title("Registry value set")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        14,
        "RegistryEvent",
        2,
        "A registry key or value was renamed. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`RenameKey` or `RenameValue`."),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetObject.doc("Key or value under its old name."),
            NewName,
            User.since("4.80"),
        ],
    )
    .since("3.20")
    .title("Registry object renamed")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        15,
        "FileCreateStreamHash",
        2,
        "A named stream of a file was written; a download's `Zone.Identifier` tells where it came from. Not on Linux.",
        &[
            RuleName.since("4.10"),
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            TargetFilename.doc("File with the stream's name after a colon."),
            CreationUtcTime,
            Hash,
            Contents.since("4.31"),
            User.since("4.80"),
        ],
    )
    .since("3.20")
    .title("File stream created")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        16,
        "ServiceConfigurationChange",
        3,
        "Sysmon's own tool changed its configuration; never filtered. On Linux too, where it precedes event 4 at start.",
        &[UtcTime, Configuration, ConfigurationFileHash],
    )
    .since("3.20")
    .title("Sysmon config state changed"),
    EventSpec::new(
        17,
        "PipeEvent",
        1,
        "A named pipe was created. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.since("4.21").doc("`CreatePipe`."),
            UtcTime,
            ProcessGuid,
            ProcessId,
            PipeName,
            Image,
            User.since("4.80"),
        ],
    )
    .since("3.30")
    .title("Pipe Created")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        18,
        "PipeEvent",
        1,
        "A named pipe was opened by a client. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.since("4.21").doc("`ConnectPipe`."),
            UtcTime,
            ProcessGuid,
            ProcessId,
            PipeName,
            Image.doc("Full path of the client's executable; `System` for a client on another host."),
            User.since("4.80"),
        ],
    )
    .since("3.30")
    .title("Pipe Connected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        19,
        "WmiEvent",
        3,
        "A WMI event filter was registered, changed or removed. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`WmiFilterEvent`."),
            UtcTime,
            Operation,
            User.doc("Account that did it."),
            EventNamespace,
            Name.doc("The filter's name."),
            Query,
        ],
    )
    .since("3.40")
    .title("WmiEventFilter activity detected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        20,
        "WmiEvent",
        3,
        "A WMI event consumer was registered, changed or removed: what shall run. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`WmiConsumerEvent`."),
            UtcTime,
            Operation,
            User.doc("Account that did it."),
            Name.doc("The consumer's name."),
            Type.doc("Kind of consumer: `Command Line`, `Script` and others."),
            Destination,
        ],
    )
    .since("3.40")
    .title("WmiEventConsumer activity detected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        21,
        "WmiEvent",
        3,
        "A WMI consumer was bound to a filter or the bond removed: from now on it runs. Not on Linux.",
        &[
            RuleName.since("4.10"),
            EventType.doc("`WmiBindingEvent`."),
            UtcTime,
            Operation,
            User.doc("Account that did it."),
            Consumer,
            Filter,
        ],
    )
    .since("3.40")
    .title("WmiEventConsumerToFilter activity detected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        22,
        "DnsQuery",
        5,
        "A process asked for a name; it may be svchost (Dnscache) where the caller is not known. Not in the Linux edition.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            QueryName,
            QueryStatus,
            QueryResults,
            Image,
            User.since("4.80"),
        ],
    )
    .since("4.21")
    .title("Dns query")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        23,
        "FileDelete",
        5,
        "A file was deleted and kept in the archive folder. Linux: nothing is archived, the last three fields are `-`.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            User,
            Image,
            TargetFilename,
            Hashes.doc("Hashes of the deleted file, `ALG=HEX` joined by `,`."),
            IsExecutable,
            Archived.doc("`true` if the file was kept in the archive folder, else `false`, at times with the reason."),
        ],
    )
    .since("4.30")
    .title("File Delete archived")
    .default(Exclude),
    EventSpec::new(
        24,
        "ClipboardChange",
        5,
        "The clipboard's text changed. Not on Linux.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image.doc("Full path of the executable that put the text there."),
            Session,
            ClientInfo,
            Hashes.doc("Hashes of the text, `ALG=HEX` joined by `,`; the archived copy is named after them."),
            Archived.doc("`true` if the text was kept in the archive folder."),
            User.since("4.80"),
        ],
    )
    .since("4.40")
    .title("Clipboard changed")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        25,
        "ProcessTampering",
        5,
        "A process's image was replaced: hollowing, herpaderping. Not on Linux.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            Type.doc("`Image is replaced`, `Image is locked for access` and others."),
            User.since("4.80"),
        ],
    )
    .since("4.50")
    .title("Process Tampering")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        26,
        "FileDeleteDetected",
        5,
        "A file was deleted; nothing was kept. The Linux edition declares it and never writes it.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            User,
            Image,
            TargetFilename,
            Hashes.doc("Hashes of the deleted file, `ALG=HEX` joined by `,`."),
            IsExecutable,
        ],
    )
    .since("4.60")
    .title("File Delete logged")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        27,
        "FileBlockExecutable",
        5,
        "The creation of an executable file was blocked. Not on Linux.",
        &[RuleName, UtcTime, ProcessGuid, ProcessId, User, Image, TargetFilename, Hashes],
    )
    .since("4.82")
    .title("File Block Executable")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        28,
        "FileBlockShredding",
        5,
        "The shredding of a file, as by sdelete, was blocked. Not on Linux.",
        &[RuleName, UtcTime, ProcessGuid, ProcessId, User, Image, TargetFilename, Hashes, IsExecutable],
    )
    .since("4.83")
    .title("File Block Shredding")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        29,
        "FileExecutableDetected",
        5,
        "A new executable file was written. Not in the Linux edition.",
        &[RuleName, UtcTime, ProcessGuid, ProcessId, User, Image, TargetFilename, Hashes],
    )
    .since("4.90")
    .title("File Executable Detected")
    .only(Platform::Windows)
    .default(Exclude),
    EventSpec::new(
        100,
        "eBPFEvent",
        1,
        "A process loaded an eBPF program into the kernel. Linux only.",
        &[
            RuleName,
            UtcTime,
            ProcessGuid,
            ProcessId,
            Image,
            User,
            BpfCommand,
            BpfProgramType,
            BpfProgramId,
            BpfProgramName,
        ],
    )
    .since("4.90")
    .title("eBPF Program Loaded")
    .only(Platform::Linux)
    .default(Exclude),
    EventSpec::new(
        255,
        "Error",
        3,
        "Sysmon reports an error of its own (level 2); never filtered. On Linux too.",
        &[UtcTime.since("3.10"), ID, Description.doc("What went wrong, in free text.")],
    )
    .title("Error report"),
];

fields! {
    /// Name of the filter rule that let the event through; `-` if none.
    RuleName: Text,
    /// When it happened, UTC, milliseconds.
    UtcTime: Time,
    /// What was done.
    EventType: Text,

    /// Names the process for ever, unlike its pid; bytes 4 to 8 hold its start time.
    ProcessGuid: Guid,
    /// Process id; reused by the system.
    ProcessId: Pid,
    /// Full path of the process's executable; `-` or `<unknown process>` if Sysmon does not know it.
    Image: Path,
    /// File version from the executable's version resource.
    FileVersion: Text,
    /// Description from the executable's version resource.
    Description: Text,
    /// Product from the executable's version resource.
    Product: Text,
    /// Company from the executable's version resource; anyone can write it, it is no signature.
    Company: Text,
    /// Name from the executable's version resource: a renamed tool keeps it.
    OriginalFileName: Path,
    /// Command line as given. Linux: the arguments joined by single blanks.
    CommandLine: Command,
    /// Working folder at the start; Windows ends it with a backslash, Linux with no slash.
    CurrentDirectory: Path,
    /// Account of the process, `DOMAIN\name`; Linux: the name alone.
    User: User,
    /// Names the logon session; bytes 4 to 8 hold the time of the logon.
    LogonGuid: Guid,
    /// Logon session as in Security 4624. Linux: the uid, in decimal.
    LogonId: Hex,
    /// Terminal session of the user, 0 for services. Linux: audit session, 4294967295 if none.
    TerminalSessionId: Number,
    /// `Low`, `Medium`, `High`, `System`. Linux: always `no level`.
    IntegrityLevel: Text,
    /// Hashes of the file, `ALG=HEX` joined by `,`, in the order SHA1, MD5, SHA256, IMPHASH.
    Hashes: Hashes,
    /// ProcessGuid of the parent; all zero if the parent is older than Sysmon and was not known.
    ParentProcessGuid: Guid,
    /// Process id of the parent.
    ParentProcessId: Pid,
    /// Full path of the parent's executable.
    ParentImage: Path,
    /// Command line of the parent.
    ParentCommandLine: Command,
    /// Account of the parent.
    ParentUser: User,

    /// Full path of the file.
    TargetFilename: Path,
    /// Creation time of the file, UTC.
    CreationUtcTime: Time,
    /// Creation time of the file before the change, UTC.
    PreviousCreationUtcTime: Time,
    /// Hashes of the stream's content, `ALG=HEX` joined by `,`. Spelt `Hash`, not `Hashes`, in this event.
    Hash: Hashes,
    /// Text of the stream if it is short text; `ReferrerUrl=` and `HostUrl=` of a download stand here.
    Contents: Command,
    /// `true` if the file is an executable (PE).
    IsExecutable: Bool,
    /// Whether a copy was kept in the archive folder.
    Archived: Text,

    /// `tcp` or `udp`.
    Protocol: Text,
    /// `true` if this process opened the connection, `false` if it took it.
    Initiated: Bool,
    /// `true` if SourceIp is IPv6.
    SourceIsIpv6: Bool,
    /// Source address. With Initiated `false` some versions put the local host here, others the remote one.
    SourceIp: Ip,
    /// Name of SourceIp from a reverse look-up; `-` on Linux.
    SourceHostname: Host,
    /// Source port.
    SourcePort: Port,
    /// Service name of SourcePort; `-` on Linux.
    SourcePortName: Text,
    /// `true` if DestinationIp is IPv6.
    DestinationIsIpv6: Bool,
    /// Destination address.
    DestinationIp: Ip,
    /// Name of DestinationIp from a reverse look-up, not what the program asked for; `-` on Linux.
    DestinationHostname: Host,
    /// Destination port.
    DestinationPort: Port,
    /// Service name of DestinationPort; `-` on Linux.
    DestinationPortName: Text,

    /// `Started` or `Stopped`.
    State: Text,
    /// Version of Sysmon, as `13.33`.
    Version: Text,
    /// Version of its schema, as `4.81`.
    SchemaVersion: Text,
    /// Path of the configuration file, or the whole command line where no file was given.
    Configuration: Command,
    /// Hash of the configuration file, `SHA256=HEX`; `-` if there is none.
    ConfigurationFileHash: Hashes,
    /// Part that failed: `DriverCommunication`, `RuleEngine` and others.
    ID: Text,

    /// Full path of the module.
    ImageLoaded: Path,
    /// `true` if the file carries a signature, valid or not.
    Signed: Bool,
    /// Name of the signer.
    Signature: Text,
    /// `Valid`, `Expired`, `Revoked`, `Unavailable` and others.
    SignatureStatus: Text,

    /// ProcessGuid of the process that acts.
    SourceProcessGuid: Guid,
    /// ProcessGuid of the process that acts. Spelt with `GUID` in capitals in this event.
    SourceProcessGUID: Guid,
    /// Process id of the process that acts.
    SourceProcessId: Pid,
    /// Thread that acts.
    SourceThreadId: Number,
    /// Full path of the acting process's executable.
    SourceImage: Path,
    /// Account of the process that acts.
    SourceUser: User,
    /// ProcessGuid of the process acted upon.
    TargetProcessGuid: Guid,
    /// ProcessGuid of the process acted upon. Spelt with `GUID` in capitals in this event.
    TargetProcessGUID: Guid,
    /// Process id of the process acted upon.
    TargetProcessId: Pid,
    /// Full path of the executable of the process acted upon.
    TargetImage: Path,
    /// Account of the process acted upon.
    TargetUser: User,
    /// Id of the new thread in the target.
    NewThreadId: Number,
    /// Address where the thread starts.
    StartAddress: Hex,
    /// Module that StartAddress lies in; `-` if in none, as injected code does.
    StartModule: Path,
    /// Exported function at StartAddress; `-` if none.
    StartFunction: Text,
    /// Rights that were granted, a mask in lower-case hexadecimal: `0x1410`.
    GrantedAccess: Hex,
    /// Call stack, `module+offset` joined by `|`; `UNKNOWN` is code outside any module.
    CallTrace: Command,
    /// Volume or block device that was read.
    Device: Path,

    /// Key or value, root abbreviated to HKLM, HKU or HKCR; ControlSet00x reads CurrentControlSet.
    TargetObject: Registry,
    /// The data set: text as it is, numbers as `DWORD (0x00000001)`, other binary as `Binary Data`.
    Details: Command,
    /// Key or value under its new name.
    NewName: Registry,

    /// Name of the pipe, without server: `\atsvc`.
    PipeName: Path,

    /// `Created`, `Modified` or `Deleted`.
    Operation: Text,
    /// WMI namespace that the filter watches.
    EventNamespace: Text,
    /// Name of the object.
    Name: Text,
    /// WQL query of the filter.
    Query: Command,
    /// Kind.
    Type: Text,
    /// What the consumer runs: a command line or a script, quoted, backslashes doubled, with a blank in front.
    Destination: Command,
    /// WMI path of the consumer.
    Consumer: Text,
    /// WMI path of the filter.
    Filter: Text,

    /// The name that was asked for.
    QueryName: Host,
    /// Win32 DNS status: 0 answered, 9003 no such name.
    QueryStatus: Number,
    /// Answers, `;`-terminated: addresses (IPv4 often as `::ffff:1.2.3.4`), others as `type: 5 name`; `-` if none.
    QueryResults: DnsAnswers,

    /// Terminal session whose clipboard changed.
    Session: Number,
    /// User, and for a remote session its host and address: `user: A\b ip: 1.2.3.4 hostname: C`.
    ClientInfo: Command,

    /// Command of the bpf system call.
    BpfCommand: Text,
    /// Type of the program.
    BpfProgramType: Text,
    /// The kernel's id of the program.
    BpfProgramId: Number,
    /// Name of the program, at most 15 characters.
    BpfProgramName: Text,
}
