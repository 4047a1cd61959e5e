//! Checks the migrations and compiles them in.

fn main() {
    postgres_migrate_build::embed("migrations");
}
