-- One event a call of a model, in the place of one row a turn.
CREATE TABLE usage_events (
  id TEXT PRIMARY KEY NOT NULL,
  turn_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  key_id TEXT,
  tier TEXT NOT NULL,
  conversation_id TEXT,
  purpose TEXT NOT NULL,
  feature TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  outcome TEXT NOT NULL,         -- completed | failed | cancelled
  error TEXT,                    -- the provider's failure, by its kind
  turn_status TEXT,              -- on the last event of a turn's answer; null on all others
  turn_error TEXT,
  cached TEXT,                   -- exact | semantic: no model was asked
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  cost INTEGER,                  -- millionths of a US dollar; null where the price is not known
  latency_ms INTEGER NOT NULL,
  ttft_ms INTEGER
);
INSERT INTO usage_events
SELECT turn_id,
       CASE WHEN instr(turn_id, ':') > 0 THEN substr(turn_id, 1, instr(turn_id, ':') - 1) ELSE turn_id END,
       at, tenant_id, user_id, key_id, tier, conversation_id, purpose,
       CASE WHEN conversation_id IS NULL THEN 'direct' ELSE 'chat' END,
       provider, model, status, NULL,
       CASE WHEN purpose = 'chat' THEN status END, error_code,
       NULL, prompt_tokens, completion_tokens, 0, 0, 0,
       CASE WHEN priced THEN cost WHEN prompt_tokens + completion_tokens = 0 THEN 0 END, 0, NULL
FROM usage;
DROP TABLE usage;
CREATE INDEX usage_events_at ON usage_events (at);
CREATE INDEX usage_events_tenant ON usage_events (tenant_id, at);
CREATE INDEX usage_events_user ON usage_events (user_id, tenant_id, at);
