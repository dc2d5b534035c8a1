// A turn that has ended, judged by a model: how good answers are where nobody has labelled anything.
import { makeAsk } from "../memory/ask.ts";
import { judge } from "../rag/evaluate/judge.ts";
import type { JudgeMessage } from "../rag/ingestion-message.ts";
import { insertJudgedTurn } from "../store/evaluations.ts";
import { withMeter } from "./embedding-books.ts";
import type { IngestionServices } from "./ingestion-services.ts";

/** Milliseconds. */
const PATIENCE = 30_000;

export async function judgeTurn(turn: JudgeMessage, services: IngestionServices): Promise<"done"> {
  const { databaseOf, models, now } = services;
  const { tenant_id, user_id, turn_id } = turn;
  const judgedBy = models.forPurpose("judge", models.standard);
  // It cannot judge, and says so.
  if (judgedBy.provider.id === "embedded") return "done";
  await withMeter({ tenant_id, user_id, id: turn_id }, services, "evaluation", async (meter) => {
    const ask = makeAsk({ models, beside: models.standard, limit: PATIENCE, meter });
    const judged = await judge(ask, turn);
    await insertJudgedTurn(databaseOf(tenant_id), {
      turn_id,
      tenant_id,
      user_id,
      configuration: turn.configuration,
      ...judged,
      latency_ms: Math.round(turn.latency_ms),
      judged_by: `${judgedBy.provider.id}/${judgedBy.model}`,
      created_at: now(),
    });
  });
  return "done";
}
