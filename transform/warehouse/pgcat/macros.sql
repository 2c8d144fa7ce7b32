-- PostgreSQL's functions that DuckDB lacks or answers differently. Macros are
-- not hygienic, so the aliases in their subqueries begin with two underscores.
CREATE MACRO pgcat."@~"(a, b) AS regexp_matches(a, b);
CREATE MACRO pgcat."@~*"(a, b) AS regexp_matches(a, b, 'i');
CREATE MACRO pgcat."@!~"(a, b) AS NOT regexp_matches(a, b);
CREATE MACRO pgcat."@!~*"(a, b) AS NOT regexp_matches(a, b, 'i');
CREATE MACRO pgcat.version() AS 'PostgreSQL 15.8 (ticketmill)';
CREATE MACRO pgcat.quote_ident(a) AS CASE WHEN regexp_full_match(a, '[a-z_][a-z0-9_$]*') THEN a ELSE '"' || replace(a, '"', '""') || '"' END;
CREATE MACRO pgcat.quote_literal(a) AS '''' || replace(a::VARCHAR, '''', '''''') || '''';
CREATE MACRO pgcat.quote_nullable(a) AS coalesce('''' || replace(a::VARCHAR, '''', '''''') || '''', 'NULL');
CREATE MACRO pgcat.parse_ident(a) AS list_transform(string_split(a, '.'), lambda __x: CASE WHEN __x LIKE '"%"' THEN replace(__x[2:-2], '""', '"') ELSE lower(__x) END),
    (a, strict) AS list_transform(string_split(a, '.'), lambda __x: CASE WHEN __x LIKE '"%"' THEN replace(__x[2:-2], '""', '"') ELSE lower(__x) END);
CREATE MACRO pgcat.string_to_array(a, b) AS string_split(a, b);
CREATE MACRO pgcat.array_lower(a, d) AS CASE WHEN d = 1 AND len(a) > 0 THEN 1 END;
CREATE MACRO pgcat.array_upper(a, d) AS CASE WHEN d = 1 AND len(a) > 0 THEN len(a)::INTEGER END;
CREATE MACRO pgcat.array_length(a) AS len(a),
    (a, d) AS CASE WHEN d = 1 AND len(a) > 0 THEN len(a)::INTEGER END;
CREATE MACRO pgcat.cardinality(a) AS len(a)::INTEGER;
CREATE MACRO pgcat.array_ndims(a) AS CASE WHEN len(a) > 0 THEN 1 END;
CREATE MACRO pgcat.array_remove(a, b) AS list_filter(a, lambda __x: __x IS DISTINCT FROM b);
CREATE MACRO pgcat._pg_expandarray(a) AS unnest(list_transform(a, lambda __x, __i: {'x': __x, 'n': __i}));
CREATE MACRO pgcat.current_schemas(a) AS ['marts', 'ops'];
CREATE MACRO pgcat.format_type(o, m) AS CASE o
    WHEN 16 THEN 'boolean' WHEN 18 THEN '"char"' WHEN 20 THEN 'bigint' WHEN 21 THEN 'smallint' WHEN 23 THEN 'integer'
    WHEN 700 THEN 'real' WHEN 701 THEN 'double precision' WHEN 1042 THEN 'character' WHEN 1043 THEN 'character varying'
    WHEN 1083 THEN 'time without time zone' WHEN 1114 THEN 'timestamp without time zone'
    WHEN 1184 THEN 'timestamp with time zone' WHEN 1266 THEN 'time with time zone'
    WHEN 1700 THEN CASE WHEN m > 4 THEN 'numeric(' || ((m - 4) >> 16) || ',' || ((m - 4) & 65535) || ')' ELSE 'numeric' END
    WHEN 1000 THEN 'boolean[]' WHEN 1005 THEN 'smallint[]' WHEN 1007 THEN 'integer[]' WHEN 1016 THEN 'bigint[]'
    WHEN 1021 THEN 'real[]' WHEN 1022 THEN 'double precision[]' WHEN 1115 THEN 'timestamp without time zone[]'
    WHEN 1185 THEN 'timestamp with time zone[]' WHEN 1009 THEN 'text[]' WHEN 1015 THEN 'character varying[]'
    ELSE (SELECT CASE WHEN __t.typcategory = 'A' THEN __t.typname[2:] || '[]' ELSE __t.typname END FROM pgcat.pg_type AS __t WHERE __t.oid = o) END;
CREATE MACRO pgcat.to_regclass(a) AS (
    SELECT min(__c.oid) FROM pgcat.pg_class AS __c INNER JOIN pgcat.pg_namespace AS __n ON __c.relnamespace = __n.oid
    WHERE (__n.nspname || '.' || __c.relname = replace(a, '"', '')) OR (__c.relname = replace(a, '"', '') AND __n.nspname IN ('marts', 'ops', 'pg_catalog')));
CREATE MACRO pgcat.to_regtype(a) AS (SELECT min(__t.oid) FROM pgcat.pg_type AS __t WHERE __t.typname = replace(a, 'pg_catalog.', '') OR pgcat.format_type(__t.oid, NULL) = a);
CREATE MACRO pgcat.to_regnamespace(a) AS (SELECT min(__n.oid) FROM pgcat.pg_namespace AS __n WHERE __n.nspname = replace(a, '"', ''));
CREATE MACRO pgcat.to_regrole(a) AS (SELECT min(__r.oid) FROM pgcat.pg_authid AS __r WHERE __r.rolname = replace(a, '"', ''));
CREATE MACRO pgcat.to_regproc(a) AS NULL::BIGINT;
CREATE MACRO pgcat.to_regprocedure(a) AS NULL::BIGINT;
CREATE MACRO pgcat.regclass_name(o) AS coalesce((
    SELECT CASE WHEN __n.nspname IN ('marts', 'ops', 'pg_catalog') THEN __c.relname ELSE __n.nspname || '.' || __c.relname END
    FROM pgcat.pg_class AS __c INNER JOIN pgcat.pg_namespace AS __n ON __c.relnamespace = __n.oid WHERE __c.oid::VARCHAR = (o)::VARCHAR), (o)::VARCHAR);
CREATE MACRO pgcat.regtype_name(o) AS pgcat.format_type(try_cast(o AS BIGINT), NULL);
CREATE MACRO pgcat.regnamespace_name(o) AS coalesce((SELECT __n.nspname FROM pgcat.pg_namespace AS __n WHERE __n.oid::VARCHAR = (o)::VARCHAR), (o)::VARCHAR);
CREATE MACRO pgcat.regrole_name(o) AS coalesce((SELECT __r.rolname FROM pgcat.pg_authid AS __r WHERE __r.oid::VARCHAR = (o)::VARCHAR), (o)::VARCHAR);
CREATE MACRO pgcat.regproc_name(o) AS (o)::VARCHAR;
CREATE MACRO pgcat.regprocedure_name(o) AS (o)::VARCHAR;
CREATE MACRO pgcat.regoper_name(o) AS (o)::VARCHAR;
CREATE MACRO pgcat.regoperator_name(o) AS (o)::VARCHAR;
CREATE MACRO pgcat.pg_get_userbyid(o) AS CASE o WHEN 10 THEN 'ticketmill' ELSE 'unknown (OID=' || o || ')' END;
CREATE MACRO pgcat.pg_table_is_visible(o) AS (
    SELECT __n.nspname IN ('marts', 'ops', 'pg_catalog') FROM pgcat.pg_class AS __c INNER JOIN pgcat.pg_namespace AS __n ON __c.relnamespace = __n.oid WHERE __c.oid = o);
CREATE MACRO pgcat.pg_type_is_visible(o) AS true;
CREATE MACRO pgcat.pg_function_is_visible(o) AS true;
CREATE MACRO pgcat.pg_operator_is_visible(o) AS true;
CREATE MACRO pgcat.pg_opclass_is_visible(o) AS true;
CREATE MACRO pgcat.pg_collation_is_visible(o) AS true;
CREATE MACRO pgcat.pg_statistics_obj_is_visible(o) AS true;
CREATE MACRO pgcat.pg_relation_is_publishable(o) AS false;
CREATE MACRO pgcat.obj_description(o) AS (SELECT min(__d.description) FROM pgcat.pg_description AS __d WHERE __d.objoid = o AND __d.objsubid = 0),
    (o, c) AS (SELECT min(__d.description) FROM pgcat.pg_description AS __d WHERE __d.objoid = o AND __d.objsubid = 0);
CREATE MACRO pgcat.col_description(o, n) AS (SELECT min(__d.description) FROM pgcat.pg_description AS __d WHERE __d.objoid = o AND __d.objsubid = n);
CREATE MACRO pgcat.shobj_description(o, c) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_expr(a, o) AS NULL::VARCHAR, (a, o, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_viewdef(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_constraintdef(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_indexdef(o) AS NULL::VARCHAR, (o, c, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_triggerdef(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_ruledef(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_partkeydef(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_statisticsobjdef_columns(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_functiondef(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_function_result(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_function_arguments(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_function_identity_arguments(o) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_get_serial_sequence(a, b) AS NULL::VARCHAR;
CREATE MACRO pgcat.pg_setting(a) AS (SELECT min(__s.setting) FROM pgcat.pg_settings AS __s WHERE __s.name = a),
    (a, m) AS (SELECT min(__s.setting) FROM pgcat.pg_settings AS __s WHERE __s.name = a);
CREATE MACRO pgcat.getdatabaseencoding() AS 'UTF8';
CREATE MACRO pgcat.pg_client_encoding() AS 'UTF8';
CREATE MACRO pgcat.pg_encoding_to_char(a) AS CASE a WHEN 6 THEN 'UTF8' END;
CREATE MACRO pgcat.pg_char_to_encoding(a) AS CASE a WHEN 'UTF8' THEN 6 ELSE -1 END;
CREATE MACRO pgcat.pg_tablespace_location(o) AS '';
CREATE MACRO pgcat.pg_is_in_recovery() AS false;
CREATE MACRO pgcat.pg_is_wal_replay_paused() AS false;
CREATE MACRO pgcat.pg_is_other_temp_schema(o) AS false;
CREATE MACRO pgcat.pg_my_temp_schema() AS 0;
CREATE MACRO pgcat.pg_postmaster_start_time() AS NULL::TIMESTAMPTZ;
CREATE MACRO pgcat.pg_relation_size(o) AS 0::BIGINT, (o, f) AS 0::BIGINT;
CREATE MACRO pgcat.pg_total_relation_size(o) AS 0::BIGINT;
CREATE MACRO pgcat.pg_table_size(o) AS 0::BIGINT;
CREATE MACRO pgcat.pg_indexes_size(o) AS 0::BIGINT;
CREATE MACRO pgcat.pg_database_size(o) AS 0::BIGINT;
CREATE MACRO pgcat.pg_size_pretty(a) AS a || ' bytes';
CREATE MACRO pgcat.pg_stat_get_numscans(o) AS 0::BIGINT;
CREATE MACRO pgcat.txid_current() AS 1::BIGINT;
CREATE MACRO pgcat.inet_server_addr() AS NULL::VARCHAR;
CREATE MACRO pgcat.inet_server_port() AS NULL::INTEGER;
CREATE MACRO pgcat.inet_client_addr() AS NULL::VARCHAR;
CREATE MACRO pgcat.has_schema_privilege(s, p) AS true, (u, s, p) AS true;
CREATE MACRO pgcat.has_table_privilege(s, p) AS lower(p) LIKE 'select%', (u, s, p) AS lower(p) LIKE 'select%';
CREATE MACRO pgcat.has_any_column_privilege(s, p) AS lower(p) LIKE 'select%', (u, s, p) AS lower(p) LIKE 'select%';
CREATE MACRO pgcat.has_column_privilege(t, c, p) AS lower(p) LIKE 'select%', (u, t, c, p) AS lower(p) LIKE 'select%';
CREATE MACRO pgcat.has_database_privilege(s, p) AS lower(p) = 'connect', (u, s, p) AS lower(p) = 'connect';
CREATE MACRO pgcat.has_function_privilege(s, p) AS true, (u, s, p) AS true;
CREATE MACRO pgcat.pg_has_role(s, p) AS true, (u, s, p) AS true;
CREATE MACRO pgcat.statement_timestamp() AS now();
CREATE MACRO pgcat.clock_timestamp() AS now();
CREATE MACRO pgcat.timeofday() AS now()::VARCHAR;
CREATE MACRO pgcat.btrim(a) AS trim(a), (a, b) AS trim(a, b);
CREATE MACRO pgcat.initcap(a) AS array_to_string(list_transform(string_split(a, ' '), lambda __x: upper(__x[1]) || lower(__x[2:])), ' ');
CREATE MACRO pgcat.date_bin(w, t, o) AS time_bucket(w, t, o);
CREATE MACRO pgcat.width_bucket(v, a, b, n) AS CASE WHEN v < a THEN 0 WHEN v >= b THEN n + 1 ELSE floor((v - a) * n / (b - a))::INTEGER + 1 END;
CREATE MACRO pgcat.make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0) AS
    to_years(years::INTEGER) + to_months(months::INTEGER) + to_days((weeks * 7 + days)::INTEGER) + to_hours(hours::BIGINT) + to_minutes(mins::BIGINT) + to_seconds(secs::DOUBLE);
CREATE MACRO pgcat.pg_get_keywords() AS TABLE SELECT __k.keyword_name AS word, 'U' AS catcode, true AS barelabel, 'unreserved' AS catdesc, 'can be bare label' AS baredesc FROM duckdb_keywords() AS __k;
CREATE MACRO pgcat.aclexplode(a) AS TABLE SELECT NULL::BIGINT AS grantor, NULL::BIGINT AS grantee, NULL::VARCHAR AS privilege_type, NULL::BOOLEAN AS is_grantable WHERE false;
CREATE MACRO pgcat.pg_options_to_table(a) AS TABLE SELECT NULL::VARCHAR AS option_name, NULL::VARCHAR AS option_value WHERE false;
