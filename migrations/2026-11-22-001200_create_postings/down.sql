drop table postings;
