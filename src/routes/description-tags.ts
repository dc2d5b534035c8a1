// The chapters of the API's description, in the order in which one meets them.

export const TAGS: readonly (readonly [name: string, description: string])[] = [
  ["chat", "Send a message and get an answer: at once, as a stream, or over a socket."],
  ["conversations", "What was said: messages, their branches, turns that run, search."],
  ["documents", "Documents in collections, searched and cited in answers; how well that works."],
  ["prompts", "Named system prompts with variables, kept in versions."],
  ["memories", "What is remembered of somebody from one conversation to the next."],
  ["requests", "Messages that are answered later: many at once, and what became of each."],
  ["webhooks", "Being told of what happens, at an address of yours."],
  ["models", "Who can answer: what each model can, costs, and how it is."],
  ["usage", "What you used, and what it cost."],
  ["auth", "Accounts, sessions, API keys, and signing in from elsewhere."],
  ["organisations", "People who share a tenant: members, roles, invitations."],
  ["export", "Taking conversations along, and bringing them in."],
  ["retention", "How long conversations are kept."],
  ["admin", "For administrators: users, figures, costs, the audit log, the cache of answers."],
  ["health", "Whether it runs, and what it depends on."],
  ["seed 001", "Chat sessions for clients of seed 001, in its paths and shapes."],
  ["seed 003", "Conversations for clients of seed 003, in its paths and shapes."],
  ["seed 004", "History and models for clients of seed 004, in its paths and shapes."],
];
