//! WMI: providers loaded, calls that failed, and event subscriptions. The records use UserData.

use crate::schema::{EventSpec, Family};

/// WMI's operational channel.
pub static WMI: Family = Family {
    name: "wmi",
    providers: &["Microsoft-Windows-WMI-Activity"],
    channels: &["Microsoft-Windows-WMI-Activity/Operational"],
    events: &[
        EventSpec::new(
            5857,
            "WmiProviderStarted",
            0,
            "A WMI provider was loaded; an unknown ProviderPath is a way to run code.",
            &[ProviderName, Code, HostProcess, ProcessID, ProviderPath],
        )
        .title("Provider started with result code"),
        EventSpec::new(
            5858,
            "WmiClientFailure",
            0,
            "A WMI call failed or was ended by its client; the call of a remote host stands here only if it failed.",
            &[Id, ClientMachine, User, ClientProcessId, Component, Operation, ResultCode, PossibleCause],
        )
        .title("WMI client operation failed"),
        EventSpec::new(
            5859,
            "WmiSubscriptionStarted",
            0,
            "A subscription began to watch: a permanent one, at each start of the service.",
            &[NamespaceName, Query, User, Processid, Provider, queryid, PossibleCause],
        )
        .title("Notification query registered with a provider"),
        EventSpec::new(
            5860,
            "WmiTemporarySubscription",
            0,
            "A process subscribed to WMI events for as long as it runs.",
            &[NamespaceName, Query, User, Processid, ClientMachine, PossibleCause],
        )
        .title("Temporary notification query"),
        EventSpec::new(
            5861,
            "WmiPermanentSubscription",
            0,
            "A filter was bound to a consumer: persistence. PossibleCause holds both in full.",
            &[
                Namespace,
                ESS,
                CONSUMER,
                PossibleCause.doc("Filter, binding and consumer as text, with the command or script."),
            ],
        )
        .title("Permanent event consumer bound to a filter"),
    ],
};

fields! {
    /// Name of the provider.
    ProviderName: Text,
    /// Result of loading it; 0x0 is success.
    Code: Hex,
    /// Executable of the host process: `wmiprvse.exe`.
    HostProcess: Path,
    /// Process id of the host process.
    ProcessID: Pid,
    /// DLL of the provider, often with `%SystemRoot%`.
    ProviderPath: Path,
    /// Id of the operation.
    Id: Guid,
    /// Host that the call came from.
    ClientMachine: Host,
    /// Account of the caller.
    User: User,
    /// Process that called, on ClientMachine.
    ClientProcessId: Pid,
    /// Part of WMI that failed.
    Component: Text,
    /// The call: `Start IWbemServices::ExecMethod - ROOT\CIMV2 : Win32_Process::Create`.
    Operation: Command,
    /// Result: 0x80041032 is a call that its client cancelled.
    ResultCode: Hex,
    /// More about it, free text.
    PossibleCause: Command,
    /// Namespace that is watched.
    NamespaceName: Text,
    /// Query in WQL.
    Query: Command,
    /// Process that subscribed; spelt so.
    Processid: Pid,
    /// Provider that serves the query.
    Provider: Text,
    /// Number of the query.
    queryid: Number,
    /// Namespace of the binding.
    Namespace: Text,
    /// Name of the filter.
    ESS: Text,
    /// Kind and name of the consumer: `CommandLineEventConsumer="x"`.
    CONSUMER: Text,
}
