use diesel::prelude::*;
use rcm_schema::schema::{claims, denials};

fn main() {
    let _ = denials::table.inner_join(claims::table.on(denials::id.eq(claims::id)));
}
