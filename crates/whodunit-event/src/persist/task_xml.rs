//! A scheduled task's definition (the XML under `Windows\System32\Tasks`, in `schtasks /query /xml`, and in Security event
//! 4698) to an [`Item`].
//!
//! Elements and their meaning are those of Microsoft's "Task Scheduler Schema" (namespace
//! `http://schemas.microsoft.com/windows/2004/02/mit/task`). Times in it carry no zone as a rule: they are the host's local
//! time, which the definition does not name.

use super::{Item, Target};
use crate::time::Time;
use crate::xml::{self, Fault, Reader, Tag, Token};

/// Actions and triggers that are read of one task; Windows allows 32 and 48.
const MAX_PARTS: usize = 256;

/// Why a text is no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskXmlError {
    /// It has no `<Task>` element at its top.
    NoTask,
}

impl std::fmt::Display for TaskXmlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTask => f.write_str("there is no Task element"),
        }
    }
}

impl std::error::Error for TaskXmlError {}

/// Reads a task's definition.
///
/// The name is that of `RegistrationInfo/URI`, and empty without one; path, evidence and modification time are the
/// caller's. Notes (hidden, highest privileges, a date without zone, a text that ends early) are in `why`.
pub fn parse(text: &str) -> Result<Item, TaskXmlError> {
    let (mut item, fault) = read(text)?;
    if let Some(fault) = fault {
        item.why.push(format!("its definition could not be read whole: {fault}"));
    }
    Ok(item)
}

/// Like [`parse`], with the reason why the text could not be read whole beside what was read.
pub fn read(text: &str) -> Result<(Item, Option<Fault>), TaskXmlError> {
    let mut reader = Reader::new(text.trim_start_matches('\u{feff}'));
    let root = reader.child().filter(|tag| tag.local() == "Task").ok_or(TaskXmlError::NoTask)?;
    let mut task = Task { item: Item::new("scheduled-task", ""), ..Task::default() };
    task.item.enabled = Some(true);
    while let Some(section) = if root.empty { None } else { reader.child() } {
        task.section(&section, &mut reader);
    }
    Ok((task.finish(), reader.fault()))
}

/// The name of a task whose definition lies at `path`: what follows `Tasks` in it, with backslashes.
pub fn name_from_path(path: &str) -> Option<String> {
    let mut parts = path.split(['/', '\\']).collect::<Vec<_>>();
    let at = parts.iter().rposition(|p| p.eq_ignore_ascii_case("Tasks"))?;
    let below = parts.split_off(at + 1);
    (!below.is_empty()).then(|| format!("\\{}", below.join("\\")))
}

#[derive(Default)]
struct Task {
    item: Item,
    triggers: Vec<String>,
    schedule: Vec<String>,
    highest: bool,
    hidden: bool,
    date: String,
}

/// An element that holds text, with the name of the element around it.
struct Leaf<'a> {
    parent: &'a str,
    name: &'a str,
    text: String,
}

impl Task {
    fn section<'a>(&mut self, section: &Tag<'a>, reader: &mut Reader<'a>) {
        match section.local() {
            "Triggers" => each(section, reader, |tag, leaves| self.trigger(tag.local(), &leaves)),
            "Actions" => each(section, reader, |tag, leaves| self.action(tag.local(), &leaves)),
            "Principals" => each(section, reader, |_, leaves| self.principal(&leaves)),
            name => {
                let leaves = leaves(section, reader);
                match name {
                    "RegistrationInfo" => self.registration(leaves),
                    "Settings" => self.settings(&leaves),
                    _ => {}
                }
            }
        }
    }

    fn registration(&mut self, leaves: Vec<Leaf<'_>>) {
        for leaf in leaves {
            match leaf.name {
                "URI" => self.item.name = leaf.text,
                "Author" if !leaf.text.is_empty() => self.item.maker = Some(leaf.text),
                "Date" => {
                    self.item.created = Time::parse(&leaf.text);
                    self.date = leaf.text;
                }
                _ => {}
            }
        }
    }

    fn settings(&mut self, leaves: &[Leaf<'_>]) {
        for leaf in leaves.iter().filter(|leaf| leaf.parent == "Settings") {
            match leaf.name {
                "Enabled" => self.item.enabled = Some(is_true(&leaf.text)),
                "Hidden" => self.hidden = is_true(&leaf.text),
                _ => {}
            }
        }
        if let Some(period) = value(leaves, "MaintenanceSettings", "Period") {
            self.triggers.push(format!("in automatic maintenance, every {period}"));
        }
    }

    fn principal(&mut self, leaves: &[Leaf<'_>]) {
        let of = |name| value(leaves, "Principal", name).filter(|v| !v.is_empty());
        self.highest |= of("RunLevel") == Some("HighestAvailable");
        if self.item.user.is_none() {
            self.item.user = of("UserId").or(of("GroupId")).map(str::to_owned);
            self.item.scope = Some(match of("UserId") {
                Some(user) if !is_system(user) => format!("user:{user}"),
                _ => "system".to_owned(),
            });
        }
    }

    fn action(&mut self, kind: &str, leaves: &[Leaf<'_>]) {
        let of = |name| value(leaves, kind, name).unwrap_or_default();
        match kind {
            "Exec" => {
                self.target(of("Command"));
                self.command([of("Command"), of("Arguments")]);
            }
            "ComHandler" => self.command([&format!("ComHandler {}", of("ClassId")), of("Data")]),
            "SendEmail" => self.command(["SendEmail", of("To")]),
            "ShowMessage" => self.command(["ShowMessage", of("Title")]),
            _ => {}
        }
    }

    fn command(&mut self, parts: [&str; 2]) {
        if self.item.command.len() < MAX_PARTS {
            let parts = parts.map(str::trim);
            self.item.command.push(parts.join(" ").trim_end().to_owned());
        }
    }

    /// The first program that the task runs.
    fn target(&mut self, command: &str) {
        let path = command.trim().trim_matches('"');
        if self.item.target.is_none() && !path.is_empty() {
            self.item.target = Some(Target { path: path.to_owned(), ..Target::default() });
        }
    }

    fn trigger(&mut self, kind: &str, leaves: &[Leaf<'_>]) {
        if self.triggers.len() >= MAX_PARTS {
            return;
        }
        let mut words = trigger_words(kind, leaves);
        let of = |name| value(leaves, kind, name);
        if let Some(delay) = of("Delay").or(of("RandomDelay")) {
            words.push_str(&format!(", delayed {delay}"));
        }
        if let Some(interval) = value(leaves, "Repetition", "Interval").filter(|_| kind != "TimeTrigger") {
            words.push_str(&format!(", then every {interval}"));
        }
        if let Some(end) = of("EndBoundary") {
            words.push_str(&format!(", until {}", end.replace('T', " ")));
        }
        if of("Enabled").is_some_and(|enabled| !is_true(enabled)) {
            words.push_str(" (switched off)");
        }
        if matches!(kind, "TimeTrigger" | "CalendarTrigger") {
            self.schedule.push(words.clone());
        }
        self.triggers.push(words);
    }

    fn finish(mut self) -> Item {
        let joined = |words: Vec<String>| (!words.is_empty()).then(|| words.join("; "));
        self.item.trigger = joined(self.triggers);
        self.item.schedule = joined(self.schedule);
        if self.highest {
            self.item.why.push("runs with the highest privileges".to_owned());
        }
        if self.hidden {
            self.item.why.push("is hidden".to_owned());
        }
        if self.item.created.is_some() && !has_zone(&self.date) {
            self.item.why.push(format!("its date {} is the host's local time; taken as UTC", self.date));
        }
        self.item
    }
}

fn trigger_words(kind: &str, leaves: &[Leaf<'_>]) -> String {
    let of = |name| value(leaves, kind, name);
    let user = || of("UserId").filter(|u| !u.is_empty()).unwrap_or("any user");
    match kind {
        "LogonTrigger" => format!("at logon of {}", user()),
        "BootTrigger" => "at boot".to_owned(),
        "IdleTrigger" => "when the host is idle".to_owned(),
        "RegistrationTrigger" => "when it is registered".to_owned(),
        "SessionStateChangeTrigger" => {
            format!("at {} of {}", of("StateChange").unwrap_or("a session's change"), user())
        }
        "EventTrigger" => format!("on event {}", subscription(of("Subscription").unwrap_or_default())),
        "TimeTrigger" => time_words(of("StartBoundary").unwrap_or_default(), leaves),
        "CalendarTrigger" => calendar_words(of("StartBoundary").unwrap_or_default(), leaves),
        "WnfStateChangeTrigger" => format!("on system state {}", of("StateName").unwrap_or_default()),
        other => format!("on {other}"),
    }
}

fn time_words(start: &str, leaves: &[Leaf<'_>]) -> String {
    let start = start.replace('T', " ");
    match value(leaves, "Repetition", "Interval") {
        Some(interval) if start.is_empty() => format!("every {interval}"),
        Some(interval) => format!("every {interval} from {start}"),
        None => format!("once at {start}"),
    }
}

fn calendar_words(start: &str, leaves: &[Leaf<'_>]) -> String {
    let number = |parent, name| value(leaves, parent, name).filter(|n| *n != "1");
    let parents = |wanted: &str| leaves.iter().any(|leaf| leaf.parent == wanted || leaf.name == wanted);
    let days = names(leaves, "DaysOfWeek");
    let words = if parents("ScheduleByWeek") {
        let every =
            number("ScheduleByWeek", "WeeksInterval").map_or("weekly".to_owned(), |n| format!("every {n} weeks"));
        format!("{every}{}", on(&days))
    } else if parents("ScheduleByMonthDayOfWeek") {
        format!("in week {} of {}{}", texts(leaves, "Weeks", "Week"), months(leaves), on(&days))
    } else if parents("ScheduleByMonth") {
        format!("on day {} of {}", texts(leaves, "DaysOfMonth", "Day"), months(leaves))
    } else {
        number("ScheduleByDay", "DaysInterval").map_or("daily".to_owned(), |n| format!("every {n} days"))
    };
    match start.split_once('T') {
        Some((_, time)) => format!("{words} at {}", time.strip_suffix(":00").unwrap_or(time)),
        None => words,
    }
}

fn on(days: &str) -> String {
    if days.is_empty() { String::new() } else { format!(" on {days}") }
}

fn months(leaves: &[Leaf<'_>]) -> String {
    let count = leaves.iter().filter(|leaf| leaf.parent == "Months").count();
    if matches!(count, 0 | 12) { "every month".to_owned() } else { names(leaves, "Months") }
}

/// Names of the elements in `parent`, for lists whose items are empty elements.
fn names(leaves: &[Leaf<'_>], parent: &str) -> String {
    let names: Vec<_> = leaves.iter().filter(|leaf| leaf.parent == parent).map(|leaf| leaf.name).collect();
    names.join(", ")
}

fn texts(leaves: &[Leaf<'_>], parent: &str, name: &str) -> String {
    let fits = |leaf: &&Leaf<'_>| leaf.parent == parent && leaf.name == name;
    let texts: Vec<_> = leaves.iter().filter(fits).map(|leaf| leaf.text.as_str()).collect();
    texts.join(", ")
}

/// The channels and conditions of an event query: `Security: *[System[EventID=4624]]`.
fn subscription(query: &str) -> String {
    let mut reader = Reader::new(query);
    let mut found = Vec::new();
    while let Some(token) = reader.next() {
        let Token::Start(tag) = token else { continue };
        if tag.local() == "Select" && found.len() < MAX_PARTS {
            let path = xml::unescape(tag.attribute("Path").unwrap_or_default()).into_owned();
            found.push(format!("{path}: {}", reader.element_text(&tag).trim()));
        }
    }
    if found.is_empty() { query.trim().to_owned() } else { found.join(", ") }
}

/// Calls `run` with each child of a section and what it holds.
fn each<'a>(section: &Tag<'a>, reader: &mut Reader<'a>, mut run: impl FnMut(&Tag<'a>, Vec<Leaf<'a>>)) {
    while let Some(tag) = if section.empty { None } else { reader.child() } {
        let leaves = leaves(&tag, reader);
        run(&tag, leaves);
    }
}

/// Every element inside `tag` that holds no other, in order.
fn leaves<'a>(tag: &Tag<'a>, reader: &mut Reader<'a>) -> Vec<Leaf<'a>> {
    let mut found = Vec::new();
    let mut open = vec![tag.local()];
    let mut text = None;
    while let Some(token) = if tag.empty { None } else { reader.next() } {
        match token {
            Token::Start(inner) if inner.empty => found.extend(leaf(&open, inner.local(), String::new())),
            Token::Start(inner) => {
                open.push(inner.local());
                text = Some(String::new());
            }
            Token::Text(piece) => text.iter_mut().for_each(|t| t.push_str(&xml::unescape(piece))),
            Token::Cdata(piece) => text.iter_mut().for_each(|t| t.push_str(piece)),
            Token::End(_) => {
                let name = open.pop().unwrap_or_default();
                if let Some(text) = text.take() {
                    found.extend(leaf(&open, name, text.trim().to_owned()));
                }
                if open.is_empty() {
                    break;
                }
            }
            Token::Comment(_) | Token::Instruction(_) => {}
        }
    }
    if let (Some(text), Some(name)) = (text, open.pop()) {
        // The text ended inside this element.
        found.extend(leaf(&open, name, text.trim().to_owned()));
    }
    found
}

fn leaf<'a>(open: &[&'a str], name: &'a str, text: String) -> Option<Leaf<'a>> {
    open.last().map(|parent| Leaf { parent, name, text })
}

fn value<'l>(leaves: &'l [Leaf<'_>], parent: &str, name: &str) -> Option<&'l str> {
    leaves.iter().find(|leaf| leaf.parent == parent && leaf.name == name).map(|leaf| leaf.text.as_str())
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1") || text.eq_ignore_ascii_case("true")
}

fn is_system(user: &str) -> bool {
    let name = user.rsplit('\\').next().unwrap_or(user);
    matches!(user, "S-1-5-18" | "S-1-5-19" | "S-1-5-20")
        || ["SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE", "LocalSystem"].iter().any(|s| name.eq_ignore_ascii_case(s))
}

/// True if a time says which zone it is in.
fn has_zone(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    time.ends_with(['Z', 'z']) || time.contains(['+', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(inside: &str) -> Item {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><Task version=\"1.2\" xmlns=\"http://x\">";
        parse(&format!("\u{feff}{head}{inside}</Task>")).unwrap()
    }

    #[test]
    fn everything_a_task_says() {
        let item = task(
            "<RegistrationInfo><Date>2025-05-01T11:02:17</Date><Author>PC\\bob</Author><URI>\\A &amp; B</URI></RegistrationInfo>\
             <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger><BootTrigger><Delay>PT30S</Delay></BootTrigger></Triggers>\
             <Principals><Principal id='A'><UserId>S-1-5-21-1</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>\
             <Settings><Hidden>true</Hidden><Enabled>false</Enabled><IdleSettings><Enabled>true</Enabled></IdleSettings></Settings>\
             <Actions Context='A'><Exec><Command>\"C:\\a b.exe\"</Command><Arguments>/q &gt; x</Arguments></Exec>\
             <ComHandler><ClassId>{1}</ClassId><Data><![CDATA[$(Arg0)]]></Data></ComHandler><Exec><Command> calc </Command></Exec></Actions>",
        );
        assert_eq!((item.category, item.technique), ("scheduled-task", "T1053.005"));
        assert_eq!((item.name.as_str(), item.maker.as_deref()), ("\\A & B", Some("PC\\bob")));
        assert_eq!(item.command, ["\"C:\\a b.exe\" /q > x", "ComHandler {1} $(Arg0)", "calc"]);
        assert_eq!(item.trigger.as_deref(), Some("at logon of any user; at boot, delayed PT30S"));
        assert_eq!((item.user.as_deref(), item.scope.as_deref()), (Some("S-1-5-21-1"), Some("user:S-1-5-21-1")));
        assert_eq!((item.enabled, item.schedule), (Some(false), None));
        assert_eq!(item.created.unwrap().to_string(), "2025-05-01T11:02:17Z");
        assert_eq!(item.target.unwrap().path, "C:\\a b.exe");
        let why = [
            "runs with the highest privileges",
            "is hidden",
            "its date 2025-05-01T11:02:17 is the host's local time; taken as UTC",
        ];
        assert_eq!(item.why, why);
    }

    #[test]
    fn triggers_in_words() {
        for (xml, words) in [
            ("<LogonTrigger><UserId>PC\\bob</UserId></LogonTrigger>", "at logon of PC\\bob"),
            (
                "<TimeTrigger><StartBoundary>2025-05-01T11:02:17</StartBoundary></TimeTrigger>",
                "once at 2025-05-01 11:02:17",
            ),
            (
                "<TimeTrigger><Repetition><Interval>PT1H</Interval></Repetition><StartBoundary>2025-05-01T11:02:00</StartBoundary><EndBoundary>2026-01-01T00:00:00</EndBoundary></TimeTrigger>",
                "every PT1H from 2025-05-01 11:02:00, until 2026-01-01 00:00:00",
            ),
            (
                "<CalendarTrigger><StartBoundary>2025-05-01T03:00:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>",
                "daily at 03:00",
            ),
            (
                "<CalendarTrigger><Repetition><Interval>PT5M</Interval></Repetition><StartBoundary>2025-05-01T03:00:30</StartBoundary><ScheduleByWeek><DaysOfWeek><Monday/><Friday /></DaysOfWeek><WeeksInterval>2</WeeksInterval></ScheduleByWeek></CalendarTrigger>",
                "every 2 weeks on Monday, Friday at 03:00:30, then every PT5M",
            ),
            (
                "<CalendarTrigger><Enabled>false</Enabled><ScheduleByMonth><DaysOfMonth><Day>1</Day><Day>Last</Day></DaysOfMonth><Months><May/></Months></ScheduleByMonth></CalendarTrigger>",
                "on day 1, Last of May (switched off)",
            ),
            (
                "<CalendarTrigger><ScheduleByMonthDayOfWeek><Weeks><Week>1</Week></Weeks><DaysOfWeek><Sunday/></DaysOfWeek></ScheduleByMonthDayOfWeek></CalendarTrigger>",
                "in week 1 of every month on Sunday",
            ),
            (
                "<EventTrigger><Subscription>&lt;QueryList&gt;&lt;Query Id=\"0\" Path=\"Security\"&gt;&lt;Select Path=\"Security\"&gt;*[System[EventID=4624]]&lt;/Select&gt;&lt;/Query&gt;&lt;/QueryList&gt;</Subscription></EventTrigger>",
                "on event Security: *[System[EventID=4624]]",
            ),
            (
                "<SessionStateChangeTrigger><StateChange>RemoteConnect</StateChange></SessionStateChangeTrigger>",
                "at RemoteConnect of any user",
            ),
            ("<NewTrigger/>", "on NewTrigger"),
        ] {
            let item = task(&format!("<Triggers>{xml}</Triggers>"));
            assert_eq!(item.trigger.as_deref(), Some(words));
            assert_eq!(item.schedule.is_some(), xml.starts_with("<Cal") || xml.starts_with("<Time"), "{xml}");
        }
    }

    #[test]
    fn what_is_no_task_and_what_is_cut() {
        for bad in ["", "<html/>", "<Event><System/></Event>", "Task", "<a><Task/></a>"] {
            assert_eq!(parse(bad).unwrap_err(), TaskXmlError::NoTask, "{bad}");
        }
        let cut = "<Task><Actions><Exec><Command>evil.exe</Command><Arguments>-";
        let item = parse(cut).unwrap();
        assert_eq!(item.command, ["evil.exe -"]);
        assert!(item.why[0].contains("ends in the middle"));
        for at in 0..cut.len() {
            let _ = parse(&cut[..at]);
        }
        let many = format!("<Task><Actions>{}</Actions></Task>", "<Exec><Command>x</Command></Exec>".repeat(10_000));
        assert_eq!(parse(&many).unwrap().command.len(), MAX_PARTS);
    }

    #[test]
    fn names_from_paths() {
        for (path, name) in [
            ("/e/Windows/System32/Tasks/OneNote 45756", Some("\\OneNote 45756")),
            ("C:\\Windows\\System32\\tasks\\Microsoft\\X", Some("\\Microsoft\\X")),
            ("/e/Tasks", None),
            ("task.xml", None),
        ] {
            assert_eq!(name_from_path(path).as_deref(), name, "{path}");
        }
    }
}
