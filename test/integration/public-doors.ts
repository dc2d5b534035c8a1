// Doors that need nobody: one line each, and a reason to be here.

export const PUBLIC = new Set([
  "GET /", // the page, or that the service runs
  "GET /api/health",
  "GET /health",
  "GET /health/live",
  "GET /health/ready",
  "GET /ready",
  "GET /api/v1/health",
  "GET /api/v1/health/live",
  "GET /api/v1/health/ready",
  "GET /api/v1/ready",
  "GET /api/v1/openapi.json",
  "GET /.well-known/jwks.json",
  "GET /api/v1/auth/oidc", // whom one can sign in with
  "GET /api/v1/auth/oidc/:provider/start",
  "GET /api/v1/auth/oidc/:provider/callback", // proves itself by state and code
  "POST /api/v1/auth/register",
  "POST /api/v1/auth/login",
  "POST /api/v1/auth/refresh", // proves itself by the refresh token
  "POST /api/v1/auth/password/forgot",
  "POST /api/v1/auth/password/reset", // by the token of a link
  "POST /api/v1/auth/email/verify",
]);
