//! `basalt`: arguments -> settings -> a node, a shell or a demo.
fn main() {}
