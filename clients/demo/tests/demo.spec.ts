// What people do on the page: chat in two windows, react, type, lose the server, scroll far up, be refused.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Browser, type Locator, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { TestServer, type App } from '../../testing/server.mjs';
import { composer, contextOf, said, say, windowsOf } from './support.js';

const WORD_FILTER = fileURLToPath(new URL('../../../plugins/dist/word-filter.wasm', import.meta.url));

let server: TestServer;
test.beforeAll(async () => {
  server = await TestServer.start();
});
test.afterAll(() => server.remove());

const windows = (browser: Browser, users: string[]) => windowsOf(browser, server, users);

test('two people chat, see each other type, react and delete', async ({ browser }) => {
  const [ada, grace] = (await windows(browser, ['ada', 'grace'])) as [Page, Page];
  await say(ada, 'Hello from Ada');
  await expect(said(grace, 'Hello from Ada')).toBeVisible();
  await composer(grace).pressSequentially('Hi');
  await expect(ada.getByText('Grace is typing…')).toBeVisible();
  await composer(grace).press('Shift+Enter');
  await composer(grace).pressSequentially('Ada');
  await composer(grace).press('Enter');
  await expect(said(ada, 'Hi\nAda')).toBeVisible();
  await expect(ada.getByText('Grace is typing…')).toBeHidden();

  await said(ada, 'Hi\nAda').hover();
  await said(ada, 'Hi\nAda').getByRole('button', { name: 'React' }).click();
  await ada.getByRole('button', { name: '🎉 Party' }).click();
  await expect(said(grace, 'Hi\nAda').getByRole('button', { name: '🎉, 1' })).toBeVisible();

  await expect(said(grace, 'Hello from Ada').getByRole('button', { name: 'Delete message' })).toHaveCount(0);
  await said(ada, 'Hello from Ada').hover();
  await said(ada, 'Hello from Ada').getByRole('button', { name: 'Delete message' }).click();
  await expect(said(grace, 'Hello from Ada')).toHaveCount(0);
});

test('a dot tells of what is said in another channel', async ({ browser }) => {
  const [ada, grace] = (await windows(browser, ['ada', 'grace'])) as [Page, Page];
  await ada.getByRole('button', { name: 'New channel, or join one' }).click();
  await ada.getByRole('textbox', { name: 'Name of the new channel' }).fill('kittens');
  await ada.getByRole('button', { name: 'Create' }).click();
  await expect(ada.getByRole('heading', { name: 'kittens' })).toBeVisible();
  await grace.getByRole('button', { name: 'New channel, or join one' }).click();
  await grace.getByRole('button', { name: 'Join kittens' }).click();
  await expect(grace.getByRole('heading', { name: 'kittens' })).toBeVisible();
  await grace.getByRole('button', { name: /general/ }).click();
  await say(ada, 'meow');
  await expect(grace.getByRole('button', { name: /kittens.*Unread/ })).toBeVisible();
  await grace.getByRole('button', { name: /kittens/ }).click();
  await expect(said(grace, 'meow')).toBeVisible();
  await expect(grace.getByText('Unread')).toHaveCount(0);
});

test('a server that is killed loses nothing of what is written meanwhile', async ({ browser }) => {
  const [ada, grace] = (await windows(browser, ['ada', 'grace'])) as [Page, Page];
  await say(ada, 'before the crash');
  await expect(said(grace, 'before the crash')).toBeVisible();
  await server.kill();
  await expect(ada.getByText('What you write is sent when the connection is back.')).toBeVisible();
  await say(ada, 'written while it is away');
  await expect(said(ada, 'written while it is away')).toContainText(/Waits|Sending/);
  await server.up();
  await expect(said(grace, 'written while it is away')).toHaveCount(1);
  await expect(said(ada, 'written while it is away')).toHaveCount(1);
  await expect(said(ada, 'written while it is away')).not.toContainText(/Waits|Sending/);
});

test('what a plugin refuses is shown with its reason, to its sender alone', async ({ browser }) => {
  const [ada, grace] = (await windows(browser, ['ada', 'grace'])) as [Page, Page];
  await ada.getByRole('button', { name: 'Plugins', exact: true }).click();
  await ada.getByLabel(/A plugin, like/).setInputFiles(WORD_FILTER);
  await expect(ada.getByLabel('Its configuration')).toHaveValue(/badger/);
  await ada.getByRole('button', { name: 'Upload' }).click();
  await expect(ada.getByText('version 1')).toBeVisible();
  await say(ada, 'a b4dger!');
  const refused = said(ada, 'a b4dger!');
  await expect(refused).toContainText('Blocked by word-filter:');
  await say(ada, 'a cat');
  await expect(said(grace, 'a cat')).toBeVisible();
  await expect(said(grace, 'a b4dger!')).toHaveCount(0);
  await refused.getByRole('button', { name: 'Discard' }).click();
  await expect(refused).toHaveCount(0);
  await ada.getByRole('button', { name: 'Remove' }).click();
  await expect(ada.getByText('version 1')).toHaveCount(0);
});

test('a channel of 10,000 messages is read to its beginning, and keeps its place on the way', async ({ browser }) => {
  test.setTimeout(300_000);
  const count = 10_000;
  const [ada] = (await windows(browser, ['ada'])) as [Page];
  const app = await ada.evaluate(() => JSON.parse(localStorage.getItem('heyyo.demo.app') ?? '{}') as App);
  const headers = { authorization: `Bearer ${await server.token(app, 'ada')}` };
  const { id } = await server.call<{ id: string }>('POST', '/api/channels', { headers, body: { name: 'long' } });
  const places = await fill(id, headers, count);
  await ada.reload();
  await ada.getByRole('button', { name: /long/ }).click();
  await expect(ada.getByRole('article').last()).toBeVisible();

  const list = ada.getByTestId('virtuoso-scroller');
  const topmost = async () => places.get(await topText(list)) ?? Infinity;
  const box = await list.boundingBox();
  await ada.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 300);
  // What is in sight may move by what the wheel moves, also when a page of a hundred comes in above it.
  const [wheel, rowHeight] = [900, 20];
  let seen = await topmost();
  expect(seen).toBeGreaterThan(count - 100);
  while (seen > 1) {
    await ada.mouse.wheel(0, -wheel);
    await expect.poll(topmost, { message: `stuck at ${seen}`, intervals: [20] }).toBeLessThan(seen);
    await settled(list);
    const now = await topmost();
    expect(seen - now, `a jump from ${seen} to ${now}`).toBeLessThanOrEqual(2 * (wheel / rowHeight));
    seen = now;
  }
  // Only what is near is drawn.
  expect(await ada.getByRole('article').count()).toBeLessThan(150);
  await expect(ada.getByText('This is where it begins.')).toBeVisible();
  await ada.getByRole('button', { name: /To the newest|new message/ }).click();
  await expect(ada.getByText('This is where it begins.')).not.toBeInViewport();
});

/** Fills a channel, many at once; gives the place of each text. */
async function fill(channelId: string, headers: Record<string, string>, count: number): Promise<Map<string, number>> {
  const path = `/api/channels/${channelId}/messages`;
  let next = 1;
  const write = async () => {
    while (next <= count) await server.call('POST', path, { headers, body: { text: `number ${next++}.` } });
  };
  await Promise.all(Array.from({ length: 16 }, write));
  const places = new Map<string, number>();
  while (places.size < count) {
    // Places have no gaps, so that they are counted like what was read.
    const page = await server.call<{ text: string; seq: number }[]>('GET', `${path}?limit=100&after_seq=${places.size}`, { headers });
    for (const { text, seq } of page) places.set(text, seq);
    expect(page.length).toBeGreaterThan(0);
  }
  return places;
}

/** Until the wheel's way is gone: what is left of it would count as the next one's. */
function settled(list: Locator): Promise<void> {
  return list.evaluate((scroller) => {
    const frames = 6;
    return new Promise<void>((done) => {
      let [last, still] = [scroller.scrollTop, 0];
      const look = () => {
        still = scroller.scrollTop === last ? still + 1 : 0;
        last = scroller.scrollTop;
        if (still >= frames) done();
        else requestAnimationFrame(look);
      };
      look();
    });
  });
}

/** The text of the topmost message in sight. */
function topText(list: Locator): Promise<string> {
  return list.evaluate((scroller) => {
    const top = scroller.getBoundingClientRect().top;
    const first = [...scroller.querySelectorAll('article')].find((article) => article.getBoundingClientRect().bottom > top);
    return /number \d+\./.exec(first?.textContent ?? '')?.[0] ?? '';
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, in ${scheme}`, async ({ browser }) => {
    const [ada] = (await windows(browser, ['ada'])) as [Page];
    await ada.emulateMedia({ colorScheme: scheme });
    await say(ada, 'See https://example.com/ for more');
    await expect(said(ada, 'example.com')).not.toHaveCount(0);
    await ada.getByRole('button', { name: 'Plugins', exact: true }).click();
    const { violations } = await new AxeBuilder({ page: ada }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    await ada.goto(`${server.url}/demo/`);
    await expect(ada.getByRole('heading', { name: 'Who are you today?' })).toBeVisible();
    expect((await new AxeBuilder({ page: ada }).analyze()).violations).toEqual([]);
  });
}

test('a phone shows one pane at a time, and nothing beside its edge', async ({ browser }) => {
  const context = await contextOf(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/demo/`);
  await page.getByRole('link', { name: 'Ada' }).click();
  await page.getByRole('button', { name: /general/ }).click();
  await say(page, 'from the phone, and a word that is'.concat(' l', 'o'.repeat(200), 'ng'));
  await expect(said(page, 'from the phone')).toBeVisible();
  const isWider = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(await isWider()).toBe(false);
  await page.getByRole('button', { name: 'Back to the channels' }).click();
  await expect(page.getByRole('button', { name: /general/ })).toBeVisible();
  expect(await isWider()).toBe(false);
});
