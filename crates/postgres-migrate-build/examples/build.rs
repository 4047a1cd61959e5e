//! All that the build script of a crate with migrations does.

fn main() {
    postgres_migrate_build::embed("migrations");
}
