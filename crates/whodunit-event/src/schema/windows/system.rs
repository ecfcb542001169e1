//! The System channel: services, clearing of logs, start and stop of the host.

use crate::schema::FieldType::Number;
use crate::schema::{EventSpec, Family};

/// The service control manager.
pub static SERVICES: Family = Family {
    name: "services",
    providers: &["Service Control Manager"],
    channels: &["System"],
    events: &[
        EventSpec::new(
            7000,
            "ServiceStartFailed",
            0,
            "A service failed to start; a program that is no service fails so after it ran.",
            &[param1, param2.doc("Windows error, as message number.")],
        )
        .title("The service failed to start due to the following error"),
        EventSpec::new(
            7009,
            "ServiceStartTimeout",
            0,
            "A service did not connect in time, as a program that is no service never does.",
            &[param1.kind(Number).doc("Time waited, in milliseconds."), param2.doc("The service's name.")],
        )
        .title("A timeout was reached while waiting for the service to connect"),
        EventSpec::new(
            7036,
            "ServiceStateChanged",
            0,
            "A service started or stopped.",
            &[param1, param2.doc("The new state, in the system's language: `running`, `stopped`."), Binary],
        )
        .title("The service entered the state"),
        EventSpec::new(
            7040,
            "ServiceStartTypeChanged",
            0,
            "How a service starts was changed.",
            &[param1, param2.doc("Start type before, in the system's language: `demand start`."), param3, param4],
        )
        .title("The start type of the service was changed"),
        EventSpec::new(
            7045,
            "ServiceInstalled",
            0,
            "A service or driver was installed.",
            &[ServiceName, ImagePath, ServiceType, StartType, AccountName],
        )
        .title("A service was installed in the system"),
    ],
};

/// The event log service's manifest events: clearing. Security 1102 and System 104 come from one provider.
pub static EVENT_LOG: Family = Family {
    name: "eventlog",
    providers: &["Microsoft-Windows-Eventlog"],
    channels: &["Security", "System"],
    events: &[
        EventSpec::new(
            104,
            "LogCleared",
            0,
            "A log other than Security was cleared; Channel says which. Stands in the System channel.",
            &[
                SubjectUserName,
                SubjectDomainName,
                Channel,
                BackupPath,
                ClientProcessId.since("v1"),
                ClientProcessStartKey.since("v1"),
            ],
        )
        .title("The log file was cleared"),
        EventSpec::new(
            1102,
            "SecurityLogCleared",
            0,
            "The Security log was cleared: the first record after it.",
            &[
                SubjectUserSid,
                SubjectUserName,
                SubjectDomainName,
                SubjectLogonId,
                ClientProcessId.since("v1"),
                ClientProcessStartKey.since("v1"),
            ],
        )
        .title("The audit log was cleared"),
    ],
};

/// The event log service's classic events: start and stop of the host. Their fields are unnamed.
pub static EVENT_LOG_CLASSIC: Family = Family {
    name: "eventlog-classic",
    providers: &["EventLog"],
    channels: &["System"],
    events: &[
        EventSpec::new(6005, "EventLogStarted", 0, "The event log service started: the host did.", &[Binary])
            .title("The Event log service was started"),
        EventSpec::new(6006, "EventLogStopped", 0, "The event log service stopped: the host shut down.", &[Binary])
            .title("The Event log service was stopped"),
        EventSpec::new(
            6008,
            "UnexpectedShutdown",
            0,
            "At this start the host found that it had not shut down in order.",
            &[
                Data.doc("Local time of day of the end, in the system's format."),
                Data_2.doc("Local date of the end, in the system's format."),
                Data_3,
                Data_4,
                Data_5,
                Data_6,
                Data_7,
                Binary,
            ],
        )
        .title("The previous system shutdown was unexpected"),
        EventSpec::new(
            6013,
            "Uptime",
            0,
            "How long the host has run; written once a day.",
            &[
                Data,
                Data_2,
                Data_3,
                Data_4,
                Data_5.kind(Number).doc("Uptime in seconds."),
                Data_6,
                Data_7.doc("Time zone."),
                Binary,
            ],
        )
        .title("The system uptime"),
    ],
};

fields! {
    /// The service's display name.
    param1: Text,
    /// Second field.
    param2: Text,
    /// Start type after, in the system's language: `auto start`.
    param3: Text,
    /// The service's name.
    param4: Text,
    /// Name of the service.
    ServiceName: Text,
    /// What runs: a command line, or the path of a driver.
    ImagePath: Command,
    /// `user mode service`, `kernel mode driver`; in the system's language.
    ServiceType: Text,
    /// `auto start`, `demand start`; in the system's language.
    StartType: Text,
    /// Account that the service runs under; empty for a driver.
    AccountName: User,

    /// SID of the account that cleared the log.
    SubjectUserSid: Sid,
    /// Account that cleared the log.
    SubjectUserName: User,
    /// Its domain or host.
    SubjectDomainName: Host,
    /// Its logon session.
    SubjectLogonId: Hex,
    /// The log that was cleared.
    Channel: Text,
    /// Where its content was saved before; empty if nowhere.
    BackupPath: Path,
    /// Process that cleared the log.
    ClientProcessId: Pid,
    /// Start key of that process: the last 8 bytes of its ProcessGuid in Sysmon, in decimal.
    ClientProcessStartKey: Number,

    /// Unnamed field 1; empty as a rule.
    Data: Text,
    /// Unnamed field 2; empty as a rule.
    Data_2: Text,
    /// Unnamed field 3; empty as a rule.
    Data_3: Text,
    /// Unnamed field 4; empty as a rule.
    Data_4: Text,
    /// Unnamed field 5.
    Data_5: Text,
    /// Unnamed field 6.
    Data_6: Text,
    /// Unnamed field 7; empty as a rule.
    Data_7: Text,
    /// The record's binary part, in hexadecimal; in 7036 the service's name and state as UTF-16.
    Binary: Text,
}
