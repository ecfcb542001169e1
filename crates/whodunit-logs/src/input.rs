//! Arguments to logs: files, folders, globs, archives and standard input, in a stable order.
//!
//! Folders are walked deeply, by name. Links inside a folder are never followed: what they lead to in the folder is read
//! at its own place, and a copied system's links must not lead to the analyst's. A file that is no log is a problem if it
//! was asked for by name; in a folder or an archive such files are only counted.

use crate::container::{self, Budget, MAX_ARCHIVES, MAX_LAYERS, Members};
use crate::detect::{self, Container};
use crate::lines::{read_problem, to_utf8};
use crate::part::{Body, Part, SourceName, Splitter, Stream, read_at};
use crate::problem::Problem;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use whodunit_event::{Origin, Time};

/// What to do about a file that is no log.
const NO_LOG: &str = "see `whodunit events --help` for what is read";
/// Names that a note about skipped files gives.
const NAMES: usize = 3;

/// What is still to be read.
#[derive(Default)]
pub struct Inputs {
    arguments: VecDeque<PathBuf>,
    /// The folder and the archives that are being read, innermost last.
    open: Vec<Level>,
    progress: Progress,
}

/// How far reading has come, in bytes of files as they lie on the disk; may be read at any time from any thread.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    done: Arc<AtomicU64>,
    /// Where the current file ends.
    end: u64,
}

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Begins a file of `size` bytes: the one before is done, however much of it was read.
    fn begin(&mut self, size: u64) {
        self.done.store(self.end, Ordering::Relaxed);
        self.end += size;
    }
}

/// A folder or an archive that is being read.
struct Level {
    name: SourceName,
    members: Place,
    budget: Arc<Budget>,
    /// Archives around the members, this one too.
    archives: usize,
    found: u64,
    others: Others,
}

enum Place {
    Folder(Folder),
    Archive(Box<dyn Members>),
}

/// Files that are no logs.
#[derive(Default)]
struct Others {
    count: u64,
    names: Vec<String>,
}

/// A file that may be a log, on its way to be recognised.
struct Candidate {
    stream: Stream,
    budget: Arc<Budget>,
    archives: usize,
    /// Asked for by name.
    given: bool,
}

impl Inputs {
    /// Inputs from arguments as a user typed them; `-` is standard input.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { arguments: paths.into_iter().collect(), ..Self::default() }
    }

    /// A handle that tells how far reading has come.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// About how many bytes there are to read: sizes of files on the disk, archives unopened; pipes count nothing.
    pub fn total_bytes(&self) -> u64 {
        let size = |path: &Path| fs::metadata(path).map_or(0, |m| if m.is_file() { m.len() } else { 0 });
        let mut total = 0;
        for argument in self.arguments.iter().flat_map(|path| expand(path)) {
            total += size(&argument);
            let mut folder = Folder::open(&argument).unwrap_or_default();
            while let Some(path) = folder.next(&mut Vec::new()) {
                total += size(&path);
            }
        }
        total
    }

    /// Begins with one argument.
    fn start(&mut self, path: PathBuf, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
        if path.as_os_str() == "-" {
            return self.start_pipe("-", Box::new(io::stdin()), None, problems);
        }
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.start_missing(path, &error, problems);
                return None;
            }
        };
        if metadata.is_dir() {
            match Level::folder(&path) {
                Ok(level) => self.open.push(level),
                Err(error) => problems.push(unreadable(Origin::file(path.display().to_string()), &error)),
            }
            return None;
        }
        if metadata.is_file() {
            return self.open_file(&path, true, problems);
        }
        let name = path.display().to_string();
        match File::open(&path) {
            Ok(file) => self.start_pipe(&name, Box::new(file), modified(&metadata), problems),
            Err(error) => {
                problems.push(unreadable(Origin::file(name), &error));
                None
            }
        }
    }

    /// A path that does not exist may be a pattern.
    fn start_missing(&mut self, path: PathBuf, error: &io::Error, problems: &mut Vec<Problem>) {
        let found = if error.kind() == io::ErrorKind::NotFound { expand(&path) } else { vec![path.clone()] };
        let origin = Origin::file(path.display().to_string());
        match found.as_slice() {
            [] => problems.push(Problem::loss(origin, "no file fits this pattern", "check the pattern")),
            [same] if *same == path => problems.push(unreadable(origin, error)),
            found => found.iter().rev().for_each(|path| self.arguments.push_front(path.clone())),
        }
    }

    fn start_pipe(
        &mut self,
        name: &str,
        reader: Box<dyn Read + Send>,
        modified: Option<Time>,
        problems: &mut Vec<Problem>,
    ) -> Option<Box<dyn Splitter>> {
        self.progress.begin(0);
        let budget = Budget::new(0);
        let reader = Counted { reader, progress: self.progress.clone(), budget: Some(budget.clone()) };
        let name = SourceName { file: name.into(), member: None };
        match container::stream(name, Box::new(reader), modified) {
            Ok(stream) => self.enter(Candidate { stream, budget, archives: 0, given: true }, problems),
            Err((name, error)) => {
                problems.push(unreadable(name.origin(), &error));
                None
            }
        }
    }

    fn open_file(&mut self, path: &Path, given: bool, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
        let name = SourceName { file: path.display().to_string().into(), member: None };
        match self.file_stream(path, name.clone()) {
            Ok((stream, budget)) => self.enter(Candidate { stream, budget, archives: 0, given }, problems),
            Err(error) => {
                problems.push(unreadable(name.origin(), &error));
                None
            }
        }
    }

    fn file_stream(&mut self, path: &Path, name: SourceName) -> io::Result<(Stream, Arc<Budget>)> {
        let file = Arc::new(File::open(path)?);
        let metadata = file.metadata()?;
        self.progress.begin(metadata.len());
        let reader = FileReader { file: file.clone(), at: 0 };
        let reader = Counted { reader: Box::new(reader), progress: self.progress.clone(), budget: None };
        let stream = container::stream(name, Box::new(reader), modified(&metadata)).map_err(|(_, error)| error)?;
        Ok((Stream { file: Some(file), ..stream }, Budget::new(metadata.len())))
    }

    /// Unwraps what is packed; opens a log or an archive; counts or names what is neither.
    fn enter(&mut self, mut candidate: Candidate, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
        for _ in 0..MAX_LAYERS {
            match detect::container(&candidate.stream.head) {
                Some(kind @ (Container::Zip | Container::Tar)) => {
                    self.open_archive(candidate, kind, problems);
                    return None;
                }
                Some(kind) => match container::unpack(candidate.stream, kind, &candidate.budget) {
                    Ok(stream) => candidate.stream = stream,
                    Err((name, error)) => {
                        problems.push(read_problem(name.origin(), &error));
                        return None;
                    }
                },
                None => break,
            }
        }
        let stream = to_utf8(candidate.stream);
        let Some(format) = detect::detect(&stream.head) else {
            self.no_log(&stream, candidate.given, problems);
            return None;
        };
        if let Some(level) = self.open.last_mut() {
            level.found += 1;
        }
        Some(Box::new(Tracked { splitter: (format.split)(stream), progress: self.progress.clone() }))
    }

    fn open_archive(&mut self, candidate: Candidate, kind: Container, problems: &mut Vec<Problem>) {
        let name = candidate.stream.name.clone();
        let archives = candidate.archives + 1;
        if archives > MAX_ARCHIVES {
            let what = format!("archives are nested deeper than {MAX_ARCHIVES}");
            problems.push(Problem::loss(name.origin(), what, "unpack the outer ones by hand"));
            return;
        }
        match container::members(candidate.stream, kind, &candidate.budget) {
            Ok(members) => {
                let members = Place::Archive(members);
                let budget = candidate.budget;
                self.open.push(Level { name, members, budget, archives, found: 0, others: Others::default() });
            }
            Err(error) => problems.push(read_problem(name.origin(), &error)),
        }
    }

    fn no_log(&mut self, stream: &Stream, given: bool, problems: &mut Vec<Problem>) {
        let origin = stream.name.origin();
        let evtx = origin.member.as_ref().unwrap_or(&origin.file).to_ascii_lowercase().ends_with(".evtx");
        let empty = stream.head.is_empty();
        let kind = detect::resembles(&stream.head);
        match self.open.last_mut() {
            _ if evtx && empty => problems.push(Problem::loss(origin, "is empty", "copy it again")),
            _ if evtx => {
                let what = format!("is named .evtx but is no event log: it looks like {kind}");
                problems.push(Problem::loss(origin, what, "check where it comes from"));
            }
            Some(level) if !given => level.others.add(&origin),
            _ if empty => problems.push(Problem::loss(origin, "is empty", "check where it comes from")),
            _ => problems.push(Problem::loss(origin, format!("is no log that is read: it looks like {kind}"), NO_LOG)),
        }
    }

    /// The next file of the innermost folder or archive.
    fn step(&mut self, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
        let level = self.open.last_mut()?;
        let (budget, archives) = (level.budget.clone(), level.archives);
        match &mut level.members {
            Place::Folder(folder) => match folder.next(problems) {
                Some(path) => self.open_file(&path, false, problems),
                None => self.close(problems),
            },
            Place::Archive(members) => match members.next(problems) {
                Some(stream) => self.enter(Candidate { stream, budget, archives, given: false }, problems),
                None => self.close(problems),
            },
        }
    }

    /// Ends the innermost level: says what it held beside logs.
    fn close(&mut self, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
        let mut level = self.open.pop()?;
        let outer = self.open.last_mut();
        let outermost = outer.is_none();
        match outer {
            Some(outer) if level.found == 0 => outer.others.join(std::mem::take(&mut level.others)),
            Some(outer) => outer.found += level.found,
            None => {}
        }
        if level.found > 0 {
            level.others.note(level.name.origin(), problems);
        } else if outermost {
            let what = format!("holds no log; {}", level.others);
            problems.push(Problem::loss(level.name.origin(), what, NO_LOG));
        }
        None
    }
}

/// Opens the next log; what cannot be opened or is no log goes to `problems`. `None` at the end.
pub fn open_next(inputs: &mut Inputs, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
    loop {
        let opened = if inputs.open.is_empty() {
            let argument = inputs.arguments.pop_front()?;
            inputs.start(argument, problems)
        } else {
            inputs.step(problems)
        };
        if opened.is_some() {
            return opened;
        }
    }
}

impl Level {
    fn folder(path: &Path) -> io::Result<Self> {
        let name = SourceName { file: path.display().to_string().into(), member: None };
        let members = Place::Folder(Folder::open(path)?);
        Ok(Self { name, members, budget: Budget::new(0), archives: 0, found: 0, others: Others::default() })
    }
}

impl Others {
    fn add(&mut self, origin: &Origin) {
        self.count += 1;
        if self.names.len() < NAMES {
            self.names.push(origin.member.as_ref().unwrap_or(&origin.file).to_string());
        }
    }

    fn note(self, origin: Origin, problems: &mut Vec<Problem>) {
        if self.count > 0 {
            problems.push(Problem::note(origin, self.to_string()));
        }
    }

    fn join(&mut self, other: Self) {
        self.count += other.count;
        self.names.extend(other.names);
        self.names.truncate(NAMES);
    }
}

impl std::fmt::Display for Others {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.names.join(", ");
        match self.count {
            0 => f.write_str("there is no file in it"),
            1 => write!(f, "1 file is no log: {names}"),
            count if count > self.names.len() as u64 => write!(f, "{count} files are no logs: {names}, …"),
            count => write!(f, "{count} files are no logs: {names}"),
        }
    }
}

/// A walk over a folder's files: deep, by name, without following links.
#[derive(Default)]
struct Folder {
    /// The folder that was given, without links in its path.
    root: PathBuf,
    /// What is still to be visited, the next one last.
    pending: Vec<PathBuf>,
}

impl Folder {
    fn open(path: &Path) -> io::Result<Self> {
        let mut folder = Self { root: fs::canonicalize(path)?, pending: Vec::new() };
        folder.list(path)?;
        Ok(folder)
    }

    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<PathBuf> {
        while let Some(path) = self.pending.pop() {
            let origin = || Origin::file(path.display().to_string());
            match fs::symlink_metadata(&path) {
                Ok(m) if m.is_file() => return Some(path),
                Ok(m) if m.is_dir() => {
                    if let Err(error) = self.list(&path) {
                        problems.push(unreadable(origin(), &error));
                    }
                }
                Ok(m) if m.is_symlink() => problems.extend(self.note_on_link(&path)),
                Ok(_) => problems.push(Problem::note(origin(), "is a device, pipe or socket and was not opened")),
                Err(error) => problems.push(unreadable(origin(), &error)),
            }
        }
        None
    }

    /// A note on a link, unless it leads to a place that the walk visits anyway.
    fn note_on_link(&self, path: &Path) -> Option<Problem> {
        let what = match fs::canonicalize(path) {
            Ok(target) if target.starts_with(&self.root) => return None,
            Ok(target) => format!("is a link to {} and was not followed", target.display()),
            Err(_) => "is a link that leads nowhere, or in a circle".to_owned(),
        };
        Some(Problem::note(Origin::file(path.display().to_string()), what))
    }

    fn list(&mut self, folder: &Path) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
        entries.sort_unstable_by(|a, b| b.cmp(a));
        self.pending.append(&mut entries);
        Ok(())
    }
}

/// The paths of a pattern, by name; the path itself if it exists or is no pattern.
fn expand(path: &Path) -> Vec<PathBuf> {
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
    match pattern.map(glob::glob) {
        Some(Ok(found)) => found.filter_map(Result::ok).collect(),
        _ => vec![path.to_owned()],
    }
}

fn unreadable(origin: Origin, error: &io::Error) -> Problem {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "run with the rights to read it, or copy it",
        _ => "check the disk",
    };
    Problem::loss(origin, format!("cannot be read: {error}"), remedy)
}

fn modified(metadata: &fs::Metadata) -> Option<Time> {
    let since = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH).ok()?;
    Some(Time::new(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos(), 9))
}

/// Reads a file from its begin, whatever others do with its cursor.
struct FileReader {
    file: Arc<File>,
    at: u64,
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = read_at(&self.file, buffer, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Tells the progress, and the budget of a pipe, what is read.
struct Counted {
    reader: Box<dyn Read + Send>,
    progress: Progress,
    budget: Option<Arc<Budget>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.progress.add(n as u64);
        if let Some(budget) = &self.budget {
            budget.add_read(n as u64);
        }
        Ok(n)
    }
}

/// Tells the progress of parts that workers read from the file themselves.
struct Tracked {
    splitter: Box<dyn Splitter>,
    progress: Progress,
}

impl Splitter for Tracked {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        let part = self.splitter.next(problems)?;
        if let Body::Range { length, .. } = part.body {
            self.progress.add(length as u64);
        }
        Some(part)
    }
}
