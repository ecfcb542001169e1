//! Sysmon for Windows and for Linux (schema 4.91; ids from 100 are Linux's own).

use super::{EventSpec, Family, FieldSpec, FieldType::*};

const RuleName: FieldSpec =
    FieldSpec::new("RuleName", Text, "Name of the filter rule that let the event through; `-` if none.");
const UtcTime: FieldSpec = FieldSpec::new("UtcTime", Time, "When it happened, UTC, milliseconds.");
const ProcessGuid: FieldSpec = FieldSpec::new(
    "ProcessGuid",
    Guid,
    "Names the process for ever, unlike its pid; bytes 4 to 8 hold its start time.",
);
const ProcessId: FieldSpec = FieldSpec::new("ProcessId", Pid, "Process id; reused by the system.");
const Image: FieldSpec = FieldSpec::new("Image", Path, "Full path of the process's executable.");
const User: FieldSpec = FieldSpec::new("User", super::FieldType::User, "Account of the process.").since("4.80");
const QueryName: FieldSpec = FieldSpec::new("QueryName", Host, "The name that was asked for.");
const QueryStatus: FieldSpec =
    FieldSpec::new("QueryStatus", Number, "Win32 DNS status: 0 answered, 9003 no such name.");
const QueryResults: FieldSpec = FieldSpec::new("QueryResults", DnsAnswers, "Answers, `;`-terminated; `-` if none.");

/// Sysmon's events.
pub static SYSMON: Family = Family {
    name: "sysmon",
    providers: &["Microsoft-Windows-Sysmon", "Linux-Sysmon"],
    channels: &["Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational"],
    events: &[EventSpec::new(
        22,
        "DnsQuery",
        5,
        "A process asked for a name.",
        &[RuleName, UtcTime, ProcessGuid, ProcessId, QueryName, QueryStatus, QueryResults, Image, User],
    )
    .since("4.21")],
};
