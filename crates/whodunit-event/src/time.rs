//! An instant in UTC, with as many digits as its source gave.

use serde::{Serialize, Serializer};

/// Seconds from 1601-01-01 (FILETIME) to 1970-01-01.
const FILETIME_EPOCH: i64 = 11_644_473_600;
/// 0000-01-01 and 9999-12-31T23:59:59 in seconds from 1970: what four-digit years can show.
const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// An instant in UTC. `digits` is how many digits of the second's fraction the source gave (0 to 9); it does not take
/// part in comparisons.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    seconds: i64,
    nanos: u32,
    digits: u8,
}

/// The parts of a date and time as people write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 0 to 9999.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

impl Time {
    /// From seconds since 1970-01-01T00:00:00Z, nanoseconds (below 1e9) and digits (0 to 9, clamped).
    pub fn new(seconds: i64, nanos: u32, digits: u8) -> Self {
        Self { seconds, nanos: nanos.min(999_999_999), digits: digits.min(9) }
    }

    /// From a Windows FILETIME (100 ns since 1601); `None` for zero and for years past 9999.
    pub fn from_filetime(ticks: u64) -> Option<Self> {
        if ticks == 0 {
            return None;
        }
        let seconds = (ticks / 10_000_000) as i64 - FILETIME_EPOCH;
        YEARS.contains(&seconds).then(|| Self::new(seconds, (ticks % 10_000_000) as u32 * 100, 7))
    }

    /// From a civil date and time in UTC; `None` if a part is out of range.
    pub fn from_civil(c: Civil, nanos: u32, digits: u8) -> Option<Self> {
        let ok = (0..=9999).contains(&c.year)
            && (1..=12).contains(&c.month)
            && (1..=days_in_month(c.year, c.month)).contains(&c.day)
            && c.hour < 24
            && c.minute < 60
            && c.second <= 60;
        if !ok {
            return None;
        }
        let days = days_from_civil(c.year, c.month, c.day);
        let of_day = i64::from(c.hour) * 3600 + i64::from(c.minute) * 60 + i64::from(c.second);
        Some(Self::new(days * 86_400 + of_day, nanos, digits))
    }

    /// Reads `YYYY-MM-DD[T ]HH:MM:SS[.fraction][Z|±HH:MM|±HHMM]`; a time without zone is taken as UTC. Also a bare date.
    ///
    /// `None` if the text has another form or a part is out of range.
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.trim().as_bytes();
        let num = |range: std::ops::Range<usize>| -> Option<u32> {
            b.get(range)?.iter().try_fold(0u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
        };
        if b.get(4) != Some(&b'-') || b.get(7) != Some(&b'-') {
            return None;
        }
        let (year, month, day) = (num(0..4)? as i32, num(5..7)? as u8, num(8..10)? as u8);
        if b.len() == 10 {
            return Self::from_civil(Civil { year, month, day, hour: 0, minute: 0, second: 0 }, 0, 0);
        }
        if !matches!(b.get(10), Some(b'T' | b't' | b' ')) || b.get(13) != Some(&b':') || b.get(16) != Some(&b':') {
            return None;
        }
        let (hour, minute, second) = (num(11..13)? as u8, num(14..16)? as u8, num(17..19)? as u8);
        let (nanos, digits, mut at) = fraction(b, 19);
        let time = Self::from_civil(Civil { year, month, day, hour, minute, second }, nanos, digits)?;
        while b.get(at) == Some(&b' ') {
            at += 1;
        }
        let east = match b.get(at) {
            None => 0,
            Some(b'Z' | b'z') if at + 1 == b.len() => 0,
            Some(sign @ (b'+' | b'-')) => {
                let hours = num(at + 1..at + 3)?;
                let minutes_at = if b.get(at + 3) == Some(&b':') { at + 4 } else { at + 3 };
                let minutes = if minutes_at >= b.len() { 0 } else { num(minutes_at..minutes_at + 2)? };
                if minutes_at + 2 < b.len() || hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = i64::from(hours * 3600 + minutes * 60);
                if *sign == b'+' { seconds } else { -seconds }
            }
            Some(_) => return None,
        };
        Some(time.plus_seconds(-east))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second.
    pub fn nanos(self) -> u32 {
        self.nanos
    }

    /// Digits of the second's fraction that the source gave.
    pub fn digits(self) -> u8 {
        self.digits
    }

    /// Milliseconds since 1970, rounded down.
    pub fn millis(self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(i64::from(self.nanos / 1_000_000))
    }

    /// Nanoseconds since 1970.
    pub fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// The same instant moved by whole seconds.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.saturating_add(seconds), ..self }
    }

    /// The instant moved by milliseconds.
    pub fn plus_millis(self, millis: i64) -> Self {
        let total = self.total_nanos() + i128::from(millis) * 1_000_000;
        let seconds = total.div_euclid(1_000_000_000);
        let seconds = i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX });
        Self { seconds, nanos: total.rem_euclid(1_000_000_000) as u32, digits: self.digits.max(3) }
    }

    /// Seconds from `earlier` to `self`, with fraction; negative if `earlier` is later.
    pub fn since(self, earlier: Self) -> f64 {
        self.seconds.saturating_sub(earlier.seconds) as f64 + (f64::from(self.nanos) - f64::from(earlier.nanos)) / 1e9
    }

    /// The date and time as people write it, in UTC.
    pub fn civil(self) -> Civil {
        let seconds = self.seconds.clamp(*YEARS.start(), *YEARS.end());
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
        }
    }

    /// Appends RFC 3339 in UTC with the source's digits: `2025-05-10T04:56:03.922Z`.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        self.write_plain(b'T', out);
        out.push(b'Z');
    }

    /// Appends `YYYY-MM-DD<separator>HH:MM:SS[.fraction]`, without zone.
    pub fn write_plain(self, separator: u8, out: &mut Vec<u8>) {
        let c = self.civil();
        let mut text = *b"0000-00-00T00:00:00.000000000";
        let mut two = |at: usize, n: u8| text[at..at + 2].copy_from_slice(&[b'0' + n / 10, b'0' + n % 10]);
        let year = c.year as u32 % 10_000;
        two(0, (year / 100) as u8);
        two(2, (year % 100) as u8);
        for (at, part) in [(5, c.month), (8, c.day), (11, c.hour), (14, c.minute), (17, c.second)] {
            two(at, part);
        }
        text[10] = separator;
        let mut nanos = self.nanos;
        for digit in text[20..].iter_mut().rev() {
            *digit = b'0' + (nanos % 10) as u8;
            nanos /= 10;
        }
        let length = if self.digits > 0 { 20 + usize::from(self.digits.min(9)) } else { 19 };
        out.extend_from_slice(&text[..length]);
    }
}

/// Reads `.123` at `at`: nanoseconds, digits (at most nine kept), and where reading stopped.
fn fraction(b: &[u8], at: usize) -> (u32, u8, usize) {
    if !matches!(b.get(at), Some(b'.' | b',')) {
        return (0, 0, at);
    }
    let digits = b[at + 1..].iter().take_while(|d| d.is_ascii_digit()).count();
    let kept = digits.min(9);
    let mut nanos = b[at + 1..at + 1 + kept].iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    for _ in kept..9 {
        nanos *= 10;
    }
    (nanos, kept as u8, at + 1 + digits)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = i64::from(month);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u8;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u8;
    ((year_of_era + era * 400 + i64::from(month <= 2)) as i32, month, day)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        (self.seconds, self.nanos) == (other.seconds, other.nanos)
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

impl std::hash::Hash for Time {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.seconds, self.nanos).hash(state);
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::with_capacity(32);
        self.write_rfc3339(&mut out);
        f.pad(std::str::from_utf8(&out).unwrap_or("?"))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_logs_hold() {
        for (text, shown) in [
            ("2025-05-10 04:56:03.922", "2025-05-10T04:56:03.922Z"),
            ("2026-04-07T16:13:10.545523+00:00", "2026-04-07T16:13:10.545523Z"),
            ("2021-10-24T17:05:38.412656000Z", "2021-10-24T17:05:38.412656000Z"),
            ("2020-02-29T23:00:00+02:30", "2020-02-29T20:30:00Z"),
            ("1969-12-31T23:59:59-0100", "1970-01-01T00:59:59Z"),
            ("2106-02-07", "2106-02-07T00:00:00Z"),
        ] {
            assert_eq!(Time::parse(text).map(|t| t.to_string()).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in [
            "",
            "-",
            "2025-13-01",
            "2025-02-29",
            "2025-01-01T25:00:00Z",
            "2025-01-01T00:00:00Zx",
            "10.05.2025",
            "2025-01-01T00:00",
        ] {
            assert_eq!(Time::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_day_of_the_calendar_comes_back() {
        for day in (-719_528..2_932_896).step_by(97) {
            let (y, m, d) = civil_from_days(day);
            assert_eq!(days_from_civil(y, m, d), day);
        }
    }

    #[test]
    fn filetime() {
        assert_eq!(Time::from_filetime(132_223_104_000_000_001).unwrap().to_string(), "2020-01-01T00:00:00.0000001Z");
        assert_eq!(Time::from_filetime(0), None);
        assert_eq!(Time::from_filetime(u64::MAX), None);
    }
}
