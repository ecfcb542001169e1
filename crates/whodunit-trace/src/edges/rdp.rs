//! A desktop that is used from another host (Windows).
//!
//! Evidence: sessions of remote desktop with an address (4778; 4624 type 10, and type 7 on reconnecting;
//! LocalSessionManager 21, 25) of the process's account; rdpclip, which only runs where a client is connected, in the
//! process's own terminal session or LogonId; connections to the port; a program on the client's own drive
//! (`\\tsclient`).
//! Claims: whoever sat at the other end started it.
//! Sure: `strong` if the session began, or rdpclip started and a connection came in, not long before, or if the program
//! lies on the client's drive; else `circumstantial`.

use super::{At, Cause, Node, signs, words};
use crate::fact::Kind;
use crate::names;
use crate::processes::FactId;
use crate::sessions::SessionId;
use crate::story::Edge;
use whodunit_event::Confidence::{Circumstantial, Strong};
use whodunit_event::Time;

/// A desktop is used about this many seconds after the connection.
const FRESH: f64 = 600.0;
/// A session may have lasted this many seconds.
const LONGEST: f64 = 12.0 * 3600.0;

/// The order that came to the desktop from another host.
pub(crate) fn cause(at: &At<'_>, start: Time) -> Option<Cause> {
    let clip = clipboard(at, start);
    let drive = on_clients_drive(at);
    let session = session(at, start);
    let connection = connection(at, start).filter(|_| session.is_none());
    let (node, origin, time) = match (session, connection) {
        (Some(id), _) => of_session(at, id),
        (None, Some(id)) => of_connection(at, id),
        (None, None) if drive => (signs::from(&at.process.user, ""), "from the client's drive".to_owned(), Some(start)),
        (None, None) => return None,
    };
    let fresh = time.is_some_and(|t| start.since(t) <= FRESH);
    let strong = drive || fresh && (session.is_some() || clip.is_some());
    let text = format!(
        "{} was started at the desktop of {}, used over RDP: {origin}",
        words(at.graph, at.id),
        at.dispatcher_words()
    );
    let sign = session.map(|s| at.graph.sessions.all[s as usize].fact).or(connection);
    let facts = sign.into_iter().chain(clip).chain(at.process.starts.iter().copied());
    let confidence = if strong { Strong } else { Circumstantial };
    Some(Cause::new(Edge::Remote, node, confidence, text).at(time).on(facts).weighing(2))
}

fn of_session(at: &At<'_>, id: SessionId) -> (Node, String, Option<Time>) {
    let session = &at.graph.sessions.all[id as usize];
    (Node::Session(id), format!("{} of {}", session.way(), session.name()), session.start)
}

fn of_connection(at: &At<'_>, id: FactId) -> (Node, String, Option<Time>) {
    let fact = at.graph.fact(id);
    (signs::from(&at.process.user, fact.address), format!("connection from {}", fact.address), fact.time)
}

/// The last remote session of the process's account that was still open.
fn session(at: &At<'_>, start: Time) -> Option<SessionId> {
    let sessions = at.graph.sessions.remote_before(at.process.host, start, LONGEST);
    sessions.into_iter().find(|s| {
        let session = &at.graph.sessions.all[*s as usize];
        let open = session.end.is_none_or(|end| end > start);
        let known = !signs::is_system(&at.process.user);
        matches!(session.kind, 7 | 10) && open && known && signs::is_account(&session.account, &at.process.user)
    })
}

fn connection(at: &At<'_>, start: Time) -> Option<FactId> {
    signs::orders(at.graph, at.process.host, start, FRESH).find(|f| at.graph.fact(*f).number == signs::DESKTOP_PORT)
}

/// The start of rdpclip for this very desktop.
fn clipboard(at: &At<'_>, start: Time) -> Option<FactId> {
    let starts = at.graph.around(at.process.host, Kind::Start, start, FRESH, 0.0).iter().rev().copied();
    starts.into_iter().find(|f| {
        let fact = at.graph.fact(*f);
        let same_desktop =
            fact.number != 0 && fact.number == at.process.session || fact.logon != 0 && fact.logon == at.process.logon;
        same_desktop && names::is_file(fact.subject.image, &["rdpclip.exe"]) && names::in_system(fact.subject.image)
    })
}

/// `\\tsclient\c\a.exe`: the drive of the client, shown to the desktop as a share.
fn on_clients_drive(at: &At<'_>) -> bool {
    let image = at.process.image.to_lowercase();
    image.starts_with("\\\\tsclient\\") || image.starts_with("\\device\\mup\\tsclient\\")
}
