//! Spans (`90s`, `5m`, `2h`, `3d`, `1w`) and points in time as users type them.

use anyhow::{Context as _, bail};
use std::time::{SystemTime, UNIX_EPOCH};
use whodunit_event::Time;

/// Seconds of a span such as `90s`, `5m`, `2h`, `3d` or `1w`, with an optional sign; a bare number is seconds.
pub fn seconds(text: &str) -> anyhow::Result<i64> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = rest[..digits].parse().with_context(|| explain(text))?;
    let unit = match &rest[digits..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => bail!(explain(text)),
    };
    number.checked_mul(unit).map(|n| n * sign).with_context(|| explain(text))
}

fn explain(text: &str) -> String {
    format!("`{text}` is no span: write for example 90s, 5m, 2h or 3d")
}

/// A point in time: RFC 3339, a date, or a span ago. A time without zone is UTC.
pub fn point(text: &str) -> anyhow::Result<Time> {
    if let Some(time) = Time::parse(text) {
        return Ok(time);
    }
    let ago = seconds(text).with_context(|| {
        format!("`{text}` is no time: write for example 2025-05-10T04:56:03Z, 2025-05-10 or 2h (two hours ago)")
    })?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    Ok(Time::new(now, 0, 0).plus_seconds(-ago))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        assert_eq!(["90s", "5m", "-2h", "+3d", "7"].map(|s| seconds(s).unwrap()), [90, 300, -7200, 259_200, 7]);
        for bad in ["", "h", "5 parsecs", "9223372036854775807w"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn points() {
        assert_eq!(point("2025-05-10").unwrap().to_string(), "2025-05-10T00:00:00Z");
        assert!(point("2h").unwrap() < point("1h").unwrap());
        assert!(point("yesterday").is_err());
    }
}
