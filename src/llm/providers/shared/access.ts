// How a vendor is reached with this configuration: address, key, the model it names. An address that
// the operator configured goes first, then the AI Gateway, then the vendor's own.
import type { Config } from "../../../config.ts";
import type { Vendor, VendorEntry } from "../../../vendors.ts";

export type Access = {
  baseURL: string;
  apiKey: string;
  headers: Record<string, string>;
  configuredModel: string | undefined;
  /** Whether the vendor's own server answers in the end; another may have other models. */
  own: boolean;
};

/** Null where a variable that the vendor needs is not set. */
export function accessOf(entry: VendorEntry, config: Config): Access | null {
  const vendor: Vendor = entry;
  const { key, url, model } = entry.variables;
  if (entry.needs.some((need) => config[entry.variables[need]] === undefined)) return null;
  const configured = config[url];
  const gateway =
    configured === undefined && vendor.gateway !== undefined ? config.AI_GATEWAY_URL : undefined;
  const headers: Record<string, string> = {};
  if (gateway !== undefined && config.AI_GATEWAY_TOKEN !== undefined)
    headers["cf-aig-authorization"] = `Bearer ${config.AI_GATEWAY_TOKEN}`;
  return {
    baseURL:
      gateway !== undefined
        ? `${gateway}/${vendor.gateway}`
        : configured !== undefined
          ? `${configured}${vendor.path}`
          : (vendor.baseURL ?? ""),
    apiKey: config[key] ?? "none", // asked for by the SDKs; a server without keys ignores it
    headers,
    configuredModel: config[model],
    own: configured === undefined || sameHost(configured, vendor.baseURL),
  };
}

function sameHost(configured: string, own: string | undefined): boolean {
  return own !== undefined && new URL(configured).host === new URL(own).host;
}
