// How the page is built, and served while it is worked on (beside `npm start`, which answers /api).
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const root = import.meta.dirname;
const worker = "http://localhost:8787";

export default defineConfig(({ command }) => {
  // A test runner's NODE_ENV would make this React's development version, half as large again.
  if (command === "build") process.env["NODE_ENV"] = "production";
  return {
    root,
    plugins: [react()],
    build: {
      outDir: "dist",
      emptyOutDir: true,
      chunkSizeWarningLimit: 600, // most of it are React and what reads Markdown, which every view needs
      modulePreload: { polyfill: false }, // browsers that know light-dark() know it
      // Beside the page, the one that describes the API: /docs.
      rolldownOptions: { input: ["index.html", "docs.html"].map((name) => join(root, name)) },
    },
    server: {
      // The Worker believes a cookie only from its own origin.
      proxy: {
        "/api": { target: worker, changeOrigin: true, ws: true, headers: { Origin: worker } },
      },
    },
  };
});
