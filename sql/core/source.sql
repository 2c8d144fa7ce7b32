-- One row per source that a ticket may belong to: the configured ones and those that only messages name.
-- key: source
SELECT source, kind, base_url, support_model, include_pull_requests FROM config.source
UNION ALL
SELECT source, kind, base_url, support_model, include_pull_requests FROM staging.source
