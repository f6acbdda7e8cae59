-- Like a CHECK, the expression of a generated column is read anew for every write of its row. A
-- domain is quickly cut off where it is read.
alter table users drop column email_domain;
alter table challenges drop column email_domain;
