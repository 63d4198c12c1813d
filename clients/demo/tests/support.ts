// What the tests share: windows on the page, and what people do in them. The page is the one that is in the server;
// with HEYYO_DEMO=dist the files of this folder's dist/ are put in its place, so that a page can be tried
// without building the server anew.
import { expect, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import type { TestServer } from '../../testing/server.mjs';

/** A browser of its own, with files of another folder in place of the server's. */
export async function contextOf(browser: Browser, options: BrowserContextOptions, files = process.env['HEYYO_DEMO']): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  for (const name of files ? ['demo.js', 'demo.css'] : []) {
    const path = fileURLToPath(new URL(`../${files}/${name}`, import.meta.url));
    await context.route(`**/demo/${name}`, (route) => route.fulfill({ path }));
  }
  return context;
}

/** Windows of one browser, so that they share the demo's tenant; each is connected and in `general`. */
export async function windowsOf(browser: Browser, server: TestServer, users: string[], files?: string): Promise<Page[]> {
  const context = await contextOf(browser, { viewport: { width: 1440, height: 900 } }, files);
  const pages: Page[] = [];
  for (const user of users) {
    const page = await context.newPage();
    page.on('pageerror', (error) => expect(error, 'an error on the page').toBeUndefined());
    await page.goto(`${server.url}/demo/?user=${user}`);
    await expect(page.getByRole('heading', { name: 'general' })).toBeVisible();
    await expect(page.getByText('online', { exact: false }).first()).toBeVisible();
    pages.push(page);
  }
  return pages;
}

/** Where a message is written. */
export const composer = (page: Page) => page.getByRole('textbox', { name: 'Write a message' });

/** The messages with a text. */
export const said = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text });

/** Writes and sends. */
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}
