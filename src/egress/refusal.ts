// Why something was not fetched, for people and for code. A message says nothing that the server said.

export type Refusal = {
  /** `refused`: it is not asked, or its answer not taken. `failed`: there was no usable answer. */
  status: "refused" | "failed";
  reason:
    | "invalid_url"
    | "scheme"
    | "credentials"
    | "host"
    | "port"
    | "address"
    | "redirects"
    | "too_large"
    | "timeout"
    | "http_status"
    | "unreachable";
  /** A sentence for whoever named the URL. */
  message: string;
};

export const refused = (reason: Refusal["reason"], message: string): Refusal => ({
  status: "refused",
  reason,
  message,
});

export const failed = (reason: Refusal["reason"], message: string): Refusal => ({
  status: "failed",
  reason,
  message,
});
