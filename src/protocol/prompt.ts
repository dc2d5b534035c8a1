// What a prompt may say, how a request names one, and what a request may say of its situation.
// What a template means is src/turn/prompt's.
import { z } from "zod";
import { metadataSchema, wellFormed } from "./bounds.ts";

/** Characters of a body as JSON. Every one of them fits a row of D1, whatever it takes in UTF-8. */
const LARGEST_BODY = 200_000;
const MOST_VARIABLES = 50;

const text = (most: number) =>
  wellFormed(
    z
      .string("should be text")
      .min(1, "should not be empty")
      .max(most, `should have at most ${most.toLocaleString("en")} characters`),
  ).refine((value) => value.trim() !== "", "should not be blank");

const list = z
  .array(text(2_000), "should be a list of texts")
  .min(1, "should have at least one entry, or be left out")
  .max(50, "should have at most 50 entries");

/** In paths and references: no spelling of it is another prompt's. */
export const promptNameSchema = z
  .string("should be a prompt's name, or an object with a name")
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "should be 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit",
  );

const should = "should be text, a number, true or false";
const valueSchema = z.union(
  [
    wellFormed(z.string(should).max(10_000, "should have at most 10,000 characters")),
    z.number(should),
    z.boolean(should),
  ],
  should,
);

/** Refuses the one name that a record would lose without a word. */
const named = <S extends z.ZodType>(record: S) =>
  z.preprocess((value, context) => {
    if (typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__"))
      context.addIssue({
        code: "custom",
        path: ["__proto__"],
        message: "is a name that no variable can have; choose another",
      });
    return value;
  }, record);

/** What is written into a prompt's variables. Which there are is the prompt's to say. */
export const promptValuesSchema = named(
  z
    .record(z.string(), valueSchema, "should be an object of names and values")
    .refine(
      (values) => Object.keys(values).length <= MOST_VARIABLES,
      `should have at most ${MOST_VARIABLES} names`,
    ),
);
export type PromptValues = z.infer<typeof promptValuesSchema>;

const variableSchema = z
  .object(
    {
      description: text(500).optional(),
      default: valueSchema.optional(),
      required: z
        .boolean("should be true or false")
        .optional()
        .describe(
          "Unless said, it is where there is no default. One that is neither given nor required is empty.",
        ),
    },
    "should be an object, with description, default or required, or empty",
  )
  .refine(({ default: standard, required }) => standard === undefined || required !== true, {
    error: "should not be true where there is a default; leave one of them out",
    path: ["required"],
  });

const variablesSchema = named(
  z
    .record(z.string(), variableSchema, "should be an object of names and what they are")
    .superRefine((variables, context) => {
      const names = Object.keys(variables);
      if (names.length > MOST_VARIABLES)
        context.addIssue(`should have at most ${MOST_VARIABLES} names`);
      for (const name of names)
        if (!/^\w{1,64}$/.test(name))
          context.addIssue({
            code: "custom",
            path: [name.slice(0, 65)],
            message: "should be named by 1 to 64 letters (a-z), digits and underscores",
          });
    }),
);

const exampleSchema = z.object(
  {
    user: text(10_000),
    assistant: text(10_000),
    explanation: text(2_000)
      .optional()
      .describe("Why it is a good answer: for people, never told to a model."),
  },
  "should be an object with user and assistant",
);

const bodyShape = z.object(
  {
    text: text(100_000).optional().describe("A free template."),
    identity: z
      .object(
        { name: text(200), description: text(2_000) },
        "should be an object with name and description",
      )
      .optional()
      .describe("Who answers."),
    capabilities: list.optional(),
    guidelines: list.optional(),
    format: text(10_000).optional().describe("What an answer looks like."),
    constraints: list.optional(),
    examples: z
      .array(exampleSchema, "should be a list of examples")
      .min(1, "should have at least one example, or be left out")
      .max(20, "should have at most 20 examples")
      .optional()
      .describe("Exchanges that stand before the conversation."),
    variables: variablesSchema.optional(),
  },
  "should be an object with the parts of a prompt",
);

/** The parts that say something; `variables` alone says nothing. */
const PARTS = [
  "text",
  "identity",
  "capabilities",
  "guidelines",
  "format",
  "constraints",
  "examples",
] as const satisfies (keyof z.infer<typeof bodyShape>)[];

export const promptBodySchema = bodyShape
  .refine(
    (body) => PARTS.some((part) => body[part] !== undefined),
    `should have at least one of ${PARTS.join(", ")}`,
  )
  .refine(
    (body) => JSON.stringify(body).length <= LARGEST_BODY,
    `should have at most ${LARGEST_BODY.toLocaleString("en")} characters as JSON`,
  )
  .meta({ ref: "PromptBody" });
export type PromptBody = z.infer<typeof promptBodySchema>;

/** How a request names a prompt: `"name"`, or with the version and the values it wants. */
export const promptReferenceSchema = z
  .union([
    promptNameSchema,
    z.object({
      name: promptNameSchema,
      version: z
        .int("should be a whole number, at least 1")
        .min(1, "should be at least 1")
        .optional()
        .describe("The latest, unless said."),
      variables: promptValuesSchema.optional(),
    }),
  ])
  .transform((reference) => (typeof reference === "string" ? { name: reference } : reference));
export type PromptReference = z.infer<typeof promptReferenceSchema>;

const TONES = ["professional", "casual", "friendly", "concise", "formal"] as const;
export const toneSchema = z.enum(TONES, `should be one of ${TONES.join(", ")}`);
export type Tone = z.infer<typeof toneSchema>;

/** Seed 001's `context`: a `tone`, and whatever else the model should know. */
export const contextSchema = metadataSchema;
export type PromptContext = z.infer<typeof contextSchema>;
