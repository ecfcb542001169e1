//! The event table: every event whodunit knows, written once. Readers map names to slots with it, encoders and searches
//! loop over it, `whodunit schema` prints it. Nothing else in the project repeats a field list.
//!
//! A field is declared once for its family (`const Image: FieldSpec`), with its docs; an event is a list of fields in
//! the order of the record. A field that came later says [`FieldSpec::since`]; one that means something else in one
//! event says [`FieldSpec::doc`] there. An event without an entry is [`UNKNOWN`]: all its fields are kept by name.

#![allow(non_upper_case_globals)] // field constants keep the vendor's spelling: one grep goes from log line to definition

/// Declares field constants: the doc comment is the field's docs, the identifier its name, then its type. A name that is
/// no identifier stands after it: `ThreatName("Threat Name"): Text`.
macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $name:ident $(($spelt:literal))?: $kind:ident,)+) => {
        $($(#[doc = $doc])+
        const $name: $crate::schema::FieldSpec = $crate::schema::FieldSpec::new(
            fields!(@name $name $($spelt)?),
            $crate::schema::FieldType::$kind,
            concat!($($doc),+).trim_ascii(),
        );)+
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $spelt:literal) => { $spelt };
}

pub mod linux;
pub mod print;
pub mod sysmon;
pub mod windows;

/// What a field holds; searches and conditions choose fields by it. The value itself is always the source's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldType {
    /// Free text.
    Text,
    /// Path of a file, folder or device; `;`-free.
    Path,
    /// A command line or other text that holds file names, URLs and hosts among other things (scripts, task XML).
    Command,
    /// `{8-4-4-4-12}`.
    Guid,
    /// Process id, decimal or `0x` hexadecimal.
    Pid,
    /// Decimal number.
    Number,
    /// `0x` hexadecimal number: access masks, logon ids, status codes.
    Hex,
    /// `true` or `false`.
    Bool,
    /// A time in UTC, `YYYY-MM-DD HH:MM:SS.mmm` or RFC 3339.
    Time,
    /// IPv4 or IPv6 address.
    Ip,
    /// Host or domain name.
    Host,
    /// Port number.
    Port,
    /// `ALG=HEX` items joined by `,`.
    Hashes,
    /// Registry key or value path.
    Registry,
    /// Account name, with or without domain.
    User,
    /// `S-1-…`.
    Sid,
    /// Answers of a DNS query: `;`-terminated items.
    DnsAnswers,
    /// URL.
    Url,
}

impl FieldType {
    /// The word shown by `schema`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Path => "path",
            Self::Command => "command",
            Self::Guid => "guid",
            Self::Pid => "pid",
            Self::Number => "number",
            Self::Hex => "hex",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Ip => "ip",
            Self::Host => "host",
            Self::Port => "port",
            Self::Hashes => "hashes",
            Self::Registry => "registry",
            Self::User => "user",
            Self::Sid => "sid",
            Self::DnsAnswers => "dns-answers",
            Self::Url => "url",
        }
    }
}

/// One field of an event.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The vendor's spelling.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldType,
    /// One or two sentences for `whodunit schema`: meaning, units, spelling traps.
    pub doc: &'static str,
    /// Version of the family's schema that brought it, where it came after the event itself; in the families that have
    /// none, version of the record (`v1`).
    pub since: Option<&'static str>,
}

impl FieldSpec {
    /// A field with its docs.
    pub const fn new(name: &'static str, kind: FieldType, doc: &'static str) -> Self {
        Self { name, kind, doc, since: None }
    }

    /// The same field, present only from this schema version on.
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// The same field with docs of its own for one event.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The same field, holding something else in one event.
    pub const fn kind(mut self, kind: FieldType) -> Self {
        self.kind = kind;
        self
    }
}

/// What Sysmon does with an event that its configuration does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleDefault {
    /// It is logged.
    Include,
    /// It is not logged.
    Exclude,
    /// There is no tag for it in a configuration: it is always logged. So are all events that are not Sysmon's.
    Always,
}

/// Whose recorder writes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Whoever has the family.
    Any,
    /// Windows only.
    Windows,
    /// Linux only.
    Linux,
}

/// One kind of event.
#[derive(Debug)]
pub struct EventSpec {
    /// Event id within its provider.
    pub id: u32,
    /// Sysmon's tag, or the name by which the field knows it.
    pub name: &'static str,
    /// The vendor's title of the event (Sysmon's task text, the first words of a Windows message); empty where it has none.
    pub title: &'static str,
    /// Version of the record (the `Version` of its System section); 0 where the family has none.
    pub version: u8,
    /// One or two sentences.
    pub doc: &'static str,
    /// Fields in the order of the record.
    pub fields: &'static [FieldSpec],
    /// Version of the family's schema that brought the event, where it came after the oldest one known.
    pub since: Option<&'static str>,
    /// What becomes of the event when a Sysmon configuration does not name it.
    pub default: RuleDefault,
    /// Whose recorder writes it (Sysmon for Linux knows less than Sysmon).
    pub platform: Platform,
}

impl EventSpec {
    /// An event with its fields.
    pub const fn new(
        id: u32,
        name: &'static str,
        version: u8,
        doc: &'static str,
        fields: &'static [FieldSpec],
    ) -> Self {
        Self {
            id,
            name,
            title: "",
            version,
            doc,
            fields,
            since: None,
            default: RuleDefault::Always,
            platform: Platform::Any,
        }
    }

    /// The same event with the vendor's title.
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// The same event, filtered by Sysmon's configuration, with what happens when that does not mention it.
    pub const fn default(mut self, default: RuleDefault) -> Self {
        self.default = default;
        self
    }

    /// The same event, written by one platform's recorder only.
    pub const fn only(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// The same event, present only from this schema version on.
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// Slot of a field by name; ASCII case does not matter (event 10 spells `SourceProcessGUID`).
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name.eq_ignore_ascii_case(name))
    }

    /// True for [`UNKNOWN`], the entry of all events without one.
    pub fn is_unknown(&self) -> bool {
        std::ptr::eq(self, &UNKNOWN)
    }
}

/// The events of one provider.
#[derive(Debug)]
pub struct Family {
    /// Short name for `schema`: `sysmon`, `security`, …
    pub name: &'static str,
    /// Provider names; ASCII case does not matter.
    pub providers: &'static [&'static str],
    /// Channel names, for exports that lost the provider; ASCII case does not matter.
    pub channels: &'static [&'static str],
    /// The events, ascending by id.
    pub events: &'static [EventSpec],
}

impl Family {
    /// True if the provider, or where it is empty the channel, is one of the family's.
    fn writes(&self, provider: &str, channel: &str) -> bool {
        let (names, name) = if provider.is_empty() { (self.channels, channel) } else { (self.providers, provider) };
        !name.is_empty() && names.iter().any(|n| n.eq_ignore_ascii_case(name))
    }

    /// The entry of an event id.
    pub fn event(&'static self, id: u32) -> Option<&'static EventSpec> {
        self.events.binary_search_by_key(&id, |e| e.id).ok().map(|at| &self.events[at])
    }
}

/// The entry of every event that the table does not hold: no slots, all fields kept by name.
pub static UNKNOWN: EventSpec = EventSpec::new(0, "", 0, "An event without an entry in the table.", &[]);

/// Every family; one line each.
pub static FAMILIES: &[&Family] = &[
    &sysmon::SYSMON,
    &windows::security::SECURITY,
    &windows::system::EVENT_LOG,
    &windows::system::EVENT_LOG_CLASSIC,
    &windows::system::SERVICES,
    &windows::task_scheduler::TASK_SCHEDULER,
    &windows::powershell::POWERSHELL,
    &windows::powershell::POWERSHELL_CLASSIC,
    &windows::wmi::WMI,
    &windows::bits::BITS,
    &windows::shell_core::SHELL_CORE,
    &windows::defender::DEFENDER,
    &windows::terminal::LOCAL_SESSIONS,
    &windows::terminal::REMOTE_CONNECTIONS,
    &linux::CRON,
    &linux::SSHD,
    &linux::SUDO,
    &linux::SU,
    &linux::PAM,
    &linux::SYSTEMD,
    &linux::LOGIND,
    &linux::ACCOUNTS,
    &linux::KERNEL,
    &linux::UTMP,
    &linux::AUDIT,
];

/// The families whose events a provider or, where the provider is not known, a channel may hold.
pub fn families(provider: &str, channel: &str) -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().copied().filter(move |family| family.writes(provider, channel))
}

/// The entry of an event, [`UNKNOWN`] where there is none. The provider decides; the channel only where the provider is
/// empty, as in exports that lost it: several providers share a channel, and a known id of another one must not be taken
/// for ours. Called once for each record of a text log: it compares lengths before letters, tens of nanoseconds in all.
pub fn lookup(provider: &str, channel: &str, id: u32) -> &'static EventSpec {
    families(provider, channel).find_map(|family| family.event(id)).unwrap_or(&UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSMON: &str = "Microsoft-Windows-Sysmon";

    fn events() -> impl Iterator<Item = (&'static Family, &'static EventSpec)> {
        FAMILIES.iter().flat_map(|f| f.events.iter().map(move |e| (*f, e)))
    }

    #[test]
    fn ids_ascend_in_each_family() {
        for family in FAMILIES {
            assert!(family.events.is_sorted_by(|a, b| a.id < b.id), "{}", family.name);
        }
    }

    #[test]
    fn everything_has_docs_that_end_as_sentences_do() {
        for (family, event) in events() {
            let docs = event.fields.iter().map(|f| (f.name, f.doc));
            for (name, doc) in docs.chain([(event.name, event.doc)]) {
                let whole = doc.ends_with(['.', '…']) && doc.len() < 200 && doc.trim() == doc;
                assert!(whole && !name.is_empty(), "{} {} {name}: {doc:?}", family.name, event.id);
            }
        }
    }

    #[test]
    fn no_event_has_a_field_twice() {
        for (family, event) in events() {
            for (at, field) in event.fields.iter().enumerate() {
                assert_eq!(event.slot(field.name), Some(at), "{} {} {}", family.name, event.id, field.name);
            }
        }
    }

    /// A record without a provider is looked up by channel: no two families of a channel may hold one id.
    #[test]
    fn ids_are_unambiguous_within_a_provider_and_a_channel() {
        let mut seen = std::collections::HashMap::new();
        for (family, event) in events() {
            for (kind, names) in [("provider", family.providers), ("channel", family.channels)] {
                for name in names {
                    let other = seen.insert((kind, name.to_ascii_lowercase(), event.id), family.name);
                    assert_eq!(other, None, "{} {kind} {name} {}", family.name, event.id);
                }
            }
        }
    }

    #[test]
    fn families_that_share_a_provider_or_channel_are_told_apart() {
        for (provider, channel, id, name) in [
            ("Microsoft-Windows-Eventlog", "Security", 1102, "SecurityLogCleared"),
            ("Microsoft-Windows-Eventlog", "System", 104, "LogCleared"),
            ("", "security", 1102, "SecurityLogCleared"),
            ("", "security", 4688, "ProcessCreated"),
            ("", "System", 104, "LogCleared"),
            ("", "SYSTEM", 7045, "ServiceInstalled"),
            ("", "System", 6008, "UnexpectedShutdown"),
            ("Service Control Manager", "System", 7045, "ServiceInstalled"),
            ("PowerShell", "Windows PowerShell", 400, "EngineStart"),
            ("PowerShellCore", "PowerShellCore/Operational", 4104, "ScriptBlock"),
        ] {
            assert_eq!(lookup(provider, channel, id).name, name, "{provider} {channel} {id}");
        }
        assert!(lookup("Service Control Manager", "System", 104).is_unknown());
        assert!(lookup("AD FS Auditing", "Security", 4624).is_unknown());
    }

    #[test]
    fn the_provider_decides_and_case_does_not() {
        assert_eq!(lookup("microsoft-windows-SYSMON", "", 22).name, "DnsQuery");
        assert_eq!(lookup(SYSMON, "ForwardedEvents", 22).name, "DnsQuery");
        assert_eq!(lookup("", "microsoft-windows-sysmon/OPERATIONAL", 22).name, "DnsQuery");
        for (provider, channel, id) in [
            ("Somebody", "Microsoft-Windows-Sysmon/Operational", 22),
            (SYSMON, "", 99),
            ("", "", 22),
            ("", "Somewhere", 22),
        ] {
            assert!(lookup(provider, channel, id).is_unknown(), "{provider} {channel} {id}");
        }
    }
}
