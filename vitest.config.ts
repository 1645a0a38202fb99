import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Tests and types run on the sources: `@pack/source` is the export condition of every package for that.
export default defineConfig({
  ssr: { resolve: { conditions: ['@pack/source', ...defaultServerConditions] } },
  test: {
    // Property tests on a machine that has other things to do take a while.
    testTimeout: 30_000,
    include: ['packages/*/src/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
  },
});
