"""Two roles for one database: the server's, and the one that owns what is evidence.

Whoever owns a table can switch its triggers off, rewrite it and drop it. So the tables that are
evidence (those with a trigger ``esign_rows_…``), and the functions of their triggers, belong to a role
that nobody logs in as; the server's role may read and add rows, and change what a trigger lets it.
Everything else belongs to the server's role, which Odoo expects. Installing and updating is done by a
third one, a member of both; :data:`PROTECT` is repeated after each time.

Used by `./esign`, and inside the containers as a program of its own (only psycopg2 beside the standard
library): ``roles.py DATABASE`` protects, and makes the roles that are missing.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

MAKE = """
SELECT set_config('esign.owner', %s, false), set_config('esign.server', %s, false),
       set_config('esign.tester', %s, false), set_config('esign.password', %s, false);
DO $do$
DECLARE
    owner text := current_setting('esign.owner');
    server text := current_setting('esign.server');
    tester text := current_setting('esign.tester');
    password text := nullif(current_setting('esign.password'), '');
    role text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) THEN
        EXECUTE format('CREATE ROLE %%I NOLOGIN', owner);
    END IF;
    FOREACH role IN ARRAY array_remove(ARRAY[server, tester], '') LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %%I LOGIN', role);
        END IF;
        IF password IS NOT NULL THEN
            EXECUTE format('ALTER ROLE %%I PASSWORD %%L', role, password);
        END IF;
    END LOOP;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT %%I, %%I TO CURRENT_USER', owner, server);
    END IF;
    IF tester <> '' THEN
        -- Tests run with the rights of the server, and may play the owner by SET ROLE.
        EXECUTE format('GRANT %%I TO %%I WITH INHERIT TRUE', server, tester);
        EXECUTE format('GRANT %%I TO %%I WITH INHERIT FALSE, SET TRUE', owner, tester);
    END IF;
END $do$
"""
PROTECT = """
SELECT set_config('esign.owner', %s, false), set_config('esign.server', %s, false);
DO $do$
DECLARE
    owner text := current_setting('esign.owner');
    server text := current_setting('esign.server');
    evidence oid[];
    item record;
BEGIN
    SELECT coalesce(array_agg(DISTINCT tgrelid), '{}') INTO evidence FROM pg_trigger
    WHERE tgname LIKE 'esign\\_rows\\_%%';
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %%I, %%I', owner, server);
    FOR item IN
        SELECT c.oid::regclass AS name, bool_or(t.tgname = 'esign_rows_forward') AS lives,
               bool_or(t.tgname = 'esign_rows_age') AS ages
        FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE c.oid = ANY(evidence) GROUP BY c.oid
    LOOP
        EXECUTE format('ALTER TABLE %%s OWNER TO %%I', item.name, owner);
        EXECUTE format('REVOKE ALL ON %%s FROM PUBLIC, %%I', item.name, server);
        EXECUTE format('GRANT SELECT, INSERT%%s%%s ON %%s TO %%I', CASE WHEN item.lives THEN ', UPDATE' ELSE '' END,
                       CASE WHEN item.ages THEN ', DELETE' ELSE '' END, item.name, server);
    END LOOP;
    FOR item IN
        SELECT DISTINCT d.objid::regclass AS name FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
        WHERE c.relkind = 'S' AND d.refobjid = ANY(evidence) AND d.deptype IN ('a', 'i')
    LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %%s TO %%I', item.name, server);
    END LOOP;
    FOR item IN
        SELECT DISTINCT tgfoid::regprocedure AS name FROM pg_trigger
        WHERE tgrelid = ANY(evidence) AND NOT tgisinternal AND tgname LIKE 'esign\\_%%'
    LOOP
        EXECUTE format('ALTER FUNCTION %%s OWNER TO %%I', item.name, owner);
    END LOOP;
    FOR item IN
        SELECT c.oid::regclass AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
               WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
        AND c.oid <> ALL(evidence) AND pg_get_userbyid(c.relowner) NOT IN (server, owner)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                        AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
    LOOP
        EXECUTE format('ALTER %%s %%s OWNER TO %%I', item.kind, item.name, server);
    END LOOP;
    FOR item IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND pg_get_userbyid(p.proowner) NOT IN (server, owner)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER ROUTINE %%s OWNER TO %%I', item.name, server);
    END LOOP;
    -- Who owns the schema may drop every table in it.
    EXECUTE format('ALTER SCHEMA public OWNER TO %%I', owner);
END $do$
"""
# Whether roles are apart: evidence there is, none of it is the server's, and the schema neither.
APART = """
SELECT count(*) > 0 AND bool_and(NOT pg_has_role(%s, relowner, 'USAGE'))
       AND NOT bool_or(pg_has_role(%s, (SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE'))
FROM pg_class WHERE oid IN (SELECT tgrelid FROM pg_trigger WHERE tgname LIKE 'esign\\_rows\\_%%')
"""


@dataclass(frozen=True)
class Roles:
    """Names of the roles.

    :param owner: of the evidence; nobody logs in as it.
    :param server: as which the server logs in.
    :param tester: as which the tests of the addons log in: the server's rights, and the owner's on demand. '' for none.
    :param password: of the two that log in; '' where the server asks for none.
    """

    owner: str = 'esign_owner'
    server: str = 'esign_server'
    tester: str = ''
    password: str = ''

    def make(self, query) -> None:
        """Make what is missing. ``query``: runs SQL with values, as one who may create roles."""
        query(MAKE, self.owner, self.server, self.tester, self.password)

    def protect(self, query) -> None:
        """Give every table of a database to whom it belongs; repeated without harm."""
        query(PROTECT, self.owner, self.server)

    def are_apart(self, query) -> bool:
        """Whether the server's role of a database cannot touch its evidence."""
        return bool(query(APART, self.server, self.server)[0][0])


def main() -> None:
    """Inside a container: connection from libpq's variables, as the role that installs."""
    import psycopg2

    password = Path(os.environ['ESIGN_SERVER_PASSWORD_FILE']).read_text(encoding='utf-8').strip()
    connection = psycopg2.connect(dbname=sys.argv[1], connect_timeout=10)

    def query(sql: str, *values: str) -> list[tuple]:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    roles = Roles(server=os.environ['ESIGN_SERVER_ROLE'], password=password)
    roles.make(query)
    roles.protect(query)
    if not roles.are_apart(query):
        sys.exit('The evidence is not apart from the role of the server.')


if __name__ == '__main__':
    main()
