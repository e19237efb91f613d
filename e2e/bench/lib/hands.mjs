// The hands of a caseworker on a tablet: real touches and real keys, each counted by the page itself.
//
// Nothing is filled in from outside. What a browser shows outside the page, the list of a select, cannot be touched from
// here: its touches and letters are added to what the page counted, as `choose` says.

/** Lists up to this length are looked through; in longer ones the first letters are typed. */
const LOOKED_THROUGH = 12;
/** Letters that take two keys on a Spanish keyboard: the accent first. */
const ACCENTED = /[áéíóúüÁÉÍÓÚÜ]/;

/** Runs in every page before its scripts. */
function listen() {
  const counted = (globalThis.counted = { taps: 0, keys: 0 });
  addEventListener('pointerdown', (event) => event.isTrusted && counted.taps++, true);
  addEventListener('keydown', (event) => event.isTrusted && !event.repeat && counted.keys++, true);
  // A select is focused as by a touch, without the list that only the browser can draw.
  addEventListener(
    'mousedown',
    (event) => {
      const select = event.target?.closest?.('select');
      if (!select) return;
      event.preventDefault();
      select.focus();
    },
    true,
  );
}

export class Hands {
  #page;
  #letters;
  #asked = {};
  /** What the page cannot count, by name, and what was decided. */
  swipes = 0;
  listTaps = 0;
  listKeys = 0;
  decisions = 0;
  /** What was done, for whoever wants to follow it: a line a decision. */
  steps = [];

  constructor(page, letters) {
    this.#page = page;
    this.#letters = letters;
  }

  /** Hands on a page that is open already. */
  static async on(page) {
    await page.evaluate(listen);
    return new Hands(page, await page.context().newCDPSession(page));
  }

  /** One question answered, one button chosen: what a person thinks about once. */
  async #decide(what, deed) {
    const before = await this.counts();
    await deed();
    this.decisions++;
    const after = await this.counts();
    const spent = Object.keys(before).map((name) => `${after[name] - before[name]} ${name}`);
    this.steps.push(`${what}: ${spent.filter((it) => !it.startsWith('0 ')).join(', ')}`);
  }

  /** Everything counted so far. */
  async counts() {
    const { taps, keys } = await this.#page.evaluate(() => globalThis.counted);
    return { taps: taps + this.listTaps, swipes: this.swipes, keys: keys + this.listKeys };
  }

  /** Everything done since the last time this was asked, and its steps. */
  async done() {
    const now = { ...(await this.counts()), decisions: this.decisions };
    const since = Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (this.#asked[name] ?? 0)]));
    const steps = this.steps.splice(0);
    this.#asked = now;
    return { ...since, steps };
  }

  /** Touches something, after as many swipes as it takes to see it. */
  async #touch(locator) {
    await locator.waitFor();
    for (let swipes = 0; swipes < 20; swipes++) {
      const off = await locator.evaluate(outOfSight);
      if (off === 0) break;
      this.swipes++;
      await this.#page.evaluate((by) => scrollBy(0, by), off);
    }
    await settle(this.#page);
    const box = await locator.evaluate(touchable);
    await this.#page.touchscreen.tap(box.x, box.y);
    await settle(this.#page);
  }

  /** A button, a link, one of the answers in sight. */
  async tap(what, locator) {
    await this.#decide(what, () => this.#touch(locator));
  }

  /** Touches an input, unless the cursor stands there already, and types. */
  async type(what, locator, text) {
    await this.#decide(what, async () => {
      await this.#enter(locator);
      await this.#keys(text);
    });
  }

  async #enter(locator) {
    await locator.waitFor();
    // Where the app goes by itself, it goes a moment after it has drawn the input.
    await this.#page.waitForTimeout(60);
    if (!(await locator.evaluate((it) => it === document.activeElement))) await this.#touch(locator);
  }

  /** Day, month and year, a box each, as one question. */
  async date(what, locator, parts) {
    const id = await locator.getAttribute('id');
    await this.#decide(what, async () => {
      for (const [at, part] of parts.entries()) {
        await this.#enter(this.#page.locator(`#${id}${['', '-month', '-year'][at]}`));
        await this.#keys(part);
      }
    });
  }

  /** One of a list: a touch opens it, then a touch chooses; in a long list after the first letters of what is meant. */
  async choose(what, locator, value) {
    await this.#decide(what, async () => {
      await this.#touch(locator);
      await locator.locator(`option[value="${value}"]`).waitFor({ state: 'attached' });
      const letters = await locator.evaluate(lettersFor, [value, LOOKED_THROUGH]);
      this.listKeys += letters;
      this.listTaps++;
      await locator.selectOption(value);
      await settle(this.#page);
    });
  }

  /** Keys, one by one; capitals with Shift and accents with their own key. */
  async #keys(text) {
    for (const letter of text) {
      if (ACCENTED.test(letter)) await this.#press('Dead', '');
      if (/\p{Lu}/u.test(letter)) await this.#press('Shift', '');
      await this.#press(letter, letter);
    }
  }

  async #press(key, text) {
    await this.#letters.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', key, text });
    await this.#letters.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }
}

/** Until the page has drawn what the last touch or key did. */
async function settle(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Runs in the page: how far a thumb would scroll to bring something into sight, at most two thirds of the screen; 0 when it is there. */
function outOfSight(element) {
  const head = document.querySelector('header')?.getBoundingClientRect();
  const foot = document.querySelector('.actions')?.getBoundingClientRect();
  const top = head && getComputedStyle(document.querySelector('header')).position !== 'static' ? Math.max(0, head.bottom) : 0;
  const bottom = foot && !element.closest('.actions') ? Math.min(innerHeight, foot.top) : innerHeight;
  const box = element.getBoundingClientRect();
  const at = Math.min(Math.max(box.top + box.height / 2, top), bottom) === box.top + box.height / 2;
  if (at) return 0;
  const far = box.top + box.height / 2 - (top + bottom) / 2;
  const most = (innerHeight * 2) / 3;
  return Math.sign(far) * Math.min(Math.abs(far), most);
}

/** Runs in the page: where to touch something. */
function touchable(element) {
  const box = element.getBoundingClientRect();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const there = document.elementFromPoint(at.x, at.y);
  if (!there || !(element.contains(there) || there.contains(element))) {
    throw new Error(`covered: ${element.outerHTML.slice(0, 200)} by ${there?.outerHTML.slice(0, 200)}`);
  }
  return at;
}

/** Runs in the page: how many letters lead to an option, as a list jumps to the first that begins with them; 0 in a short list. */
function lettersFor(select, [value, few]) {
  const options = [...select.options].filter((option) => option.value);
  const meant = options.find((option) => option.value === value);
  if (!meant) throw new Error(`no ${value} in ${select.id}`);
  if (options.length <= few) return 0;
  const plain = (text) => text.trim().toLocaleLowerCase('es').normalize('NFD').replace(/\p{M}/gu, '');
  const words = plain(meant.label);
  for (let length = 1; length <= words.length; length++) {
    const first = options.find((option) => plain(option.label).startsWith(words.slice(0, length)));
    if (first === meant) return length;
  }
  return words.length;
}
