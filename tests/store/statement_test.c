#include "store/database.h"
#include "store/statement.h"

TestSuite(store_statement, .init = database_setup, .fini = database_teardown);

static void check_types(const sql_statement_t *statement, const PGresult *described) {
    const size_t params = strlen(statement->params);
    cr_assert_eq((size_t)PQnparams(described), params, "%s: %d parameters", statement->name,
                 PQnparams(described));
    for (size_t i = 0; i < params; i++) {
        cr_assert_eq(PQparamtype(described, (int)i), sql_type_oid(statement->params[i]),
                     "%s: parameter %zu", statement->name, i + 1);
    }
    const size_t columns = strlen(statement->columns);
    cr_assert_eq((size_t)PQnfields(described), columns, "%s: %d columns, its mapper reads %zu",
                 statement->name, PQnfields(described), columns);
    for (size_t i = 0; i < columns; i++) {
        cr_assert_eq(PQftype(described, (int)i), sql_type_oid(statement->columns[i]),
                     "%s: column %zu (%s) has type %u", statement->name, i + 1,
                     PQfname(described, (int)i), PQftype(described, (int)i));
    }
}

Test(store_statement, each_one_prepares_and_has_the_types_that_its_mapper_reads) {
    size_t count = 0;
    const sql_statement_t *statement;
    for (; (statement = store_statements(count)); count++) {
        PGresult *prepared = PQprepare(sql_connection(), statement->name, statement->sql, 0, NULL);
        cr_assert_eq(PQresultStatus(prepared), PGRES_COMMAND_OK, "%s: %s", statement->name,
                     PQerrorMessage(sql_connection()));
        PGresult *described = PQdescribePrepared(sql_connection(), statement->name);
        check_types(statement, described);
        PQclear(described);
        PQclear(prepared);
    }
    cr_assert_gt(count, 60);
}

Test(store_statement, no_two_have_the_same_name) {
    const sql_statement_t *one;
    for (size_t i = 0; (one = store_statements(i)); i++) {
        const sql_statement_t *other;
        for (size_t j = 0; j < i && (other = store_statements(j)); j++) {
            cr_assert_str_neq(one->name, other->name);
        }
    }
}
