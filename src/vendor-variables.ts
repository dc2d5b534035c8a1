// The variables that the table of vendors asks for: a key, an address and a model for each.
import type { z } from "zod";
import { ownModelName, text, url } from "./variable-types.ts";
import { type Vendor, type VendorEntry, VENDORS } from "./vendors.ts";

type Names = VendorEntry["variables"];

export type VendorVariables = Record<Names["key"] | Names["model"], Optional<typeof text>> &
  Record<Names["url"], Optional<typeof url>>;

type Optional<Make extends () => z.ZodType> = z.ZodOptional<ReturnType<Make>>;

export function vendorVariables(): VendorVariables {
  const shape: [name: string, schema: z.ZodType][] = [];
  for (const vendor of VENDORS as readonly Vendor[]) {
    const { name: group, id, variables, needs } = vendor;
    const makes = (variable: "key" | "url") =>
      needs.length > 1
        ? `With ${variables[variable === "key" ? "url" : "key"]}, makes \`${id}\` available.`
        : needs[0] === variable
          ? `Makes \`${id}\` available.`
          : "";
    shape.push(
      [
        variables.key,
        text()
          .optional()
          .meta({
            variable: {
              group,
              about: makes("key") || "Sent as a bearer token, where its server asks for one.",
              secret: true,
            },
          }),
      ],
      [
        variables.url,
        url()
          .optional()
          .meta({ variable: { group, about: address(vendor, makes("url")) } }),
      ],
      [
        variables.model,
        ownModelName()
          .optional()
          .meta({
            variable: {
              group,
              about: `The model of \`${id}\`. Built in: ${vendor.defaultModel}.`,
              aliases: variables.modelAliases ?? [],
            },
          }),
      ],
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are the table's, one by one
  return Object.fromEntries(shape) as VendorVariables;
}

function address({ baseURL, gateway, path }: Vendor, makes: string): string {
  if (baseURL !== undefined)
    return `Another server that speaks the same. Else ${baseURL}${gateway === undefined ? "" : ", or AI_GATEWAY_URL"}.`;
  return `${makes} The server's address${path === "" ? "" : `, without ${path}`}.`;
}
