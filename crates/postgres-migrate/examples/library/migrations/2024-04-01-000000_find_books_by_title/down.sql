drop index concurrently if exists books_by_title;
