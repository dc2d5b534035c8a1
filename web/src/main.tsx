// Starts the page.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { begin } from "./account.ts";
import { App } from "./app.tsx";
import { takeArrival } from "./arrival.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const arrival = takeArrival();
begin(arrival.signed_in !== null);
createRoot(root).render(
  <StrictMode>
    <App arrival={arrival} />
  </StrictMode>,
);
