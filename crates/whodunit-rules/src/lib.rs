//! One matcher over typed fields, and its front ends.
