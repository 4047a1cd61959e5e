//! Checks the migrations and embeds them, split into statements; see `postgres_migrate::embedded!`.

fn main() {
    postgres_migrate_build::embed("migrations");
}
