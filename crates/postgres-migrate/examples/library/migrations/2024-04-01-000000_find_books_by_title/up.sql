-- Alone, because it runs outside a transaction.
create index concurrently books_by_title on books (title);
