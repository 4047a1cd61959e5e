use diesel::prelude::*;
use rcm_schema::schema::claims;

fn main() {
    let _ = claims::status.eq("denyed");
}
