// A receiver of mails: what MAIL_WEBHOOK_URL may point at. It keeps what was posted as it came, and
// answers as it is told: `POST /mail?box=abc&status=500`; `GET /mail?box=abc` reads it.
import type { IncomingMessage, ServerResponse } from "node:http";

/** One post: its body as it came over the wire, and what its headers say of it. */
type Posted = { body: string; type: string | null; signature: string | null };

export type Mailbox = Map<string, Posted[]>;

export async function receiveMail(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  mailbox: Mailbox,
): Promise<void> {
  const box = url.searchParams.get("box") ?? "";
  const posted = mailbox.get(box) ?? [];
  if (request.method === "POST") {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    posted.push({
      body,
      type: headerOf(request, "content-type"),
      signature: headerOf(request, "x-webhook-signature"),
    });
    mailbox.set(box, posted);
  }
  const location = url.searchParams.get("location");
  if (location !== null) response.setHeader("location", location);
  response.writeHead(Number(url.searchParams.get("status") ?? 200), {
    "content-type": "application/json",
  });
  response.end(JSON.stringify(posted));
}

const headerOf = (request: IncomingMessage, name: string): string | null =>
  request.headers[name]?.toString() ?? null;
