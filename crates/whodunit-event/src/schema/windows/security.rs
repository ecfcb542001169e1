//! The Security channel: logons, processes, tasks, services, accounts, shares and connections, as the audit policy has it.

use crate::schema::{EventSpec, Family, FieldType};

/// The auditing provider of the Security channel. Event 1102 is the event log service's own.
pub static SECURITY: Family = Family {
    name: "security",
    providers: &["Microsoft-Windows-Security-Auditing"],
    channels: &["Security"],
    events: &EVENTS,
};

static EVENTS: [EventSpec; 45] = [
    EventSpec::new(
        4624,
        "Logon",
        2,
        "A user, computer or service logged on; the LogonId joins it to all that the session does.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TargetUserSid,
            TargetUserName,
            TargetDomainName,
            TargetLogonId,
            LogonType,
            LogonProcessName,
            AuthenticationPackageName,
            WorkstationName,
            LogonGuid,
            TransmittedServices,
            LmPackageName,
            KeyLength,
            ProcessId,
            ProcessName,
            IpAddress,
            IpPort,
            ImpersonationLevel.since("v1"),
            RestrictedAdminMode.since("v2"),
            TargetOutboundUserName.since("v2"),
            TargetOutboundDomainName.since("v2"),
            VirtualAccount.since("v2"),
            TargetLinkedLogonId.since("v2"),
            ElevatedToken.since("v2"),
        ],
    )
    .title("An account was successfully logged on"),
    EventSpec::new(
        4625,
        "LogonFailed",
        0,
        "A logon failed; SubStatus says why.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TargetUserSid,
            TargetUserName,
            TargetDomainName,
            Status,
            FailureReason,
            SubStatus,
            LogonType,
            LogonProcessName,
            AuthenticationPackageName,
            WorkstationName,
            TransmittedServices,
            LmPackageName,
            KeyLength,
            ProcessId,
            ProcessName,
            IpAddress,
            IpPort,
        ],
    )
    .title("An account failed to log on"),
    EventSpec::new(
        4627,
        "LogonGroups",
        0,
        "The groups of an account that logged on.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TargetUserSid,
            TargetUserName,
            TargetDomainName,
            TargetLogonId,
            LogonType,
            EventIdx,
            EventCountTotal,
            GroupMembership,
        ],
    )
    .title("Group membership information"),
    EventSpec::new(
        4634,
        "Logoff",
        0,
        "A logon session ended.",
        &[TargetUserSid, TargetUserName, TargetDomainName, TargetLogonId, LogonType],
    )
    .title("An account was logged off"),
    EventSpec::new(
        4647,
        "LogoffByUser",
        0,
        "A user logged off from an interactive session.",
        &[TargetUserSid, TargetUserName, TargetDomainName, TargetLogonId],
    )
    .title("User initiated logoff"),
    EventSpec::new(
        4648,
        "ExplicitLogon",
        0,
        "A process logged on as another account: runas, a remote call with given credentials.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            LogonGuid,
            TargetUserName,
            TargetDomainName,
            TargetLogonGuid,
            TargetServerName,
            TargetInfo,
            ProcessId,
            ProcessName,
            IpAddress,
            IpPort,
        ],
    )
    .title("A logon was attempted using explicit credentials"),
    EventSpec::new(
        4656,
        "ObjectHandleRequested",
        1,
        "A process asked for an object; needs an audit rule on it.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectServer,
            ObjectType,
            ObjectName,
            HandleId,
            TransactionId,
            AccessList,
            AccessReason,
            AccessMask,
            PrivilegeList,
            RestrictedSidCount,
            ProcessId,
            ProcessName,
            ResourceAttributes.since("v1"),
        ],
    )
    .title("A handle to an object was requested"),
    EventSpec::new(
        4657,
        "RegistryValueModified",
        0,
        "A registry value was set or deleted; needs an audit rule on its key.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectName.kind(FieldType::Registry).doc("Registry key: `\\REGISTRY\\MACHINE\\SOFTWARE\\…`."),
            ObjectValueName,
            HandleId,
            OperationType,
            OldValueType,
            OldValue,
            NewValueType,
            NewValue,
            ProcessId,
            ProcessName,
        ],
    )
    .title("A registry value was modified"),
    EventSpec::new(
        4662,
        "DirectoryObjectAccessed",
        0,
        "An object of the directory was used; replication rights in Properties are DCSync.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectServer,
            ObjectType,
            ObjectName,
            OperationType,
            HandleId,
            AccessList,
            AccessMask,
            Properties,
            AdditionalInfo,
            AdditionalInfo2,
        ],
    )
    .title("An operation was performed on an object"),
    EventSpec::new(
        4663,
        "ObjectAccessed",
        1,
        "A process used an object; needs an audit rule on it.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectServer,
            ObjectType,
            ObjectName,
            HandleId,
            AccessList,
            AccessMask,
            ProcessId,
            ProcessName,
            ResourceAttributes.since("v1"),
        ],
    )
    .title("An attempt was made to access an object"),
    EventSpec::new(
        4672,
        "SpecialLogon",
        0,
        "An account with administrator's rights logged on.",
        &[SubjectUserSid, SubjectUserName, SubjectDomainName, SubjectLogonId, PrivilegeList],
    )
    .title("Special privileges assigned to new logon"),
    EventSpec::new(
        4673,
        "PrivilegeUsed",
        0,
        "A process used a privilege.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectServer,
            Service,
            PrivilegeList,
            ProcessId,
            ProcessName,
        ],
    )
    .title("A privileged service was called"),
    EventSpec::new(
        4688,
        "ProcessCreated",
        2,
        "A process started; the command line only where the policy says so.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            NewProcessId,
            NewProcessName,
            TokenElevationType,
            ProcessId.doc("Process id of the creator, in hexadecimal: not of the new process."),
            CommandLine.since("v1"),
            TargetUserSid.since("v2"),
            TargetUserName.doc("Account of the new process if it differs from the creator's; `-` if not.").since("v2"),
            TargetDomainName.since("v2"),
            TargetLogonId.since("v2"),
            ParentProcessName.since("v2"),
            MandatoryLabel.since("v2"),
        ],
    )
    .title("A new process has been created"),
    EventSpec::new(
        4689,
        "ProcessExited",
        0,
        "A process ended.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            Status.doc("Exit code of the process."),
            ProcessId,
            ProcessName,
        ],
    )
    .title("A process has exited"),
    EventSpec::new(
        4697,
        "ServiceInstalled",
        1,
        "A service was installed; version 1 names the client process.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ServiceName,
            ServiceFileName,
            ServiceType,
            ServiceStartType,
            ServiceAccount,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
        ],
    )
    .title("A service was installed in the system"),
    EventSpec::new(
        4698,
        "TaskCreated",
        1,
        "A scheduled task was created; TaskContent is its XML.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TaskName,
            TaskContent,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
            RpcCallClientLocality.since("v1"),
            FQDN.since("v1"),
        ],
    )
    .title("A scheduled task was created"),
    EventSpec::new(
        4699,
        "TaskDeleted",
        1,
        "A scheduled task was deleted.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TaskName,
            TaskContent,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
            RpcCallClientLocality.since("v1"),
            FQDN.since("v1"),
        ],
    )
    .title("A scheduled task was deleted"),
    EventSpec::new(
        4700,
        "TaskEnabled",
        1,
        "A scheduled task was enabled.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TaskName,
            TaskContent,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
            RpcCallClientLocality.since("v1"),
            FQDN.since("v1"),
        ],
    )
    .title("A scheduled task was enabled"),
    EventSpec::new(
        4701,
        "TaskDisabled",
        1,
        "A scheduled task was disabled.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TaskName,
            TaskContent,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
            RpcCallClientLocality.since("v1"),
            FQDN.since("v1"),
        ],
    )
    .title("A scheduled task was disabled"),
    EventSpec::new(
        4702,
        "TaskUpdated",
        1,
        "A scheduled task was changed. The XML is called TaskContentNew here.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TaskName,
            TaskContentNew,
            ClientProcessStartKey.since("v1"),
            ClientProcessId.since("v1"),
            ParentProcessId.since("v1"),
            RpcCallClientLocality.since("v1"),
            FQDN.since("v1"),
        ],
    )
    .title("A scheduled task was updated"),
    EventSpec::new(
        4703,
        "PrivilegesAdjusted",
        0,
        "A process switched privileges on or off.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            TargetUserSid,
            TargetUserName,
            TargetDomainName,
            TargetLogonId,
            ProcessName,
            ProcessId,
            EnabledPrivilegeList,
            DisabledPrivilegeList,
        ],
    )
    .title("A user right was adjusted"),
    EventSpec::new(
        4719,
        "AuditPolicyChanged",
        0,
        "What the Security log records was changed.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            CategoryId,
            SubcategoryId,
            SubcategoryGuid,
            AuditPolicyChanges,
        ],
    )
    .title("System audit policy was changed"),
    EventSpec::new(
        4720,
        "AccountCreated",
        0,
        "A user account was created.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
            SamAccountName,
            DisplayName,
            UserPrincipalName,
            HomeDirectory,
            HomePath,
            ScriptPath,
            ProfilePath,
            UserWorkstations,
            PasswordLastSet,
            AccountExpires,
            PrimaryGroupId,
            AllowedToDelegateTo,
            OldUacValue,
            NewUacValue,
            UserAccountControl,
            UserParameters,
            SidHistory,
            LogonHours,
        ],
    )
    .title("A user account was created"),
    EventSpec::new(
        4722,
        "AccountEnabled",
        0,
        "A user account was enabled.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
        ],
    )
    .title("A user account was enabled"),
    EventSpec::new(
        4724,
        "PasswordReset",
        0,
        "Someone set the password of another account.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
        ],
    )
    .title("An attempt was made to reset an account's password"),
    EventSpec::new(
        4726,
        "AccountDeleted",
        0,
        "A user account was deleted.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
        ],
    )
    .title("A user account was deleted"),
    EventSpec::new(
        4728,
        "GlobalGroupMemberAdded",
        0,
        "An account joined a global group of the domain.",
        &[
            MemberName,
            MemberSid,
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
        ],
    )
    .title("A member was added to a security-enabled global group"),
    EventSpec::new(
        4732,
        "LocalGroupMemberAdded",
        0,
        "An account joined a local group, such as Administrators.",
        &[
            MemberName,
            MemberSid,
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
        ],
    )
    .title("A member was added to a security-enabled local group"),
    EventSpec::new(
        4738,
        "AccountChanged",
        0,
        "A user account was changed; what did not change is `-`.",
        &[
            Dummy,
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
            SamAccountName,
            DisplayName,
            UserPrincipalName,
            HomeDirectory,
            HomePath,
            ScriptPath,
            ProfilePath,
            UserWorkstations,
            PasswordLastSet,
            AccountExpires,
            PrimaryGroupId,
            AllowedToDelegateTo,
            OldUacValue,
            NewUacValue,
            UserAccountControl,
            UserParameters,
            SidHistory,
            LogonHours,
        ],
    )
    .title("A user account was changed"),
    EventSpec::new(
        4768,
        "KerberosTicketRequested",
        0,
        "A domain controller was asked for a ticket-granting ticket: a logon, its password checked.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            ServiceName,
            ServiceSid,
            TicketOptions,
            Status,
            TicketEncryptionType,
            PreAuthType,
            IpAddress,
            IpPort,
            CertIssuerName,
            CertSerialNumber,
            CertThumbprint,
        ],
    )
    .title("A Kerberos authentication ticket (TGT) was requested"),
    EventSpec::new(
        4769,
        "KerberosServiceTicketRequested",
        0,
        "A domain controller was asked for a ticket of a service.",
        &[
            TargetUserName,
            TargetDomainName,
            ServiceName,
            ServiceSid,
            TicketOptions,
            TicketEncryptionType,
            IpAddress,
            IpPort,
            Status,
            LogonGuid,
            TransmittedServices,
        ],
    )
    .title("A Kerberos service ticket was requested"),
    EventSpec::new(
        4771,
        "KerberosPreAuthFailed",
        0,
        "A domain controller refused a logon: a wrong password, as a rule.",
        &[
            TargetUserName,
            TargetSid,
            ServiceName,
            TicketOptions,
            Status,
            PreAuthType,
            IpAddress,
            IpPort,
            CertIssuerName,
            CertSerialNumber,
            CertThumbprint,
        ],
    )
    .title("Kerberos pre-authentication failed"),
    EventSpec::new(
        4776,
        "NtlmAuthentication",
        0,
        "A password was checked with NTLM; Workstation is what the client calls itself.",
        &[PackageName, TargetUserName, Workstation, Status],
    )
    .title("The computer attempted to validate the credentials for an account"),
    EventSpec::new(
        4778,
        "SessionReconnected",
        0,
        "A user came back to a session.",
        &[AccountName, AccountDomain, LogonID, SessionName, ClientName, ClientAddress],
    )
    .title("A session was reconnected to a Window Station"),
    EventSpec::new(
        4779,
        "SessionDisconnected",
        0,
        "A session was disconnected; it lives on.",
        &[AccountName, AccountDomain, LogonID, SessionName, ClientName, ClientAddress],
    )
    .title("A session was disconnected from a Window Station"),
    EventSpec::new(
        4781,
        "AccountRenamed",
        0,
        "An account was renamed.",
        &[
            OldTargetUserName,
            NewTargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            PrivilegeList,
        ],
    )
    .title("The name of an account was changed"),
    EventSpec::new(
        4798,
        "UserGroupsListed",
        0,
        "A process listed the local groups of a user.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            CallerProcessId,
            CallerProcessName,
        ],
    )
    .title("A user's local group membership was enumerated"),
    EventSpec::new(
        4799,
        "GroupMembersListed",
        0,
        "A process listed the members of a local group.",
        &[
            TargetUserName,
            TargetDomainName,
            TargetSid,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            CallerProcessId,
            CallerProcessName,
        ],
    )
    .title("A security-enabled local group membership was enumerated"),
    EventSpec::new(
        5136,
        "DirectoryObjectModified",
        0,
        "An attribute of an object of the directory was changed.",
        &[
            OpCorrelationID,
            AppCorrelationID,
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            DSName,
            DSType,
            ObjectDN,
            ObjectGUID,
            ObjectClass,
            AttributeLDAPDisplayName,
            AttributeSyntaxOID,
            AttributeValue,
            OperationType,
        ],
    )
    .title("A directory service object was modified"),
    EventSpec::new(
        5140,
        "ShareAccessed",
        1,
        "A remote host opened a share of this one.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectType,
            IpAddress,
            IpPort,
            ShareName,
            ShareLocalPath,
            AccessMask,
            AccessList,
        ],
    )
    .title("A network share object was accessed"),
    EventSpec::new(
        5142,
        "ShareAdded",
        0,
        "A folder was shared.",
        &[SubjectUserSid, SubjectUserName, SubjectDomainName, SubjectLogonId, ShareName, ShareLocalPath],
    )
    .title("A network share object was added"),
    EventSpec::new(
        5145,
        "ShareFileAccessed",
        0,
        "A remote host opened a file or named pipe of a share; `IPC$` holds the pipes.",
        &[
            SubjectUserSid,
            SubjectUserName,
            SubjectDomainName,
            SubjectLogonId,
            ObjectType,
            IpAddress,
            IpPort,
            ShareName,
            ShareLocalPath,
            RelativeTargetName,
            AccessMask,
            AccessList,
            AccessReason,
        ],
    )
    .title("A network share object was checked to see whether client can be granted desired access"),
    EventSpec::new(
        5156,
        "ConnectionAllowed",
        1,
        "The firewall let a connection pass. The pid is decimal here and spelt ProcessID.",
        &[
            ProcessID,
            Application,
            Direction,
            SourceAddress,
            SourcePort,
            DestAddress,
            DestPort,
            Protocol,
            InterfaceIndex,
            FilterOrigin,
            FilterRTID,
            LayerName,
            LayerRTID,
            RemoteUserID.since("v1"),
            RemoteMachineID.since("v1"),
        ],
    )
    .title("The Windows Filtering Platform has permitted a connection"),
    EventSpec::new(
        5157,
        "ConnectionBlocked",
        1,
        "The firewall blocked a connection. The pid is decimal here.",
        &[
            ProcessId.doc("Process of this host, in decimal."),
            Application,
            Direction,
            SourceAddress,
            SourcePort,
            DestAddress,
            DestPort,
            Protocol,
            InterfaceIndex,
            FilterOrigin,
            FilterRTID,
            LayerName,
            LayerRTID,
            RemoteUserID.since("v1"),
            RemoteMachineID.since("v1"),
        ],
    )
    .title("The Windows Filtering Platform has blocked a connection"),
    EventSpec::new(
        5158,
        "LocalPortBound",
        0,
        "A process took a local port. The pid is decimal here.",
        &[
            ProcessId.doc("Process that took the port, in decimal."),
            Application,
            SourceAddress,
            SourcePort,
            Protocol,
            FilterRTID,
            LayerName,
            LayerRTID,
        ],
    )
    .title("The Windows Filtering Platform has permitted a bind to a local port"),
];

fields! {
    /// SID of the account that acts.
    SubjectUserSid: Sid,
    /// Account that acts; the host's own name with `$` stands for the system.
    SubjectUserName: User,
    /// Domain or host of the account that acts.
    SubjectDomainName: Host,
    /// Logon session that acts; joins to TargetLogonId of 4624.
    SubjectLogonId: Hex,
    /// SID of the account it is about.
    TargetUserSid: Sid,
    /// Account it is about.
    TargetUserName: User,
    /// Domain or host of the account it is about.
    TargetDomainName: Host,
    /// Logon session it is about.
    TargetLogonId: Hex,
    /// SID of the account or group it is about.
    TargetSid: Sid,

    /// 2 interactive, 3 network, 4 batch (task), 5 service, 7 unlock, 8 cleartext, 9 new credentials, 10 remote
    /// interactive, 11 cached.
    LogonType: Number,
    /// Part of Windows that asked for the logon; may end in blanks.
    LogonProcessName: Text,
    /// `NTLM`, `Kerberos`, `Negotiate`.
    AuthenticationPackageName: Text,
    /// Name that the client gave itself; `-` or empty for Kerberos.
    WorkstationName: Host,
    /// Joins a logon to its Kerberos ticket (4769); all zero without one.
    LogonGuid: Guid,
    /// Services that passed the logon on.
    TransmittedServices: Text,
    /// Version of NTLM used.
    LmPackageName: Text,
    /// Length of the session key in bits.
    KeyLength: Number,
    /// Process id, in hexadecimal.
    ProcessId: Pid,
    /// Full path of the process's executable.
    ProcessName: Path,
    /// Address of the client; `-` if local, IPv4 at times as `::ffff:1.2.3.4`.
    IpAddress: Ip,
    /// Port of the client; `-` or 0 if unknown.
    IpPort: Port,
    /// Level of impersonation, as message number.
    ImpersonationLevel: Text,
    /// `Yes` for a Remote Desktop logon in restricted admin mode.
    RestrictedAdminMode: Text,
    /// Account used towards the network with logon type 9.
    TargetOutboundUserName: User,
    /// Domain of the account used towards the network with logon type 9.
    TargetOutboundDomainName: Host,
    /// Whether it is a virtual account, as message number.
    VirtualAccount: Text,
    /// The other session of a user under UAC, 0x0 if none.
    TargetLinkedLogonId: Hex,
    /// Whether the session is elevated, as message number: `%%1842` yes, `%%1843` no.
    ElevatedToken: Text,
    /// Result, an NTSTATUS or Kerberos code; 0x0 is success.
    Status: Hex,
    /// Why the logon failed, as message number.
    FailureReason: Text,
    /// Why in detail: 0xc000006a wrong password, 0xc0000064 no such account.
    SubStatus: Hex,
    /// Number of this part, from 1.
    EventIdx: Number,
    /// Number of parts.
    EventCountTotal: Number,
    /// SIDs of the groups, one a line, as `%{S-1-…}`.
    GroupMembership: Text,
    /// LogonGuid of the session that was made.
    TargetLogonGuid: Guid,
    /// Host that the credentials are for; `localhost` for this one.
    TargetServerName: Host,
    /// Service on that host.
    TargetInfo: Text,

    /// Part of Windows that owns the object.
    ObjectServer: Text,
    /// Kind of object: `File`, `Key`, `Process`.
    ObjectType: Text,
    /// Name of the object: a path, a registry key as `\REGISTRY\MACHINE\…`, a directory object's GUID.
    ObjectName: Path,
    /// Handle; joins 4656 to 4663.
    HandleId: Hex,
    /// Transaction; all zero without one.
    TransactionId: Guid,
    /// Rights, as message numbers, one a line.
    AccessList: Text,
    /// Why each right was granted or refused.
    AccessReason: Text,
    /// Rights as a mask.
    AccessMask: Hex,
    /// Privileges, one a line.
    PrivilegeList: Text,
    /// Number of restricted SIDs.
    RestrictedSidCount: Number,
    /// Resource attributes of the object.
    ResourceAttributes: Text,
    /// Name of the value.
    ObjectValueName: Text,
    /// What was done, as message number or text.
    OperationType: Text,
    /// Type of the old data, as message number.
    OldValueType: Text,
    /// The old data.
    OldValue: Command,
    /// Type of the new data, as message number.
    NewValueType: Text,
    /// The new data.
    NewValue: Command,
    /// Rights and GUIDs of the properties that were used.
    Properties: Text,
    /// Further information.
    AdditionalInfo: Text,
    /// Further information.
    AdditionalInfo2: Text,
    /// Service that was called.
    Service: Text,

    /// Process id of the new process, in hexadecimal.
    NewProcessId: Pid,
    /// Full path of the new process's executable.
    NewProcessName: Path,
    /// Elevation, as message number: `%%1936` full, `%%1937` elevated, `%%1938` limited.
    TokenElevationType: Text,
    /// Command line; empty unless the policy has it recorded.
    CommandLine: Command,
    /// Full path of the creator's executable.
    ParentProcessName: Path,
    /// Integrity as a SID: S-1-16-8192 medium, -12288 high, -16384 system.
    MandatoryLabel: Sid,

    /// Name of the service.
    ServiceName: Text,
    /// What runs: a command line, or the path of a driver.
    ServiceFileName: Command,
    /// Type: 0x1 driver, 0x10 own process, 0x20 shared process.
    ServiceType: Hex,
    /// Start: 0 boot, 1 system, 2 automatic, 3 on demand, 4 disabled.
    ServiceStartType: Number,
    /// Account that the service runs under.
    ServiceAccount: User,
    /// Start key of the client process: the last 8 bytes of its ProcessGuid in Sysmon, in decimal; 0 if unknown.
    ClientProcessStartKey: Number,
    /// Client process, in decimal; 0 if unknown.
    ClientProcessId: Pid,
    /// Parent of the client process, in decimal.
    ParentProcessId: Pid,
    /// 0 for a client on this host.
    RpcCallClientLocality: Number,
    /// Name of the host.
    FQDN: Host,
    /// Path of the task in the scheduler's tree: `\OneNote 45756`.
    TaskName: Text,
    /// XML of the task: command, arguments, triggers, account. Exports may escape it twice.
    TaskContent: Command,
    /// XML of the task after the change.
    TaskContentNew: Command,
    /// Privileges switched on.
    EnabledPrivilegeList: Text,
    /// Privileges switched off.
    DisabledPrivilegeList: Text,
    /// Category of the policy, as message number.
    CategoryId: Text,
    /// Subcategory of the policy, as message number.
    SubcategoryId: Text,
    /// GUID of the subcategory.
    SubcategoryGuid: Guid,
    /// What is recorded from now on, as message numbers: `%%8448` success removed, `%%8450` failure removed.
    AuditPolicyChanges: Text,

    /// Distinguished name of the member; `-` for a local account.
    MemberName: User,
    /// SID of the member.
    MemberSid: Sid,
    /// Not used.
    Dummy: Text,
    /// Logon name.
    SamAccountName: User,
    /// Display name.
    DisplayName: Text,
    /// User principal name.
    UserPrincipalName: User,
    /// Home folder.
    HomeDirectory: Path,
    /// Home drive.
    HomePath: Path,
    /// Logon script.
    ScriptPath: Path,
    /// Folder of the profile.
    ProfilePath: Path,
    /// Hosts that the user may log on from.
    UserWorkstations: Host,
    /// When the password was last set, local time.
    PasswordLastSet: Text,
    /// When the account expires.
    AccountExpires: Text,
    /// RID of the primary group.
    PrimaryGroupId: Number,
    /// Services that the account may delegate to.
    AllowedToDelegateTo: Text,
    /// Flags of the account before.
    OldUacValue: Hex,
    /// Flags of the account after.
    NewUacValue: Hex,
    /// Flags that changed, as message numbers, one a line.
    UserAccountControl: Text,
    /// Parameters of the user.
    UserParameters: Text,
    /// SIDs that the account carries from former domains.
    SidHistory: Text,
    /// Hours in which the account may log on.
    LogonHours: Text,
    /// Name before.
    OldTargetUserName: User,
    /// Name after.
    NewTargetUserName: User,

    /// SID of the service.
    ServiceSid: Sid,
    /// Options of the ticket, a mask.
    TicketOptions: Hex,
    /// Encryption: 0x12 AES-256, 0x11 AES-128, 0x17 RC4, 0xffffffff failed.
    TicketEncryptionType: Hex,
    /// Type of pre-authentication: 2 password, 15 to 17 certificate, 0 none.
    PreAuthType: Number,
    /// Issuer of the client's certificate.
    CertIssuerName: Text,
    /// Serial number of the client's certificate.
    CertSerialNumber: Text,
    /// Thumbprint of the client's certificate.
    CertThumbprint: Text,
    /// Authentication package.
    PackageName: Text,
    /// Name that the client gave itself.
    Workstation: Host,
    /// Account of the session.
    AccountName: User,
    /// Domain or host of the account.
    AccountDomain: Host,
    /// Logon session; spelt so.
    LogonID: Hex,
    /// Name of the session: `RDP-Tcp#5`, `Console`.
    SessionName: Text,
    /// Name of the client.
    ClientName: Host,
    /// Address of the client; `LOCAL` for the host's own screen.
    ClientAddress: Ip,
    /// Process that asked, in hexadecimal.
    CallerProcessId: Pid,
    /// Executable of the process that asked.
    CallerProcessName: Path,

    /// Joins the changes of one operation.
    OpCorrelationID: Guid,
    /// Correlation of the application; `-` if none.
    AppCorrelationID: Text,
    /// Name of the directory.
    DSName: Host,
    /// Kind of directory, as message number.
    DSType: Text,
    /// Distinguished name of the object.
    ObjectDN: Text,
    /// GUID of the object.
    ObjectGUID: Guid,
    /// Class of the object.
    ObjectClass: Text,
    /// Attribute that was changed.
    AttributeLDAPDisplayName: Text,
    /// Syntax of the attribute.
    AttributeSyntaxOID: Text,
    /// The value added or deleted.
    AttributeValue: Command,

    /// The share, as `\\*\IPC$`.
    ShareName: Path,
    /// Folder that is shared; empty for `IPC$`, else often with `\??\` in front.
    ShareLocalPath: Path,
    /// File relative to the share, or the pipe's name: `svcctl`, `atsvc`.
    RelativeTargetName: Path,

    /// Process of this host, in decimal.
    ProcessID: Pid,
    /// Executable, with the device's name: `\device\harddiskvolume1\…`.
    Application: Path,
    /// Direction, as message number: `%%14592` inbound, `%%14593` outbound.
    Direction: Text,
    /// Source address.
    SourceAddress: Ip,
    /// Source port.
    SourcePort: Port,
    /// Destination address.
    DestAddress: Ip,
    /// Destination port.
    DestPort: Port,
    /// IP protocol number: 6 TCP, 17 UDP, 1 ICMP.
    Protocol: Number,
    /// Index of the network interface; in newer records only.
    InterfaceIndex: Number,
    /// Where the filter came from: `Quarantine Default`; in newer records only.
    FilterOrigin: Text,
    /// Id of the filter.
    FilterRTID: Number,
    /// Layer of the filter, as message number.
    LayerName: Text,
    /// Id of the layer.
    LayerRTID: Number,
    /// SID of the remote user; `S-1-0-0` if unknown.
    RemoteUserID: Sid,
    /// SID of the remote host; `S-1-0-0` if unknown.
    RemoteMachineID: Sid,
}
