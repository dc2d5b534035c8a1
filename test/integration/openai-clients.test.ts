// Clients that others built on OpenAI's words: LangChain and the AI SDK, as their users have them.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from "ai";
import { expect, test } from "vitest";
import { z } from "zod";
import { eventually, journal, newTag } from "./client.ts";
import { BASE_URL, newKey, toWorker } from "./openai-client.ts";

const langchain = async (model: string, more: object = {}) =>
  new ChatOpenAI({
    model,
    apiKey: await newKey(),
    maxRetries: 0,
    configuration: { baseURL: BASE_URL, fetch: toWorker },
    ...more,
  });

const aiSdk = async () =>
  createOpenAICompatible({
    name: "edgewise",
    baseURL: BASE_URL,
    apiKey: await newKey(),
    fetch: toWorker,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

const place = z.object({ place: z.string() });
const json = (value: object) => encodeURIComponent(JSON.stringify(value)).replaceAll(",", "%2C");

test("LangChain: an answer, with its usage", async () => {
  const model = await langchain("stub:tokens=3");
  const answer = await model.invoke("Hello");
  expect(answer.content).toBe("word0 word1 word2");
  expect(answer.usage_metadata).toMatchObject({ input_tokens: 10, output_tokens: 3 });
  expect(answer.response_metadata["finish_reason"]).toBe("stop");
});

test("LangChain: a stream, with its usage", async () => {
  const model = await langchain("stub:tokens=4,delay=5");
  const chunks = await Array.fromAsync(await model.stream("Hello"));
  expect(chunks.map(({ text }) => text).join("")).toBe("word0 word1 word2 word3");
  const used = chunks.find((chunk) => chunk.usage_metadata !== undefined)?.usage_metadata;
  expect(used).toMatchObject({ input_tokens: 10, output_tokens: 4, total_tokens: 14 });
});

test.each([false, true])(
  "LangChain: tools go there and back, by responses: %s",
  async (byResponses) => {
    const weather = langchainTool(() => "Sunny.", {
      name: "weather",
      description: "The weather of a place.",
      schema: place,
    });
    const model = await langchain("stub:tool=weather,tokens=2", { useResponsesApi: byResponses });
    const able = model.bindTools([weather]);
    const question = new HumanMessage("How is it in Bonn?");
    const asked = await able.invoke([question]);
    expect(asked.tool_calls).toMatchObject([{ name: "weather", args: { place: "Bonn" } }]);
    const id = asked.tool_calls?.[0]?.id ?? "";
    const answer = await able.invoke([
      question,
      asked,
      new ToolMessage({ tool_call_id: id, content: "Sunny." }),
    ]);
    expect(answer.text).toBe("word0 word1");
  },
);

test("LangChain: a form for the answer, and a stream by responses", async () => {
  const model = await langchain(`stub:say=${json({ place: "Bonn" })},tag=${newTag()}`);
  expect(
    await model.withStructuredOutput(place, { method: "jsonSchema" }).invoke("Where?"),
  ).toEqual({
    place: "Bonn",
  });
  const byResponses = await langchain("stub:tokens=3,delay=5", { useResponsesApi: true });
  const chunks = await Array.fromAsync(await byResponses.stream("Hello"));
  expect(chunks.map(({ text }) => text).join("")).toBe("word0 word1 word2");
});

test("LangChain: embeddings", async () => {
  const embeddings = new OpenAIEmbeddings({
    model: "embedded",
    apiKey: await newKey(),
    configuration: { baseURL: BASE_URL, fetch: toWorker },
  });
  const vectors = await embeddings.embedDocuments(["The tide comes in.", "Invoices are due."]);
  expect(vectors.map(({ length }) => length)).toEqual([256, 256]);
});

test("the AI SDK: an answer, and a stream, with their usage", async () => {
  const edgewise = await aiSdk();
  const { text, usage, finishReason } = await generateText({
    model: edgewise("stub:tokens=3"),
    prompt: "Hello",
  });
  expect(text).toBe("word0 word1 word2");
  expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 3, totalTokens: 13 });
  expect(finishReason).toBe("stop");
  const streamed = streamText({ model: edgewise("stub:tokens=4,delay=5"), prompt: "Hello" });
  expect((await Array.fromAsync(streamed.textStream)).join("")).toBe("word0 word1 word2 word3");
  expect(await streamed.usage).toMatchObject({ inputTokens: 10, outputTokens: 4 });
});

test.each([true, false])("the AI SDK: tools run in their loop, streamed: %s", async (streamed) => {
  const edgewise = await aiSdk();
  const ask = {
    model: edgewise("stub:tool=weather,tokens=2"),
    prompt: "How is it in Bonn?",
    tools: {
      weather: tool({ inputSchema: place, execute: async (asked) => `Sunny in ${asked.place}.` }),
    },
    stopWhen: isStepCount(3),
  };
  const { text, steps } = streamed ? streamText(ask) : await generateText(ask);
  expect(await text).toBe("word0 word1");
  const [first] = await steps;
  expect(first?.toolResults).toMatchObject([{ output: "Sunny in Bonn." }]);
});

test("the AI SDK: a form for the answer, and a picture", async () => {
  const edgewise = await aiSdk();
  const tag = newTag();
  const { output } = await generateText({
    model: edgewise(`stub:say=${json({ place: "Bonn" })},tag=${tag}`),
    output: Output.object({ schema: place }),
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Where is this?" },
          { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" },
        ],
      },
    ],
  });
  expect(output).toEqual({ place: "Bonn" });
  expect(JSON.stringify((await journal(tag)).last)).toContain("data:image/png;base64,iVBORw0KGgo=");
});

test("the AI SDK: an abort in mid-stream reaches the model's vendor", async () => {
  const edgewise = await aiSdk();
  const tag = newTag();
  const left = new AbortController();
  const streamed = streamText({
    model: edgewise(`stub:tokens=400,delay=20,tag=${tag}`),
    prompt: "Hello",
    abortSignal: left.signal,
  });
  for await (const part of streamed.fullStream) if (part.type === "text-delta") left.abort();
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test("the AI SDK: an error has its status and its sentence; in mid-stream it is a part of the stream", async () => {
  const edgewise = await aiSdk();
  const missing = await generateText({
    model: edgewise(`stub:fault=404,tag=${newTag()}`),
    prompt: "Hello",
    maxRetries: 0,
  }).catch((thrown: unknown) => thrown);
  expect(APICallError.isInstance(missing) && missing.statusCode).toBe(404);
  const broken = streamText({
    model: edgewise(`stub:tokens=20,delay=5,fault=malformed,tag=${newTag()}`),
    prompt: "Hello",
    maxRetries: 0,
    output: Output.json(),
    onError: () => undefined,
  });
  const parts = await Array.fromAsync(broken.fullStream);
  expect(parts.map(({ type }) => type)).toContain("error");
});

test("the AI SDK: embeddings", async () => {
  const edgewise = await aiSdk();
  const { embeddings, usage } = await embedMany({
    model: edgewise.embeddingModel("embedded"),
    values: ["The tide comes in.", "Invoices are due."],
  });
  expect(embeddings.map(({ length }) => length)).toEqual([256, 256]);
  expect(usage.tokens).toBeGreaterThan(0);
});
