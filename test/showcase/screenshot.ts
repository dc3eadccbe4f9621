import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.ts';
import { letThingsHappen } from './happenings.ts';
import { Showcase } from './showcase.ts';

/** `npm run screenshot`: the page beside a furnished stub API server, as docs/page.png. */

const FILE = fileURLToPath(new URL('../../docs/page.png', import.meta.url));

const showcase = await Showcase.start();
try {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
    await page.goto(showcase.ops);
    await letThingsHappen(showcase);
    await page.locator('#decisions li').nth(5).waitFor();
    await page.locator('#pools .cell.reserved').first().waitFor();
    await page.locator('#holders button', { hasText: '198.51.100.70' }).first().click();
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ path: FILE });
  } finally {
    await browser.close();
  }
} finally {
  await showcase.stop();
}
