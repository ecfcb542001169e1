//! Names and addresses: the answer to a DNS query, then the connection.
//!
//! Evidence: event 22 (name, answers) and event 3 (peer) of one host.
//! Claims: an address that a process talked to has the name that was asked for just before, by the same process or,
//! where the query was made by the DNS client service for a caller it does not know, by any.
//! Sure: only for text and related facts; it is no step by itself.

use crate::fact::Kind;
use crate::graph::Graph;
use crate::processes::FactId;
use crate::store::View;

/// An answer is used at most this many seconds before.
const ANSWER: f64 = 300.0;

/// Whether an address is among the answers of a query: `::ffff:1.2.3.4;` or `1.2.3.4`.
fn answers(fact: &View<'_>, address: &str) -> bool {
    let plain = |a: &str| a.trim().trim_start_matches("::ffff:").to_owned();
    !address.is_empty() && fact.detail.split(';').any(|a| plain(a) == plain(address))
}

/// The query whose answer a connection used.
pub(crate) fn query_of(graph: &Graph, connection: FactId) -> Option<FactId> {
    let (fact, host) = (graph.fact(connection), graph.host_of(connection));
    let subject = graph.subject(connection);
    let near = graph.around(host, Kind::Dns, fact.time?, ANSWER, 5.0).iter().rev().copied();
    let fits = |f: &FactId| answers(&graph.fact(*f), fact.address);
    let fitting: Vec<FactId> = near.filter(fits).collect();
    let own = fitting.iter().copied().find(|f| graph.subject(*f) == subject);
    own.or(fitting.first().copied())
}

/// Connections of any process of the host that used a query's answer.
pub(crate) fn connections_of(graph: &Graph, query: FactId) -> Vec<FactId> {
    let (fact, host) = (graph.fact(query), graph.host_of(query));
    let Some(time) = fact.time.filter(|_| !fact.detail.is_empty()) else { return Vec::new() };
    let near = graph.around(host, Kind::Network, time, 5.0, ANSWER).iter().copied();
    near.filter(|c| answers(&fact, graph.fact(*c).address)).take(20).collect()
}
