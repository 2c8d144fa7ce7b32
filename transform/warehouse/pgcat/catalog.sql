-- Fills the relations that clients read. source_column has every column there
-- is to be shown; the catalogue's own are among them.
CREATE TEMP TABLE source_namespace AS
SELECT
    nsp,
    CASE nsp
        WHEN 'pg_catalog' THEN 11
        WHEN 'information_schema' THEN 13000
        WHEN 'public' THEN 2200
        ELSE 16000 + row_number() OVER (ORDER BY nsp)
    END AS oid
FROM (SELECT DISTINCT nsp FROM source_column UNION SELECT 'public' UNION SELECT 'marts' UNION SELECT 'ops');

CREATE TEMP TABLE source_relation AS
SELECT
    r.nsp,
    n.oid AS relnamespace,
    r.rel,
    r.columns,
    CASE r.rel
        WHEN 'pg_type' THEN 1247
        WHEN 'pg_attribute' THEN 1249
        WHEN 'pg_proc' THEN 1255
        WHEN 'pg_class' THEN 1259
        WHEN 'pg_database' THEN 1262
        WHEN 'pg_authid' THEN 1260
        WHEN 'pg_namespace' THEN 2615
        WHEN 'pg_constraint' THEN 2606
        ELSE CASE WHEN r.nsp IN ('pg_catalog', 'information_schema') THEN 14000 ELSE 16384 END
            + row_number() OVER (PARTITION BY r.nsp IN ('pg_catalog', 'information_schema') ORDER BY r.nsp, r.rel)
    END AS oid,
    coalesce(t.estimated_size, 0) AS rows
FROM (SELECT nsp, rel, count(*) AS columns FROM source_column GROUP BY ALL) AS r
INNER JOIN source_namespace AS n ON r.nsp = n.nsp
LEFT JOIN duckdb_tables() AS t ON r.nsp = t.schema_name AND r.rel = t.table_name AND NOT t.temporary;

INSERT INTO pgcat.pg_namespace BY NAME SELECT oid, nsp AS nspname, 10 AS nspowner FROM source_namespace;

INSERT INTO pgcat.pg_class BY NAME
SELECT
    oid,
    rel AS relname,
    relnamespace,
    0 AS reltype,
    0 AS reloftype,
    10 AS relowner,
    2 AS relam,
    oid AS relfilenode,
    0 AS reltablespace,
    greatest(1, rows // 100)::INTEGER AS relpages,
    rows::REAL AS reltuples,
    0 AS relallvisible,
    0 AS reltoastrelid,
    false AS relhasindex,
    false AS relisshared,
    'p' AS relpersistence,
    CASE WHEN nsp = 'information_schema' THEN 'v' ELSE 'r' END AS relkind,
    columns AS relnatts,
    0 AS relchecks,
    false AS relhasrules,
    false AS relhastriggers,
    false AS relhassubclass,
    false AS relrowsecurity,
    false AS relforcerowsecurity,
    true AS relispopulated,
    'n' AS relreplident,
    false AS relispartition,
    0 AS relrewrite
FROM source_relation;

INSERT INTO pgcat.pg_attribute BY NAME
SELECT
    r.oid AS attrelid,
    c.att AS attname,
    c.typ AS atttypid,
    -1 AS attstattarget,
    c.len AS attlen,
    c.num AS attnum,
    CASE WHEN t.typcategory = 'A' THEN 1 ELSE 0 END AS attndims,
    -1 AS attcacheoff,
    c.typmod AS atttypmod,
    t.typbyval AS attbyval,
    t.typalign AS attalign,
    t.typstorage AS attstorage,
    '' AS attcompression,
    NOT c.is_null AS attnotnull,
    false AS atthasdef,
    false AS atthasmissing,
    '' AS attidentity,
    '' AS attgenerated,
    false AS attisdropped,
    true AS attislocal,
    0 AS attinhcount,
    t.typcollation AS attcollation
FROM source_column AS c
INNER JOIN source_relation AS r ON c.nsp = r.nsp AND c.rel = r.rel
LEFT JOIN pgcat.pg_type AS t ON c.typ = t.oid;

INSERT INTO pgcat.pg_description BY NAME
SELECT r.oid AS objoid, 1259 AS classoid, 0 AS objsubid, d.description
FROM source_description AS d
INNER JOIN source_relation AS r ON d.nsp = r.nsp AND d.rel = r.rel;

INSERT INTO pgcat.pg_database BY NAME
SELECT
    16380 AS oid,
    'ticketmill' AS datname,
    10 AS datdba,
    6 AS encoding,
    'c' AS datlocprovider,
    false AS datistemplate,
    true AS datallowconn,
    -1 AS datconnlimit,
    1663 AS dattablespace,
    'C' AS datcollate,
    'C' AS datctype;

INSERT INTO pgcat.pg_authid BY NAME
SELECT
    x.oid,
    x.rolname,
    false AS rolsuper,
    true AS rolinherit,
    false AS rolcreaterole,
    false AS rolcreatedb,
    x.oid = 10 AS rolcanlogin,
    false AS rolreplication,
    false AS rolbypassrls,
    -1 AS rolconnlimit
FROM (VALUES (10, 'ticketmill'), (16370, 'viewer'), (16371, 'analyst')) AS x(oid, rolname);

INSERT INTO pgcat.pg_roles BY NAME
SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, '********' AS rolpassword
FROM pgcat.pg_authid;

INSERT INTO pgcat.pg_user BY NAME
SELECT rolname AS usename, oid AS usesysid, false AS usecreatedb, false AS usesuper, false AS userepl, false AS usebypassrls, '********' AS passwd
FROM pgcat.pg_authid WHERE rolcanlogin;

INSERT INTO pgcat.pg_tablespace BY NAME
SELECT x.oid, x.spcname, 10 AS spcowner FROM (VALUES (1663, 'pg_default'), (1664, 'pg_global')) AS x(oid, spcname);

INSERT INTO pgcat.pg_am BY NAME SELECT 2 AS oid, 'heap' AS amname, 'heap_tableam_handler' AS amhandler, 't' AS amtype;

INSERT INTO pgcat.pg_language BY NAME
SELECT 12 AS oid, 'internal' AS lanname, 10 AS lanowner, false AS lanispl, false AS lanpltrusted;

INSERT INTO pgcat.pg_collation BY NAME
SELECT x.oid, x.collname, 11 AS collnamespace, 10 AS collowner, 'c' AS collprovider, true AS collisdeterministic, -1 AS collencoding, 'C' AS collcollate, 'C' AS collctype
FROM (VALUES (100, 'default'), (950, 'C'), (951, 'POSIX')) AS x(oid, collname);

INSERT INTO pgcat.pg_settings BY NAME
SELECT x.name, x.setting, 'default' AS source, 'user' AS context, 'string' AS vartype
FROM (VALUES
    ('server_version', '15.8'), ('server_version_num', '150008'), ('server_encoding', 'UTF8'),
    ('client_encoding', 'UTF8'), ('max_index_keys', '32'), ('max_identifier_length', '63'),
    ('standard_conforming_strings', 'on'), ('default_transaction_read_only', 'on'),
    ('DateStyle', 'ISO, MDY'), ('TimeZone', 'UTC'), ('search_path', 'marts, ops')) AS x(name, setting);

INSERT INTO pgcat.pg_tables BY NAME
SELECT nsp AS schemaname, rel AS tablename, 'ticketmill' AS tableowner, false AS hasindexes, false AS hasrules, false AS hastriggers, false AS rowsecurity
FROM source_relation WHERE nsp <> 'information_schema';

INSERT INTO pgcat.pg_stat_user_tables BY NAME
SELECT oid AS relid, nsp AS schemaname, rel AS relname, rows AS n_live_tup, 0 AS n_dead_tup
FROM source_relation WHERE nsp NOT IN ('pg_catalog', 'information_schema');

INSERT INTO pgcat.is_schemata BY NAME
SELECT 'ticketmill' AS catalog_name, nsp AS schema_name, 'ticketmill' AS schema_owner FROM source_namespace;

INSERT INTO pgcat.is_tables BY NAME
SELECT
    'ticketmill' AS table_catalog,
    nsp AS table_schema,
    rel AS table_name,
    CASE WHEN nsp = 'information_schema' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type,
    'NO' AS is_insertable_into,
    'NO' AS is_typed
FROM source_relation;

INSERT INTO pgcat.is_columns BY NAME
SELECT
    'ticketmill' AS table_catalog,
    c.nsp AS table_schema,
    c.rel AS table_name,
    c.att AS column_name,
    c.num AS ordinal_position,
    CASE WHEN c.is_null THEN 'YES' ELSE 'NO' END AS is_nullable,
    CASE c.typ
        WHEN 16 THEN 'boolean' WHEN 20 THEN 'bigint' WHEN 21 THEN 'smallint' WHEN 23 THEN 'integer'
        WHEN 700 THEN 'real' WHEN 701 THEN 'double precision' WHEN 1083 THEN 'time without time zone'
        WHEN 1114 THEN 'timestamp without time zone' WHEN 1184 THEN 'timestamp with time zone'
        WHEN 1266 THEN 'time with time zone'
        ELSE CASE WHEN t.typcategory = 'A' THEN 'ARRAY' ELSE t.typname END
    END AS data_type,
    CASE c.typ WHEN 20 THEN 64 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 700 THEN 24 WHEN 701 THEN 53
        WHEN 1700 THEN CASE WHEN c.typmod > 0 THEN (c.typmod - 4) >> 16 END END AS numeric_precision,
    CASE WHEN c.typ IN (20, 21, 23) THEN 0 WHEN c.typ = 1700 AND c.typmod > 0 THEN (c.typmod - 4) & 65535 END AS numeric_scale,
    CASE WHEN c.typ IN (1083, 1114, 1184, 1266) THEN 6 WHEN c.typ = 1082 THEN 0 END AS datetime_precision,
    'ticketmill' AS udt_catalog,
    'pg_catalog' AS udt_schema,
    t.typname AS udt_name,
    c.num::VARCHAR AS dtd_identifier,
    'NO' AS is_self_referencing,
    'NO' AS is_identity,
    'NEVER' AS is_generated,
    'NO' AS is_updatable
FROM source_column AS c
LEFT JOIN pgcat.pg_type AS t ON c.typ = t.oid;

INSERT INTO pgcat.is_table_privileges BY NAME
SELECT 'ticketmill' AS grantor, 'PUBLIC' AS grantee, 'ticketmill' AS table_catalog, nsp AS table_schema, rel AS table_name,
    'SELECT' AS privilege_type, 'NO' AS is_grantable, 'YES' AS with_hierarchy
FROM source_relation;

INSERT INTO pgcat.is_enabled_roles BY NAME SELECT 'viewer' AS role_name;

INSERT INTO pgcat.is_information_schema_catalog_name BY NAME SELECT 'ticketmill' AS catalog_name;
