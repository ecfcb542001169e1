//! Runs `cases/*.md`: recordings read by hand, with the root that each log supports. A case is right when `trace` names
//! the expected kind, name, file and confidence; prints the score, and each difference. A case that is known to be
//! answered wrongly says so (`open: why`) and must be: when it comes right, the line goes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test says what is wrong by ending

mod common;

use serde_json::Value;
use std::path::Path;

/// A case as written.
#[derive(Debug, Default)]
struct Case {
    file: String,
    evidence: Vec<String>,
    query: String,
    kind: String,
    name: Option<String>,
    root_file: Option<String>,
    host: Option<String>,
    steps: Vec<String>,
    confidence: String,
    open: Option<String>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut case = Self { file: path.file_stem().unwrap().to_string_lossy().into_owned(), ..Self::default() };
        let lines = text.lines().skip_while(|l| l.trim() != "## Case").filter_map(|l| l.strip_prefix("    "));
        for line in lines {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{}: {line}", case.file));
            let value = value.trim().to_owned();
            match key.trim() {
                "evidence" => case.evidence.push(value),
                "query" => case.query = value,
                "kind" => case.kind = value,
                "name" => case.name = Some(value),
                "file" => case.root_file = Some(value),
                "host" => case.host = Some(value),
                "steps" => case.steps = value.split(';').map(|s| s.trim().to_owned()).collect(),
                "confidence" => case.confidence = value,
                "open" => case.open = Some(value),
                "naive" => {}
                other => panic!("{}: unknown key {other}", case.file),
            }
        }
        assert!(
            !case.evidence.is_empty() && !case.query.is_empty() && !case.kind.is_empty(),
            "{} is not whole",
            case.file
        );
        case
    }

    /// What is wrong with the answer; empty if it is right.
    fn judge(&self, stories: &[Value]) -> Vec<String> {
        let for_host = |s: &&Value| self.host.as_ref().is_none_or(|h| has(&s["host"], h));
        let Some(story) = best(stories.iter().filter(for_host), self) else { return vec!["no story".to_owned()] };
        let root = &story["root"];
        let mut wrong = Vec::new();
        let mut expect = |what: &str, ok: bool, got: &Value, want: &str| {
            if !ok {
                wrong.push(format!("{what} {got}, expected {want}"));
            }
        };
        expect("kind", root["kind"] == self.kind.as_str(), &root["kind"], &self.kind);
        if let Some(name) = &self.name {
            expect("name", has(&root["name"], name), &root["name"], name);
        }
        if let Some(file) = &self.root_file {
            expect("file", has(&root["file"], file), &root["file"], file);
        }
        let texts: Vec<&str> = story["steps"].as_array().unwrap().iter().filter_map(|s| s["text"].as_str()).collect();
        let all = Value::String(texts.join("\n"));
        for step in &self.steps {
            expect("steps lack", has(&all, step), &Value::Null, step);
        }
        expect("confidence", root["confidence"] == self.confidence.as_str(), &root["confidence"], &self.confidence);
        wrong
    }
}

/// The story that fits best: several roots may be right answers to one indicator.
fn best<'a>(stories: impl Iterator<Item = &'a Value>, case: &Case) -> Option<&'a Value> {
    let score = |s: &Value| {
        let named = case.name.as_ref().is_some_and(|n| has(&s["root"]["name"], n));
        u8::from(s["root"]["kind"] == case.kind.as_str()) * 2 + u8::from(named)
    };
    stories.max_by_key(|s| score(s))
}

fn has(value: &Value, part: &str) -> bool {
    value.as_str().is_some_and(|v| v.to_lowercase().contains(&part.to_lowercase()))
}

#[test]
fn every_case_names_its_root() {
    let Some(data) = common::data() else {
        println!("skipped: no data at ../shared/data");
        return;
    };
    // Cases that are being written may lie elsewhere.
    let folder = std::env::var_os("WHODUNIT_CASES").map_or_else(|| common::root().join("cases"), Into::into);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "md") && f.file_name().unwrap() != "README.md");
    files.sort();
    let (mut right, mut total, mut report, mut unexpected) = (0, 0, String::new(), String::new());
    for case in files.iter().map(|f| Case::read(f)) {
        let evidence: Vec<_> = case.evidence.iter().map(|e| data.join(e)).collect();
        if let Some(missing) = evidence.iter().find(|e| !e.exists()) {
            report += &format!("skipped {}: no {}\n", case.file, missing.display());
            continue;
        }
        let mut args = vec!["trace".into(), "--json".into(), "-q".into()];
        for path in evidence {
            args.extend(["--evidence".into(), path.into_os_string()]);
        }
        args.extend(["--".into(), std::ffi::OsString::from(&case.query)]);
        let run = common::whodunit(&args);
        let faults = case.judge(&run.lines());
        right += u32::from(faults.is_empty());
        total += 1;
        match (faults.is_empty(), case.open) {
            (true, None) => {}
            (false, Some(why)) => report += &format!("open  {}: {why}: {}\n", case.file, faults.join("; ")),
            (true, Some(_)) => unexpected += &format!("right {}: remove its line `open`\n", case.file),
            (false, None) => unexpected += &format!("wrong {}: {}\n", case.file, faults.join("; ")),
        }
    }
    println!("{report}{unexpected}{right} of {total} cases right");
    assert!(unexpected.is_empty(), "\n{unexpected}");
}
