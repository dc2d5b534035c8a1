// `npm run admin -- create|promote|demote|rotate-keys`: what has to be done before there is anybody
// who may do it through the API. Writes D1 through wrangler: the local one, or with --remote the
// deployed one.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { isMigrated } from "./migrated.ts";
import { hashPassword } from "../src/auth/passwords.ts";
import { keyOf } from "../src/protocol/account.ts";
import { newId } from "../src/ids.ts";
import { tierSchema } from "../src/protocol/account.ts";
import {
  emailSchema,
  fullNameSchema,
  passwordSchema,
  usernameSchema,
} from "../src/routes/account-fields.ts";

const USAGE = `npm run admin -- <command> [--local | --remote] [--persist-to DIR]

  create --email EMAIL [--password PASSWORD] [--username NAME] [--full-name NAME] [--tier TIER]
               makes an administrator of this installation; the password is asked for, or made
  promote --email EMAIL
               makes a user an administrator, from their next sign-in on
  demote --email EMAIL
               makes an administrator a user
  rotate-keys  adds a key that signs access tokens ten minutes from now; the ones before it
               verify for two hours more

--local, the default, is the database of \`npm start\`; --remote that of \`npm run deploy\`.`;

/** A new key is published this long before it signs: every isolate has read it by then. */
const PUBLISHED_FIRST = 10 * 60_000;
/** Longer than any token lives that a key before it signed. */
const VERIFIES_ON = 2 * 3600_000;

/** Ends the script with a sentence and no stack. */
class Refused extends Error {}

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof Refused)) throw thrown;
  console.error(thrown.message);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { command, values } = commandLine();
  if (command === undefined || values.help === true) {
    console.log(USAGE);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  if (values.local === true && values.remote === true)
    throw new Refused("--local and --remote: only one of them.");
  if (values.remote === true && values["persist-to"] !== undefined)
    throw new Refused("--persist-to: goes with --local.");
  const where =
    values.remote === true
      ? ["--remote"]
      : [
          "--local",
          ...(values["persist-to"] === undefined ? [] : ["--persist-to", values["persist-to"]]),
        ];
  switch (command) {
    case "create":
      return create(where, values);
    case "promote":
      return setRole(where, values.email, "admin");
    case "demote":
      return setRole(where, values.email, "user");
    case "rotate-keys":
      return rotateKeys(where);
    default:
      throw new Refused(`${command}: no such command.\n\n${USAGE}`);
  }
}

function commandLine() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        email: { type: "string" },
        password: { type: "string" },
        username: { type: "string" },
        "full-name": { type: "string" },
        tier: { type: "string", default: "enterprise" },
        local: { type: "boolean" },
        remote: { type: "boolean" },
        "persist-to": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return { command: positionals[0], values };
  } catch (thrown) {
    throw new Refused(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
  }
}

async function create(
  where: string[],
  values: ReturnType<typeof commandLine>["values"],
): Promise<void> {
  const email = emailOf(values.email);
  const tier = checked("--tier", tierSchema, values.tier);
  const username = checked("--username", usernameSchema.optional(), values.username) ?? null;
  const full_name = checked("--full-name", fullNameSchema.optional(), values["full-name"]) ?? null;
  const given = checked("--password", passwordSchema.optional(), values.password);
  await migrate(where);
  const taken = read(
    where,
    `SELECT email_key = ${text(keyOf(email))} AS email FROM users
     WHERE email_key = ${text(keyOf(email))} OR username_key = ${text(username && keyOf(username))}`,
    z.object({ email: z.number().nullable() }),
  )[0];
  if (taken !== undefined)
    throw new Refused(
      taken.email === 1
        ? `${email} has an account already. Make it an administrator: npm run admin -- promote --email ${email}`
        : "--username: is somebody else's already.",
    );

  const { password, made } = await passwordFrom(given);
  const now = Date.now();
  const id = newId("user", now);
  const row = {
    id: text(id),
    email: text(email),
    email_key: text(keyOf(email)),
    username: text(username),
    username_key: text(username && keyOf(username)),
    full_name: text(full_name),
    password_hash: text(await hashPassword(password)),
    email_verified_at: now, // whoever may write the database vouches for it
    role: text("admin"),
    tier: text(tier),
    features: text("[]"),
    limits: text("{}"),
    is_active: 1,
    created_at: now,
    updated_at: now,
  };
  write(where, [
    `INSERT INTO users (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).join(", ")})`,
    auditLine(now, "user.create", id, { role: "admin", tier: tier }),
  ]);
  console.log(`${email} is an administrator of this installation (${id}).`);
  if (made) console.log(`Password, shown this once: ${password}`);
}

async function setRole(
  where: string[],
  given: string | undefined,
  role: "user" | "admin",
): Promise<void> {
  const email = emailOf(given);
  await migrate(where);
  const user = read(
    where,
    `SELECT id, role, (SELECT count(*) FROM users AS other
       WHERE other.role = 'admin' AND other.is_active AND other.id <> users.id) AS others
     FROM users WHERE email_key = ${text(keyOf(email))}`,
    z.object({ id: z.string(), role: z.string(), others: z.number() }),
  )[0];
  if (user === undefined) throw new Refused(`${email} has no account here.`);
  if (user.role === role) {
    console.log(`${email} is ${role === "admin" ? "an administrator" : "a user"} already.`);
    return;
  }
  if (role === "user" && user.others === 0)
    throw new Refused(`${email} is the last administrator. Make another one first.`);
  const now = Date.now();
  write(where, [
    `UPDATE users SET role = ${text(role)}, updated_at = max(${now}, updated_at + 1) WHERE id = ${text(user.id)}`,
    auditLine(now, "user.update", user.id, { changes: { role: { from: user.role, to: role } } }),
  ]);
  console.log(
    role === "admin"
      ? `${email} is an administrator from their next sign-in on.`
      : `${email} is no administrator any more.`,
  );
}

async function rotateKeys(where: string[]): Promise<void> {
  await migrate(where);
  const now = Date.now();
  const [known] = read(
    where,
    `SELECT count(*) AS keys FROM signing_keys WHERE retires_at IS NULL OR retires_at > ${now}`,
    z.object({ keys: z.number() }),
  );
  // The first key has nobody to wait for: without it nobody could sign in meanwhile.
  const signs_from = known?.keys === 0 ? now : now + PUBLISHED_FIRST;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const kid = `key_${now.toString(36)}_${randomBytes(4).toString("hex")}`;
  write(where, [
    `UPDATE signing_keys SET retires_at = ${now + PUBLISHED_FIRST + VERIFIES_ON} WHERE retires_at IS NULL`,
    `INSERT INTO signing_keys (kid, private_jwk, created_at, signs_from, retires_at)
     VALUES (${text(kid)}, ${text(JSON.stringify(await exportJWK(privateKey)))}, ${now}, ${signs_from}, NULL)`,
    auditLine(now, "keys.rotate", kid, { signs_from: new Date(signs_from).toISOString() }),
  ]);
  console.log(`The key ${kid} signs from ${new Date(signs_from).toISOString()} on.`);
  console.log("Where JWT_PRIVATE_KEY is set, its keys sign instead: rotate those there.");
}

function emailOf(given: string | undefined): string {
  if (given === undefined) throw new Refused("--email: is missing.");
  return checked("--email", emailSchema, given);
}

/** @throws Refused saying what the flag should be */
function checked<T>(flag: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refused(`${flag}: ${parsed.error.issues[0]?.message ?? "is not valid"}.`);
}

/** Given, else asked for, else, with nobody there to ask, made. */
async function passwordFrom(
  given: string | undefined,
): Promise<{ password: string; made: boolean }> {
  if (given === undefined && !process.stdin.isTTY)
    return { password: randomBytes(24).toString("base64url"), made: true };
  if (given !== undefined) return { password: given, made: false };
  const password = checked("Password", passwordSchema, await askHidden("Password: "));
  if ((await askHidden("Again: ")) !== password)
    throw new Refused("These were two different passwords.");
  return { password, made: false };
}

/** Asks on the terminal; what is typed is not shown. */
function askHidden(prompt: string): Promise<string> {
  const { stdin, stdout } = process;
  stdout.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (finish: () => void) => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off("data", listen);
      stdout.write("\n");
      finish();
    };
    const listen = (chunk: string) => {
      for (const char of chunk) {
        if (char === "\r" || char === "\n") return end(() => resolve(typed));
        if (char === "\u0003" || char === "\u0004")
          return end(() => reject(new Refused("Nothing was changed.")));
        typed = char === "\u007F" || char === "\b" ? typed.slice(0, -1) : typed + char;
      }
    };
    stdin.on("data", listen);
  });
}

/** The deployed database is migrated by its deployment. */
async function migrate(where: string[]): Promise<void> {
  if (where.includes("--remote")) return;
  const at = where.indexOf("--persist-to");
  if (await isMigrated(at === -1 ? undefined : where[at + 1])) return;
  wrangler(["d1", "migrations", "apply", "DB", ...where]);
}

/** A line of the audit log, in SQL: nobody's whom the API would know. */
function auditLine(now: number, action: string, target: string, details: object): string {
  return `INSERT INTO audit (id, at, tenant_id, user_id, via, action, target, outcome, address, user_agent, request_id, details)
    VALUES (${text(newId("aud", now))}, ${now}, '', NULL, 'command_line', ${text(action)}, ${text(target)}, 'success', NULL, NULL, NULL, ${text(JSON.stringify(details))})`;
}

/** A value as SQL. In hex: nothing in it can end it, however the file is split into statements. */
function text(value: string | null): string {
  return value === null ? "NULL" : `CAST(X'${Buffer.from(value).toString("hex")}' AS TEXT)`;
}

/** Rows of one statement, as they were expected. */
function read<T>(where: string[], sql: string, row: z.ZodType<T>): T[] {
  const output = wrangler(["d1", "execute", "DB", ...where, "--json", "--command", sql]);
  const answer = z
    .array(z.object({ results: z.array(row) }))
    .safeParse(JSON.parse(output.slice(Math.max(0, output.indexOf("[")))));
  const first = answer.data?.[0];
  if (first === undefined) throw new Refused(`The database answered something else:\n${output}`);
  return first.results;
}

/** Through a file that only this user reads: arguments are seen by everybody on the machine. */
function write(where: string[], statements: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "edgewise-admin-"));
  const file = join(folder, "statements.sql");
  try {
    writeFileSync(file, statements.map((sql) => `${sql};\n`).join(""), { mode: 0o600 });
    wrangler(["d1", "execute", "DB", ...where, "--yes", "--file", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Refused with what wrangler had to say */
function wrangler(args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    encoding: "utf8",
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      CI: "true", // it asks nobody
      NO_COLOR: "1",
    },
  });
  if (error !== undefined)
    throw new Refused(`wrangler: ${error.message}. Run \`npm install\` first.`);
  if (status !== 0)
    throw new Refused(`wrangler ${args.slice(0, 3).join(" ")} failed.\n${stdout}${stderr}`);
  return stdout;
}
