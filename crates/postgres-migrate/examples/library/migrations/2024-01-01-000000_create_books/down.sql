drop table loans;
drop table books;
