//! `seed --volume`: a practice of any size.

use std::time::Instant;

use chrono::Utc;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use postgres_migrate::Database;
use rcm_programs::{self as programs, Error, Result};
use rcm_seeds::volume::{self, Volume};

/// What is made.
#[derive(Args)]
pub struct Options {
    /// Make a practice of this many claims, with denials, postings, appeals and so on
    #[arg(long, value_name = "CLAIMS", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    volume: Option<u64>,

    /// Spread the claims over so many years, which end today
    #[arg(long, default_value_t = 3, requires = "volume", value_parser = clap::value_parser!(u32).range(1..=50))]
    years: u32,

    /// Payers; the second has half of the first one's claims, the third a third
    #[arg(long, default_value_t = 12, requires = "volume", value_parser = clap::value_parser!(u32).range(1..=999))]
    payers: u32,

    /// What chance begins with: the same seed makes the same rows on the same day
    #[arg(long, default_value_t = 1, requires = "volume")]
    seed: u64,
}

impl Options {
    /// None for the demo.
    pub fn volume(&self) -> Option<Volume> {
        let &Self { volume, years, payers, seed } = self;
        volume.map(|claims| Volume { claims, years, until: Utc::now().date_naive(), payers, seed })
    }
}

/// Makes it, with a bar where stderr is a terminal.
pub async fn load(database: &Database, volume: &Volume) -> Result<()> {
    let style = "{wide_bar} {human_pos} of {human_len} claims, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(style).map_err(|error| Error::Usage(error.to_string()))?;
    let bar = ProgressBar::new(volume.claims).with_style(style);
    let start = Instant::now();
    let loaded = volume::load(database, volume, |claims| bar.inc(claims)).await;
    bar.finish_and_clear();
    loaded?;
    let seconds = start.elapsed().as_secs_f64();
    programs::print(format_args!("{} claims in {seconds:.1} seconds, with what became of them", volume.claims))
}
