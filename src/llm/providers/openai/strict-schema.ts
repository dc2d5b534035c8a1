// Whether a JSON Schema is one that OpenAI holds a model to strictly: every object lists all of its
// properties as required and allows no others (platform.openai.com/docs/guides/structured-outputs).

export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== "object" || schema === null) return true;
  return isClosed(schema) && Object.values(schema).every(isStrict);
}

function isClosed(schema: object): boolean {
  const properties: unknown = Reflect.get(schema, "properties");
  if (typeof properties !== "object" || properties === null) return true;
  const required: unknown = Reflect.get(schema, "required");
  return (
    Reflect.get(schema, "additionalProperties") === false &&
    Array.isArray(required) &&
    Object.keys(properties).every((name) => required.includes(name))
  );
}
