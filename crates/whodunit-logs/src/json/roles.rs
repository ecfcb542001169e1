//! What a name means in which shape of export.
//!
//! Names are paths: keys of nested objects joined by dots, so that `winlog.event_data.Image` is the same whether it is
//! nested or not. A name without a role is a field of the event.

/// The part of an event that a value fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A field; its name begins at this byte of the path.
    Field(usize),
    /// Fields as JSON or XML in a string, or as an object.
    Data,
    /// The exporter's own; the event does not need it.
    Skip,
    EventId,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    WriterPid,
    WriterTid,
    Record,
    Host,
    Provider,
    Channel,
    UserSid,
    ActivityId,
    Message,
    /// A time of the record; without a zone it is local.
    Logged,
    /// A time of receipt in UTC.
    Received,
    /// A time of receipt in the same zone as local times of the record.
    ReceivedLocal,
    /// `time` and `time_note` of our own JSON.
    Time,
    TimeNote,
    /// Fills the part only if nothing else does; stays a field otherwise.
    OrHost,
    OrProvider,
}

use Role::{
    ActivityId, Channel, Data, EventId, Field, Host, Keywords, Level, Logged, Message, Opcode, OrHost, OrProvider,
    Provider, Received, ReceivedLocal, Record, Skip, Task, UserSid, Version, WriterPid, WriterTid,
};

/// What a key at the top of an object tells of the object's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    System,
    Fields,
    EventId,
    /// An object that Winlogbeat writes.
    Winlog,
    /// A key of Winlogbeat with its path.
    WinlogPath,
    /// A key of old Winlogbeat.
    Beats,
    Nxlog,
    PowerShell,
    Journal,
    Syslog,
    /// A string that may hold the record's XML or JSON.
    Text,
    /// Of [`WRAPPERS`].
    Wrapper,
    /// Nothing.
    None,
}

/// Objects that exports wrap around a record; what else the wrapper holds is the exporter's.
pub(super) const WRAPPERS: [&str; 6] = ["Event", "_source", "result", "event", "document", "data"];

impl Mark {
    pub(super) fn of(key: &str) -> Self {
        match key {
            "System" => Self::System,
            "fields" => Self::Fields,
            "event_id" => Self::EventId,
            "winlog" | "event_data" | "beat" => Self::Winlog,
            "log_name" | "computer_name" | "record_number" => Self::Beats,
            "SourceModuleName" | "EventReceivedTime" | "SourceModuleType" => Self::Nxlog,
            "MachineName" | "LogName" | "Id" | "ProviderName" => Self::PowerShell,
            "__REALTIME_TIMESTAMP" | "__CURSOR" => Self::Journal,
            "SyslogMessage" => Self::Syslog,
            "_raw" | "EventXml" | "RenderedXml" => Self::Text,
            key if WRAPPERS.contains(&key) => Self::Wrapper,
            key if key.starts_with("winlog.") => Self::WinlogPath,
            _ => Self::None,
        }
    }
}

/// A shape of export, by what its objects have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// What whodunit writes.
    Own,
    /// `System` and `EventData` as in the XML: evtx_dump, Velociraptor, converters from XML.
    System,
    /// Winlogbeat, old and new.
    Beats,
    /// NXLog: the log's own pid is a number `ProcessID` or `ExecutionProcessID`.
    Nxlog,
    /// PowerShell's `Get-WinEvent | ConvertTo-Json`: `ProcessId` is the log's own.
    GetWinEvent,
    /// An entry of systemd's journal.
    Journal,
    /// A row of Azure's `Syslog` table.
    Syslog,
    /// Any other.
    Flat,
}

impl Shape {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Flat as usize + 1;

    /// The role of a name; `number` tells whether its value is a JSON number.
    pub(super) fn role(self, path: &str, number: bool) -> Role {
        match self {
            Self::Own => own(path),
            Self::System => system(path),
            Self::Beats => beats(path),
            Self::Nxlog => nxlog(path, number),
            Self::GetWinEvent => get_win_event(path),
            // The first two are read by the readers of these logs.
            Self::Journal | Self::Syslog | Self::Flat => flat(path),
        }
    }
}

fn own(path: &str) -> Role {
    match path {
        "event_id" => EventId,
        "name" => Skip,
        "time" => Role::Time,
        "time_note" => Role::TimeNote,
        "logged" => Logged,
        "host" => Host,
        "provider" => Provider,
        "channel" => Channel,
        "level" => Level,
        "version" => Version,
        "task" => Task,
        "opcode" => Opcode,
        "keywords" => Keywords,
        "writer_pid" => WriterPid,
        "writer_tid" => WriterTid,
        "user_sid" => UserSid,
        "activity_id" => ActivityId,
        "message" => Message,
        "origin.record" => Record,
        _ if path.starts_with("origin.") => Skip,
        _ => Field(after(path, "fields.")),
    }
}

/// Names as in the XML; attributes and elements alike, `#text` left out.
fn system(path: &str) -> Role {
    match path {
        "System.Provider.Name" => Provider,
        "System.EventID" | "System.EventID.Value" => EventId,
        "System.Version" => Version,
        "System.Level" => Level,
        "System.Task" => Task,
        "System.Opcode" => Opcode,
        "System.Keywords" => Keywords,
        "System.TimeCreated.SystemTime" | "System.TimeCreated" => Logged,
        "System.EventRecordID" => Record,
        "System.Correlation.ActivityID" => ActivityId,
        "System.Execution.ProcessID" => WriterPid,
        "System.Execution.ThreadID" => WriterTid,
        "System.Channel" => Channel,
        "System.Computer" => Host,
        "System.Security.UserID" | "System.Security.UserId" => UserSid,
        "RenderingInfo.Message" | "Message" => Message,
        "EventData" | "UserData" => Data,
        // The XML reader has no place for these either.
        _ if path.starts_with("System.") || path.starts_with("RenderingInfo.") => Skip,
        _ if path == "xmlns" || path.ends_with(".xmlns") || path.ends_with(".xmlns:xsi") => Skip,
        _ if path.starts_with("UserData.") => Field(last(path)),
        _ => Field(after(path, "EventData.")),
    }
}

fn beats(path: &str) -> Role {
    match path.strip_prefix("winlog.").unwrap_or(path) {
        "event_id" => EventId,
        "channel" | "log_name" => Channel,
        "computer_name" => Host,
        "provider_name" | "source_name" => Provider,
        "record_id" | "record_number" => Record,
        "process.pid" if path.starts_with("winlog.") => WriterPid,
        "process.thread.id" => WriterTid,
        "process_id" => WriterPid,
        "thread_id" => WriterTid,
        "user.identifier" => UserSid,
        "activity_id" => ActivityId,
        "version" => Version,
        "level" | "log.level" => Level,
        "task" => Task,
        "opcode" => Opcode,
        "keywords" => Keywords,
        "message" => Message,
        "@timestamp" => Logged,
        "event.created" | "event.ingested" => Received,
        "host.name" | "host.hostname" | "host" | "agent.hostname" | "beat.hostname" => OrHost,
        rest if rest.starts_with("user_data.") => Field(last(path)),
        rest => Field(path.len() - rest.len() + after(rest, "event_data.")),
    }
}

fn nxlog(path: &str, number: bool) -> Role {
    match path {
        "ExecutionProcessID" => WriterPid,
        "ProcessID" if number => WriterPid,
        "ThreadID" | "ExecutionThreadID" => WriterTid,
        "EventReceivedTime" => ReceivedLocal,
        "OpcodeValue" => Opcode,
        "UserID" => UserSid,
        "SourceName" => Provider,
        "ProviderName" => Field(0),
        "Hostname" => Host,
        "host" => Field(0),
        _ => flat(path),
    }
}

fn get_win_event(path: &str) -> Role {
    match path {
        "Id" => EventId,
        "ProcessId" => WriterPid,
        "ThreadId" => WriterTid,
        "UserId" | "UserId.Value" => UserSid,
        "ProviderName" => Provider,
        "Opcode" | "Opcode.Value" => Opcode,
        _ => flat(path),
    }
}

fn flat(path: &str) -> Role {
    match path {
        "EventID" | "EventId" | "event_id" | "eventid" | "EventCode" | "event.code" => EventId,
        "Version" | "EventVersion" => Version,
        "Level" | "EventLevel" => Level,
        "Task" => Task,
        "Opcode" | "OpcodeValue" => Opcode,
        "Keywords" => Keywords,
        "ExecutionProcessID" | "SystemProcessId" => WriterPid,
        "ExecutionThreadID" | "SystemThreadId" => WriterTid,
        "RecordNumber" | "EventRecordID" | "EventRecordId" | "RecordID" | "RecordId" | "record_number" => Record,
        "Hostname" | "Computer" | "ComputerName" | "MachineName" | "computer_name" | "computer" => Host,
        "SourceName" | "EventSourceName" | "source_name" => Provider,
        "ProviderName" | "Provider" | "Provider.Name" | "provider" | "Source" => OrProvider,
        "HostName" | "host.name" | "host.hostname" | "host" => OrHost,
        "Channel" | "LogName" | "log_name" | "channel" | "EventLog" => Channel,
        "SystemUserId" | "UserID" => UserSid,
        "ActivityID" | "ActivityId" => ActivityId,
        "Message" | "message" | "RenderedDescription" => Message,
        "EventData" | "ParameterXml" | "UserData" => Data,
        "TimeCreated"
        | "TimeCreated.SystemTime"
        | "SystemTime"
        | "EventTime"
        | "TimeGenerated"
        | "Timestamp"
        | "timestamp"
        | "time_created"
        | "_time" => Logged,
        "@timestamp" => Received,
        "EventReceivedTime" => ReceivedLocal,
        _ if path.starts_with("EventData.") => Field("EventData.".len()),
        _ if path.starts_with("event_data.") => Field("event_data.".len()),
        _ if path.starts_with("UserData.") => Field(last(path)),
        _ => Field(0),
    }
}

/// Length of `prefix` if the path has it.
fn after(path: &str, prefix: &str) -> usize {
    if path.starts_with(prefix) { prefix.len() } else { 0 }
}

/// Where the last name of the path begins.
fn last(path: &str) -> usize {
    path.rfind('.').map_or(0, |dot| dot + 1)
}
