//! What the graph keeps of an event: who did what to what, when, and where that stands.
//!
//! A [`Fact`] is made on the reading threads ([`Fact::from_event`]), so that the graph itself only has to file it. One
//! flat shape serves every kind; the table says what a kind puts into the columns.
//!
//! | kind | subject | target | object | detail | address | account | logon | number |
//! |---|---|---|---|---|---|---|---|---|
//! | `Start` | the new process | its parent | working folder | hashes | | | its LogonId | audit session |
//! | `Thread`, `Access` | who reached in | the process reached | start module | start address, call trace | | | | access mask |
//! | `Tamper` | the process that was changed | | | kind of change | | | | |
//! | `FileWrite`, `Load` | who wrote, loaded | | path | hashes | | | | |
//! | `Registry` | who wrote | | key and value | data | | | | |
//! | `Pipe` | who made it or connected | | pipe | event type | | | | |
//! | `WmiFilter`, `WmiConsumer`, `WmiBinding` | | | name | query or command | | user | | |
//! | `Dns` | who asked | | name | answers | | | | |
//! | `Network` | who talked | | peer's name | own address | peer's address | | | the fixed port: destination's |
//! | `TaskMade` | client process | | task | command lines | | user | SubjectLogonId | ClientProcessStartKey |
//! | `TaskProcess`, `TaskAction` | launched process | | task | program | | | | |
//! | `TaskRun`, `TaskEnd`, `TaskGone` | | | task | | | user | | |
//! | `Service` | | | service | image path | | run-as account | SubjectLogonId | |
//! | `Logon` | | | logon process | workstation | source address | account | TargetLogonId | logon type |
//! | `Logoff` | | | | | | account | TargetLogonId | |
//! | `Share` | | | share and path | | source address | account | SubjectLogonId | |
//! | `Explicit` | who used the credentials | | target server | | source address | account used | SubjectLogonId | |
//! | `Script` | the host process | | path | script text | | | | part |
//! | `Bits` | the job's maker | | job | URL | | user | | |
//! | `RunKey` | the launched process | | | command line | | | | |
//! | `Cron`, `Unit`, `Sudo` | the shell, unit's or sudo's process | | unit | command line | | user | | |
//! | `Opened` | the desktop | | program that a person opened | | | | | |
//! | `Class` | who looked it up | | COM class | | | | | |
//! | `Cleared`, `Recorder` | who | | channel, state | | | account | | |
//! | `Seen`, `Other` | who | | | | | | | |

use crate::distil;
use std::sync::Arc;
use whodunit_event::{Event, Guid, Origin, Time};

/// Shared text; empty stands for "not recorded".
pub type Text = Arc<str>;

/// What a fact says; see the table of this module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the module's table is the documentation
pub enum Kind {
    Start,
    End,
    Thread,
    Access,
    Tamper,
    FileWrite,
    Load,
    Registry,
    Pipe,
    WmiFilter,
    WmiConsumer,
    WmiBinding,
    Dns,
    Network,
    TaskMade,
    TaskRun,
    TaskProcess,
    TaskAction,
    TaskEnd,
    TaskGone,
    Service,
    Logon,
    Logoff,
    Share,
    Explicit,
    Script,
    Bits,
    RunKey,
    Cron,
    Unit,
    Sudo,
    Opened,
    Class,
    Cleared,
    Recorder,
    /// An event that names a process and says nothing else the graph needs: it proves that the process was there.
    Seen,
    /// An event of any other kind that matched the query.
    #[default]
    Other,
}

/// A process as an event names it; `T` is how its texts are held.
#[derive(Clone, Copy, Debug)]
pub struct Actor<T = Text> {
    /// ProcessGuid; zero where the event has none.
    pub guid: Guid,
    /// Process id; 0 where the event has none.
    pub pid: u32,
    /// Full path of the executable.
    pub image: T,
    /// Command line.
    pub command: T,
    /// Account.
    pub user: T,
}

impl<T: Default> Default for Actor<T> {
    fn default() -> Self {
        Self { guid: Guid(0), pid: 0, image: T::default(), command: T::default(), user: T::default() }
    }
}

impl<T: AsRef<str>> Actor<T> {
    /// True if the event names no process at all.
    pub fn is_nobody(&self) -> bool {
        self.guid.is_zero() && self.pid == 0 && self.image.as_ref().is_empty()
    }
}

/// One event, as far as the graph needs it. Columns: see this module.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    /// What it says.
    pub kind: Kind,
    /// Id of the event.
    pub event_id: u32,
    /// The graph needs it kept whole although its kind is [`Kind::Seen`]: it is a hit.
    pub kept: bool,
    /// A mark of the kind: task hidden, module signed, connection opened by this host, file of a script block whole.
    pub flag: bool,
    /// True if `time` is a local time whose zone the record does not tell, taken as UTC.
    pub is_local: bool,
    /// When it happened; `None` where the record has no time.
    pub time: Option<Time>,
    /// Seconds by which the host's clock was corrected in `time`.
    pub clock_skew: i64,
    /// Host as the record spells it.
    pub host: Text,
    /// Where it stands.
    pub origin: Origin,
    /// The same for two copies of one record.
    pub fingerprint: u128,
    /// Who did it.
    pub subject: Actor,
    /// Whom it was done to; the parent of a new process.
    pub target: Option<Box<Actor>>,
    /// See the table.
    pub object: Text,
    /// See the table.
    pub detail: Text,
    /// See the table.
    pub address: Text,
    /// See the table.
    pub account: Text,
    /// LogonId; 0 where there is none.
    pub logon: u64,
    /// See the table.
    pub number: u64,
}

impl Fact {
    /// What the graph needs of an event; `None` if nothing. Cheap: runs on the reading threads.
    pub fn from_event(event: &Event) -> Option<Self> {
        distil::fact(event)
    }

    /// The fact of an event that matched the query: never dropped, whatever its kind is.
    pub fn of_hit(event: &Event) -> Self {
        let mut fact = distil::fact(event).unwrap_or_else(|| distil::other(event));
        fact.kept = true;
        fact.target = fact.target.or_else(|| distil::accessed(event));
        fact
    }
}

/// A record that matched the query.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// The record's fact: [`Fact::of_hit`].
    pub fact: Fact,
    /// Field that matched; decides whether a parent or target process is meant. Empty if the record as a whole is.
    pub field: String,
    /// The indicator that matched, in the query's spelling.
    pub indicator: String,
}
