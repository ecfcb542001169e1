//! Linux's own logs as typed events.
