//! Arguments as typed: the command line's definition, from which `--help`, completions and the man page are made.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// From an indicator back to the root cause: reads what a host logged, finds the indicator, walks back.
#[derive(Debug, Parser)]
#[command(name = "whodunit", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = EXIT_STATUS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

const EXIT_STATUS: &str = "\
Exit status:
  0 ran to the end
  1 ran, but some input could not be read whole (named on standard error)
  2 wrong usage, or nothing at all could be read
  3 with --exit-code: something was found

Evidence: files, folders (searched deeply), globs, archives (gzip, zstd, zip, tar) or - for standard input.
Formats are recognised by content: EVTX, Windows XML, Sysmon for Linux in syslog or journal,
JSON of the common exporters, auditd, syslog, wtmp, task files.";

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Colours: only on a terminal, always or never (NO_COLOR is respected)
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true, value_name = "WHEN", help_heading = "Common options")]
    pub color: ColorChoice,
    /// Time zone of shown times: a name such as Asia/Shanghai, `local`, or an offset such as +08:00; JSON is always UTC
    #[arg(long, default_value = "UTC", global = true, value_name = "ZONE", help_heading = "Common options")]
    pub tz: String,
    /// Correct a host's clock in all outputs, e.g. `HOST=+90s` or `HOST=-1h`; may repeat
    #[arg(long, global = true, value_name = "HOST=±SPAN", allow_hyphen_values = true, help_heading = "Common options")]
    pub clock_skew: Vec<String>,
    /// Worker threads; 0 for all cores
    #[arg(long, default_value_t = 0, global = true, value_name = "N", help_heading = "Common options")]
    pub threads: usize,
    /// No progress, counts or notes on standard error; what could not be read is still named
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Common options")]
    pub quiet: bool,
    /// Say more on standard error (every note; twice: what each step does)
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Common options")]
    pub verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, filter and count events; show one record in full
    Events(EventsArgs),
    /// Find the records that hold given indicators
    Hunt(HuntArgs),
    /// Show the process tree with what each process did, or the logon sessions
    Tree(TreeArgs),
    /// Walk back from an indicator, process or record to the root cause
    Trace(TraceArgs),
    /// Show what the evidence can and cannot tell: hosts, channels, time spans, gaps, clears, events never recorded
    Coverage(CoverageArgs),
    /// Show the table of known events and their fields
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the man page (roff)
    Man,
}

/// Where to read.
#[derive(Debug, Args)]
pub struct Sources {
    /// Files, folders, globs or archives; - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The same as PATH; may repeat
    #[arg(long, value_name = "PATH")]
    pub evidence: Vec<PathBuf>,
}

/// Which events.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Event ids, e.g. 1,22
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    pub id: Vec<u32>,
    /// Channel (glob)
    #[arg(long, value_name = "GLOB")]
    pub channel: Option<String>,
    /// Provider (glob)
    #[arg(long, value_name = "GLOB")]
    pub provider: Option<String>,
    /// Host that logged the event (glob)
    #[arg(long, value_name = "GLOB")]
    pub host: Option<String>,
    /// Account in any user or SID field (glob)
    #[arg(long, value_name = "GLOB")]
    pub user: Option<String>,
    /// Not before: RFC 3339, a date, or a span ago such as 2h or 3d
    #[arg(long, value_name = "T")]
    pub after: Option<String>,
    /// Not after: the same forms
    #[arg(long, value_name = "T")]
    pub before: Option<String>,
    /// Events near a record (`FILE:RECORD` or `RECORD`) or a time
    #[arg(long, value_name = "RECORD|TIME")]
    pub around: Option<String>,
    /// How near
    #[arg(long, value_name = "SPAN", default_value = "5m", requires = "around")]
    pub within: String,
    /// A field's value: F=glob, F!=glob, F~regex, F@cidr, F<n, F>n; may repeat, all must hold
    #[arg(long, value_name = "COND")]
    pub field: Vec<String>,
    /// A text anywhere in the event's fields
    #[arg(long, value_name = "WORD")]
    pub text: Vec<String>,
    /// Names and values with case
    #[arg(long)]
    pub cased: bool,
}

/// `events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    #[command(flatten)]
    pub sources: Sources,
    /// JSON Lines
    #[arg(long, conflicts_with_all = ["csv", "full"])]
    pub json: bool,
    /// CSV
    #[arg(long, conflicts_with = "full")]
    pub csv: bool,
    /// Every field of each event, a line each
    #[arg(long)]
    pub full: bool,
    /// Order of events: as read, or by time
    #[arg(long, value_enum, default_value_t = Order::Input)]
    pub order: Order,
    /// Last first
    #[arg(long)]
    pub reverse: bool,
    /// At most N events
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// One copy of a record that was collected twice
    #[arg(long)]
    pub unique: bool,
    /// Count events by fields instead of listing them, e.g. event_id or Image,User (also host, channel, provider, name)
    #[arg(long, value_delimiter = ',', value_name = "F")]
    pub count_by: Vec<String>,
    /// Which events; last, since its heading holds for all that follow.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// Order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// As read: arguments, then files by name, then records.
    Input,
    /// By time; events without time first.
    Time,
}

/// `hunt`.
#[derive(Debug, Args)]
pub struct HuntArgs {
    #[command(flatten)]
    pub sources: Sources,
    /// An indicator: domain (=NAME without subdomains), IP, CIDR, URL, hash, path, registry path, e-mail, text or /regex/;
    /// `kind:value` names the kind; defanged forms are understood; may repeat
    #[arg(long, value_name = "X", required_unless_present = "iocs")]
    pub ioc: Vec<String>,
    /// A list of indicators: plain text, CSV, STIX 2.1, MISP JSON or CSV; may repeat
    #[arg(long, value_name = "FILE")]
    pub iocs: Vec<PathBuf>,
    /// JSON Lines
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// CSV
    #[arg(long)]
    pub csv: bool,
    /// One copy of a record that was collected twice
    #[arg(long)]
    pub unique: bool,
    /// At most N hits
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Exit status 3 when something was found
    #[arg(long)]
    pub exit_code: bool,
    /// Which events; last, since its heading holds for all that follow.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    #[command(flatten)]
    pub sources: Sources,
    /// Logon sessions with their processes instead of the process tree
    #[arg(long)]
    pub logons: bool,
    /// JSON Lines
    #[arg(long)]
    pub json: bool,
    /// Which events; last, since its heading holds for all that follow.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// An indicator, a process (pid, GUID or image name) or a record (`FILE:RECORD`)
    #[arg(value_name = "QUERY")]
    pub query: String,
    #[command(flatten)]
    pub sources: Sources,
    /// What QUERY is, where its form does not say it: domain, ip, cidr, url, hash, path, registry, email, text, regex,
    /// pid, process or record
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// JSON Lines: one object for each host and root cause
    #[arg(long)]
    pub json: bool,
    /// Exit status 3 when something was found
    #[arg(long)]
    pub exit_code: bool,
    /// Which events; last, since its heading holds for all that follow.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `coverage`.
#[derive(Debug, Args)]
pub struct CoverageArgs {
    #[command(flatten)]
    pub sources: Sources,
    /// A silence longer than this is a gap
    #[arg(long, default_value = "1h", value_name = "SPAN")]
    pub gap: String,
    /// JSON Lines: one object for each host and channel
    #[arg(long)]
    pub json: bool,
    /// Which events; last, since its heading holds for all that follow.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// An event id, a name, or both, e.g. 22, DnsQuery or "security 4688"
    #[arg(value_name = "EVENT")]
    pub event: Option<String>,
    /// JSON Lines: one object an event
    #[arg(long)]
    pub json: bool,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
