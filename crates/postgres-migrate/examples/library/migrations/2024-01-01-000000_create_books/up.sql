create table books (
    id integer generated always as identity primary key,
    title text not null
);

create table loans (
    book integer not null references books,
    reader text not null,
    due_on date not null
);

create index loans_by_book on loans (book);
