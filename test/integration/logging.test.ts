// What the log must not say.
import { expect, test } from "vitest";
import { newConversationId } from "../../src/ids.ts";
import { appWith, keptLog } from "./app-with.ts";
import { Client, Socket } from "./client.ts";

test("a token in a query is in no line of the log, whatever becomes of its request", async () => {
  const client = new Client();
  const id = await client.conversation();
  const { log, lines } = keptLog();
  const { ask } = appWith({}, () => ({ log }));
  const { ask: broken } = appWith({}, () => ({
    log,
    admit: () => Promise.reject(new Error("the account's object is gone")),
  }));
  const upgrade = { headers: { Upgrade: "websocket" } };
  const paths = [
    "/ws/chat",
    `/api/v1/conversations/${id}/ws`,
    `/api/v1/conversations/${newConversationId(Date.now())}/ws`,
    "/api/v1/conversations",
    "/no/such/path",
  ];
  const secrets = [String(client.token), "ewv_forged.token", "eyJhbGciOiJFUzI1NiJ9.e30.forged"];
  const statuses = new Set<number>();
  for (const path of paths)
    for (const secret of secrets)
      for (const app of [ask, broken]) {
        const response = await app(`${path}?token=${secret}`, upgrade);
        statuses.add(response.status);
        if (response.webSocket === null) continue;
        const socket = new Socket(response.webSocket);
        socket.say("rubbish");
        response.webSocket.close();
      }
  // Taken, not there, failed: each of them was said something of.
  expect([...statuses]).toEqual(expect.arrayContaining([101, 404, 500]));
  for (const path of paths) expect(lines.join("\n")).toContain(`"path":"${path}"`);
  for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  expect(lines.filter((line) => line.includes("token="))).toEqual([]);
});
