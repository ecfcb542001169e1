//! Arguments of every kind: what is read, in which order, and what is said about the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use whodunit_event::Event;
use whodunit_logs::input::Inputs;
use whodunit_logs::part::Consumer;
use whodunit_logs::problem::Severity;
use whodunit_logs::{Options, Sink, Summary, scan};

#[derive(Default)]
struct Hosts(Vec<String>);

impl Consumer for Hosts {
    fn event(&mut self, event: &Event) {
        self.0.push(event.host().to_owned());
    }
}

impl Sink for Hosts {
    type Out = Vec<String>;
    fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}

/// Hosts in order of reading, and what the scan saw.
fn read(paths: impl IntoIterator<Item = PathBuf>) -> (Vec<String>, Summary) {
    let mut hosts = Vec::new();
    let summary = scan(Inputs::new(paths), Options::default(), Hosts::default, |found: Vec<String>| {
        hosts.extend(found);
        true
    });
    (hosts, summary)
}

fn record(host: &str) -> String {
    format!("{{\"EventID\":1,\"Hostname\":\"{host}\"}}\n")
}

/// Severity and words of each problem, the folder's name cut away.
fn said(summary: &Summary, folder: &Path) -> Vec<String> {
    let prefix = format!("{}/", folder.display());
    summary.problems.iter().map(|p| format!("{:?} {}", p.severity, p.to_string().replace(&prefix, ""))).collect()
}

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            let path = tree.at(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        tree
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        block[156] = b'0';
        block[257..263].copy_from_slice(b"ustar\0");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&block);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn folders_are_read_deeply_and_by_name() {
    let (a, b, c, d) = (record("a"), record("b"), record("c"), gzip(record("d").as_bytes()));
    let tree = Tree::new(&[
        ("z.json", c.as_bytes()),
        ("b/x.log", b.as_bytes()),
        ("a/1/2/3/deep", a.as_bytes()),
        ("z.json.gz", &d),
        ("b/readme.txt", b"just words\n"),
        ("b/p.png", b"\x89PNG\r\n\x1a\n"),
    ]);
    let (hosts, summary) = read([tree.at("")]);
    assert_eq!(hosts, ["a", "b", "c", "d"]);
    assert_eq!(summary.sources, 4);
    assert_eq!(said(&summary, tree.0.path()).len(), 1);
    assert!(summary.problems[0].what.starts_with("2 files are no logs: "), "{}", summary.problems[0]);
    assert_eq!(summary.problems[0].severity, Severity::Note);
}

#[test]
fn arguments_keep_their_order_and_patterns_are_expanded() {
    let (a, b, c) = (record("a"), record("b"), record("c"));
    let tree = Tree::new(&[("1.json", a.as_bytes()), ("2.json", b.as_bytes()), ("sub/3.json", c.as_bytes())]);
    assert_eq!(read([tree.at("2.json"), tree.at("1.json")]).0, ["b", "a"]);
    assert_eq!(read([tree.at("*.json")]).0, ["a", "b"]);
    assert_eq!(read([tree.at("**/?.json")]).0, ["a", "b", "c"]);
    let (hosts, summary) = read([tree.at("*.evtx"), tree.at("1.json")]);
    assert_eq!(
        (hosts.len(), said(&summary, tree.0.path())),
        (1, vec!["Loss *.evtx: no file fits this pattern (check the pattern)".to_owned()])
    );
}

#[test]
fn a_name_with_pattern_characters_is_taken_as_it_is() {
    let tree = Tree::new(&[("logs[1].json", record("a").as_bytes())]);
    assert_eq!(read([tree.at("logs[1].json")]).0, ["a"]);
}

#[test]
fn what_is_no_log_is_said() {
    let tree = Tree::new(&[
        ("words", b"just words\n"),
        ("empty", b""),
        ("x.evtx", b"\x89PNG\r\n\x1a\n"),
        ("only/words", b"just words\n"),
        ("only/image.evtx", b"\x89PNG\r\n\x1a\n"),
        ("x.xz", b"\xfd7zXZ\0"),
    ]);
    fs::create_dir(tree.at("nothing")).unwrap();
    for (argument, words) in [
        ("missing", "No such file"),
        ("words", "is no log that is read: it looks like a text"),
        ("empty", "is empty"),
        ("x.evtx", "is named .evtx but is no event log: it looks like a PNG image"),
        ("nothing", "holds no log; there is no file in it"),
        ("x.xz", "an xz file, which is not supported"),
    ] {
        let (hosts, summary) = read([tree.at(argument)]);
        assert_eq!((hosts.len(), summary.sources), (0, 0));
        let said = said(&summary, tree.0.path());
        assert!(said.len() == 1 && said[0].starts_with("Loss") && said[0].contains(words), "{argument}: {said:?}");
    }
    let said = said(&read([tree.at("only")]).1, tree.0.path());
    assert!(said[0].contains("image.evtx: is named .evtx but is no event log"), "{said:?}");
    assert!(said[1].contains("holds no log; 1 file is no log:") && said[1].contains("only/words"), "{said:?}");
}

#[test]
fn members_of_archives_are_logs_with_their_names() {
    let inner = tar(&[("b.json", record("b").as_bytes()), ("notes", b"words")]);
    let outer =
        tar(&[("a.json", record("a").as_bytes()), ("x/in.tar.gz", &gzip(&inner)), ("../c", record("c").as_bytes())]);
    let tree = Tree::new(&[("case.tar", &outer)]);
    let (hosts, summary) = read([tree.at("case.tar")]);
    assert_eq!((hosts, summary.sources), (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], 3));
    let said = said(&summary, tree.0.path());
    assert!(said[0].starts_with("Note case.tar (x/in.tar.gz): 1 file is no log: x/in.tar.gz/notes"), "{said:?}");
    assert!(said[1].starts_with("Note case.tar (../c): its name points outside"), "{said:?}");
}

#[test]
fn archives_nested_too_deep_are_said() {
    let mut made = record("a").into_bytes();
    for _ in 0..3 {
        made = tar(&[("x", &made)]);
    }
    let tree = Tree::new(&[("a.tar", &made)]);
    let (hosts, summary) = read([tree.at("a.tar")]);
    assert!(hosts.is_empty() && said(&summary, tree.0.path())[0].contains("nested deeper"), "{:?}", summary.problems);
}

#[test]
fn a_truncated_log_gives_what_is_there() {
    let text: String = (0..5000).map(|n| record(&format!("h{n}"))).collect();
    let packed = gzip(text.as_bytes());
    let tree = Tree::new(&[("a.gz", &packed[..packed.len() / 2])]);
    let (hosts, summary) = read([tree.at("a.gz")]);
    assert!(hosts.len() > 1000 && hosts[0] == "h0", "{}", hosts.len());
    assert!(summary.lost() && summary.sources == 1, "{:?}", summary.problems);
}

#[test]
fn progress_reaches_the_total() {
    let text = record("a").repeat(100_000);
    let tree = Tree::new(&[("a.json", text.as_bytes()), ("b.json.gz", &gzip(text.as_bytes())), ("c", b"no log")]);
    let inputs = Inputs::new([tree.at("")]);
    let (total, progress) = (inputs.total_bytes(), inputs.progress());
    assert!(total > text.len() as u64 && progress.bytes() == 0);
    let summary = scan(inputs, Options::default(), Hosts::default, |_| true);
    assert_eq!((summary.events, progress.bytes()), (200_000, total));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_in_folders_are_not_followed() {
        let outside = Tree::new(&[("out.json", record("outside").as_bytes())]);
        let tree = Tree::new(&[("in/a.json", record("a").as_bytes())]);
        symlink(tree.0.path(), tree.at("in/circle")).unwrap();
        symlink(tree.at("in/a.json"), tree.at("again.json")).unwrap();
        symlink(outside.at("out.json"), tree.at("away.json")).unwrap();
        symlink(tree.at("self"), tree.at("self")).unwrap();
        let (hosts, summary) = read([tree.at("")]);
        assert_eq!(hosts, ["a"]);
        let said = said(&summary, tree.0.path());
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[0].starts_with("Note away.json: is a link to")
                && said[1].starts_with("Note self: is a link that leads")
        );
        // A link that is given is followed.
        let link = outside.at("link");
        symlink(tree.0.path(), &link).unwrap();
        assert_eq!(read([link]).0, ["a"]);
    }

    #[test]
    fn pipes_are_read_if_given_and_noted_in_folders() {
        let tree = Tree::new(&[("a.json", record("a").as_bytes())]);
        let pipe = tree.at("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (hosts, summary) = read([tree.at("")]);
        assert_eq!(
            (hosts.len(), said(&summary, tree.0.path())),
            (1, vec!["Note pipe: is a device, pipe or socket and was not opened".to_owned()])
        );
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, tar(&[("m", record("piped").as_bytes())])).unwrap()
        });
        assert_eq!(read([pipe]).0, ["piped"]);
        writer.join().unwrap();
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let tree = Tree::new(&[("a.json", record("a").as_bytes()), ("b/c.json", record("c").as_bytes())]);
        fs::set_permissions(tree.at("a.json"), fs::Permissions::from_mode(0o0)).unwrap();
        fs::set_permissions(tree.at("b"), fs::Permissions::from_mode(0o0)).unwrap();
        if fs::read(tree.at("a.json")).is_ok() {
            println!("skipped: this account reads everything");
            return;
        }
        let (_, summary) = read([tree.at("")]);
        let said = said(&summary, tree.0.path());
        assert!(said.len() == 3 && said.iter().all(|s| s.starts_with("Loss")), "{said:?}");
    }
}
