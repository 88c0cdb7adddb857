// One code of the sheet: its key, its box, its name; what the model pencils beside it; its definition on demand.

import { h } from "../dom.js";

/** @typedef {import("../types.js").Code} Code */
/** @typedef {import("../types.js").Candidate} Candidate */

let rows = 0;

export class CodeRow {
  /**
   * @param {{id: string, label: string}} code
   * @param {{onchoose: () => void, definition?: Code}} options
   */
  constructor(code, { onchoose, definition }) {
    const id = `code-${(rows += 1)}`;
    this.code = code.id;
    this.box = /** @type {HTMLInputElement} */ (
      h("input", { type: "checkbox", id, onchange: onchoose, "aria-describedby": `${id}-pencil` })
    );
    this.cap = h("kbd", { "aria-hidden": "true" });
    this.meter = /** @type {HTMLMeterElement} */ (h("meter", { min: 0, max: 1, value: 0, "aria-hidden": "true" }));
    this.number = h("span", { class: "pencil-number" });
    this.pencil = h("span", { class: "pencil", id: `${id}-pencil`, hidden: true }, this.meter, this.number);
    this.define = definition ? this.#defineButton(definition, `${id}-definition`) : null;
    this.definition = definition ? definitionOf(definition, `${id}-definition`) : null;
    const label = h("label", { for: id }, this.cap, h("span", { class: "code-name" }, code.label));
    this.element = h("li", { class: "code", "data-code": code.id }, this.box, label, this.pencil, this.define, this.definition);
  }

  /** @param {Code} code @param {string} controls */
  #defineButton(code, controls) {
    const toggle = () => this.open(this.definition.hidden, true);
    return h(
      "button",
      { type: "button", class: "define", "aria-expanded": "false", "aria-controls": controls, "aria-label": `Definition of ${code.label}`, onclick: toggle },
      "i",
    );
  }

  /** @param {boolean} open @param {boolean} [whole] with what to include and exclude, not the sentence alone */
  open(open, whole = false) {
    if (!this.definition) return;
    this.definition.hidden = !open;
    this.definition.classList.toggle("is-whole", whole);
    this.define?.setAttribute("aria-expanded", String(open));
  }

  /** @param {boolean} chosen */
  ink(chosen) {
    this.box.checked = chosen;
    this.element.classList.toggle("is-chosen", chosen);
  }

  /** @param {string} key */
  key(key) {
    this.cap.textContent = key;
    this.cap.hidden = !key;
  }

  /**
   * Pencil what the model says of this code, or rub it out.
   *
   * @param {{probability?: number, suggested: boolean, inSet: boolean} | null} mark
   */
  draw(mark) {
    this.pencil.hidden = !mark;
    this.element.classList.toggle("is-suggested", !!mark?.suggested);
    this.element.classList.toggle("is-in-set", !!mark?.inSet);
    if (!mark) return this.number.replaceChildren();
    const word = mark.suggested ? "suggested" : mark.inSet ? "a candidate" : "unlikely";
    this.meter.hidden = mark.probability === undefined;
    this.meter.value = mark.probability ?? 0;
    const percent = mark.probability === undefined ? "" : percentOf(mark.probability);
    return this.number.replaceChildren(h("span", { class: "unseen" }, `Pencilled: ${word} `), percent);
  }
}

/** @param {number} probability never a rounded certainty: one can't be sure */
const percentOf = (probability) => {
  if (probability < 0.01) return "<1%";
  return probability > 0.99 ? ">99%" : `${Math.round(probability * 100)}%`;
};

/** @param {Code} code @param {string} id */
function definitionOf(code, id) {
  const part = (/** @type {string} */ title, /** @type {string[]} */ items) =>
    items.length > 0 && h("div", { class: "definition-part" }, h("h4", {}, title), h("ul", {}, ...items.map((item) => h("li", {}, item))));
  return h(
    "div",
    { class: "definition", id, hidden: true },
    h("p", {}, code.definition || "The codebook gives no definition."),
    part("Include", code.include),
    part("Exclude", code.exclude),
    part("Invented examples", code.examples),
  );
}
