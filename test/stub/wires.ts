// How the stub says things: as OpenAI's chat completions or as Anthropic's messages.

export type Wire = {
  open: string;
  token: (text: string) => string;
  /** A call of a tool, its arguments cut in two. */
  call: (at: number, name: string, json: string) => [begun: string, rest: string];
  close: (tokens: number, reason: "stop" | "tools") => string;
};

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function openaiWire(model: string): Wire {
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ id: "chatcmpl-stub", object: "chat.completion.chunk", created: 1_790_000_000, model, ...rest })}\n\n`;
  const choice = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null });
  const piece = (index: number, rest: object) => choice({ tool_calls: [{ index, ...rest }] });
  return {
    open: choice({ role: "assistant", content: "" }),
    token: (content) => choice({ content }),
    call: (at, name, json) => {
      const half = Math.ceil(json.length / 2);
      return [
        piece(at, { id: `call_stub${at}`, type: "function", function: { name, arguments: "" } }) +
          piece(at, { function: { arguments: json.slice(0, half) } }),
        piece(at, { function: { arguments: json.slice(half) } }),
      ];
    },
    close: (tokens, reason) =>
      `${choice({}, reason === "tools" ? "tool_calls" : "stop")}${chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 } })}data: [DONE]\n\n`,
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export function anthropicWire(model: string): Wire {
  const event = (type: string, rest: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const delta = (index: number, rest: object) =>
    event("content_block_delta", { index, delta: rest });
  return {
    open:
      event("message_start", {
        message: {
          id: "msg_stub",
          type: "message",
          role: "assistant",
          content: [],
          model,
          stop_reason: null,
          usage: { input_tokens: 10, output_tokens: 1 },
        },
      }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    token: (text) => delta(0, { type: "text_delta", text }),
    call: (at, name, json) => {
      const half = Math.ceil(json.length / 2);
      const index = at + 1;
      return [
        event("content_block_start", {
          index,
          content_block: { type: "tool_use", id: `toolu_stub${at}`, name, input: {} },
        }) + delta(index, { type: "input_json_delta", partial_json: json.slice(0, half) }),
        delta(index, { type: "input_json_delta", partial_json: json.slice(half) }) +
          event("content_block_stop", { index }),
      ];
    },
    close: (tokens, reason) =>
      event("content_block_stop", { index: 0 }) +
      event("message_delta", {
        delta: { stop_reason: reason === "tools" ? "tool_use" : "end_turn", stop_sequence: null },
        usage: { output_tokens: tokens },
      }) +
      event("message_stop", {}),
  };
}
