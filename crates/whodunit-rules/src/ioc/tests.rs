//! Properties that hold for every indicator and event: the shared search finds what a full search of every field finds,
//! and a chunk that may be skipped holds nothing.

use super::*;
use proptest::prelude::*;
use whodunit_event::event::System;
use whodunit_event::{Time, schema};

/// A value of an event, and how it lies in a chunk.
#[derive(Clone, Debug)]
enum Value {
    /// UTF-16LE, or one-byte text where that can hold it.
    Text {
        text: String,
        wide: bool,
    },
    Number(u32),
    Hex(u64),
    Guid([u8; 16]),
    Sid([u32; 3]),
    FileTime(u32),
    Binary(Vec<u8>),
}

impl Value {
    /// The text that a reader makes of it.
    fn text(&self) -> String {
        match self {
            Self::Text { text, .. } => text.clone(),
            Self::Number(n) => n.to_string(),
            Self::Hex(n) => format!("{n:#x}"),
            Self::Guid(bytes) => whodunit_event::Guid(u128::from_be_bytes(*bytes)).to_string(),
            Self::Sid([a, b, c]) => format!("S-1-5-{a}-{b}-{c}"),
            Self::FileTime(seconds) => Time::new(i64::from(*seconds), 1_000_000, 3).to_string(),
            Self::Binary(bytes) => bytes.iter().map(|b| format!("{b:02X}")).collect(),
        }
    }

    /// The bytes of a chunk that it is made of.
    fn put(&self, chunk: &mut Vec<u8>) {
        match self {
            Self::Text { text, wide: false }
                if text.chars().all(|c| (c as u32) < 0x80 || (0xa0..0x100).contains(&(c as u32))) =>
            {
                chunk.extend(text.chars().map(|c| c as u8));
            }
            Self::Text { text, .. } => chunk.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Self::Number(n) | Self::FileTime(n) => chunk.extend(n.to_le_bytes()),
            Self::Hex(n) => chunk.extend(n.to_le_bytes()),
            Self::Guid(bytes) => chunk.extend(bytes),
            Self::Sid(parts) => parts.iter().for_each(|part| chunk.extend(part.to_le_bytes())),
            Self::Binary(bytes) => chunk.extend(bytes),
        }
    }
}

/// A value that is `text` rendered from a type, if some type renders it.
fn typed(text: &str) -> Option<Value> {
    let hex: Option<Vec<u8>> = (text.len().is_multiple_of(2) && text.is_ascii())
        .then(|| (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect())?;
    hex.filter(|bytes| !bytes.is_empty()).map(Value::Binary).or_else(|| text.parse().ok().map(Value::Number))
}

fn indicators() -> impl Strategy<Value = Vec<String>> {
    let word = || "[ksaemz0-9]{1,5}";
    let label = || "[kse][a-z0-9-]{0,6}[k1]";
    let one = prop_oneof![
        (label(), prop::sample::select(vec!["com", "de", "cc", "co.uk"])).prop_map(|(l, t)| format!("domain:{l}.{t}")),
        (label(), label()).prop_map(|(a, b)| format!("=={a}.{b}.com").replacen("==", "=", 1)),
        (0u8..12, 0u8..3, 0u8..20).prop_map(|(a, b, c)| format!("ip:10.{a}.{b}.{c}")),
        (0u8..30, 0u8..4, 0u8..33).prop_map(|(a, b, l)| format!("cidr:{a}.{b}.0.0/{l}")),
        (0u16..3, 0u16..300).prop_map(|(a, b)| format!("ip:fe80:0:{a:x}::{b:x}")),
        (0u16..3, 0u8..129).prop_map(|(a, l)| format!("cidr:fe80:0:{a:x}::/{l}")),
        (label(), word()).prop_map(|(l, w)| format!("url:http://{l}.com/{w}")),
        prop::collection::vec(any::<u8>(), 16).prop_map(|b| b.iter().map(|b| format!("{b:02x}")).collect()),
        prop::sample::select(vec![
            "hash:00000000000000000000000000000000".to_owned(),
            "text:true".to_owned(),
            "text:S-1-5".to_owned()
        ]),
        (word(), word()).prop_map(|(a, b)| format!("path:C:\\Windows\\{a}\\{b}.exe")),
        word().prop_map(|w| format!("path:{w}.exe")),
        word().prop_map(|w| format!("path:/usr/{w}")),
        (word(), word()).prop_map(|(a, b)| format!("registry:HKLM\\System\\CurrentControlSet\\{a}\\{b}")),
        word().prop_map(|w| format!("registry:HKCU\\Software\\{w}")),
        (word(), label()).prop_map(|(w, l)| format!("email:{w}@{l}.com")),
        "[ks0-9aé ß.-]{1,8}".prop_filter("not blank", |t| !t.trim().is_empty()).prop_map(|t| format!("text:{t}")),
        (word(), word()).prop_map(|(a, b)| format!("regex:{a}[0-9]+{b}|{b}k+")),
        word().prop_map(|w| format!("regex:[{w}]+s")),
    ];
    // Enough of them leave the search for few.
    (prop::collection::vec(one, 1..4), prop_oneof![Just(0), Just(12)]).prop_map(|(mut all, more)| {
        all.extend((0..more).map(|n| format!("filler-{n}-words.example")));
        all
    })
}

/// Other spellings of what an indicator finds.
fn spell(indicator: &str, form: u8) -> String {
    let (_, value) = indicator.split_once(':').unwrap_or(("", indicator));
    let value = value.trim_start_matches('=');
    match form {
        0 => value.replace("C:\\Windows", "%SystemRoot%").replace("CurrentControlSet", "ControlSet001"),
        1 => value
            .replace("C:\\", "\\Device\\HarddiskVolume2\\")
            .replace("HKLM", "\\REGISTRY\\MACHINE")
            .replace('\\', "/")
            .replace("/D", "\\D"),
        2 => value.replace("HKCU", "HKU\\S-1-5-21-1").replace("10.", "::ffff:10.").replace("[0-9]+", "77"),
        3 => match value.parse::<std::net::Ipv4Addr>() {
            Ok(v4) => v4.to_ipv6_mapped().segments().map(|g| format!("{g:04x}")).join(":"),
            Err(_) => value.replace("fe80:0:", "FE80:0000:000").replace("http://", ""),
        },
        4 => value.split('|').next_back().unwrap_or_default().replace('+', "kk"),
        _ => value.to_owned(),
    }
}

/// `text` in another case; `pattern` says for each character in turn which.
fn recase(text: &str, pattern: u32) -> String {
    let change = |(at, c): (usize, char)| match (pattern >> (at % 16 * 2) & 3, c.to_ascii_lowercase()) {
        (3, 's') => 'ſ',
        (3, 'k') => '\u{212a}',
        (2, _) => c.to_ascii_uppercase(),
        _ => c,
    };
    text.chars().enumerate().map(change).collect()
}

fn value(indicators: Vec<String>) -> impl Strategy<Value = Value> {
    let around = || "[ -~]{0,3}|[a-zA-Z.\\\\/:ékſ]{0,3}";
    let spelled = (prop::sample::select(indicators), 0u8..8, prop_oneof![Just(0u32), any::<u32>()]);
    let text =
        (around(), spelled, around(), any::<bool>()).prop_map(|(before, (indicator, form, case), after, wide)| {
            let text = recase(&spell(&indicator, form), case);
            match typed(&text) {
                Some(value) if wide => value,
                _ => Value::Text { text: format!("{before}{text}{after}"), wide },
            }
        });
    prop_oneof![
        6 => text,
        1 => any::<u32>().prop_map(Value::Number),
        1 => any::<u64>().prop_map(Value::Hex),
        1 => any::<[u8; 16]>().prop_map(Value::Guid),
        1 => any::<[u32; 3]>().prop_map(Value::Sid),
        1 => any::<u32>().prop_map(Value::FileTime),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Binary),
    ]
}

#[derive(Clone, Debug)]
struct Case {
    indicators: Vec<String>,
    id: u32,
    values: Vec<(usize, Value, Vec<u8>)>,
}

fn cases() -> impl Strategy<Value = Case> {
    indicators().prop_flat_map(|indicators| {
        let junk = prop_oneof![prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(Just(0), 0..150)];
        let values = prop::collection::vec((0usize..30, value(indicators.clone()), junk), 1..4);
        (Just(indicators), prop::sample::select(vec![1, 3, 12, 22, 9999]), values)
            .prop_map(|(indicators, id, values)| Case { indicators, id, values })
    })
}

impl Case {
    fn matcher(&self) -> IocMatcher {
        let mut indicators = Indicators::new();
        for indicator in &self.indicators {
            indicators.add(indicator).unwrap_or_else(|bad| panic!("{indicator}: {bad}"));
        }
        indicators.build()
    }

    /// The event, and a chunk that it could have been read from.
    fn event(&self) -> (Event, Vec<u8>) {
        let mut event = Event::default();
        event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", self.id));
        let mut chunk = Vec::new();
        for (field, value, junk) in &self.values {
            let name = event.spec().fields.get(*field).map_or("Other", |field| field.name);
            event.push_text(name, &value.text());
            chunk.extend_from_slice(junk);
            value.put(&mut chunk);
        }
        (event, chunk)
    }
}

fn hits(matcher: &IocMatcher, event: &Event) -> Vec<(String, String)> {
    let mut all = Vec::new();
    matcher
        .hits(event, &mut Scratch::default(), |hit| all.push((hit.indicator.value.to_string(), hit.field.to_owned())));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_skipped_chunk_holds_nothing(case in cases()) {
        let (matcher, (event, chunk)) = (case.matcher(), case.event());
        if !matcher.may_match(&chunk, false) {
            prop_assert_eq!(hits(&matcher, &event), []);
        }
    }

    #[test]
    fn the_shared_search_finds_what_a_full_search_finds(case in cases()) {
        let (matcher, (event, _)) = (case.matcher(), case.event());
        let mut fast = Vec::new();
        matcher.matcher.scan(&event, &mut Scratch::default(), |found| fast.push((found.condition, found.field)));
        prop_assert_eq!(fast, matcher.matcher.scan_slowly(&event));
    }
}

/// The properties above are worth something: their events often match, and their chunks are often skipped.
#[test]
fn the_cases_are_not_empty() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut hit, mut skipped) = (0, 0);
    for _ in 0..500 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let (matcher, (event, chunk)) = (case.matcher(), case.event());
        hit += usize::from(!hits(&matcher, &event).is_empty());
        skipped += usize::from(!matcher.may_match(&chunk, false));
    }
    assert!(hit > 150 && skipped > 50, "{hit} {skipped}");
}

#[test]
fn a_hit_names_its_field_and_place() {
    let mut indicators = Indicators::new();
    for text in ["evil.com", "=evil.com", "größe", "srv01", "/evil\\.c./"] {
        indicators.add(text).unwrap();
    }
    let matcher = indicators.build();
    let mut event = Event::default();
    event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", 22));
    event.put_system(System::Host, "SRV01.corp");
    event.push_text("QueryName", "a.EVIL.com");
    event.push_text("Other", "ä GRÖßE evil.com evil.com");
    let mut all = Vec::new();
    matcher.hits(&event, &mut Scratch::default(), |hit| {
        all.push(format!("{} {} {} {:?}", hit.indicator.kind, hit.indicator.value, hit.field, hit.range));
    });
    let expect = [
        "domain evil.com QueryName 2..10",
        r"regex evil\.c. QueryName 2..9",
        "domain evil.com Other 8..16",
        "domain =evil.com Other 8..16",
        "text größe Other 2..7",
        r"regex evil\.c. Other 8..15",
        "text srv01 Host 0..5",
    ];
    assert_eq!(all, expect);
    assert!(matcher.may_match(b"anything", true) && matcher.may_match(b"anything", false), "größe needs a full search");
}

#[test]
fn nothing_to_look_for_skips_everything() {
    assert!(!Indicators::new().build().may_match(&[0; 100], true));
}
