-- One row per change of a help-desk database's row, its columns read as what the tables of ticketmill's own messages mean.
-- key: _file, message_row
--
-- The configuration (tables) says what a table holds and which column is what;
-- else the usual names of help desks are tried. A row of a table that is not
-- about tickets has no type.
WITH mapped AS (
    SELECT
        r.*,
        coalesce(c.type, CASE
            WHEN regexp_matches(r.table_name, '(^|_)(comment|article|message|reply|replie|note)s?$') THEN 'comment'
            WHEN regexp_matches(r.table_name, 'survey|rating|satisfaction|csat|feedback') THEN 'survey'
            -- the table itself: ticket_states and ticket_tags have ids of their own
            WHEN regexp_matches(r.table_name, '(^|_)(ticket|issue|case|request|incident|conversation)s?$') THEN 'ticket'
        END) AS type,
        coalesce(c.columns, MAP {}::MAP(VARCHAR, VARCHAR)) AS m
    FROM staging.kafka_landed_row AS r
    LEFT JOIN (
        SELECT via, table_name, any_value(type) AS type, map_from_entries(list((field, column_name))) AS columns
        FROM config.table_column
        GROUP BY via, table_name
    ) AS c ON r.via = c.via AND r.table_name = c.table_name
    WHERE r.reject_reason IS NULL
)

SELECT
    _file,
    message_row,
    via,
    type,
    at_time,
    is_deleted,
    CASE WHEN type = 'ticket' THEN cell(cells, m['key'], ['key', 'id', 'ticket_id', 'number', 'ticket_number'])
        ELSE cell(cells, coalesce(m['ticket'], m['key']), ['ticket_id', 'ticket', 'issue_id', 'case_id', 'request_id', 'conversation_id', 'ticket_key', 'key'])
    END AS ticket_name,
    CASE WHEN type <> 'ticket' THEN cell(cells, m['id'], ['id', 'uuid', 'comment_id', 'survey_id']) END AS own_id,
    cell(cells, m['title'], ['_title', 'title', 'subject', 'summary']) AS title_redacted,
    cell(cells, m['body'], ['body', 'description', 'text', 'content', 'message']) AS body,
    cell(cells, m['status'], ['status', 'state', 'status_name']) AS status,
    CASE WHEN lower(cell(cells, m['status_category'], ['status_category'])) IN ('open', 'pending', 'resolved')
        THEN lower(cell(cells, m['status_category'], ['status_category'])) END AS status_category,
    cell(cells, m['priority'], ['priority', 'severity', 'urgency']) AS priority_raw,
    cell(cells, m['ticket_type'], ['ticket_type', 'type', 'category']) AS ticket_type,
    lower(cell(cells, m['channel'], ['channel', 'via', 'origin'])) AS channel,
    cell(cells, m['project'], ['project', 'queue', 'product', 'group']) AS project,
    cell(cells, m['component'], ['component']) AS component,
    TRY_CAST(cell(cells, m['labels'], ['labels', 'tags']) AS VARCHAR[]) AS labels,
    cell(cells, m['url'], ['url']) AS url,
    cell(cells, m['language'], ['language', 'locale']) AS language,
    cell(cells, m['team'], ['team', 'group_name']) AS team,
    cell(cells, m['customer_id'], ['customer_id', 'organization_id', 'organisation_id', 'account_id', 'company_id']) AS customer_id,
    cell(cells, m['customer_tier'], ['customer_tier', 'tier', 'plan']) AS customer_tier,
    real_time(any_utc(cell(cells, m['created_at'], ['created_at', 'created', 'created_on', 'create_time', 'opened_at']))) AS created_at,
    any_utc(cell(cells, m['updated_at'], ['updated_at', 'updated', 'updated_on', 'modified_at', 'change_time'])) AS updated_at,
    any_utc(cell(cells, m['resolved_at'], ['resolved_at', 'closed_at', 'solved_at', 'close_at'])) AS resolved_at,
    cell(cells, m['reporter'], ['reporter', 'reporter_id', 'requester', 'requester_id', 'customer', 'created_by', 'submitter_id']) AS reporter_id,
    cell(cells, m['assignee'], ['assignee', 'assignee_id', 'owner_id', 'agent_id', 'assigned_to']) AS assignee_id,
    cell(cells, m['author'], ['author', 'author_id', 'created_by', 'created_by_id', 'user_id', 'sender']) AS author_id,
    lower(cell(cells, m['author_role'], ['author_role', 'sender_type', 'author_type', 'role'])) AS author_role,
    coalesce(TRY_CAST(cell(cells, m['is_public'], ['is_public', 'public']) AS BOOLEAN),
        NOT TRY_CAST(cell(cells, NULL, ['internal', 'is_internal', 'private', 'is_private']) AS BOOLEAN), true) AS is_public,
    TRY_CAST(cell(cells, m['satisfaction_score'], ['satisfaction_score', 'score', 'rating']) AS DOUBLE) AS satisfaction_score
FROM mapped
