//! Options of every command, as meant.

use super::output::{self, Paint};
use super::span;
use crate::args::{ColorChoice, Global};
use anyhow::Context as _;
use jiff::tz::TimeZone;
use whodunit_event::Time;

/// Options of every command, as meant.
pub struct Context {
    /// Worker threads; 0 for all cores.
    pub threads: usize,
    /// No progress and notes.
    pub quiet: bool,
    /// 0, 1 every note, 2 what each step does.
    pub verbose: u8,
    /// Colours of standard output.
    pub paint: Paint,
    /// Clock corrections.
    pub skews: Skews,
    zone: Option<TimeZone>,
}

impl Context {
    /// From the arguments as typed.
    pub fn new(args: &Global) -> anyhow::Result<Self> {
        start_log(args.verbose);
        Ok(Self {
            threads: args.threads,
            quiet: args.quiet,
            verbose: args.verbose,
            paint: Paint::new(colour(args.color)),
            skews: Skews::parse(&args.clock_skew)?,
            zone: zone(&args.tz)?,
        })
    }

    /// A time as shown to people: `2025-05-10 04:56:03.922`, at most milliseconds, in the chosen zone (with its offset if
    /// that is not UTC).
    pub fn show_time(&self, time: Time) -> String {
        let time = Time::new(time.seconds(), time.nanos(), time.digits().min(3));
        let Some(zone) = &self.zone else { return plain(time) };
        let Ok(stamp) = jiff::Timestamp::from_second(time.seconds()) else { return plain(time) };
        let offset = zone.to_offset(stamp);
        let seconds = i64::from(offset.seconds());
        format!("{}{}", plain(time.plus_seconds(seconds)), offset_text(seconds))
    }
}

fn plain(time: Time) -> String {
    let mut out = Vec::with_capacity(32);
    time.write_plain(b' ', &mut out);
    String::from_utf8(out).unwrap_or_default()
}

fn offset_text(seconds: i64) -> String {
    let minutes = seconds.abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

fn zone(name: &str) -> anyhow::Result<Option<TimeZone>> {
    if name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Ok(None);
    }
    if name.eq_ignore_ascii_case("local") {
        return Ok(Some(TimeZone::system()));
    }
    if let Some(seconds) = fixed_offset(name) {
        return Ok(Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds)?)));
    }
    let zone = TimeZone::get(name).with_context(|| {
        format!("--tz: `{name}` is no known time zone: write for example UTC, local, Asia/Shanghai or +08:00")
    })?;
    Ok(Some(zone))
}

/// Seconds of `+08:00`, `-0330` or `+8`.
fn fixed_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((h, m)) => (h, m),
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn colour(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => output::is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}

/// Messages of the program about itself, only with `-vv`.
fn start_log(verbose: u8) {
    if verbose >= 2 {
        let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::DEBUG);
        log.with_ansi(output::stderr_is_terminal()).init();
    }
}

/// Clock corrections by host.
#[derive(Clone, Debug, Default)]
pub struct Skews {
    by_host: Vec<(String, i64)>,
}

impl Skews {
    fn parse(args: &[String]) -> anyhow::Result<Self> {
        let parse = |arg: &String| -> anyhow::Result<(String, i64)> {
            let (host, span) = arg
                .rsplit_once('=')
                .with_context(|| format!("--clock-skew: `{arg}` lacks a host: write for example HOST=+90s"))?;
            Ok((host.to_owned(), span::seconds(span).context("--clock-skew")?))
        };
        Ok(Self { by_host: args.iter().map(parse).collect::<anyhow::Result<_>>()? })
    }

    /// True if no clock is corrected.
    pub fn is_empty(&self) -> bool {
        self.by_host.is_empty()
    }

    /// Seconds to add to a host's times; a short name also stands for the host's full name.
    pub fn of(&self, host: &str) -> Option<i64> {
        let short = host.split('.').next().unwrap_or(host);
        let found = self.by_host.iter().find(|(h, _)| h.eq_ignore_ascii_case(host) || h.eq_ignore_ascii_case(short));
        found.map(|(_, seconds)| *seconds)
    }

    /// The corrections in words, one a line.
    pub fn statement(&self) -> String {
        let line = |(host, seconds): &(String, i64)| {
            format!("clock of {host} corrected by {seconds:+} s in all times shown\n")
        };
        self.by_host.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets() {
        assert_eq!(["+08:00", "-0330", "+8"].map(fixed_offset), [Some(28_800), Some(-12_600), Some(28_800)]);
        assert_eq!(["UTC", "+25", "+1:99", "+a"].map(fixed_offset), [None; 4]);
    }

    #[test]
    fn skews_name_hosts_in_any_form() {
        let skews = Skews::parse(&["WS1=+90s".to_owned()]).unwrap();
        assert_eq!((skews.of("ws1.corp.local"), skews.of("WS1"), skews.of("WS10")), (Some(90), Some(90), None));
        assert!(Skews::parse(&["90s".to_owned()]).is_err());
    }
}
