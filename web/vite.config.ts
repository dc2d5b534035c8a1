// How the page is built, and served while it is worked on (beside `npm start`, which answers /api).
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const worker = "http://localhost:8787";

export default defineConfig(({ command }) => {
  // A test runner's NODE_ENV would make this React's development version, half as large again.
  if (command === "build") process.env["NODE_ENV"] = "production";
  return {
    root: import.meta.dirname,
    plugins: [react()],
    // Most of it are React and what reads Markdown, which every view needs.
    build: { outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 600 },
    server: {
      // The Worker believes a cookie only from its own origin.
      proxy: {
        "/api": { target: worker, changeOrigin: true, ws: true, headers: { Origin: worker } },
      },
    },
  };
});
