// The components on a page that is not ours: React 18, replaced parts, right to left, by keyboard alone; and what
// the demo's plugin panel changes.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { TestServer, type App } from '../../testing/server.mjs';
import { composer, contextOf, said, say, windowsOf } from './support.js';

const OTHER = 'node_modules/.other';
const WORD_FILTER = fileURLToPath(new URL('../../../plugins/dist/word-filter.wasm', import.meta.url));

let server: TestServer;
test.beforeAll(async () => {
  server = await TestServer.start();
});
test.afterAll(() => server.remove());

/** The page of `other.tsx`, with a channel that was opened. */
async function otherPage(page: Page, query: string, channel: string): Promise<void> {
  await page.goto(`${server.url}/demo/?user=ada&${query}`);
  await page.getByRole('button', { name: 'New channel, or join one' }).click();
  await page.getByRole('textbox', { name: 'Name of the new channel' }).fill(channel);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name: channel })).toBeVisible();
}

test('on React 18, with parts of one’s own', async ({ browser }) => {
  const context = await contextOf(browser, {}, OTHER);
  const page = await context.newPage();
  await page.goto(`${server.url}/demo/?user=ada&plain`);
  expect(await page.getByRole('main').getAttribute('data-react')).toMatch(/^18\./);
  await expect(page.getByTestId('bare').filter({ hasText: 'Choose a channel' })).toBeVisible();
  await otherPage(page, 'plain', 'eighteen');
  await expect(page.getByTestId('bare').filter({ hasText: 'Nothing yet' })).toBeVisible();
  await say(page, 'plainly said');
  await expect(page.getByTestId('plain')).toHaveText(['plainly said']);
  await expect(page.getByRole('article')).toHaveCount(0);
});

test('from right to left, in the theme that the page chose', async ({ browser }) => {
  const context = await contextOf(browser, { viewport: { width: 1000, height: 700 }, colorScheme: 'light' }, OTHER);
  const page = await context.newPage();
  await otherPage(page, 'dir=rtl&theme=dark', 'rtl');
  await say(page, 'مرحبا');
  const avatar = await said(page, 'مرحبا').locator('.heyyo-avatar').boundingBox();
  const text = await said(page, 'مرحبا').getByText('مرحبا').boundingBox();
  const list = await page.getByRole('navigation', { name: 'Channels' }).boundingBox();
  if (!avatar || !text || !list) throw new Error('Not drawn');
  expect(avatar.x).toBeGreaterThan(text.x + text.width / 2);
  expect(list.x + list.width).toBeCloseTo(1000, 0);
  const ground = await page.locator('.heyyo-chat').evaluate((chat) => getComputedStyle(chat).backgroundColor);
  expect(ground).toBe('rgb(23, 23, 28)');
  expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test('by keyboard alone: react, look who is there, and come back', async ({ browser }) => {
  const [ada] = (await windowsOf(browser, server, ['ada'])) as [Page];
  await say(ada, 'reach me with keys');
  const message = said(ada, 'reach me with keys');
  const opener = message.getByRole('button', { name: 'React' });
  await expect(opener).toBeAttached();
  await composer(ada).press('Shift+Tab');
  await expect(message.getByRole('button', { name: 'Delete message' })).toBeFocused();
  await ada.keyboard.press('Shift+Tab');
  await ada.keyboard.press('Enter');
  await expect(message.getByRole('button', { name: 'Thumbs up' })).toBeFocused();
  // The last message is at the lower end: what opens must not be cut off there.
  const picker = await message.getByRole('group', { name: 'Choose a reaction' }).boundingBox();
  const list = await ada.getByTestId('virtuoso-scroller').boundingBox();
  if (!picker || !list) throw new Error('Not drawn');
  expect(picker.y + picker.height).toBeLessThanOrEqual(list.y + list.height);
  await ada.keyboard.press('ArrowDown');
  await ada.keyboard.press('ArrowRight');
  await expect(message.getByRole('button', { name: 'Done' })).toBeFocused();
  await ada.keyboard.press('Enter');
  await expect(message.getByRole('button', { name: '✅, 1' })).toBeVisible();
  await expect(opener).toBeFocused();
  await ada.keyboard.press('Enter');
  await ada.keyboard.press('Escape');
  await expect(opener).toBeFocused();
  await expect(ada.getByRole('group', { name: 'Choose a reaction' })).toHaveCount(0);

  const members = ada.getByRole('button', { name: /^1 member, 1 online/ });
  await members.focus();
  await ada.keyboard.press('Enter');
  await expect(ada.getByRole('list', { name: 'Members' })).toContainText('owner, online');
  await ada.keyboard.press('Escape');
  await expect(ada.getByRole('list', { name: 'Members' })).toHaveCount(0);
});

test('who comes in is counted once, and heard by those who only hear', async ({ browser }) => {
  const [ada, grace] = (await windowsOf(browser, server, ['ada', 'grace'])) as [Page, Page];
  await expect(ada.getByRole('button', { name: /general.*2 members/ })).toBeVisible();
  await expect(ada.getByRole('button', { name: '2 members, 2 online' })).toBeVisible();
  await say(grace, 'listen');
  await expect(ada.locator('[aria-live="polite"]')).toHaveText('Grace: listen');
  await expect(grace.locator('[aria-live="polite"]')).toHaveText('');
});

test('what rides along is shown, and never run', async ({ browser }) => {
  const [ada] = (await windowsOf(browser, server, ['ada'])) as [Page];
  const { id, headers } = await generalOf(ada);
  const attachments = [
    { type: 'file', title: 'notes.pdf', url: 'https://example.com/notes.pdf' },
    { type: 'file', title: 'a trap', url: 'javascript:alert(1)' },
  ];
  await server.call('POST', `/api/channels/${id}/messages`, { headers, body: { attachments } });
  await expect(ada.getByRole('link', { name: 'notes.pdf' })).toHaveAttribute('href', 'https://example.com/notes.pdf');
  await expect(ada.getByText('a trap')).toBeVisible();
  await expect(ada.getByRole('link', { name: 'a trap' })).toHaveCount(0);
});

test('a plugin’s configuration is changed, and the plugin turned off', async ({ browser }) => {
  const [ada] = (await windowsOf(browser, server, ['ada'])) as [Page];
  await ada.getByRole('button', { name: 'Plugins', exact: true }).click();
  await ada.getByLabel(/A plugin, like/).setInputFiles(WORD_FILTER);
  await ada.getByRole('button', { name: 'Upload' }).click();
  const config = ada.getByRole('textbox', { name: 'Configuration of word-filter' });
  await config.fill('{ "words": ["wombat"');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('alert')).toContainText('JSON');
  await config.fill('{ "words": ["wombat"] }');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await say(ada, 'a badger');
  await expect(said(ada, 'a badger').getByRole('button', { name: 'React' })).toBeAttached();
  await say(ada, 'a wombat');
  await expect(said(ada, 'a wombat')).toContainText('Blocked by word-filter:');
  await ada.getByRole('button', { name: 'Turn off' }).click();
  await expect(ada.getByRole('button', { name: 'Turn on' })).toBeVisible();
  await said(ada, 'a wombat').getByRole('button', { name: 'Try again' }).click();
  await expect(said(ada, 'a wombat')).not.toContainText('Blocked');
  await expect(said(ada, 'a wombat').getByRole('button', { name: 'React' })).toBeAttached();
});

/** The demo's channel, for calls as Ada. */
async function generalOf(page: Page) {
  const app = await page.evaluate(() => JSON.parse(localStorage.getItem('heyyo.demo.app') ?? '{}') as App);
  const headers = { authorization: `Bearer ${await server.token(app, 'ada')}` };
  const channels = await server.call<{ id: string; name: string }[]>('GET', '/api/channels', { headers });
  const id = channels.find(({ name }) => name === 'general')?.id;
  if (!id) throw new Error('No channel general');
  return { id, headers };
}
