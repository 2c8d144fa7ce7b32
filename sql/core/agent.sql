-- One row per source, project and person who answers for the vendor there.
-- key: source, project?, actor_id
--
-- Several kinds may tell of one source: its API and its webhooks.
SELECT DISTINCT source, project, actor_id FROM staging.agent
