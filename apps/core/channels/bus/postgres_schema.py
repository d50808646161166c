"""The tables and the function of the bus in PostgreSQL, in a schema of their own."""

from __future__ import annotations

from psycopg import Connection, sql

FUNCTION = "publish_1"
"""A change of the function needs a new number, since several releases may use one database."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.channel (
    name text COLLATE "C" PRIMARY KEY, epoch text NOT NULL, "offset" bigint NOT NULL, at float8 NOT NULL,
    retained_id bigint, history_size integer NOT NULL, history_age_s float8 NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS {schema}.publication (
    id bigint PRIMARY KEY, channel text COLLATE "C" NOT NULL, "offset" bigint NOT NULL, epoch text NOT NULL,
    at float8 NOT NULL, data bytea NOT NULL, UNIQUE (channel, epoch, "offset")
);
CREATE INDEX IF NOT EXISTS publication_at ON {schema}.publication (at);
CREATE TABLE IF NOT EXISTS {schema}.log (id bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO {schema}.log SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM {schema}.log);
CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.life (generation text NOT NULL);
INSERT INTO {schema}.life SELECT md5(random()::text) WHERE NOT EXISTS (SELECT 1 FROM {schema}.life);
"""
_IS_THERE = """
SELECT 1 FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = %s AND proname = %s
"""
# The one row of "log" is locked from the first statement to the commit, so ids are dense and in the
# order of the commits. "life" is emptied by the server's crash recovery and by a fail-over, which may
# have lost the newest commits and with them their numbers: all channels then begin new epochs.
_PUBLISH = """
CREATE OR REPLACE FUNCTION {schema}.{function}(
    channels text[], datas bytea[], retains boolean[], sizes integer[], ages float8[], fresh text
) RETURNS TABLE (new_epoch text, new_offset bigint) LANGUAGE plpgsql AS $body$
DECLARE
    last_id bigint;
    now_s float8;
BEGIN
    UPDATE {schema}.log SET id = id + cardinality(channels) RETURNING id - cardinality(channels) INTO last_id;
    IF NOT EXISTS (SELECT 1 FROM {schema}.life) THEN
        INSERT INTO {schema}.life VALUES (fresh);
        UPDATE {schema}.channel SET epoch = fresh, "offset" = 0;
    END IF;
    now_s := extract(epoch FROM clock_timestamp());
    FOR i IN 1 .. cardinality(channels) LOOP
        INSERT INTO {schema}.channel AS known
            (name, epoch, "offset", at, retained_id, history_size, history_age_s)
        VALUES (channels[i], fresh, 1, now_s, CASE WHEN retains[i] THEN last_id + i END, sizes[i], ages[i])
        ON CONFLICT (name) DO UPDATE SET "offset" = known."offset" + 1, at = excluded.at,
            history_size = excluded.history_size, history_age_s = excluded.history_age_s,
            retained_id = coalesce(excluded.retained_id, known.retained_id)
        RETURNING known.epoch, known."offset" INTO new_epoch, new_offset;
        INSERT INTO {schema}.publication (id, channel, "offset", epoch, at, data)
        VALUES (last_id + i, channels[i], new_offset, new_epoch, now_s, datas[i]);
        RETURN NEXT;
    END LOOP;
    PERFORM pg_notify({bell}, '');
END
$body$
"""


def ensure_schema(connection: Connection, schema: str) -> None:
    """Make what is not there yet; several processes may try at once."""
    names = {
        "schema": sql.Identifier(schema),
        "function": sql.Identifier(FUNCTION),
        "bell": sql.Literal(schema),
    }
    known = connection.execute(_IS_THERE, (schema, FUNCTION))
    if known.fetchone() is not None:
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"smallweb {schema}",))
        for text in (_TABLES, _PUBLISH):
            connection.execute(sql.SQL(text).format(**names))
