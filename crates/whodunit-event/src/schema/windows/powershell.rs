//! PowerShell: the classic channel (engine and pipeline) and the operational one (modules and script blocks).

use crate::schema::{EventSpec, Family};

/// The operational channel of Windows PowerShell and PowerShell 7.
pub static POWERSHELL: Family = Family {
    name: "powershell",
    providers: &["Microsoft-Windows-PowerShell", "PowerShellCore"],
    channels: &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"],
    events: &[
        EventSpec::new(
            4103,
            "ModuleLogging",
            1,
            "Commands ran in a pipeline, with their arguments; needs module logging.",
            &[ContextInfo, UserData, Payload],
        )
        .title("Executing Pipeline"),
        EventSpec::new(
            4104,
            "ScriptBlock",
            1,
            "A script block was compiled, as the engine sees it: unpacked. Long ones come in several records.",
            &[MessageNumber, MessageTotal, ScriptBlockText, ScriptBlockId, Path],
        )
        .title("Creating Scriptblock text"),
        EventSpec::new(
            4105,
            "ScriptBlockStart",
            1,
            "A script block began to run; needs verbose script-block logging.",
            &[ScriptBlockId, RunspaceId],
        )
        .title("Started invocation of ScriptBlock ID"),
        EventSpec::new(
            4106,
            "ScriptBlockStop",
            1,
            "A script block ended; needs verbose script-block logging.",
            &[ScriptBlockId, RunspaceId],
        )
        .title("Completed invocation of ScriptBlock ID"),
        EventSpec::new(
            53504,
            "PowerShellIpc",
            1,
            "PowerShell began to listen for its own IPC; the pid names the host process, whatever its image.",
            &[param1, param2],
        )
        .title("Windows PowerShell has started an IPC listening thread"),
    ],
};

/// The classic channel; its records hold unnamed fields.
pub static POWERSHELL_CLASSIC: Family = Family {
    name: "powershell-classic",
    providers: &["PowerShell"],
    channels: &["Windows PowerShell"],
    events: &[
        EventSpec::new(
            400,
            "EngineStart",
            0,
            "The engine started: any host, also without powershell.exe.",
            &[Data.doc("New state of the engine: `Available`."), Data_2.doc("State before: `None`."), Data_3],
        )
        .title("Engine state is changed from None to Available"),
        EventSpec::new(
            403,
            "EngineStop",
            0,
            "The engine stopped.",
            &[Data.doc("New state of the engine: `Stopped`."), Data_2.doc("State before: `Available`."), Data_3],
        )
        .title("Engine state is changed from Available to Stopped"),
        EventSpec::new(
            600,
            "ProviderStart",
            0,
            "A provider (Registry, FileSystem and others) started with the engine.",
            &[Data.doc("Name of the provider."), Data_2.doc("Its state: `Started`."), Data_3],
        )
        .title("Provider is Started"),
        EventSpec::new(
            800,
            "PipelineExecution",
            0,
            "A pipeline ran; needs module logging.",
            &[
                Data.kind(crate::schema::FieldType::Command).doc("Text of the command line, as the engine reads it."),
                Data_2
                    .kind(crate::schema::FieldType::Command)
                    .doc("Lines `Name=value`: UserId, HostApplication, ScriptName, CommandLine and others."),
                Data_3.doc("Commands with their arguments: `CommandInvocation(…)`, `ParameterBinding(…)`."),
            ],
        )
        .title("Pipeline execution details for command line"),
    ],
};

fields! {
    /// Lines `Name = value`: user, host application, script, command and others.
    ContextInfo: Command,
    /// Empty as a rule.
    UserData: Text,
    /// Commands with their arguments: `CommandInvocation(…)`, `ParameterBinding(…)`.
    Payload: Command,
    /// Number of this part, from 1.
    MessageNumber: Number,
    /// Number of parts.
    MessageTotal: Number,
    /// The text of this part.
    ScriptBlockText: Command,
    /// Id of the block, without braces; its parts share it.
    ScriptBlockId: Guid,
    /// File that the block came from; empty if it came from a command line or from memory.
    Path: Path,
    /// Id of the runspace, without braces.
    RunspaceId: Guid,
    /// Process id of the host.
    param1: Pid,
    /// Application domain.
    param2: Text,
    /// First unnamed field.
    Data: Text,
    /// Second unnamed field.
    Data_2: Text,
    /// Lines `Name=value`: HostName, HostApplication (the host's command line), EngineVersion, CommandLine and others.
    Data_3: Command,
}
