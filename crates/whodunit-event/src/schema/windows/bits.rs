//! BITS: downloads that outlive the process that asked for them.

use crate::schema::{EventSpec, Family};

/// The BITS client's operational channel.
pub static BITS: Family = Family {
    name: "bits",
    providers: &["Microsoft-Windows-Bits-Client"],
    channels: &["Microsoft-Windows-Bits-Client/Operational"],
    events: &[
        EventSpec::new(
            3,
            "BitsJobCreated",
            2,
            "A BITS job was created.",
            &[jobTitle, jobId, jobOwner, processPath, processId, string, string2, string3],
        )
        .title("The BITS service created a new job"),
        EventSpec::new(
            4,
            "BitsJobComplete",
            1,
            "A BITS job was completed.",
            &[User, jobTitle, jobId, jobOwner, fileCount, bytesTransferred, bytesTransferredFromPeer],
        )
        .title("The transfer job is complete"),
        EventSpec::new(
            5,
            "BitsJobCancelled",
            0,
            "A BITS job was cancelled.",
            &[User, jobTitle, jobId, jobOwner, fileCount],
        )
        .title("Job cancelled"),
        EventSpec::new(
            59,
            "BitsTransferStarted",
            1,
            "A BITS job began to transfer a file.",
            &[
                transferId,
                name,
                Id,
                url,
                peer,
                fileTime,
                fileLength,
                bytesTotal,
                bytesTransferred,
                bytesTransferredFromPeer.since("v1"),
            ],
        )
        .title("BITS started the transfer job"),
        EventSpec::new(60, "BitsTransferStopped", 1, "A BITS job stopped to transfer a file; hr says how.", STOPPED)
            .title("BITS stopped transferring the job"),
        EventSpec::new(61, "BitsTransferFailed", 1, "A BITS job failed to transfer a file; hr says why.", STOPPED)
            .title("BITS stopped transferring the job"),
    ],
};

const STOPPED: &[crate::schema::FieldSpec] = &[
    transferId,
    name,
    Id,
    url,
    peer,
    hr,
    fileTime,
    fileLength,
    bytesTotal,
    bytesTransferred,
    proxy.since("v1"),
    peerProtocolFlags,
    bytesTransferredFromPeer.since("v1"),
    AdditionalInfoHr.since("v1"),
    PeerContextInfo.since("v1"),
    bandwidthLimit.since("v1"),
    ignoreBandwidthLimitsOnLan.since("v1"),
];

fields! {
    /// The job's title, chosen by its maker.
    jobTitle: Text,
    /// Id of the job.
    jobId: Guid,
    /// Account that owns the job.
    jobOwner: User,
    /// Executable of the process that made the job.
    processPath: Path,
    /// Process that made the job.
    processId: Pid,
    /// Version 0 only: the job's title.
    string: Text,
    /// Version 0 only: account that owns the job.
    string2: User,
    /// Version 0 only: executable of the process that made the job; often empty.
    string3: Path,
    /// Account that completed or cancelled the job.
    User: User,
    /// Number of files in the job.
    fileCount: Number,
    /// Id of the transfer.
    transferId: Guid,
    /// The job's title; the same as `jobTitle` of event 3.
    name: Text,
    /// Id of the job; the same as `jobId` of event 3.
    Id: Guid,
    /// Where the file comes from or goes to.
    url: Url,
    /// Peer that serves the file; empty as a rule.
    peer: Host,
    /// Result, a Windows error code in decimal; 0 is success.
    hr: Number,
    /// The server's time of the file, UTC.
    fileTime: Time,
    /// Length of the file in bytes; 18446744073709551615 if unknown.
    fileLength: Number,
    /// Bytes to transfer.
    bytesTotal: Number,
    /// Bytes transferred.
    bytesTransferred: Number,
    /// Proxy used.
    proxy: Host,
    /// Protocol flags of the peer.
    peerProtocolFlags: Number,
    /// Bytes transferred from a peer.
    bytesTransferredFromPeer: Number,
    /// Further error code, in decimal.
    AdditionalInfoHr: Number,
    /// Context of the peer.
    PeerContextInfo: Number,
    /// Limit of the bandwidth; 18446744073709551615 if none.
    bandwidthLimit: Number,
    /// `true` if the limit does not hold inside the local network.
    ignoreBandwidthLimitsOnLan: Bool,
}
