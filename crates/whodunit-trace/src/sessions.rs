//! Logon sessions, and which of them came from elsewhere.

use crate::fact::Text;
use crate::hosts::HostId;
use crate::names;
use crate::processes::FactId;
use std::collections::HashMap;
use whodunit_event::Time;

/// Number of a session.
pub(crate) type SessionId = u32;

/// One logon session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) host: HostId,
    /// LogonId; 0 for a Linux session and for those that are known without one.
    pub(crate) logon: u64,
    /// Windows logon type; 3 network, 10 remote desktop. A Linux login over ssh counts as 10.
    pub(crate) kind: u64,
    pub(crate) account: Text,
    /// Source address.
    pub(crate) address: Text,
    /// Source host's name.
    pub(crate) workstation: Text,
    pub(crate) start: Option<Time>,
    pub(crate) end: Option<Time>,
    pub(crate) fact: FactId,
    /// pid of the Linux login process.
    pub(crate) pid: u32,
    /// True if it came from another host.
    pub(crate) remote: bool,
    /// True if its own record says from where; else another session of the account at the same moment does.
    pub(crate) sure: bool,
}

impl Session {
    /// Where it came from, for people: `10.0.0.5 (WS5)`.
    pub(crate) fn source(&self) -> String {
        let local = names::is_local_address(&self.address);
        match (local, self.workstation.is_empty()) {
            (false, false) => format!("{} ({})", self.address, self.workstation),
            (false, true) => self.address.to_string(),
            (true, false) => self.workstation.to_string(),
            (true, true) => "an address that was not recorded".to_owned(),
        }
    }

    /// `DOMAIN\account from 10.0.0.5 (WS5)`.
    pub(crate) fn name(&self) -> String {
        let account: &str = if self.account.is_empty() { "an account that was not recorded" } else { &self.account };
        format!("{account} from {}", self.source())
    }

    /// The way in, in words.
    pub(crate) fn way(&self) -> &'static str {
        match self.kind {
            2 => "interactive logon",
            3 => "network logon",
            4 => "batch logon",
            5 => "service logon",
            7 => "unlock",
            8 => "network logon in clear text",
            9 => "logon with other credentials",
            10 => "remote desktop logon",
            11 => "cached logon",
            SSH => "ssh login",
            _ => "logon",
        }
    }
}

/// Type of an ssh login: Windows has no such number.
pub(crate) const SSH: u64 = 1000;

/// Sessions of one order begin within this many milliseconds.
const SAME_MOMENT: i64 = 3000;

/// The sessions of the evidence.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    pub(crate) all: Vec<Session>,
    by_logon: HashMap<(HostId, u64), Vec<SessionId>>,
    by_host: HashMap<HostId, Vec<SessionId>>,
}

impl Sessions {
    pub(crate) fn add(&mut self, session: Session) {
        let id = self.all.len() as SessionId;
        if session.logon != 0 {
            self.by_logon.entry((session.host, session.logon)).or_default().push(id);
        }
        self.by_host.entry(session.host).or_default().push(id);
        self.all.push(session);
    }

    /// The session of a LogonId: the last that began before `time`.
    pub(crate) fn of_logon(&self, host: HostId, logon: u64, time: Option<Time>) -> Option<SessionId> {
        let ids = self.by_logon.get(&(host, logon)).filter(|_| logon != 0)?;
        let before = |id: &&SessionId| match (self.all[**id as usize].start, time) {
            (Some(start), Some(time)) => time.since(start) >= -crate::processes::SAME_START,
            _ => true,
        };
        ids.iter().rev().find(before).copied()
    }

    /// Gives network logons without an address that of another of the same account at the same moment: one order opens
    /// several sessions, and Windows leaves the address out of some.
    pub(crate) fn share_addresses(&mut self) {
        let lacking = |s: &Session| s.kind == 3 && s.address.is_empty() && !s.remote;
        for id in 0..self.all.len() {
            let session = &self.all[id];
            let near = session.start.filter(|_| lacking(session)).and_then(|start| self.sibling(id, start));
            if let Some(sibling) = near.map(|s| self.all[s as usize].clone()) {
                let session = &mut self.all[id];
                (session.address, session.workstation) = (sibling.address, sibling.workstation);
                (session.remote, session.sure) = (true, false);
            }
        }
    }

    /// A remote session of the same account that began within [`SAME_MOMENT`]; none where they came from several hosts.
    fn sibling(&self, id: usize, start: Time) -> Option<SessionId> {
        let session = &self.all[id];
        let near = self.remote_before(session.host, start.plus_millis(SAME_MOMENT), 2.0 * SAME_MOMENT as f64 / 1000.0);
        let mut siblings = near.into_iter().filter(|s| {
            let other = &self.all[*s as usize];
            other.sure && names::is_same_account(&other.account, &session.account)
        });
        let first = siblings.next()?;
        let address = &self.all[first as usize].address;
        siblings.all(|s| self.all[s as usize].address == *address).then_some(first)
    }

    /// Ends a session.
    pub(crate) fn end(&mut self, host: HostId, logon: u64, time: Option<Time>) {
        if let Some(id) = self.of_logon(host, logon, time) {
            self.all[id as usize].end = time;
        }
    }

    /// Remote sessions of a host that began in the `before` seconds up to `time`, the nearest first.
    pub(crate) fn remote_before(&self, host: HostId, time: Time, before: f64) -> Vec<SessionId> {
        let ids = self.by_host.get(&host).map_or(&[][..], Vec::as_slice);
        // Sessions are filed in order of time.
        let end = ids.partition_point(|id| self.all[*id as usize].start.is_none_or(|s| s <= time));
        let recent = ids[..end]
            .iter()
            .rev()
            .take_while(|id| self.all[**id as usize].start.is_some_and(|s| time.since(s) <= before));
        recent.copied().filter(|id| self.all[*id as usize].remote).collect()
    }

    /// Sessions of a host in order of time.
    pub(crate) fn of_host(&self, host: HostId) -> &[SessionId] {
        self.by_host.get(&host).map_or(&[], Vec::as_slice)
    }
}
