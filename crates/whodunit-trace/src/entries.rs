//! Things that start by themselves, as the evidence and the events know them: one [`Entry`] for each, whatever number
//! of records speaks of it.

use crate::fact::Kind;
use crate::hosts::HostId;
use crate::processes::FactId;
use crate::store::View;
use crate::{command, names, path};
use hashbrown::HashMap;
use whodunit_event::Time;
use whodunit_event::persist::{CATEGORIES, Item};

/// Number of an entry.
pub(crate) type EntryId = u32;

/// One thing that starts by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// Its host; `None` where evidence of several hosts does not tell whose it is.
    pub(crate) host: Option<HostId>,
    pub(crate) item: Item,
    /// Records of its making and changes, by time.
    pub(crate) made: Vec<FactId>,
    /// When the first of them was; with the item's own date, whichever is earlier.
    pub(crate) since: Option<Time>,
    /// Records of its runs, by time.
    pub(crate) runs: Vec<FactId>,
    /// Records of its removal.
    pub(crate) gone: Vec<FactId>,
    pub(crate) hidden: bool,
    /// Its definition is in the evidence (a file, a hive), not only in records about it.
    pub(crate) defined: bool,
}

/// What a record says about an entry.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) category: &'static str,
    pub(crate) name: String,
    pub(crate) commands: Vec<String>,
    pub(crate) path: Option<String>,
    pub(crate) what: About,
}

/// Whether a record tells of an entry's making, run or removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Made,
    Run,
    Gone,
    Hidden,
}

/// The entries of the evidence.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) all: Vec<Entry>,
    by_name: HashMap<(Option<HostId>, &'static str, String), EntryId>,
    by_category: HashMap<(Option<HostId>, &'static str), Vec<EntryId>>,
    /// Services' own names by the names shown to people; without case.
    aliases: HashMap<(HostId, String), String>,
}

impl Entries {
    /// The entry of a name, made if it is new.
    fn entry(&mut self, host: Option<HostId>, category: &'static str, name: &str) -> EntryId {
        let key = (host, category, name.to_lowercase());
        if let Some(id) = self.by_name.get(&key) {
            return *id;
        }
        let id = self.all.len() as EntryId;
        self.all.push(Entry { host, item: Item::new(category, name), ..Entry::default() });
        self.by_category.entry((host, category)).or_default().push(id);
        self.by_name.insert(key, id);
        id
    }

    /// Files an item of the evidence.
    pub(crate) fn add_item(&mut self, host: Option<HostId>, item: Item) {
        let id = self.entry(host, item.category, &item.name);
        let entry = &mut self.all[id as usize];
        entry.hidden |= item.why.iter().any(|w| w.contains("hidden"));
        entry.since = earlier(entry.since, item.created);
        if !entry.defined {
            entry.defined = true;
            let commands = std::mem::take(&mut entry.item.command);
            entry.item = item;
            add_commands(&mut entry.item, commands);
        } else {
            add_commands(&mut entry.item, item.command);
            entry.item.last_run = entry.item.last_run.max(item.last_run);
            entry.item.evidence.extend(item.evidence);
        }
    }

    /// Files another name of a service.
    pub(crate) fn add_alias(&mut self, host: HostId, shown: &str, name: String) {
        if !shown.eq_ignore_ascii_case(&name) {
            self.aliases.insert((host, shown.to_lowercase()), name);
        }
    }

    /// The name of its own of what a record names, unless something has the name that it gives.
    fn own_name<'a>(&'a self, host: HostId, category: &'static str, name: &'a str) -> &'a str {
        let lower = name.to_lowercase();
        let known = |host| self.by_name.contains_key(&(host, category, lower.clone()));
        if category != "service" || known(Some(host)) || known(None) {
            return name;
        }
        self.aliases.get(&(host, lower)).map_or(name, String::as_str)
    }

    /// Files what a record says. Records come in order of time.
    pub(crate) fn add_said(&mut self, host: HostId, id: FactId, fact: &View<'_>, said: Said) {
        let name = self.own_name(host, said.category, &said.name).to_owned();
        let entry = self.entry(Some(host), said.category, &name);
        let entry = &mut self.all[entry as usize];
        add_commands(&mut entry.item, said.commands);
        if entry.item.path.is_none() {
            entry.item.path = said.path;
        }
        match said.what {
            About::Made => {
                entry.made.push(id);
                entry.since = earlier(entry.since, fact.time);
                entry.hidden |= fact.kind == Kind::TaskMade && fact.flag;
            }
            About::Run => entry.runs.push(id),
            About::Gone => entry.gone.push(id),
            About::Hidden => entry.hidden = true,
        }
        // Events on share the shape; the definition's own values stay where there is one.
        if entry.item.user.is_none() && !fact.account.is_empty() && fact.kind == Kind::Service {
            entry.item.user = Some(fact.account.to_string());
        }
    }

    /// Entries of a category that may be a host's.
    pub(crate) fn of(&self, host: HostId, category: &'static str) -> impl Iterator<Item = EntryId> {
        let of = move |host| self.by_category.get(&(host, category)).map_or(&[][..], Vec::as_slice);
        of(Some(host)).iter().chain(of(None)).copied()
    }

    /// Entries of any category that may be a host's.
    pub(crate) fn of_host(&self, host: HostId) -> impl Iterator<Item = EntryId> {
        CATEGORIES.iter().flat_map(move |c| self.of(host, c.word))
    }

    /// The entry of a name on a host.
    pub(crate) fn named(&self, host: HostId, category: &'static str, name: &str) -> Option<EntryId> {
        let name = self.own_name(host, category, name).to_lowercase();
        let of = |host| self.by_name.get(&(host, category, name.clone())).copied();
        of(Some(host)).or_else(|| of(None))
    }
}

fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn add_commands(item: &mut Item, commands: Vec<String>) {
    for command in commands {
        if !command.is_empty() && !item.command.contains(&command) {
            item.command.push(command);
        }
    }
}

/// What a fact says about things that start by themselves.
pub(crate) fn said(fact: &View<'_>) -> Option<Said> {
    match fact.kind {
        Kind::TaskMade => Some(task(fact.object, lines(fact.detail), About::Made)),
        Kind::TaskRun | Kind::TaskProcess | Kind::TaskAction | Kind::TaskEnd => {
            Some(task(fact.object, Vec::new(), About::Run))
        }
        Kind::TaskGone => Some(task(fact.object, Vec::new(), About::Gone)),
        Kind::Service => Some(one("service", fact.object, fact.detail, About::Made)),
        Kind::Registry => registry(fact),
        Kind::FileWrite => file(fact.object),
        Kind::WmiConsumer if fact.flag => Some(one("wmi-subscription", fact.object, fact.detail, About::Made)),
        Kind::WmiBinding if fact.flag => Some(binding(fact)),
        // What a job fetches is no command: `detail` stays with the fact.
        Kind::Bits => Some(one("bits-job", fact.object, "", About::Made)),
        Kind::Start => by_command(fact.subject.image, fact.subject.command),
        Kind::Cron => Some(one("cron-system", fact.detail, fact.detail, About::Run)),
        Kind::Unit => Some(one("systemd-service", fact.object, fact.detail, About::Run)),
        _ => None,
    }
    .filter(|said| !said.name.is_empty())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn one(category: &'static str, name: &str, command: &str, what: About) -> Said {
    Said { category, name: name.to_owned(), commands: vec![command.to_owned()], path: None, what }
}

fn task(name: &str, commands: Vec<String>, what: About) -> Said {
    let name = if name.starts_with('\\') || name.is_empty() { name.to_owned() } else { format!("\\{name}") };
    Said { category: "scheduled-task", name, commands, path: None, what }
}

/// `…\Image File Execution Options\PROGRAM\Debugger` and `…\SilentProcessExit\PROGRAM\MonitorProcess`: the program
/// names the entry.
fn hijack(category: &'static str, key: &str, command: &str) -> Option<Said> {
    let mut parts = key.rsplit('\\');
    let runs = matches!(parts.next()?.to_lowercase().as_str(), "debugger" | "monitorprocess");
    let program = parts.next().filter(|_| runs)?;
    Some(Said { path: Some(format!("/{key}")), ..one(category, program, command, About::Made) })
}

/// A value of a key that starts things: the value's name (for services and tasks the key's) names the entry.
fn registry(fact: &View<'_>) -> Option<Said> {
    let key = fact.object;
    let category = names::starting_category(key)?;
    let deleted = fact.detail.starts_with("Delete");
    match category {
        "service" => service_value(key, fact).filter(|_| fact.flag),
        "scheduled-task" => task_cache(key, fact.detail, deleted),
        _ if !fact.flag => None,
        "image-hijack" | "silent-process-exit" => hijack(category, key, fact.detail),
        "com-hijack" => com_class(key, fact.detail),
        "winlogon" => Some(Said {
            path: Some(format!("/{key}")),
            commands: listed(fact.detail),
            ..one(category, value_name(key), "", About::Made)
        }),
        _ => Some(Said { path: Some(format!("/{key}")), ..one(category, value_name(key), fact.detail, About::Made) }),
    }
}

/// Winlogon's values are lists of command lines with commas between them: `"C:\\a.exe",explorer.exe`.
fn listed(value: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = value.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// `…\CLSID\{CLASS}\InprocServer32\(Default)`: the class names the entry. Other values of the key start nothing.
fn com_class(key: &str, server: &str) -> Option<Said> {
    let parts: Vec<&str> = key.split('\\').collect();
    let at = parts.iter().position(|p| matches!(p.to_lowercase().as_str(), "inprocserver32" | "localserver32"))?;
    let is_server = parts.get(at + 1).is_none_or(|value| value.eq_ignore_ascii_case("(default)"));
    let class = parts.get(at.checked_sub(1)?).filter(|_| is_server)?;
    Some(Said { path: Some(format!("/{key}")), ..one("com-hijack", class, server, About::Made) })
}

fn value_name(key: &str) -> &str {
    key.rsplit('\\').next().unwrap_or(key)
}

/// `…\Services\NAME\ImagePath` and `…\Services\NAME\Parameters\ServiceDll`.
fn service_value(key: &str, fact: &View<'_>) -> Option<Said> {
    let at = key.to_lowercase().find("\\services\\")? + "\\services\\".len();
    let mut parts = key.get(at..)?.split('\\');
    let name = parts.next()?;
    let runs = matches!(value_name(key).to_lowercase().as_str(), "imagepath" | "servicedll" | "failurecommand");
    let path = format!("/{}", &key[..at + name.len()]);
    runs.then(|| Said { path: Some(path), ..one("service", name, fact.detail, About::Made) })
}

/// The service of which a registry value is the name for people: `…\Services\NAME\DisplayName`.
pub(crate) fn service_shown<'a>(fact: &View<'a>) -> Option<&'a str> {
    let mut parts = fact.object.rsplit('\\');
    let is_shown = fact.flag && parts.next()?.eq_ignore_ascii_case("displayname") && !fact.detail.is_empty();
    let name = parts.next().filter(|_| is_shown)?;
    parts.next().filter(|p| p.eq_ignore_ascii_case("services")).map(|_| name)
}

/// `…\TaskCache\Tree\FOLDER\NAME[\value]`: made; without its `SD` it is hidden. `…\TaskCache\Tasks\{ID}\Path` holds
/// the name.
fn task_cache(key: &str, detail: &str, deleted: bool) -> Option<Said> {
    if key.to_lowercase().contains("\\taskcache\\tasks\\") {
        let names = value_name(key).eq_ignore_ascii_case("path") && detail.starts_with('\\');
        return names.then(|| task(detail, Vec::new(), About::Made));
    }
    let at = key.to_lowercase().find("\\taskcache\\tree\\")? + "\\taskcache\\tree".len();
    let rest = key.get(at..)?;
    let name = ["\\Id", "\\Index", "\\SD"].iter().find_map(|value| rest.strip_suffix(value)).unwrap_or(rest);
    let what = match (deleted, rest.ends_with("\\SD")) {
        (true, true) => About::Hidden,
        (true, false) => return None,
        _ => About::Made,
    };
    Some(task(name, Vec::new(), what))
}

/// A file in the task folder or a startup folder. `C:\Windows\Tasks` holds tasks only as `.job` files.
fn file(file: &str) -> Option<Said> {
    let lower = file.to_lowercase();
    if let Some(at) = lower.find("\\system32\\tasks\\") {
        return Some(task(&file[at + "\\system32\\tasks".len()..], Vec::new(), About::Made));
    }
    if lower.contains("\\start menu\\programs\\startup\\") {
        return Some(one("startup-folder", path::file_name(file), file, About::Made));
    }
    let job = lower.contains("\\windows\\tasks\\") && lower.ends_with(".job");
    job.then(|| one("at-job", path::file_name(file), "", About::Made))
}

/// 21 names consumer and filter; 5861 carries the consumer's definition.
fn binding(fact: &View<'_>) -> Said {
    let consumer = fact.object;
    let name = consumer.split_once(".Name=").or_else(|| consumer.split_once('=')).map_or(consumer, |(_, name)| name);
    let name = name.trim_matches(['\\', '"', ' ', '\'', ';']);
    let text = fact.detail;
    let command = ["CommandLineTemplate", "ScriptText", "ExecutablePath"].iter().find_map(|p| property(text, p));
    Said { commands: command.into_iter().collect(), ..one("wmi-subscription", name, "", About::Made) }
}

/// `Name = "value";` in a MOF text.
fn property(text: &str, name: &str) -> Option<String> {
    let rest = &text[text.find(name)? + name.len()..];
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    Some(rest[..rest.find("\";").unwrap_or(rest.len())].replace("\\\\", "\\").replace("\\\"", "\""))
}

/// `schtasks /create`, `sc create`, `bitsadmin` and `reg add …\Run` say what they make.
fn by_command(image: &str, command: &str) -> Option<Said> {
    if names::is_file(image, &["schtasks.exe"]) {
        return schtasks(&command::words(command));
    }
    if names::is_file(image, &["sc.exe"]) {
        return sc(&command::words(command));
    }
    if names::is_file(image, &["bitsadmin.exe"]) {
        return bitsadmin(&command::words(command));
    }
    if names::is_file(image, &["powershell.exe", "pwsh.exe"]) {
        return bits_transfer(image, command);
    }
    names::is_file(image, &["reg.exe"]).then(|| reg(&command::words(command))).flatten()
}

fn option(words: &[String], name: &str) -> Option<String> {
    let at = words.iter().position(|w| w.eq_ignore_ascii_case(name))?;
    words.get(at + 1).cloned()
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// Orders to another host (`/s`) do nothing here.
fn schtasks(words: &[String]) -> Option<Said> {
    if option(words, "/s").is_some() {
        return None;
    }
    let (name, command) = (option(words, "/tn"), option(words, "/tr"));
    match (has(words, "/create"), has(words, "/run")) {
        (true, _) => Some(task(&name?, command.into_iter().collect(), About::Made)),
        (_, true) => Some(task(&name?, Vec::new(), About::Run)),
        _ => None,
    }
}

/// `sc create NAME binPath= …`, and `sc config` if it gives the service another program.
fn sc(words: &[String]) -> Option<Said> {
    let at = words.iter().position(|w| w.eq_ignore_ascii_case("create") || w.eq_ignore_ascii_case("config"))?;
    if words[..at].iter().any(|w| w.starts_with("\\\\")) {
        return None;
    }
    let path = words.iter().enumerate().find_map(|(at, word)| {
        let lower = word.to_ascii_lowercase();
        let value = lower.strip_prefix("binpath=")?;
        if value.is_empty() { words.get(at + 1).cloned() } else { Some(word[word.len() - value.len()..].to_owned()) }
    });
    if path.is_none() && words[at].eq_ignore_ascii_case("config") {
        return None;
    }
    Some(one("service", words.get(at + 1)?, &path.unwrap_or_default(), About::Made))
}

/// `bitsadmin /SetNotifyCmdLine JOB PROGRAM PARAMETERS`; `/Transfer JOB …`, `/AddFile JOB …`, `/Create [TYPE] JOB`.
fn bitsadmin(words: &[String]) -> Option<Said> {
    let after = |order: &str| words.iter().position(|w| w.eq_ignore_ascii_case(order)).map(|at| &words[at + 1..]);
    if let Some([job, command @ ..]) = after("/setnotifycmdline").filter(|rest| rest.len() > 1) {
        return Some(one("bits-job", job, &command.join(" "), About::Made));
    }
    let created = after("/create").and_then(|rest| rest.last());
    let named = ["/transfer", "/addfile"].iter().find_map(|order| after(order)?.first());
    Some(one("bits-job", named.or(created)?, "", About::Made))
}

/// `Start-BitsTransfer`, which gives its jobs this name unless it is told another.
fn bits_transfer(image: &str, command: &str) -> Option<Said> {
    let code = command::script(image, command)?.code;
    let ordered = code.to_lowercase().contains("start-bitstransfer");
    let name = option(&command::words(&code), "-displayname").unwrap_or_else(|| "BITS Transfer".to_owned());
    ordered.then(|| one("bits-job", &name, "", About::Made))
}

fn reg(words: &[String]) -> Option<Said> {
    let key = option(words, "add")?;
    let name = option(words, "/v")?;
    let category = names::starting_category(&format!("{key}\\{name}")).filter(|c| *c == "run-key")?;
    Some(one(category, &name, &option(words, "/d")?, About::Made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_of(command: &str) -> Option<(String, Vec<String>)> {
        by_command(command::program(command).0, command).map(|s| (s.name, s.commands))
    }

    #[test]
    fn commands_that_make_entries() {
        for (command, expect) in [
            ("schtasks.exe /create /sc onlogon /tn Up /tr \"C:\\a b.exe -x\"", Some(("\\Up", "C:\\a b.exe -x"))),
            ("sc.exe create evil binPath= \"cmd /c calc\"", Some(("evil", "cmd /c calc"))),
            ("sc.exe create evil binpath=C:\\x.exe start=auto", Some(("evil", "C:\\x.exe"))),
            (
                "bitsadmin.exe /SetNotifyCmdLine job C:\\Windows\\System32\\cmd.exe \"/c calc\"",
                Some(("job", "C:\\Windows\\System32\\cmd.exe /c calc")),
            ),
            ("bitsadmin.exe /transfer job /download https://x.example/a C:\\a", Some(("job", ""))),
            ("bitsadmin.exe /create /download job", Some(("job", ""))),
            ("powershell.exe -c Start-BitsTransfer -Source http://x.example/a -DisplayName up", Some(("up", ""))),
            ("sc.exe config Fax binPath= C:\\x.exe", Some(("Fax", "C:\\x.exe"))),
            ("sc.exe config Fax start= auto", None),
            ("sc.exe \\\\other create evil binPath= x", None),
            ("schtasks.exe /create /s other /tn Up /tr x", None),
            (
                "reg.exe add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v Up /t REG_SZ /d C:\\u.exe",
                Some(("Up", "C:\\u.exe")),
            ),
        ] {
            let expect = expect.map(|(n, c): (&str, &str)| (n.to_owned(), vec![c.to_owned()]));
            assert_eq!(said_of(command), expect, "{command}");
        }
    }

    #[test]
    fn a_file_in_the_old_task_folder_is_no_task() {
        assert!(file("C:\\Windows\\Tasks\\evil.exe").is_none());
        assert_eq!(file("C:\\Windows\\System32\\Tasks\\A\\B").unwrap().name, "\\A\\B");
        assert_eq!(task_cache("HKLM\\S\\TaskCache\\Tree\\Ghost\\SD", "", true).unwrap().what, About::Hidden);
        let named = task_cache("HKLM\\S\\TaskCache\\Tasks\\{1}\\Path", "\\A\\B", false).unwrap();
        assert_eq!((named.name.as_str(), named.what), ("\\A\\B", About::Made));
    }
}
