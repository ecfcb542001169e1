//! Microsoft Defender: what it found, what it did, and when it was switched off.
//!
//! Field names hold blanks and are kept so.

use crate::schema::{EventSpec, Family, FieldSpec};

/// Defender's operational channel.
pub static DEFENDER: Family = Family {
    name: "defender",
    providers: &["Microsoft-Windows-Windows Defender"],
    channels: &["Microsoft-Windows-Windows Defender/Operational"],
    events: &[
        EventSpec::new(1116, "DefenderDetection", 0, "Defender found malware or unwanted software.", THREAT)
            .title("The antimalware platform detected malware or other potentially unwanted software"),
        EventSpec::new(1117, "DefenderAction", 0, "Defender acted on what it found; Action Name says how.", THREAT)
            .title("The antimalware platform performed an action to protect your system"),
        EventSpec::new(1118, "DefenderActionFailed", 0, "Defender's action failed, not critically.", THREAT).title(
            "The antimalware platform attempted to perform an action to protect your system, but the action failed",
        ),
        EventSpec::new(1119, "DefenderActionFailedCritically", 0, "Defender's action failed critically.", THREAT)
            .title("The antimalware platform encountered a critical error when trying to take action"),
        EventSpec::new(
            5001,
            "DefenderDisabled",
            0,
            "Real-time protection was switched off.",
            &[ProductName, ProductVersion],
        )
        .title("Real-time protection is disabled"),
        EventSpec::new(
            5007,
            "DefenderConfigChanged",
            0,
            "A setting of Defender changed: an exclusion, for one.",
            &[ProductName, ProductVersion, OldValue, NewValue],
        )
        .title("The antimalware platform configuration changed"),
    ],
};

const THREAT: &[FieldSpec] = &[
    ProductName,
    ProductVersion,
    DetectionID,
    DetectionTime,
    Unused,
    Unused2,
    ThreatID,
    ThreatName,
    SeverityID,
    SeverityName,
    CategoryID,
    CategoryName,
    FWLink,
    StatusCode,
    StatusDescription,
    State,
    SourceID,
    SourceName,
    ProcessName,
    DetectionUser,
    Unused3,
    Path,
    OriginID,
    OriginName,
    ExecutionID,
    ExecutionName,
    TypeID,
    TypeName,
    PreExecutionStatus,
    ActionID,
    ActionName,
    Unused4,
    ErrorCode,
    ErrorDescription,
    Unused5,
    PostCleanStatus,
    AdditionalActionsID,
    AdditionalActionsString,
    RemediationUser,
    Unused6,
    SignatureVersion,
    IntelligenceVersion,
    EngineVersion,
];

fields! {
    /// Name of the product.
    ProductName("Product Name"): Text,
    /// Version of the product.
    ProductVersion("Product Version"): Text,
    /// Id of the detection; events 1116 and 1117 of one finding share it.
    DetectionID("Detection ID"): Guid,
    /// When it was found, UTC.
    DetectionTime("Detection Time"): Time,
    /// Not used.
    Unused: Text,
    /// Not used.
    Unused2: Text,
    /// Number of the threat.
    ThreatID("Threat ID"): Number,
    /// Name of the threat, as `Trojan:PowerShell/Powersploit.M`.
    ThreatName("Threat Name"): Text,
    /// Number of the severity.
    SeverityID("Severity ID"): Number,
    /// Severity.
    SeverityName("Severity Name"): Text,
    /// Number of the category.
    CategoryID("Category ID"): Number,
    /// Category.
    CategoryName("Category Name"): Text,
    /// Microsoft's page on the threat.
    FWLink: Url,
    /// Number of the status: 1 detected, 2 cleaned, 3 quarantined, 4 removed, 5 allowed, 6 blocked, from 102 on failed.
    StatusCode("Status Code"): Number,
    /// Status.
    StatusDescription("Status Description"): Text,
    /// Number of the detection's state.
    State: Number,
    /// Number of the source.
    SourceID("Source ID"): Number,
    /// What found it: real-time protection, a scan by the user, AMSI.
    SourceName("Source Name"): Text,
    /// Executable of the process that touched the object.
    ProcessName("Process Name"): Path,
    /// Account under which it was found.
    DetectionUser("Detection User"): User,
    /// Not used.
    Unused3: Text,
    /// What was found, `;` between several: `file:_C:\…`, `process:_pid:…`, `webfile:_C:\…|https://…`.
    Path: Command,
    /// Number of the origin.
    OriginID("Origin ID"): Number,
    /// Where the object came from: local machine, network share, internet.
    OriginName("Origin Name"): Text,
    /// Number of the execution state.
    ExecutionID("Execution ID"): Number,
    /// Whether it ran: blocked, allowed, suspended.
    ExecutionName("Execution Name"): Text,
    /// Number of the type of detection.
    TypeID("Type ID"): Number,
    /// Type of detection: concrete, generic, heuristic.
    TypeName("Type Name"): Text,
    /// Status before execution.
    PreExecutionStatus("Pre Execution Status"): Number,
    /// Number of the action.
    ActionID("Action ID"): Number,
    /// Action: quarantine, remove, allow.
    ActionName("Action Name"): Text,
    /// Not used.
    Unused4: Text,
    /// Windows error code of the action; 0x00000000 is success.
    ErrorCode("Error Code"): Hex,
    /// Text of the error code.
    ErrorDescription("Error Description"): Text,
    /// Not used.
    Unused5: Text,
    /// Status after cleaning.
    PostCleanStatus("Post Clean Status"): Number,
    /// Number of what remains to be done.
    AdditionalActionsID("Additional Actions ID"): Number,
    /// What remains to be done: a full scan, a restart.
    AdditionalActionsString("Additional Actions String"): Text,
    /// Account that ordered the action.
    RemediationUser("Remediation User"): User,
    /// Not used.
    Unused6: Text,
    /// Versions of the signatures.
    SignatureVersion("Signature Version"): Text,
    /// Versions of the signatures, under the name that newer products use.
    IntelligenceVersion("Security intelligence Version"): Text,
    /// Versions of the engine.
    EngineVersion("Engine Version"): Text,
    /// Registry value and data before; empty if there was none.
    OldValue("Old Value"): Command,
    /// Registry value and data after: `HKLM\…\Exclusions\Paths\C:\x = 0x0`.
    NewValue("New Value"): Command,
}
