//! What the fuzz targets share: a log in memory, read as one format, with every event encoded and distilled.

use whodunit_event::{Event, encode};
use whodunit_logs::detect::FORMATS;
use whodunit_logs::part::Consumer;
use whodunit_logs::scan;
use whodunit_trace::{Builder, Fact, Query, Select};

/// Uses every event as the commands do.
#[derive(Default)]
struct Everything {
    out: Vec<u8>,
    xml: String,
    builder: Builder,
    events: u32,
}

impl Consumer for Everything {
    fn event(&mut self, event: &Event) {
        self.out.clear();
        self.xml.clear();
        encode::json::write(event, &mut self.out);
        encode::csv::write(event, &mut self.out);
        encode::xml::write(event, &mut self.xml);
        self.events += 1;
        if self.events < 200 {
            if let Some(fact) = Fact::from_event(event) {
                self.builder.add(fact);
            }
        }
    }

    fn item(&mut self, item: whodunit_event::persist::Item) {
        self.builder.add_item(None, item);
    }
}

/// Reads the bytes as the format whose name contains `name`, then asks the graph about every process.
pub fn log(name: &str, data: &[u8]) {
    let format = FORMATS.iter().find(|f| f.name.contains(name)).expect("a format of that name");
    let mut all = Everything::default();
    scan::read_bytes(format, data.to_vec(), &mut all, &mut Vec::new());
    let graph = all.builder.build();
    let query = Query { kind: "process".to_owned(), value: "cmd.exe".to_owned() };
    for story in graph.stories(&query, &Select::Image("cmd.exe".to_owned())) {
        let _ = story.text();
    }
}
