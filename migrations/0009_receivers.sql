-- Receivers that fail: what waits for one waits without a message, and one message comes to try it.
ALTER TABLE webhooks ADD COLUMN woken_at INTEGER NOT NULL DEFAULT 0; -- as retry_at, where a message comes then to try it

-- Hosts of callbacks that fail. Who fails not has no row.
CREATE TABLE failing_callbacks (
  tenant_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  failures INTEGER NOT NULL,       -- attempts that failed since the last that did not
  retry_at INTEGER NOT NULL,       -- nothing is sent before
  woken_at INTEGER NOT NULL,       -- as retry_at, where a message comes then to try it
  PRIMARY KEY (tenant_id, origin)
) WITHOUT ROWID;
CREATE INDEX failing_callbacks_age ON failing_callbacks (retry_at);

CREATE INDEX webhook_deliveries_callback ON webhook_deliveries (tenant_id, url) WHERE webhook_id IS NULL;
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
CREATE INDEX requests_age ON requests (updated_at);
