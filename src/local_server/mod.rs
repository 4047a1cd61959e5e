//! A private PostgreSQL for machines that have no `DATABASE_URL`.
