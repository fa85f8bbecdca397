//! Rebuilds the crate when a migration changes: `embed_migrations!` doesn't tell Cargo.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
