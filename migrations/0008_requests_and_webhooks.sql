-- Requests that were answered before they were done: whose they are, and which turn runs them. What was
-- said is in the conversation's object.
CREATE TABLE requests (
  track_id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  conversation_id TEXT,            -- null while it waits for its turn in a batch
  turn_id TEXT,
  batch_id TEXT,
  status TEXT NOT NULL,            -- processing | completed | failed | timeout | cancelled
  error TEXT,                      -- a sentence
  waiting TEXT,                    -- JSON: what is to be sent, and who asked, while it waits in a batch
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX requests_user ON requests (tenant_id, user_id, created_at);
CREATE INDEX requests_batch ON requests (batch_id, created_at) WHERE batch_id IS NOT NULL;

-- Who is told, of what.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  everyone INTEGER NOT NULL,       -- 1: of the whole organisation; 0: of its owner alone
  url TEXT NOT NULL,
  description TEXT,
  events TEXT NOT NULL,            -- JSON: names of events
  secret TEXT NOT NULL,            -- encrypted
  previous_secret TEXT,            -- encrypted; signs beside it until previous_until
  previous_until INTEGER,
  enabled INTEGER NOT NULL,
  disabled_reason TEXT,
  failures INTEGER NOT NULL,       -- attempts that failed since the last that did not
  failing_since INTEGER,
  retry_at INTEGER NOT NULL,       -- nothing is sent before
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX webhooks_tenant ON webhooks (tenant_id, created_at);

-- What happened, as receivers are told it. The id of an event follows from what happened.
CREATE TABLE webhook_events (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  conversation_id TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,           -- JSON, the body that is sent
  created_at INTEGER NOT NULL
);
CREATE INDEX webhook_events_age ON webhook_events (created_at);
CREATE INDEX webhook_events_conversation ON webhook_events (conversation_id) WHERE conversation_id IS NOT NULL;

-- One event on its way to one receiver. Its id is the event's, a point, and the webhook's; or `callback`.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  event_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  webhook_id TEXT,                 -- null: to the callback_url of a request
  url TEXT,                        -- that address
  type TEXT NOT NULL,
  status TEXT NOT NULL,            -- pending | delivered | failed
  attempts INTEGER NOT NULL,       -- since it was last asked for
  retry_at INTEGER NOT NULL,       -- nobody sends it before: it is being sent, or waits
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, created_at) WHERE webhook_id IS NOT NULL;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (retry_at) WHERE status = 'pending';

-- Each time it was sent: written before, completed after.
CREATE TABLE webhook_attempts (
  id TEXT PRIMARY KEY NOT NULL,    -- the receiver sees it
  delivery_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  status_code INTEGER,
  latency_ms INTEGER,
  answer TEXT,                     -- its first bytes
  error TEXT                       -- why there was no answer; null with an answer, or while there is none yet
) WITHOUT ROWID;
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id);
