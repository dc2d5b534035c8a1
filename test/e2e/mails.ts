// Mails as they are delivered locally: lines of the server's log.
import type { Server } from "../process/server.ts";
import { eventually } from "./browser.ts";

/** The newest link of its kind that was mailed to `email`. */
export async function linkTo(
  server: Server,
  email: string,
  kind: "reset" | "verify" | "invitation",
): Promise<string> {
  const links = () =>
    server
      .output()
      .split("\n")
      .filter((line) => line.includes(email))
      .flatMap((line) => new RegExp(`http[^\\s"\\\\]+/\\?${kind}=[\\w-]+`).exec(line) ?? []);
  await eventually(() => links().length).toBeGreaterThan(0);
  return links().at(-1) ?? "";
}
