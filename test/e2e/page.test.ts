import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ips } from '../gen/service.ts';
import { CHROMIUM, openBrowser } from '../showcase/browser.ts';
import { letThingsHappen, steal } from '../showcase/happenings.ts';
import { at } from '../showcase/inventory.ts';
import { Showcase } from '../showcase/showcase.ts';
import { whyMissing } from './support/debian-package.ts';

const skip = whyMissing(CHROMIUM, 'chromium') ?? false;

describe('the page in Chromium', { skip, timeout: 120_000 }, () => {
  let showcase: Showcase;
  let browser: Browser;
  let page: Page;
  /** What the browser complained about, and what it asked of anybody but holdfast. */
  let complaints: string[];

  before(async () => {
    // A name that would be markup, if anybody took it for that.
    showcase = await Showcase.start((stub) => {
      stub.put('/api/v1/services', at('default', HOSTILE, ips('198.51.100.100')));
    });
    await letThingsHappen(showcase);
    browser = await openBrowser();
  });

  after(async () => {
    await browser?.close();
    await showcase?.stop();
  });

  beforeEach(() => {
    complaints = [];
  });

  afterEach(async () => {
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  async function open(options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    page = await context.newPage();
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(showcase.ops)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(showcase.ops);
    await cell('198.51.100.70').waitFor();
    await page.locator('#decisions li').first().waitFor();
  }

  const cell = (ip: string) => page.locator(`#pools button[data-ip="${ip}"]`);
  const count = (selector: string) => page.locator(selector).count();
  const texts = async (selector: string) => (await page.locator(selector).allInnerTexts()).map(oneLine);
  const text = async (selector: string) => (await texts(selector))[0] ?? assert.fail(`there is no ${selector}`);

  test('draws every pool: small ranges whole, of large ones what is taken', async () => {
    await open();
    assert.deepEqual(await texts('.pool > h2'), ['edge on request only', 'internal', 'public without .0 and .255']);
    const cells = (pool: string) => count(`section[aria-labelledby="pool-${pool}"] .cell:not(.outside)`);
    assert.equal(await cells('public'), 128);
    assert.ok((await cells('internal')) < 100, 'a /16 is not drawn whole');
    assert.ok((await cells('edge')) < 50, 'an IPv6 /64 is not drawn whole');
    for (const state of ['assigned', 'shared', 'reserved', 'sticky', 'conflict']) {
      assert.ok((await count(`#pools .cell.${state}`)) > 0, state);
    }
    assert.equal(await text('#mode'), 'repair');
    assert.equal(await text('#ready'), 'ready');
  });

  test('says who holds an IP and since when', async () => {
    await open();
    await cell('198.51.100.70').click();
    assert.match(await text('#selected'), /198\.51\.100\.70 Shared/);
    assert.match(await text('#selected li'), /^shop\/storefront ?since \d{4}-\d\d-\d\d \d\d:\d\d \(61 d\)$/);
    await cell('198.51.100.80').click();
    assert.match(await text('#selected li'), /shop\/preview.*free for everybody in \d+ min/);
  });

  test('filters by text, namespace and state', async () => {
    await open();
    const rows = () => texts('#holders tr');
    await page.getByRole('searchbox').fill('storefront');
    assert.equal((await rows()).length, 2);
    assert.equal(await count('#pools.filtered .cell.match'), 1);
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Namespace').selectOption('payments');
    const paying = await rows();
    assert.ok(paying.length > 5 && paying.every((row) => row.includes('payments/') || row.includes('198.51.100.75')));
    assert.ok((await texts('#decisions li')).every((one) => one.includes('payments/')));
    await page.getByLabel('Namespace').selectOption('');
    await page.getByRole('button', { name: /^Sticky 3/ }).click();
    assert.equal((await rows()).length, 3);
  });

  test('shows a decision the moment it is made, and the map after it', async () => {
    await open();
    const before = await count('#decisions li');
    await steal(showcase, 'live-one');
    await page.locator('#decisions li', { hasText: 'default/live-one' }).first().waitFor({ timeout: 5000 });
    assert.equal(await count('#decisions li'), before + 1);
    const newest = await text('#decisions li');
    assert.match(newest, /repaired Redirected default\/live-one none → 198\.51\.100\.2 → /);
    const given = /→ (\S+) written by MetalLB/.exec(newest)?.[1] ?? assert.fail(newest);
    await cell(given).waitFor({ timeout: 5000 });
  });

  test('is worked with the keyboard alone', async () => {
    await open();
    const focused = () => page.evaluate('document.activeElement?.dataset.ip ?? document.activeElement?.id');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    await page.keyboard.press('/');
    assert.equal(await focused(), 'text');
    await page.keyboard.type('vpn');
    assert.equal(await count('#holders tr'), 2);
    await page.keyboard.press('Escape');
    assert.ok((await count('#holders tr')) > 50);
    await cell('198.51.100.1').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), '198.51.100.2');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), '198.51.100.34');
    assert.match(await text('#selected'), /198\.51\.100\.34/);
    await page.keyboard.press('Home');
    assert.equal(await focused(), '198.51.100.1');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.closest("#pools")'), null, 'one Tab leaves the range');
  });

  test('fits a phone, without scrolling sideways', async () => {
    await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    assert.equal(await count('section[aria-labelledby="pool-public"] .line'), 8);
    await cell('198.51.100.70').tap();
    assert.match(await text('#selected'), /shop\/storefront/);
  });

  test('is dark where the system is', async () => {
    const brightness = async () => {
      const colour = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      return Math.max(...[...colour.matchAll(/\d+/g)].map(Number));
    };
    await open({ colorScheme: 'dark' });
    assert.ok((await brightness()) < 60);
    await page.context().close();
    await open({ colorScheme: 'light' });
    assert.ok((await brightness()) > 200);
  });

  test('has enough contrast in both schemes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await open({ colorScheme });
      const low = await page.evaluate(LOW_CONTRAST);
      assert.deepEqual(low, [], colorScheme);
      if (colorScheme === 'light') await page.context().close();
    }
  });

  test('takes names for text, never for markup', async () => {
    await open();
    await page.locator('#holders button', { hasText: '198.51.100.100' }).click();
    assert.ok((await text('#selected li')).startsWith(`default/${HOSTILE}`));
    assert.equal(await count('img[src="x"]'), 0);
  });
});

const HOSTILE = '<img src=x onerror=alert(1)>';

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

/** Texts whose colour stands out less than WCAG 2.2 AA asks for (4.5 to 1), against the ground of the page. */
const LOW_CONTRAST = `(() => {
  const luminance = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((c) => {
      const s = c / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const low = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const ownText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!ownText || element.closest('noscript, option') || element.offsetParent === null) continue;
    const own = luminance(getComputedStyle(element).color);
    const ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    if (ratio < 4.5) low.add(element.tagName + ' ' + element.className + ' ' + ratio.toFixed(1));
  }
  return [...low];
})()`;
