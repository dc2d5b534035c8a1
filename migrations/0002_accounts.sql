-- People, their organisations and how they sign in; what was done and what it cost.
CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT,
  email_key TEXT,                -- lower case: two that differ only in case are one
  username TEXT,
  username_key TEXT,
  full_name TEXT,
  password_hash TEXT,            -- null where people sign in elsewhere
  email_verified_at INTEGER,
  role TEXT NOT NULL,
  tier TEXT NOT NULL,
  features TEXT NOT NULL,        -- JSON array of names
  limits TEXT NOT NULL,          -- JSON: what an administrator set apart from the tier
  is_active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_login_at INTEGER
);
CREATE UNIQUE INDEX users_email ON users (email_key) WHERE email_key IS NOT NULL;
CREATE UNIQUE INDEX users_username ON users (username_key) WHERE username_key IS NOT NULL;
CREATE INDEX users_created ON users (created_at, id);

CREATE TABLE organisations (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE memberships (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (user_id);

-- Invitations, e-mail verification and password resets: opaque tokens, hashed, each used once.
CREATE TABLE one_time_tokens (
  hash TEXT PRIMARY KEY NOT NULL,
  purpose TEXT NOT NULL,         -- verify_email | reset_password | invitation | oidc_state
  tenant_id TEXT,
  user_id TEXT,
  email_key TEXT,
  email TEXT,                    -- the address as it was written
  role TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
);
CREATE INDEX one_time_tokens_expiry ON one_time_tokens (expires_at);
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email_key, purpose);

-- Accounts elsewhere that sign in as one here.
CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL,
  email TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY NOT NULL,
  private_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  signs_from INTEGER NOT NULL,   -- published before it signs, so that every isolate knows it
  retires_at INTEGER             -- verifies until then; null while it is current
);

CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT,                  -- who; null where nobody was known
  via TEXT NOT NULL,
  action TEXT NOT NULL,          -- noun.verb
  target TEXT,                   -- on whom or what
  outcome TEXT NOT NULL,         -- success | failure
  address TEXT,                  -- from where
  user_agent TEXT,
  request_id TEXT,
  details TEXT NOT NULL          -- JSON
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_tenant ON audit (tenant_id, at, id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- One row a turn, however it ended.
CREATE TABLE usage (
  turn_id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  key_id TEXT,
  tier TEXT NOT NULL,
  conversation_id TEXT,
  provider TEXT,
  model TEXT,
  status TEXT NOT NULL,          -- completed | failed | cancelled
  error_code TEXT,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL,         -- millionths of a US dollar
  priced INTEGER NOT NULL        -- 0 where the model has no known price
);
CREATE INDEX usage_at ON usage (at);
CREATE INDEX usage_tenant ON usage (tenant_id, at);
