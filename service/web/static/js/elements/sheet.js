// The margin beside the text: every dimension with its codes, the memo, and the way to confirm.
// It shows a state it is given and reports what a person does; it decides nothing itself.

import { isTelling, sharedReason, sentence } from "../advice.js";
import { active } from "../codebook.js";
import { cap } from "../keys.js";
import { h } from "../dom.js";
import { DimensionPart } from "./dimension-part.js";

/** @typedef {import("../types.js").Dimension} Dimension */

/**
 * @typedef {{title: string, who: string, says?: string, dimensions: Dimension[], choices: import("../types.js").Choices,
 *   memo: string, suggestion: import("../types.js").Suggestion | null, asking: boolean, policy: string, decided: boolean,
 *   changed: boolean, missing: string[], evidence: boolean, acts?: Node[], confirms?: string}} SheetView
 */

class Sheet extends HTMLElement {
  /** @type {DimensionPart[]} */
  #parts = [];
  #pointed = 0;
  #moved = false;
  #defined = false;
  #view = null;

  /**
   * Build the sheet for a codebook.
   *
   * @param {Dimension[]} dimensions
   * @param {import("../keys.js").Keys} keys
   */
  build(dimensions, keys) {
    this.keys = keys;
    this.dimensions = dimensions;
    this.#parts = dimensions.map((d) => new DimensionPart(d, (code) => this.#tell("choose", { dimension: d, code })));
    this.heading = h("h2", { class: "sheet-title" });
    this.who = h("p", { class: "sheet-who" });
    this.word = h("p", { class: "sheet-word", hidden: true });
    this.found = h("ul", { class: "found" });
    this.finder = this.#finderOf();
    this.memo = /** @type {HTMLTextAreaElement} */ (h("textarea", { id: "memo", rows: 1, oninput: () => this.#tell("memo", { memo: this.memo.value }) }));
    this.confirm = h("button", { type: "button", class: "inked confirm", onclick: () => this.#tell("confirm") });
    this.extra = h("div", { class: "sheet-extra" });
    this.replaceChildren(
      h("header", { class: "sheet-head" }, this.heading, this.who),
      h("div", { class: "sheet-body" }, this.extra, this.word, this.finder, ...this.#parts.map((part) => part.element), this.#memoField()),
      this.#foot(),
    );
    keys.addEventListener("change", () => this.#view && this.update(this.#view));
  }

  #memoField() {
    return h("div", { class: "memo" }, h("label", { for: "memo" }, h("kbd", { "data-key": "memo" }), "Memo"), this.memo);
  }

  #foot() {
    const act = (/** @type {string} */ id, /** @type {string} */ name) =>
      h("button", { type: "button", class: "quiet", "data-act": id }, name, " ", h("kbd", { "data-key": id }));
    const acts = [["previous", "Back"], ["next", "Next"], ["undo", "Undo"], ["evidence", "Why"], ["find", "Find"]];
    const more = h("div", { class: "sheet-acts" }, ...acts.filter(([id]) => this.keys.keyFor(id)).map(([id, name]) => act(id, name)));
    return h("footer", { class: "sheet-foot" }, this.confirm, more);
  }

  #finderOf() {
    this.seek = /** @type {HTMLInputElement} */ (
      h("input", { type: "search", id: "seek", autocomplete: "off", spellcheck: "false", oninput: () => this.#look(), onkeydown: (/** @type {KeyboardEvent} */ e) => this.#seekKey(e) })
    );
    return h("div", { class: "finder", hidden: true }, h("label", { for: "seek" }, "Find a code"), this.seek, this.found);
  }

  /** Open the field that finds codes by name. */
  find() {
    this.finder.hidden = false;
    this.seek.value = "";
    this.#look();
    this.seek.focus();
  }

  #look() {
    const wanted = this.seek.value.trim().toLowerCase();
    this.hits = this.#applying()
      .flatMap((part) => active(part.dimension).map((code) => ({ dimension: part.dimension, code })))
      .filter(({ code }) => wanted && `${code.label} ${code.id}`.toLowerCase().includes(wanted))
      .slice(0, 6);
    this.found.replaceChildren(...this.hits.map((hit) => this.#hit(hit)));
  }

  #hit(hit) {
    const chosen = this.#view?.choices[hit.dimension.id]?.includes(hit.code.id);
    return h("li", {}, h("button", { type: "button", onclick: () => this.#take(hit) }, hit.code.label, h("small", {}, chosen ? "chosen" : hit.dimension.label)));
  }

  /** @param {KeyboardEvent} event */
  #seekKey(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter" && this.hits[0]) this.#take(this.hits[0]);
    else this.#closeFinder();
  }

  #take(hit) {
    this.#closeFinder();
    this.#tell("choose", { dimension: hit.dimension, code: hit.code.id });
  }

  #closeFinder() {
    this.finder.hidden = true;
    this.#tell("leave");
  }

  #applying() {
    const ids = new Set(this.#view?.dimensions.map((d) => d.id));
    return this.#parts.filter((part) => ids.has(part.dimension.id));
  }

  /**
   * Show a state.
   *
   * @param {SheetView} view
   */
  update(view) {
    this.#view = view;
    this.heading.textContent = view.title;
    this.who.textContent = view.who;
    this.extra.replaceChildren(...(view.acts ?? []));
    if (this.memo.value !== view.memo) this.memo.value = view.memo;
    const shared = view.suggestion && !isTelling(view.suggestion) ? sharedReason(view.suggestion) : null;
    this.#say(view, shared);
    const caps = this.keys.forCodes(this.dimensions);
    const shown = new Set(view.dimensions.map((d) => d.id));
    this.#parts.forEach((part, index) => {
      part.element.hidden = !shown.has(part.dimension.id);
      part.update(this.#partView(view, part, index, { caps, quiet: shared !== null }));
    });
    this.confirm.replaceChildren(view.confirms ?? (view.decided && !view.changed ? "Go on" : "Confirm"), " ", h("kbd", {}, cap(this.keys.keyFor("confirm"))));
    this.classList.toggle("is-decided", view.decided && !view.changed);
    this.#showKeys();
  }

  #say(view, shared) {
    const reason = shared && sentence(shared, view.policy, view.decided);
    const text = [view.says, reason].filter(Boolean).join(" ");
    this.word.textContent = text;
    this.word.hidden = !text;
    this.classList.toggle("is-asking", view.asking);
  }

  #partView(view, part, index, { caps, quiet }) {
    return {
      ...view,
      quiet,
      pointed: this.#moved && index === this.#pointed,
      missing: view.missing.includes(part.dimension.id),
      noneCap: this.keys.keyFor("none"),
      caps: (/** @type {string} */ code, /** @type {number} */ place) => this.#capOf(part, index, code, place, caps),
    };
  }

  /** The key of a code as things stand: digits go to the dimension they point at, Shift and digits to the third. */
  #capOf(part, index, code, place, caps) {
    const digit = place < 9 ? String(place + 1) : "";
    if (this.#moved && index === this.#pointed) return digit;
    const own = caps.get(`${part.dimension.id}/${code}`) ?? "";
    if (this.#moved && /^\d$/.test(own)) return "";
    return own || (index === 2 && digit ? `Shift+${digit}` : "");
  }

  #showKeys() {
    for (const element of document.querySelectorAll("kbd[data-key]")) {
      element.textContent = cap(this.keys.keyFor(/** @type {HTMLElement} */ (element).dataset.key));
    }
  }

  /**
   * What a key chooses, if anything.
   *
   * @param {string} key
   * @returns {{dimension: Dimension, code: string} | null}
   */
  codeOf(key) {
    const caps = this.keys.forCodes(this.dimensions);
    for (const [index, part] of this.#parts.entries()) {
      if (part.element.hidden) continue;
      const place = part.order.findIndex((code, i) => this.#capOf(part, index, code.id, i, caps) === key);
      if (place >= 0) return { dimension: part.dimension, code: part.order[place].id };
    }
    return null;
  }

  /** Point the digits at the next dimension. @returns {Dimension} */
  pointOn() {
    const shown = this.#applying();
    const now = this.#moved ? shown.indexOf(this.#parts[this.#pointed]) : 0;
    const next = shown[(now + 1) % shown.length];
    this.#pointed = this.#parts.indexOf(next);
    this.#moved = true;
    next.element.scrollIntoView({ block: "nearest" });
    this.update(this.#view);
    return next.dimension;
  }

  /** Point the digits at the first dimension again, as they stand for each new segment. */
  pointHome() {
    this.#pointed = 0;
    this.#moved = false;
  }

  /** The dimension that the digits were pointed at, or null where nobody moved them. */
  get pointed() {
    return this.#moved ? this.#parts[this.#pointed].dimension : null;
  }

  /** Show or hide the definitions of all codes. */
  define() {
    this.#defined = !this.#defined;
    for (const part of this.#parts) part.define(this.#defined);
  }

  /** @param {string} dimension bring it into view */
  showDimension(dimension) {
    this.#parts.find((part) => part.dimension.id === dimension)?.element.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} type @param {object} [detail] */
  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("inkling-sheet", Sheet);

/** @returns {Sheet} */
export const sheet = () => /** @type {any} */ (document.querySelector("inkling-sheet"));
