//! Remote Desktop: sessions and where they come from.

use crate::schema::{EventSpec, Family};

/// Sessions, local and remote.
pub static LOCAL_SESSIONS: Family = Family {
    name: "local-sessions",
    providers: &["Microsoft-Windows-TerminalServices-LocalSessionManager"],
    channels: &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"],
    events: &[
        EventSpec::new(21, "SessionLogon", 0, "A user logged on to a session.", &[User, SessionID, Address])
            .title("Remote Desktop Services: Session logon succeeded"),
        EventSpec::new(22, "SessionShellStart", 0, "A session's shell started.", &[User, SessionID, Address])
            .title("Remote Desktop Services: Shell start notification received"),
        EventSpec::new(23, "SessionLogoff", 0, "A user logged off a session.", &[User, SessionID])
            .title("Remote Desktop Services: Session logoff succeeded"),
        EventSpec::new(
            24,
            "SessionDisconnected",
            0,
            "A session was disconnected; it lives on.",
            &[User, SessionID, Address],
        )
        .title("Remote Desktop Services: Session has been disconnected"),
        EventSpec::new(25, "SessionReconnected", 0, "A user came back to a session.", &[User, SessionID, Address])
            .title("Remote Desktop Services: Session reconnection succeeded"),
        EventSpec::new(
            39,
            "SessionDisconnectedBy",
            0,
            "A session was disconnected by another one.",
            &[TargetSession, Source],
        )
        .title("Session has been disconnected by session"),
        EventSpec::new(40, "SessionDisconnectReason", 0, "Why a session was disconnected.", &[Session, Reason])
            .title("Session has been disconnected, reason code"),
    ],
};

/// Remote connections before and at authentication.
pub static REMOTE_CONNECTIONS: Family = Family {
    name: "remote-connections",
    providers: &["Microsoft-Windows-TerminalServices-RemoteConnectionManager"],
    channels: &["Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"],
    events: &[EventSpec::new(
        1149,
        "RemoteConnection",
        0,
        "A client reached the logon of Remote Desktop; with network level authentication, its user was proved.",
        &[Param1, Param2, Param3],
    )
    .title("Remote Desktop Services: User authentication succeeded")],
};

fields! {
    /// Account, `DOMAIN\name`.
    User: User,
    /// Number of the session.
    SessionID: Number,
    /// Address of the client; `LOCAL` for the host's own screen.
    Address: Ip,
    /// Session that was disconnected.
    TargetSession: Number,
    /// Session that did it.
    Source: Number,
    /// Number of the session.
    Session: Number,
    /// Reason: 0 none given, 5 another connection took it, 11 its user did it, 12 its user logged off.
    Reason: Number,
    /// Account.
    Param1: User,
    /// Its domain or the client's name.
    Param2: Host,
    /// Address of the client.
    Param3: Ip,
}
