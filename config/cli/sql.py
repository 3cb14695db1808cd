"""Run by the environment's Python: one SQL statement from stdin (JSON: [sql, values]), rows as JSON to stdout.

Connection from libpq's environment variables; the database's name is the argument.
"""

import json
import sys

import psycopg2


def main() -> None:
    sql, values = json.load(sys.stdin)
    try:
        connection = psycopg2.connect(dbname=sys.argv[1], connect_timeout=10)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            rows = cursor.fetchall() if cursor.description else []
    except psycopg2.Error as error:
        sys.exit(str(error).strip())
    json.dump(rows, sys.stdout)


if __name__ == '__main__':
    main()
