// `node scripts/complete-lock.ts`: adds to package-lock.json the packages of other platforms that its
// optional dependencies name and that are not in it. npm leaves them out where a registry does not
// have them yet, and then refuses its own lockfile (`npm ci`: "Missing: … from lock file").
import { readFileSync, writeFileSync } from "node:fs";

type Entry = {
  version: string;
  dev?: true;
  optional?: true;
  license?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};

const SYSTEMS = ["darwin", "android", "freebsd", "win32", "windows", "openharmony", "linux"];
const PROCESSORS = ["arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"];

const text = readFileSync("package-lock.json", "utf8");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm's own format, version 3
const lock = JSON.parse(text) as { packages: Record<string, Entry> };
const known = lock.packages;
let added = 0;

for (const [path, parent] of Object.entries(known)) {
  if (path === "") continue;
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const top = `node_modules/${name}`;
    const nested = `${path}/node_modules/${name}`;
    if (!/^\d/.test(version) || known[nested] !== undefined || known[top]?.version === version)
      continue;
    known[known[top] === undefined ? top : nested] = entryOf(name, version, parent);
    added++;
  }
}

lock.packages = Object.fromEntries(Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added.`);

/** What npm needs in order not to install it here. */
function entryOf(name: string, version: string, parent: Entry): Entry {
  const tail = name.split("/").at(-1) ?? name;
  const os = SYSTEMS.find((system) => tail.includes(system)) ?? "linux";
  const cpu =
    PROCESSORS.find((one) => tail.includes(one)) ?? (tail.includes("arm") ? "arm" : "x64");
  const libc = tail.includes("musl") ? "musl" : tail.includes("gnu") ? "glibc" : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev === true ? { dev: true as const } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(parent.license === undefined ? {} : { license: parent.license }),
    optional: true,
    os: [os === "windows" ? "win32" : os],
  };
}
