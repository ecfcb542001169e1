//! Linux's own logs as typed events: syslog and journal messages, login records, audit records.
//!
//! Linux numbers none of its messages, so the ids of syslog events are ours: they lie above 70000, out of reach of
//! Windows event ids, and are unique over all programs (701xx cron, 702xx sshd, 703xx sudo, 704xx su, 705xx PAM, 706xx
//! systemd, 707xx logind, 708xx accounts, 709xx kernel, 710xx login records). Audit events keep the numbers of
//! `linux/audit.h`. The provider of a syslog event is its tag. Field names follow Sysmon's where they mean the same.

use super::{EventSpec, Family, FieldSpec, FieldType as T};

const fn field(name: &'static str, kind: T, doc: &'static str) -> FieldSpec {
    FieldSpec::new(name, kind, doc)
}

const Message: FieldSpec = field("Message", T::Text, "The whole message as it was logged.");
const ProcessId: FieldSpec = field("ProcessId", T::Pid, "Process id in the tag of the message.");
const User: FieldSpec = field("User", T::User, "Account that acts, as the message names it.");
const UserId: FieldSpec = field("UserId", T::Number, "Numeric id of the account that acts.");
const TargetUser: FieldSpec = field("TargetUser", T::User, "Account that is acted on or becomes the new one.");
const TargetUserId: FieldSpec = field("TargetUserId", T::Number, "Numeric id of the target account.");
const SourceIp: FieldSpec = field("SourceIp", T::Ip, "Address that the connection came from.");
const SourcePort: FieldSpec = field("SourcePort", T::Port, "Port that the connection came from.");
const SourceHost: FieldSpec = field("SourceHost", T::Host, "Host that the login came from, as it was logged.");
const DestinationIp: FieldSpec = field("DestinationIp", T::Ip, "Address that was connected to.");
const DestinationPort: FieldSpec = field("DestinationPort", T::Port, "Port that was connected to.");
const Method: FieldSpec = field("Method", T::Text, "How the user proved who they are: `password`, `publickey`, …");
const Fingerprint: FieldSpec = field("Fingerprint", T::Text, "Kind and fingerprint of the key that was used.");
const Reason: FieldSpec = field("Reason", T::Text, "Why, in the program's words.");
const CommandLine: FieldSpec = field("CommandLine", T::Command, "The command that was run.");
const CurrentDirectory: FieldSpec = field("CurrentDirectory", T::Path, "Folder that the command was run in.");
const Tty: FieldSpec = field("Tty", T::Text, "Terminal.");
const Unit: FieldSpec = field("Unit", T::Text, "systemd's unit.");
const Description: FieldSpec = field("Description", T::Text, "The unit's description.");
const Status: FieldSpec = field("Status", T::Text, "Exit code or signal.");
const SessionId: FieldSpec = field("SessionId", T::Text, "Number of the login session.");
const Service: FieldSpec = field("Service", T::Text, "PAM's service: `sshd`, `cron`, `sudo`, …");
const Group: FieldSpec = field("Group", T::Text, "Group.");
const GroupId: FieldSpec = field("GroupId", T::Number, "Numeric id of the group.");
const Home: FieldSpec = field("Home", T::Path, "Home folder of the account.");
const Shell: FieldSpec = field("Shell", T::Path, "Login shell of the account.");
const Action: FieldSpec = field("Action", T::Text, "What was done, in the program's word.");
const Job: FieldSpec = field("Job", T::Text, "Name of the job or of the table that holds it.");
const Module: FieldSpec = field("Module", T::Text, "Kernel module.");

/// Cron in its editions.
pub static CRON: Family = Family {
    name: "cron",
    providers: &["cron", "crond", "anacron", "crontab", "/usr/sbin/cron"],
    channels: &[],
    events: &[
        EventSpec::new(
            70101,
            "CronJob",
            0,
            "Cron ran a command. The process id is that of the child that ran it.",
            &[ProcessId, User, CommandLine, Message],
        ),
        EventSpec::new(
            70102,
            "CronTableChange",
            0,
            "A crontab was listed, edited, replaced, deleted or loaded again.",
            &[ProcessId, User, Action, Job, Message],
        ),
        EventSpec::new(70103, "AnacronJob", 0, "Anacron started or ended a job.", &[ProcessId, Job, Action, Message]),
        EventSpec::new(70104, "CronJobEnd", 0, "A command of cron ended.", &[ProcessId, User, CommandLine, Message]),
    ],
};

/// OpenSSH's server.
pub static SSHD: Family = Family {
    name: "sshd",
    providers: &["sshd", "sshd-session", "sshd-auth"],
    channels: &[],
    events: &[
        EventSpec::new(
            70201,
            "SshdAccepted",
            0,
            "A user logged in.",
            &[ProcessId, User, SourceIp, SourcePort, Method, Fingerprint, Message],
        ),
        EventSpec::new(
            70202,
            "SshdFailed",
            0,
            "A login failed.",
            &[ProcessId, User, SourceIp, SourcePort, Method, Fingerprint, Reason, Message],
        ),
        EventSpec::new(
            70203,
            "SshdInvalidUser",
            0,
            "A login was tried for an account that does not exist.",
            &[ProcessId, User, SourceIp, SourcePort, Message],
        ),
        EventSpec::new(
            70204,
            "SshdSessionStarted",
            0,
            "A shell, command or subsystem was started in a connection.",
            &[ProcessId, User, SourceIp, SourcePort, Action, Tty, Message],
        ),
        EventSpec::new(
            70205,
            "SshdSessionClosed",
            0,
            "A session ended or its client left.",
            &[ProcessId, User, SourceIp, SourcePort, Reason, Message],
        ),
        EventSpec::new(
            70206,
            "SshdConnection",
            0,
            "A client connected.",
            &[ProcessId, SourceIp, SourcePort, DestinationIp, DestinationPort, Message],
        ),
        EventSpec::new(
            70207,
            "SshdConnectionClosed",
            0,
            "A connection ended before or without a login.",
            &[ProcessId, User, SourceIp, SourcePort, Reason, Message],
        ),
    ],
};

/// sudo.
pub static SUDO: Family = Family {
    name: "sudo",
    providers: &["sudo"],
    channels: &[],
    events: &[
        EventSpec::new(
            70301,
            "SudoCommand",
            0,
            "A command was run as another user.",
            &[ProcessId, User, TargetUser, Group, CommandLine, CurrentDirectory, Tty, Message],
        ),
        EventSpec::new(
            70302,
            "SudoFailed",
            0,
            "A command was refused.",
            &[ProcessId, User, TargetUser, Group, CommandLine, CurrentDirectory, Tty, Reason, Message],
        ),
    ],
};

/// su.
pub static SU: Family = Family {
    name: "su",
    providers: &["su"],
    channels: &[],
    events: &[
        EventSpec::new(70401, "SuSession", 0, "A user became another.", &[ProcessId, User, TargetUser, Tty, Message]),
        EventSpec::new(
            70402,
            "SuFailed",
            0,
            "A user could not become another.",
            &[ProcessId, User, TargetUser, Tty, Message],
        ),
    ],
};

/// PAM modules; they log under the tag of the program that loaded them.
pub static PAM: Family = Family {
    name: "pam",
    providers: &["cron", "crond", "sshd", "sshd-session", "sudo", "su", "login", "systemd", "polkit", "passwd"],
    channels: &[],
    events: &[
        EventSpec::new(
            70501,
            "PamSessionOpened",
            0,
            "A session was opened for a user.",
            &[ProcessId, Service, User, UserId, TargetUser, TargetUserId, Message],
        ),
        EventSpec::new(
            70502,
            "PamSessionClosed",
            0,
            "A user's session was closed.",
            &[ProcessId, Service, TargetUser, Message],
        ),
        EventSpec::new(
            70503,
            "PamAuthFailed",
            0,
            "A user could not be authenticated.",
            &[ProcessId, Service, User, UserId, TargetUser, SourceHost, Tty, Message],
        ),
        EventSpec::new(
            70504,
            "PasswordChanged",
            0,
            "A user's password was changed.",
            &[ProcessId, Service, TargetUser, Message],
        ),
    ],
};

/// systemd, of the system and of users.
pub static SYSTEMD: Family = Family {
    name: "systemd",
    providers: &["systemd"],
    channels: &[],
    events: &[
        EventSpec::new(70601, "UnitStarting", 0, "A unit is being started.", &[ProcessId, Unit, Description, Message]),
        EventSpec::new(70602, "UnitStarted", 0, "A unit was started.", &[ProcessId, Unit, Description, Message]),
        EventSpec::new(
            70603,
            "UnitStopped",
            0,
            "A unit was stopped or ended.",
            &[ProcessId, Unit, Description, Message],
        ),
        EventSpec::new(
            70604,
            "UnitFailed",
            0,
            "A unit failed or could not be started.",
            &[ProcessId, Unit, Description, Reason, Message],
        ),
        EventSpec::new(
            70605,
            "UnitProcessExited",
            0,
            "A unit's process ended by itself.",
            &[ProcessId, Unit, Reason, Status, Message],
        ),
        EventSpec::new(70606, "UnitRestart", 0, "systemd starts a unit again.", &[ProcessId, Unit, Message]),
        EventSpec::new(70607, "SystemdReload", 0, "systemd read its units again.", &[ProcessId, Message]),
    ],
};

/// systemd-logind.
pub static LOGIND: Family = Family {
    name: "logind",
    providers: &["systemd-logind"],
    channels: &[],
    events: &[
        EventSpec::new(70701, "SessionNew", 0, "A session began.", &[ProcessId, SessionId, User, Message]),
        EventSpec::new(70702, "SessionRemoved", 0, "A session ended.", &[ProcessId, SessionId, Reason, Message]),
    ],
};

/// The programs that change accounts.
pub static ACCOUNTS: Family = Family {
    name: "accounts",
    providers: &["useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "passwd", "chage"],
    channels: &[],
    events: &[
        EventSpec::new(
            70801,
            "UserAdded",
            0,
            "An account was made.",
            &[ProcessId, TargetUser, TargetUserId, GroupId, Home, Shell, Tty, Message],
        ),
        EventSpec::new(70802, "UserChanged", 0, "An account was changed.", &[ProcessId, TargetUser, Action, Message]),
        EventSpec::new(70803, "UserDeleted", 0, "An account was deleted.", &[ProcessId, TargetUser, Message]),
        EventSpec::new(70804, "GroupAdded", 0, "A group was made.", &[ProcessId, Group, GroupId, Message]),
        EventSpec::new(
            70805,
            "GroupMemberAdded",
            0,
            "An account was added to a group.",
            &[ProcessId, User, TargetUser, Group, Message],
        ),
    ],
};

/// The kernel's own messages.
pub static KERNEL: Family = Family {
    name: "kernel",
    providers: &["kernel"],
    channels: &[],
    events: &[EventSpec::new(
        70901,
        "KernelModuleTaint",
        0,
        "A module was loaded that the kernel's makers did not build or sign.",
        &[Module, Reason, Message],
    )],
};

/// Login records: `utmp`, `wtmp` and `btmp`.
pub static UTMP: Family = Family {
    name: "utmp",
    providers: &["utmp"],
    channels: &["utmp", "wtmp", "btmp"],
    events: &[
        EventSpec::new(71001, "RunLevel", 0, "The run level changed, or the system shut down.", LOGIN),
        EventSpec::new(71002, "BootTime", 0, "The system started; the version of the kernel is in SourceHost.", LOGIN),
        EventSpec::new(71003, "NewTime", 0, "The clock after it was set.", LOGIN),
        EventSpec::new(71004, "OldTime", 0, "The clock before it was set.", LOGIN),
        EventSpec::new(71005, "InitProcess", 0, "init started a process.", LOGIN),
        EventSpec::new(71006, "LoginProcess", 0, "A terminal waits for a login.", LOGIN),
        EventSpec::new(71007, "UserLogin", 0, "A user logged in.", LOGIN),
        EventSpec::new(71008, "UserLogout", 0, "The process of a login ended.", LOGIN),
        EventSpec::new(71009, "Accounting", 0, "Accounting record; not used on Linux.", LOGIN),
        EventSpec::new(71010, "FailedLogin", 0, "A login failed (from a btmp file).", LOGIN),
    ],
};

const LOGIN: &[FieldSpec] = &[ProcessId, User, Tty, TerminalId, SourceHost, SourceIp, SessionId, Status];
const TerminalId: FieldSpec = field("TerminalId", T::Text, "Short id of the terminal.");

/// Records of the audit daemon. An event that joins several records has the number of the one that says most.
pub static AUDIT: Family = Family {
    name: "audit",
    providers: &["auditd"],
    channels: &["audit"],
    events: &[
        EventSpec::new(1100, "AuditUserAuth", 0, "A user was, or was not, authenticated.", AUDIT_USER),
        EventSpec::new(1101, "AuditUserAccount", 0, "A user's account was checked.", AUDIT_USER),
        EventSpec::new(1102, "AuditUserManagement", 0, "An account was changed.", AUDIT_USER),
        EventSpec::new(1103, "AuditCredentialAcquired", 0, "A user got credentials.", AUDIT_USER),
        EventSpec::new(1104, "AuditCredentialDisposed", 0, "A user's credentials were dropped.", AUDIT_USER),
        EventSpec::new(1105, "AuditUserStart", 0, "A user's session began.", AUDIT_USER),
        EventSpec::new(1106, "AuditUserEnd", 0, "A user's session ended.", AUDIT_USER),
        EventSpec::new(1107, "AuditUserAvc", 0, "A daemon decided about an access.", AUDIT_USER),
        EventSpec::new(1108, "AuditUserPassword", 0, "A password was changed.", AUDIT_USER),
        EventSpec::new(1109, "AuditUserError", 0, "A user's account state was wrong.", AUDIT_USER),
        EventSpec::new(1110, "AuditCredentialRefreshed", 0, "A user's credentials were renewed.", AUDIT_USER),
        EventSpec::new(1112, "AuditUserLogin", 0, "A user logged in.", AUDIT_USER),
        EventSpec::new(1113, "AuditUserLogout", 0, "A user logged out.", AUDIT_USER),
        EventSpec::new(1114, "AuditAddUser", 0, "An account was made.", AUDIT_USER),
        EventSpec::new(1115, "AuditDeleteUser", 0, "An account was deleted.", AUDIT_USER),
        EventSpec::new(1116, "AuditAddGroup", 0, "A group was made.", AUDIT_USER),
        EventSpec::new(1117, "AuditDeleteGroup", 0, "A group was deleted.", AUDIT_USER),
        EventSpec::new(1123, "AuditUserCommand", 0, "sudo ran a command.", AUDIT_USER),
        EventSpec::new(1124, "AuditUserTty", 0, "What a user typed at a terminal.", AUDIT_USER),
        EventSpec::new(1127, "AuditSystemBoot", 0, "The system started.", AUDIT_USER),
        EventSpec::new(1128, "AuditSystemShutdown", 0, "The system shut down.", AUDIT_USER),
        EventSpec::new(1130, "AuditServiceStart", 0, "systemd started a unit.", AUDIT_USER),
        EventSpec::new(1131, "AuditServiceStop", 0, "systemd stopped a unit.", AUDIT_USER),
        EventSpec::new(1200, "AuditDaemonStart", 0, "The audit daemon started.", AUDIT_USER),
        EventSpec::new(1201, "AuditDaemonEnd", 0, "The audit daemon ended.", AUDIT_USER),
        EventSpec::new(1300, "AuditSyscall", 0, "A watched system call.", AUDIT_SYSCALL),
        EventSpec::new(1305, "AuditConfigChange", 0, "Audit rules or settings were changed.", AUDIT_USER),
        EventSpec::new(1309, "AuditExecve", 0, "A program was run.", AUDIT_SYSCALL),
        EventSpec::new(1327, "AuditProctitle", 0, "The command line of a process.", AUDIT_SYSCALL),
        EventSpec::new(1400, "AuditAvc", 0, "SELinux or AppArmor decided about an access.", AUDIT_SYSCALL),
    ],
};

const AUDIT_SYSCALL: &[FieldSpec] = &[
    ProcessId.doc("Process that made the call."),
    ParentProcessId,
    Image,
    CommandLine.doc("Arguments joined with blanks; those of EXECVE, or the process's title."),
    CurrentDirectory.doc("Folder of the process."),
    User.doc("User id (effective user's name, where the log resolved it)."),
    AuditUid,
    Session,
    Tty,
    Success,
    Syscall,
    Exit,
    Key,
    Paths,
    DestinationIp.doc("Address that the call names."),
    DestinationPort.doc("Port that the call names."),
];

const AUDIT_USER: &[FieldSpec] = &[
    ProcessId.doc("Process that wrote the record."),
    User.doc("User id (name, where the log resolved it) of the process."),
    AuditUid,
    Session,
    TargetUser.doc("Account that the record is about."),
    Image,
    CommandLine.doc("Command that was run."),
    CurrentDirectory,
    Unit,
    Operation,
    SourceHost,
    SourceIp,
    Tty,
    Success,
];

const ParentProcessId: FieldSpec = field("ParentProcessId", T::Pid, "Parent of the process.");
const Image: FieldSpec = field("Image", T::Path, "Path of the process's executable.");
const AuditUid: FieldSpec = field(
    "AuditUid",
    T::User,
    "Id (or name) of the account that once logged in, whoever it became; 4294967295 if none.",
);
const Session: FieldSpec = field("Session", T::Number, "Number of the audit session; 4294967295 if none.");
const Success: FieldSpec = field("Success", T::Text, "`yes` or `no`; `success` or `failed` in records of programs.");
const Syscall: FieldSpec =
    field("Syscall", T::Text, "Name of the call where the log resolved it or it is a common one.");
const Exit: FieldSpec = field("Exit", T::Text, "What the call returned.");
const Key: FieldSpec = field("Key", T::Text, "Name of the audit rule.");
const Paths: FieldSpec = field("Paths", T::Command, "Files that the call touched, in order, one a line.");
const Operation: FieldSpec = field("Operation", T::Text, "What was done, in the program's word.");
