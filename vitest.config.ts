import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    setupFiles: ["test/seed.ts", "test/secret-equality.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["test/**/*.test.ts"],
          exclude: ["test/live/**"],
          globalSetup: "test/page-assets.ts",
        },
      },
      {
        // The program itself, as users get it, on real hosts.
        extends: true,
        test: { name: "live", include: ["test/live/**/*.test.ts"], globalSetup: "test/live/build.ts" },
      },
    ],
  },
});

export default config;
