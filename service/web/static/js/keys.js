// Which key does what. Every key can be changed; the changes live in this browser and hold keys only, never text.

/** @typedef {import("./types.js").Dimension} Dimension */

const STORED = "inkling.keys";

/** What keys can do; `also` are fixed second keys that stay when the first is changed. */
export const ACTIONS = [
  { id: "confirm", says: "Confirm, and on to the next undecided", key: "Enter", also: [] },
  { id: "none", says: "None applies", key: "0", also: [] },
  { id: "next", says: "Next segment", key: "j", also: ["ArrowDown", "ArrowRight"] },
  { id: "previous", says: "Previous segment", key: "k", also: ["ArrowUp", "ArrowLeft"] },
  { id: "undecided", says: "Next undecided segment", key: "n", also: [] },
  { id: "undo", says: "Undo", key: "u", also: [] },
  { id: "dimension", says: "Point the digits at the next dimension", key: "d", also: [] },
  { id: "find", says: "Find a code by its name", key: "/", also: [] },
  { id: "memo", says: "Write a memo", key: "m", also: [] },
  { id: "evidence", says: "Show what a suggestion rests on", key: "e", also: [] },
  { id: "definitions", says: "Show the definitions", key: "i", also: [] },
  { id: "blur", says: "Blur the text", key: "b", also: [] },
  { id: "pause", says: "Pause; the place is kept", key: "p", also: [] },
  { id: "keys", says: "Show all keys", key: "?", also: [] },
];

/** Further actions where differences are settled: the arrows choose a side there. */
export const SETTLING = [
  { id: "left", says: "Take the left coding", key: "ArrowLeft", also: [] },
  { id: "right", says: "Take the right coding", key: "ArrowRight", also: [] },
];

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Enter: "↵", " ": "Space" };

/** @param {string} key how a key is written on a keycap */
export const cap = (key) => NAMES[key] ?? key.replace("Shift+", "⇧");

/**
 * The name of the key that was pressed, or null for combinations that belong to the browser.
 * Digits go by their place, so that they work on keyboards where they need Shift.
 *
 * @param {KeyboardEvent} event
 */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  if (digit) return event.shiftKey ? `Shift+${digit}` : digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export class Keys extends EventTarget {
  /** @param {typeof ACTIONS} actions */
  constructor(actions) {
    super();
    const settled = new Set(actions.filter((a) => SETTLING.includes(a)).map((a) => a.key));
    this.actions = actions.map((a) => ({ ...a, also: a.also.filter((key) => !settled.has(key)) }));
    this.stored = load();
  }

  /** Whether single keys act at all (Enter and the arrows always do). */
  get on() {
    return !this.stored.off;
  }

  /** @param {boolean} on */
  set on(on) {
    this.#keep({ ...this.stored, off: !on });
  }

  /** @param {string} action */
  keyFor(action) {
    return this.stored.actions[action] ?? this.actions.find(({ id }) => id === action)?.key ?? "";
  }

  /** @param {string | null} key the action of a key, if any */
  actionOf(key) {
    if (!key || (!this.on && key.length === 1)) return null;
    return this.actions.find(({ id, also }) => this.keyFor(id) === key || also.includes(key))?.id ?? null;
  }

  /**
   * The keys of a codebook's codes: digits for the first dimension, letters for the second.
   *
   * @param {Dimension[]} dimensions
   * @returns {Map<string, string>} from "dimension/code" to key
   */
  forCodes(dimensions) {
    const taken = new Set([...this.actions.flatMap(({ id, also }) => [this.keyFor(id), ...also]), ...Object.values(this.stored.codes)]);
    const found = new Map(Object.entries(this.stored.codes));
    const give = (/** @type {string} */ place, /** @type {string[]} */ wishes) => {
      const key = found.get(place) ?? wishes.find((wish) => !taken.has(wish));
      if (!key) return;
      taken.add(key);
      found.set(place, key);
    };
    const [first, second] = dimensions;
    first?.codes.filter((c) => !c.retired).slice(0, 9).forEach((code, i) => give(`${first.id}/${code.id}`, [`${i + 1}`]));
    second?.codes.filter((c) => !c.retired).forEach((code) => give(`${second.id}/${code.id}`, letters(code.label)));
    return found;
  }

  /** @param {string} action @param {string} key */
  change(action, key) {
    this.#keep({ ...this.stored, actions: { ...this.stored.actions, [action]: key } });
  }

  /** @param {string} place "dimension/code" @param {string} key */
  changeCode(place, key) {
    this.#keep({ ...this.stored, codes: { ...this.stored.codes, [place]: key } });
  }

  /** Back to the keys that Inkling came with. */
  reset() {
    this.#keep({ off: false, actions: {}, codes: {} });
  }

  #keep(stored) {
    this.stored = stored;
    try {
      localStorage.setItem(STORED, JSON.stringify(stored));
    } catch {
      // A browser that stores nothing keeps the change until the page is left.
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} label the letters a code would like: those of its name first */
const letters = (label) => [...label.toLowerCase().replace(/[^a-z]/g, ""), ..."acdefghijklmnopqrstuvwxyz"];

function load() {
  try {
    const { off = false, actions = {}, codes = {} } = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return { off, actions, codes };
  } catch {
    return { off: false, actions: {}, codes: {} };
  }
}
