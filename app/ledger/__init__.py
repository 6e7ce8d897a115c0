"""Everything that touches PostgreSQL: named SQL, migrations, the group-commit journal.

One file a subject, one `.sql` file beside it in `sql/`. Nobody else imports asyncpg.
"""
