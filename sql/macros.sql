-- Macros that the staging and core statements share. Each is one expression
-- with a name; none reads a table.

-- The UTC timestamp of an ISO 8601 text with an offset ("…+0000", "…Z",
-- "…+02:00"); null where it is none. Sessions run in UTC, so the cast is exact.
CREATE OR REPLACE MACRO to_utc(iso) AS TRY_CAST(iso AS TIMESTAMPTZ)::TIMESTAMP;

-- Plain text of a Jira body: wiki markup comes as a JSON string, the Atlassian
-- Document Format as a tree whose blocks become lines. The texts are taken in
-- the order of the document's own characters: a path like $..text would give
-- them by depth, so that nested lists and mentions end up in the wrong place.
CREATE OR REPLACE MACRO rich_text(body) AS CASE json_type(body)
    WHEN 'VARCHAR' THEN body ->> '$'
    WHEN 'OBJECT' THEN trim(('"' || array_to_string(regexp_extract_all(
        regexp_replace(body::VARCHAR, '"type":"(?:paragraph|heading|codeBlock|hardBreak)"', '"text":"\\n"', 'g'),
        '"text":"([^"\\]*(?:\\.[^"\\]*)*)"', 1), '') || '"')::JSON ->> '$', chr(10))
END;

-- The URLs in a text that may name another ticket.
CREATE OR REPLACE MACRO ticket_urls(txt) AS list_distinct(
    regexp_extract_all(txt, 'https?://[^\s<>"''|()\[\]]+/(?:issues/[0-9]+|browse/[A-Z][A-Z0-9_]+-[0-9]+)'));

-- open, pending or resolved from a status's name alone, for statuses that no
-- source describes any more. Pending means that the customer is to act.
CREATE OR REPLACE MACRO is_waiting_status(status_name) AS regexp_matches(lower(status_name),
    '(wait|await|pending|warte|attente|esper|等待|待).*(customer|reporter|requester|requestor|client|user|feedback|info|response|answer|kunde|melder|rückmeldung|cliente|客户|报告人|回复)'
    || '|kunden? .*wart|needs?[ -]?info');
CREATE OR REPLACE MACRO is_resolved_status(status_name) AS regexp_matches(lower(status_name),
    '^(done|closed|resolved|completed?|fixed|verified|released|cancell?ed|rejected|declined|won.?t (do|fix)|duplicate|erledigt|geschlossen|fermé|résolu|cerrado|resuelto|已关闭|已解决|完成)$');

-- urgent, high, normal, low or none from what sources call priority. Blocker
-- and critical stop work; major is above normal.
CREATE OR REPLACE MACRO priority_of(raw) AS CASE
    WHEN raw IS NULL THEN 'none'
    WHEN regexp_matches(lower(raw), 'blocker|critical|urgent|highest|emergency|\bp-?0\b|\bp-?1\b|sev-?1|kritisch|dringend|höchste|紧急') THEN 'urgent'
    WHEN regexp_matches(lower(raw), '\bhigh|major|important|\bp-?2\b|sev-?2|hoch|高') THEN 'high'
    WHEN regexp_matches(lower(raw), '\blow(est)?\b|minor|trivial|\bp-?[45]\b|sev-?[45]|niedrig|gering|低') THEN 'low'
    WHEN regexp_matches(lower(raw), 'medium|normal|moderate|\bp-?3\b|sev-?3|mittel|中') THEN 'normal'
    ELSE 'none'
END;

-- Whether a comment asks something back: its last words do, whatever courtesy
-- follows.
CREATE OR REPLACE MACRO is_question(txt) AS regexp_matches(lower(right(txt, 100)),
    '[?？][\s!.,)*_]*((many )?thanks|thank you|thx|cheers|(best|kind) regards|danke|merci|gracias|谢谢)?[\s!.,)*_]*$');

-- Whether a comment says no more than that the ticket is closed.
CREATE OR REPLACE MACRO is_bare_closing(txt) AS length(txt) <= 100 AND regexp_matches(lower(txt),
    '^[\s*_]*((i.?m |i am |we are )?closing|closed?|resolv(ed|ing)|done|marking|geschlossen|erledigt|fermé|cerrado|关闭|已关闭|已解决)'
    || '( (this|it|the|issue|ticket|bug|now|here|as|for|due|to|no|lack|of|further|recent|activity|response|feedback|reply|inactivity|stale|resolved|fixed|done|completed?|duplicate))*[\s!.。]*$');

-- Whether a reporter's reply says that the answer before it has helped, and nothing
-- that speaks against it.
CREATE OR REPLACE MACRO is_thanks(txt) AS length(txt) <= 300
    AND regexp_matches(lower(txt), '\b(thanks|thank you|thx|solved|danke|merci|gracias|obrigad[oa])\b|\b(works|working|fixed|fine) now\b'
        || '|\bthat (worked|works|helped|did it|fixed it)\b|谢谢|感谢|解决了|可以了|ありがとう|спасибо|감사')
    AND NOT regexp_matches(lower(txt), '\b(but|still|however|unfortunately|aber|leider|mais|pero)\b|[?？]|n.t (work|help)|\bnot (work|help|solv|fix)|不行|没有|但|还是');

-- Whole seconds from one moment to a later one; never negative, null where one is.
-- Compared first, because greatest() passes over nulls.
CREATE OR REPLACE MACRO seconds_between(since, till) AS
    CASE WHEN till > since THEN date_diff('second', since, till) WHEN till <= since THEN 0 END::BIGINT;

-- Working seconds between two moments, told by what was worked until each.
CREATE OR REPLACE MACRO worked_between(since, till) AS
    CASE WHEN till > since THEN till - since WHEN till <= since THEN 0 END::BIGINT;

-- The calendar day of a UTC moment in the configured time zone.
CREATE OR REPLACE MACRO local_day(utc, zone) AS (utc AT TIME ZONE 'UTC' AT TIME ZONE zone)::DATE;

-- Landing order as one number: the file's place among the landed files, then
-- the row inside it.
CREATE OR REPLACE MACRO landed_place(file_no, row_no) AS file_no::BIGINT * 4294967296 + row_no;

-- What somebody is to a ticket: bot, reporter (or somebody of the same customer,
-- where a feed says so), agent (by role or because tickets of the project are
-- assigned to them), community; null for accounts that are gone.
CREATE OR REPLACE MACRO role_on_ticket(actor_id, known_role, reporter_id, is_assignee) AS CASE
    WHEN actor_id IS NULL THEN NULL
    WHEN known_role = 'bot' THEN 'bot'
    WHEN actor_id = reporter_id OR known_role = 'customer' THEN 'reporter'
    WHEN known_role = 'agent' OR is_assignee THEN 'agent'
    ELSE 'community'
END;

-- The first label that matches a pattern.
CREATE OR REPLACE MACRO label_like(labels, pattern) AS
    list_extract(list_filter(labels, lambda l: regexp_matches(lower(l), pattern)), 1);

-- What GitHub's labels say of an issue: its component, its type (GitHub's own
-- issue types are young; a label says it where they are not used), its priority.
CREATE OR REPLACE MACRO github_component(labels) AS
    nullif(regexp_extract(label_like(labels, '^(component|area|module)\s*[:/]'), '[:/]\s*(.+)$', 1), '');
CREATE OR REPLACE MACRO github_ticket_type(type_name, labels) AS coalesce(type_name, label_like(labels,
    '^(type\s*[:/]\s*)?(bug|enhancement|feature|feature request|question|documentation|docs|support|security)$'));
CREATE OR REPLACE MACRO github_priority(labels) AS label_like(labels,
    '^(priority|prio|severity|sev)\b|^p-?[0-5]\b|^p-(high|medium|low|critical)$|^(blocker|critical|urgent)$');

-- The role that GitHub's association with the repository gives, where nothing
-- else has told one.
CREATE OR REPLACE MACRO github_role(known_role, association) AS CASE
    WHEN known_role IS NOT NULL THEN known_role
    WHEN association IN ('OWNER', 'MEMBER', 'COLLABORATOR') THEN 'agent'
END;

-- Who is named by a value that is a text, or an object that the privacy border
-- has given the member _actor; any other value as its own text.
CREATE OR REPLACE MACRO person_id(j) AS CASE json_type(j)
    WHEN 'NULL' THEN NULL
    WHEN 'OBJECT' THEN j ->> '_actor'
    ELSE j ->> '$'
END;

-- The UTC timestamp of what a database column may hold: ISO text with or
-- without an offset, or an epoch in seconds, milli-, micro- or nanoseconds.
CREATE OR REPLACE MACRO any_utc(txt) AS CASE
    WHEN TRY_CAST(txt AS BIGINT) IS NULL THEN TRY_CAST(txt AS TIMESTAMPTZ)::TIMESTAMP
    WHEN abs(TRY_CAST(txt AS HUGEINT)) < 100000000000 THEN make_timestamp(TRY_CAST(txt AS BIGINT) * 1000000)
    WHEN abs(TRY_CAST(txt AS HUGEINT)) < 100000000000000 THEN make_timestamp(TRY_CAST(txt AS BIGINT) * 1000)
    WHEN abs(TRY_CAST(txt AS HUGEINT)) < 100000000000000000 THEN make_timestamp(TRY_CAST(txt AS BIGINT))
    ELSE make_timestamp(TRY_CAST(txt AS BIGINT) // 1000)
END;

-- A time that may be one. Programs write the year 1 or 1970 for "unknown", and
-- each day since then would be a row of the backlog.
CREATE OR REPLACE MACRO real_time(utc) AS CASE WHEN utc >= TIMESTAMP '1980-01-01' THEN utc END;

-- What identifies a comment that a feed tells of: its own id, or when it was made,
-- by whom, and its text.
CREATE OR REPLACE MACRO said_comment_id(ref, own_id, created_at, at_time, author_id, txt) AS
    ref || ':' || coalesce(own_id, md5(concat_ws('|', coalesce(created_at, at_time), author_id, txt)));

-- The first of the named columns of a database row that is there and not null;
-- a column that the configuration names goes alone.
CREATE OR REPLACE MACRO cell(cells, mapped, names) AS CASE
    WHEN mapped IS NOT NULL THEN person_id(json_extract(cells, mapped))
    ELSE list_filter(list_transform(names, lambda n: person_id(json_extract(cells, n))), lambda v: v IS NOT NULL)[1]
END;
