// Everything the page says, in English. `{name}` stands for a value.
export const en = {
  "app.name": "Edgewise",
  "app.menu.open": "Show conversations",
  "app.menu.close": "Hide conversations",

  "list.label": "Conversations",
  "list.new": "New conversation",
  "list.empty": "No conversations yet.",
  "list.more": "Load more",
  "list.untitled": "Untitled",
  "list.rename": "Rename “{title}”",
  "list.rename.label": "Title",
  "list.delete": "Delete “{title}”",

  "delete.title": "Delete this conversation?",
  "delete.text": "“{title}” and all its messages will be gone for good.",
  "delete.confirm": "Delete",
  "delete.cancel": "Keep",

  "thread.label": "Messages",
  "thread.loading": "Loading…",
  "thread.earlier": "Show earlier",
  "thread.latest": "Jump to the latest",
  "thread.gone": "This conversation is not here any more, or is not yours.",
  "thread.welcome": "What is on your mind?",
  "thread.welcome.text":
    "What you send is stored before it is answered. You may leave at any time: the answer goes on without you and waits here.",

  "message.you": "You",
  "message.answer": "Answer",
  "message.sending": "Sending…",
  "message.expand": "Show all",
  "message.collapse": "Show less",
  "message.edit": "Edit",
  "message.retry": "Try again",
  "message.image": "Image: {alt}",

  "answer.thinking": "Thinking…",
  "answer.queued": "Waiting for its turn…",
  "answer.reasoning": "Reasoning",
  "answer.stopped": "Stopped",
  "answer.failed": "This answer could not be finished. What arrived is kept.",
  "answer.embedded": "embedded model",
  "answer.footnotes": "Footnotes",
  "answer.notices": "Notes on this answer",

  "composer.label": "Message",
  "composer.placeholder": "Write a message",
  "composer.hint": "Enter sends, Shift+Enter makes a new line",
  "composer.send": "Send",
  "composer.stop": "Stop",

  "link.waiting": "Connection lost. Trying again…",
  "error.network": "The server cannot be reached. Check your connection and try again.",
  "error.unexpected": "Something went wrong. Try again.",
  "error.dismiss": "Dismiss",
} as const;
