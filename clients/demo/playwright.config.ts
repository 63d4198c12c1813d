// The page in a real browser on a real server; each file of tests has a server of its own.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'tests',
  timeout: 60_000,
  // One at a time: each has a server, a database and browsers, on machines of two cores.
  workers: 1,
  reporter: 'list',
  expect: { timeout: 15_000 },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    colorScheme: 'light',
    trace: 'off',
  },
});
