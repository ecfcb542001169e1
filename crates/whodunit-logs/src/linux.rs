//! What Linux programs say in syslog and the journal, as typed events.
//!
//! Each form of a message is a line of [`FORMS`]: the programs that say it, the event it is (defined in
//! [`whodunit_event::schema::linux`]), and its words with the fields in them. A form must fit the whole message, so that
//! a user who calls himself `x from 1.2.3.4 port 1` cannot lend a login another address. What fits no form is an event
//! without an entry in the table that keeps the message.

use crate::audit;
use crate::event_xml::{self, Defect};
use memchr::memmem;
use whodunit_event::event::System;
use whodunit_event::schema::{Family, UNKNOWN, linux};
use whodunit_event::{Event, Time};

/// A message as syslog or the journal delivers it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// `syslog`, `auth` or `journal`.
    pub channel: &'a str,
    /// Host that the log names.
    pub host: &'a str,
    /// Program that logged it (tag, identifier).
    pub tag: &'a str,
    /// Its process id, where the log has it.
    pub pid: &'a str,
    /// The message.
    pub text: &'a str,
    /// The log's time.
    pub time: Option<Time>,
}

/// Turns a message into an event: a record of Sysmon for Linux or of the audit system where it is one, else
/// [`type_message`].
pub fn read_message(message: &Message<'_>, event: &mut Event) -> Result<(), Defect> {
    let result = if is_sysmon(message.text) {
        event_xml::read_event(message.text, event)
    } else if audit::read_text(without_uptime(message.text), event) {
        Ok(())
    } else {
        type_message(message, event);
        return Ok(());
    };
    if event.host().is_empty() {
        event.put_system(System::Host, message.host);
    }
    if event.logged.is_none() {
        event.logged = message.time;
        event.settle_time();
    }
    result
}

/// True if a message is an event's XML, whole or cut.
pub fn is_sysmon(text: &str) -> bool {
    text.starts_with("<Event>") || text.starts_with("<Event ")
}

/// Turns a message into a typed event, or one that only keeps the message.
pub fn type_message(message: &Message<'_>, event: &mut Event) {
    event.put_system(System::Channel, message.channel);
    event.put_system(System::Host, message.host);
    event.put_system(System::Provider, message.tag);
    event.writer_pid = message.pid.parse().ok();
    (event.logged, event.time) = (message.time, message.time);
    let text = message.text.trim_ascii();
    let mut fields = Fields::default();
    let typed = if text.len() > MAX_TYPED { None } else { recognise(message.tag, text, &mut fields) };
    let (family, id) = typed.unzip();
    event.event_id = id.unwrap_or_default();
    event.set_spec(family.and_then(|f: &'static Family| f.event(event.event_id)).unwrap_or(&UNKNOWN));
    if !message.pid.is_empty() {
        event.push_text("ProcessId", message.pid);
    }
    for (name, value) in fields.all() {
        event.push_text(name, value.trim_ascii());
    }
    event.push_text("Message", message.text);
}

/// Longer messages are not compared with forms: none is that long but `sudo`'s, which is read from left to right.
const MAX_TYPED: usize = 16 * 1024;

type Typed = (&'static Family, u32);

fn recognise<'m>(tag: &str, text: &'m str, fields: &mut Fields<'m>) -> Option<Typed> {
    let program = program(tag);
    if program == "sudo" && text.contains("COMMAND=") {
        return sudo(text, fields);
    }
    let text = if program == "kernel" { without_uptime(text) } else { text };
    let fits = |form: &Form| form.programs.is_empty() || form.programs.contains(&program);
    FORMS.iter().filter(|form| fits(form)).find(|form| form.read(text, fields)).map(|form| (form.family, form.id))
}

/// The program's name of a tag: `/usr/sbin/cron` and `CRON` are `cron`.
fn program(tag: &str) -> &str {
    let name = tag.rsplit('/').next().unwrap_or(tag);
    match name {
        "CRON" | "crond" | "CROND" | "crontab" => "cron",
        "sshd-session" | "sshd-auth" => "sshd",
        _ => name,
    }
}

/// A kernel message without `[   12.345678] `.
fn without_uptime(text: &str) -> &str {
    let inside = text.strip_prefix('[').and_then(|t| t.split_once("] "));
    let number = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b' '));
    inside.filter(|(uptime, _)| number(uptime)).map_or(text, |(_, rest)| rest)
}

/// One form of a message.
///
/// In `words`, `{Name}` is a field that holds a word (it may be empty), `{Name*}` one that may hold blanks. At most one
/// field with blanks stands before other text, so reading takes time in proportion to the message's length.
struct Form {
    programs: &'static [&'static str],
    family: &'static Family,
    id: u32,
    words: &'static str,
}

impl Form {
    fn read<'m>(&self, text: &'m str, fields: &mut Fields<'m>) -> bool {
        fields.count = 0;
        fit(self.words, text, fields)
    }
}

/// Fields of a message: few, so they need no allocation.
#[derive(Default)]
struct Fields<'m> {
    found: [(&'static str, &'m str); MAX_FORM_FIELDS],
    count: usize,
}

const MAX_FORM_FIELDS: usize = 10;

impl<'m> Fields<'m> {
    fn add(&mut self, name: &'static str, value: &'m str) {
        if let Some(place) = self.found.get_mut(self.count) {
            *place = (name, value);
            self.count += 1;
        }
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &'m str)> {
        self.found[..self.count].iter().copied()
    }
}

/// True if `text` is `words` with fields filled in; they are added to `fields`.
fn fit<'m>(words: &'static str, text: &'m str, fields: &mut Fields<'m>) -> bool {
    let Some((literal, rest)) = words.split_once('{') else { return words == text };
    let (Some(text), Some((name, rest))) = (text.strip_prefix(literal), rest.split_once('}')) else { return false };
    let (name, blanks) = name.strip_suffix('*').map_or((name, false), |name| (name, true));
    let word = if blanks { text.len() } else { text.bytes().position(|b| b == b' ').unwrap_or(text.len()) };
    if rest.is_empty() {
        fields.add(name, text);
        return word == text.len();
    }
    let next = rest.split_once('{').map_or(rest, |(literal, _)| literal);
    let count = fields.count;
    // A word's end lies near: looking farther would make long messages slow.
    let near = &text.as_bytes()[..text.len().min(word + next.len())];
    for at in memmem::find_iter(near, next) {
        fields.count = count;
        fields.add(name, &text[..at]);
        if fit(rest, &text[at..], fields) {
            return true;
        }
    }
    false
}

/// `alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id`, with reasons between where it was refused.
fn sudo<'m>(text: &'m str, fields: &mut Fields<'m>) -> Option<Typed> {
    let (user, mut rest) = text.split_once(" : ")?;
    fields.add("User", user.trim_ascii());
    let mut failed = false;
    while !rest.is_empty() {
        let (item, after) = match rest.starts_with("COMMAND=") {
            true => (rest, ""),
            false => rest.split_once(" ; ").unwrap_or((rest, "")),
        };
        rest = after;
        match item.split_once('=') {
            Some(("TTY", value)) => fields.add("Tty", value),
            Some(("PWD", value)) => fields.add("CurrentDirectory", value),
            Some(("USER", value)) => fields.add("TargetUser", value),
            Some(("GROUP", value)) => fields.add("Group", value),
            Some(("COMMAND", value)) => fields.add("CommandLine", value),
            Some(("ENV" | "TSID" | "HOST" | "CHROOT", _)) => {}
            _ if !failed => {
                failed = true;
                fields.add("Reason", item.trim_ascii());
            }
            _ => {}
        }
    }
    Some((&linux::SUDO, if failed { 70302 } else { 70301 }))
}

const fn form(programs: &'static [&'static str], family: &'static Family, id: u32, words: &'static str) -> Form {
    Form { programs, family, id, words }
}

const CRON: &[&str] = &["cron"];
const ANACRON: &[&str] = &["anacron"];
const SSHD: &[&str] = &["sshd"];
const SU: &[&str] = &["su"];
const SYSTEMD: &[&str] = &["systemd"];
const LOGIND: &[&str] = &["systemd-logind"];
const USERS: &[&str] = &["useradd", "adduser", "newusers"];
const USERMOD: &[&str] = &["usermod"];
const USERDEL: &[&str] = &["userdel"];
const GROUPS: &[&str] = &["useradd", "groupadd", "addgroup", "adduser", "newusers"];
const GPASSWD: &[&str] = &["gpasswd"];
const KERNEL: &[&str] = &["kernel"];
const ALL: &[&str] = &[];

/// Every form that is known; the first that fits counts, so special ones stand before general ones.
#[rustfmt::skip] // one form a line
static FORMS: &[Form] = &[
    form(ALL, &linux::PAM, 70501, "pam_unix({Service}:session): session opened for user {TargetUser}(uid={TargetUserId}) by {User}(uid={UserId})"),
    form(ALL, &linux::PAM, 70501, "pam_unix({Service}:session): session opened for user {TargetUser} by {User}(uid={UserId})"),
    form(ALL, &linux::PAM, 70501, "pam_unix({Service}:session): session opened for user {TargetUser}(uid={TargetUserId}) by {User*}"),
    form(ALL, &linux::PAM, 70501, "pam_unix({Service}:session): session opened for user {TargetUser} by {User*}"),
    form(ALL, &linux::PAM, 70502, "pam_unix({Service}:session): session closed for user {TargetUser}"),
    form(ALL, &linux::PAM, 70503, "pam_unix({Service}:auth): authentication failure; logname={LogName} uid={UserId} euid={EffectiveUserId} tty={Tty} ruser={User} rhost={SourceHost}  user={TargetUser}"),
    form(ALL, &linux::PAM, 70503, "pam_unix({Service}:auth): authentication failure; logname={LogName} uid={UserId} euid={EffectiveUserId} tty={Tty} ruser={User} rhost={SourceHost}"),
    form(ALL, &linux::PAM, 70504, "pam_unix({Service}:chauthtok): password changed for {TargetUser}"),
    form(CRON, &linux::CRON, 70101, "({User}) CMD ({CommandLine*})"),
    form(CRON, &linux::CRON, 70104, "({User}) CMDEND ({CommandLine*})"),
    form(CRON, &linux::CRON, 70102, "({User}) BEGIN EDIT ({Job*})"),
    form(CRON, &linux::CRON, 70102, "({User}) END EDIT ({Job*})"),
    form(CRON, &linux::CRON, 70102, "({User}) {Action} ({Job*})"),
    form(ANACRON, &linux::CRON, 70103, "Job `{Job}' {Action*}"),
    form(SSHD, &linux::SSHD, 70201, "Accepted {Method} for {User*} from {SourceIp} port {SourcePort} ssh2"),
    form(SSHD, &linux::SSHD, 70201, "Accepted {Method} for {User*} from {SourceIp} port {SourcePort} ssh2: {Fingerprint*}"),
    form(SSHD, &linux::SSHD, 70202, "Failed {Method} for invalid user {User*} from {SourceIp} port {SourcePort} ssh2"),
    form(SSHD, &linux::SSHD, 70202, "Failed {Method} for invalid user {User*} from {SourceIp} port {SourcePort} ssh2: {Fingerprint*}"),
    form(SSHD, &linux::SSHD, 70202, "Failed {Method} for {User*} from {SourceIp} port {SourcePort} ssh2"),
    form(SSHD, &linux::SSHD, 70202, "Failed {Method} for {User*} from {SourceIp} port {SourcePort} ssh2: {Fingerprint*}"),
    form(SSHD, &linux::SSHD, 70202, "error: maximum authentication attempts exceeded for invalid user {User*} from {SourceIp} port {SourcePort} ssh2 [preauth]"),
    form(SSHD, &linux::SSHD, 70202, "error: maximum authentication attempts exceeded for {User*} from {SourceIp} port {SourcePort} ssh2 [preauth]"),
    form(SSHD, &linux::SSHD, 70202, "User {User*} from {SourceIp} not allowed because {Reason*}"),
    form(SSHD, &linux::SSHD, 70203, "Invalid user {User*} from {SourceIp} port {SourcePort}"),
    form(SSHD, &linux::SSHD, 70203, "Invalid user {User*} from {SourceIp}"),
    form(SSHD, &linux::SSHD, 70204, "Starting session: {Action} on {Tty} for {User*} from {SourceIp} port {SourcePort} id {Channel}"),
    form(SSHD, &linux::SSHD, 70204, "Starting session: {Action} for {User*} from {SourceIp} port {SourcePort} id {Channel}"),
    form(SSHD, &linux::SSHD, 70204, "Starting session: subsystem {Action} for {User*} from {SourceIp} port {SourcePort} id {Channel}"),
    form(SSHD, &linux::SSHD, 70205, "Close session: user {User*} from {SourceIp} port {SourcePort} id {Channel}"),
    form(SSHD, &linux::SSHD, 70207, "Disconnected from invalid user {User*} {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70207, "Disconnected from authenticating user {User*} {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70205, "Disconnected from user {User*} {SourceIp} port {SourcePort}"),
    form(SSHD, &linux::SSHD, 70207, "Disconnected from {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70207, "Received disconnect from {SourceIp} port {SourcePort}:{Reason*} [preauth]"),
    form(SSHD, &linux::SSHD, 70205, "Received disconnect from {SourceIp} port {SourcePort}:{Reason*}"),
    form(SSHD, &linux::SSHD, 70205, "Disconnected from {SourceIp} port {SourcePort}"),
    form(SSHD, &linux::SSHD, 70206, "Connection from {SourceIp} port {SourcePort} on {DestinationIp} port {DestinationPort}"),
    form(SSHD, &linux::SSHD, 70206, "Connection from {SourceIp} port {SourcePort} on {DestinationIp} port {DestinationPort} rdomain {Domain*}"),
    form(SSHD, &linux::SSHD, 70207, "Connection {Reason} by invalid user {User*} {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70207, "Connection {Reason} by authenticating user {User*} {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70207, "Connection {Reason} by {SourceIp} port {SourcePort} [preauth]"),
    form(SSHD, &linux::SSHD, 70207, "Connection {Reason} by {SourceIp} port {SourcePort}"),
    form(SU, &linux::SU, 70401, "(to {TargetUser}) {User} on {Tty}"),
    form(SU, &linux::SU, 70401, "Successful su for {TargetUser} by {User}"),
    form(SU, &linux::SU, 70401, "+ {Tty} {User}:{TargetUser}"),
    form(SU, &linux::SU, 70402, "FAILED SU (to {TargetUser}) {User} on {Tty}"),
    form(SU, &linux::SU, 70402, "FAILED su for {TargetUser} by {User}"),
    form(SU, &linux::SU, 70402, "- {Tty} {User}:{TargetUser}"),
    form(SYSTEMD, &linux::SYSTEMD, 70604, "Failed to start {Unit} - {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70604, "Failed to start {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70604, "{Unit}: Failed with result '{Reason}'."),
    form(SYSTEMD, &linux::SYSTEMD, 70605, "{Unit}: Main process exited, code={Reason}, status={Status*}"),
    form(SYSTEMD, &linux::SYSTEMD, 70605, "{Unit}: Control process exited, code={Reason}, status={Status*}"),
    form(SYSTEMD, &linux::SYSTEMD, 70606, "{Unit}: Scheduled restart job, restart counter is at {Count}."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "{Unit}: Deactivated successfully."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "{Unit}: Succeeded."),
    form(SYSTEMD, &linux::SYSTEMD, 70601, "Starting {Unit} - {Description*}..."),
    form(SYSTEMD, &linux::SYSTEMD, 70601, "Starting {Description*}..."),
    form(SYSTEMD, &linux::SYSTEMD, 70602, "Started {Unit} - {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70602, "Started {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70602, "Listening on {Unit} - {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70602, "Listening on {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "Finished {Unit} - {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "Finished {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "Stopped {Unit} - {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70603, "Stopped {Description*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70607, "Reloading."),
    form(SYSTEMD, &linux::SYSTEMD, 70607, "Reloading requested from client {Client*}."),
    form(SYSTEMD, &linux::SYSTEMD, 70607, "Reloading finished in {Client*}."),
    form(LOGIND, &linux::LOGIND, 70701, "New session '{SessionId}' of user '{User}' with class '{Class}' and type '{Type}'."),
    form(LOGIND, &linux::LOGIND, 70701, "New session {SessionId} of user {User}."),
    form(LOGIND, &linux::LOGIND, 70702, "Session {SessionId} logged out. {Reason*}"),
    form(LOGIND, &linux::LOGIND, 70702, "Removed session {SessionId}."),
    form(USERS, &linux::ACCOUNTS, 70801, "new user: name={TargetUser}, UID={TargetUserId}, GID={GroupId}, home={Home*}, shell={Shell}, from={Tty*}"),
    form(USERS, &linux::ACCOUNTS, 70801, "new user: name={TargetUser}, UID={TargetUserId}, GID={GroupId}, home={Home*}, shell={Shell*}"),
    form(USERMOD, &linux::ACCOUNTS, 70805, "add '{TargetUser}' to group '{Group}'"),
    form(USERMOD, &linux::ACCOUNTS, 70805, "add '{TargetUser}' to shadow group '{Group}'"),
    form(USERMOD, &linux::ACCOUNTS, 70802, "change user '{TargetUser}' {Action*}"),
    form(USERMOD, &linux::ACCOUNTS, 70802, "{Action} user '{TargetUser}' password"),
    form(USERDEL, &linux::ACCOUNTS, 70803, "delete user '{TargetUser}'"),
    form(GROUPS, &linux::ACCOUNTS, 70804, "new group: name={Group}, GID={GroupId}"),
    form(USERS, &linux::ACCOUNTS, 70805, "add '{TargetUser}' to group '{Group}'"),
    form(GPASSWD, &linux::ACCOUNTS, 70805, "user {TargetUser} added by {User} to group {Group}"),
    form(KERNEL, &linux::KERNEL, 70901, "{Module}: loading out-of-tree module taints kernel."),
    form(KERNEL, &linux::KERNEL, 70901, "{Module}: module verification failed: {Reason*}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(tag: &str, text: &str) -> String {
        let mut event = Event::default();
        type_message(&Message { channel: "syslog", tag, pid: "7", text, ..Message::default() }, &mut event);
        assert_eq!(event.get("Message"), Some(text));
        let fields: Vec<_> = event
            .fields()
            .filter(|(name, ..)| !matches!(*name, "Message" | "ProcessId"))
            .map(|(name, _, value)| format!("{name}={}", event.text(value)))
            .collect();
        format!("{} {}", event.spec().name, fields.join("|"))
    }

    #[test]
    #[rustfmt::skip] // one message a line
    fn every_form_of_a_message() {
        for (tag, text, expect) in [
            ("CRON", "(root) CMD (   cd / && run-parts /etc/cron.hourly (x))", "CronJob User=root|CommandLine=cd / && run-parts /etc/cron.hourly (x)"),
            ("crond", "(www-data) CMD (/tmp/.x)", "CronJob User=www-data|CommandLine=/tmp/.x"),
            ("crontab", "(root) REPLACE (root)", "CronTableChange User=root|Action=REPLACE|Job=root"),
            ("anacron", "Job `cron.daily' started", "AnacronJob Job=cron.daily|Action=started"),
            ("sshd", "Accepted publickey for bob from 198.51.100.7 port 50022 ssh2: ED25519 SHA256:abc", "SshdAccepted User=bob|SourceIp=198.51.100.7|SourcePort=50022|Method=publickey|Fingerprint=ED25519 SHA256:abc"),
            ("sshd-session", "Accepted password for bob from 2001:db8::1 port 1 ssh2", "SshdAccepted User=bob|SourceIp=2001:db8::1|SourcePort=1|Method=password"),
            ("sshd", "Failed password for invalid user a from 192.0.2.1 port 1 ssh2 from 198.51.100.9 port 2 ssh2", "SshdFailed User=a from 192.0.2.1 port 1 ssh2|SourceIp=198.51.100.9|SourcePort=2|Method=password"),
            ("sshd", "Failed none for root from 192.0.2.1 port 9 ssh2", "SshdFailed User=root|SourceIp=192.0.2.1|SourcePort=9|Method=none"),
            ("sshd", "Invalid user  from 192.0.2.1 port 9", "SshdInvalidUser User=|SourceIp=192.0.2.1|SourcePort=9"),
            ("sshd", "Disconnected from user bob 192.0.2.1 port 9", "SshdSessionClosed User=bob|SourceIp=192.0.2.1|SourcePort=9"),
            ("sshd", "Received disconnect from 192.0.2.1 port 9:11: disconnected by user", "SshdSessionClosed SourceIp=192.0.2.1|SourcePort=9|Reason=11: disconnected by user"),
            ("sshd", "Connection closed by authenticating user root 192.0.2.1 port 9 [preauth]", "SshdConnectionClosed User=root|SourceIp=192.0.2.1|SourcePort=9|Reason=closed"),
            ("sshd", "Connection from 192.0.2.1 port 9 on 192.0.2.2 port 22 rdomain \"\"", "SshdConnection SourceIp=192.0.2.1|SourcePort=9|DestinationIp=192.0.2.2|DestinationPort=22|Domain=\"\""),
            ("sudo", "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c a ; b", "SudoCommand User=alice|TargetUser=root|CommandLine=/bin/sh -c a ; b|CurrentDirectory=/home/alice|Tty=pts/0"),
            ("sudo", "bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/id", "SudoFailed User=bob|TargetUser=root|CommandLine=/bin/id|CurrentDirectory=/|Tty=pts/1|Reason=user NOT in sudoers"),
            ("su", "(to root) alice on pts/0", "SuSession User=alice|TargetUser=root|Tty=pts/0"),
            ("su", "FAILED SU (to root) alice on pts/0", "SuFailed User=alice|TargetUser=root|Tty=pts/0"),
            ("su", "pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)", "PamSessionOpened Service=su|User=alice|UserId=1000|TargetUser=root|TargetUserId=0"),
            ("CRON", "pam_unix(cron:session): session opened for user root by (uid=0)", "PamSessionOpened Service=cron|User=|UserId=0|TargetUser=root"),
            ("gdm-password]", "pam_unix(gdm-password:session): session closed for user eve", "PamSessionClosed Service=gdm-password|TargetUser=eve"),
            ("sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root", "PamAuthFailed Service=sshd|User=|UserId=0|TargetUser=root|SourceHost=192.0.2.1|Tty=ssh|LogName=|EffectiveUserId=0"),
            ("systemd", "Started cron.service - Regular background program processing daemon.", "UnitStarted Unit=cron.service|Description=Regular background program processing daemon"),
            ("systemd", "Started Session 4 of User root.", "UnitStarted Description=Session 4 of User root"),
            ("systemd", "evil.service: Main process exited, code=exited, status=203/EXEC", "UnitProcessExited Unit=evil.service|Reason=exited|Status=203/EXEC"),
            ("systemd", "evil.service: Failed with result 'exit-code'.", "UnitFailed Unit=evil.service|Reason=exit-code"),
            ("systemd", "Starting Daily apt download activities...", "UnitStarting Description=Daily apt download activities"),
            ("systemd-logind", "New session 12 of user bob.", "SessionNew SessionId=12|User=bob"),
            ("systemd-logind", "Removed session 12.", "SessionRemoved SessionId=12"),
            ("useradd", "new user: name=eve, UID=1001, GID=1001, home=/home/eve, shell=/bin/bash, from=/dev/pts/0", "UserAdded TargetUser=eve|TargetUserId=1001|GroupId=1001|Home=/home/eve|Shell=/bin/bash|Tty=/dev/pts/0"),
            ("usermod", "add 'eve' to group 'sudo'", "GroupMemberAdded TargetUser=eve|Group=sudo"),
            ("passwd", "pam_unix(passwd:chauthtok): password changed for eve", "PasswordChanged Service=passwd|TargetUser=eve"),
            ("kernel", "[  12.5] rootkit: loading out-of-tree module taints kernel.", "KernelModuleTaint Module=rootkit"),
            ("nginx", "Accepted password for bob from 2001:db8::1 port 1 ssh2", " "),
            ("sshd", "", " "),
        ] {
            assert_eq!(typed(tag, text), expect, "{tag}: {text}");
        }
    }

    #[test]
    fn every_field_of_a_form_fits_and_hostile_messages_end() {
        for form in FORMS {
            assert!(form.family.event(form.id).is_some(), "{}", form.words);
            assert!(form.words.matches('{').count() <= MAX_FORM_FIELDS, "{}", form.words);
        }
        let mut event = Event::default();
        let text = "[ 9.25] audit: type=1400 audit(1771952738.123:9): apparmor=\"DENIED\" pid=5";
        read_message(&Message { tag: "kernel", host: "h", text, ..Message::default() }, &mut event).unwrap();
        assert_eq!((event.event_id, event.host(), event.get("apparmor")), (1400, "h", Some("DENIED")));
        let hostile = format!("Failed password for {}x", " from x port 1 ssh2 ".repeat(800));
        assert!(typed("sshd", &hostile).starts_with(' '));
        let start = std::time::Instant::now();
        for hostile in ["Connection closed by invalid user", "Failed a for", "Accepted a for", "Invalid user"] {
            assert!(typed("sshd", &format!("{hostile}{}", " a".repeat(8000))).starts_with(' '));
        }
        assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
    }
}
