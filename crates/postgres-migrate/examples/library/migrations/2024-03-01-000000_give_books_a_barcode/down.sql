alter table books drop column barcode;
