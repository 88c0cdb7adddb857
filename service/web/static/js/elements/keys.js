// All keys, and changing them.

import { cap, keyOf } from "../keys.js";
import { announce, h } from "../dom.js";
import { active } from "../codebook.js";

class KeysDialog extends HTMLElement {
  #waits = null;

  /**
   * @param {import("../keys.js").Keys} keys
   * @param {import("../types.js").Dimension[]} dimensions
   */
  build(keys, dimensions) {
    this.keys = keys;
    this.dimensions = dimensions;
    this.problem = h("p", { class: "hint", role: "status" });
    this.acts = h("dl", { class: "keys" });
    this.codes = h("dl", { class: "keys" });
    this.on = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", onchange: () => (keys.on = this.on.checked) }));
    this.dialog = /** @type {HTMLDialogElement} */ (this.#dialogOf());
    this.dialog.addEventListener("close", () => (this.#waits = null));
    this.dialog.addEventListener("keydown", (event) => this.#pressed(event), true);
    this.replaceChildren(this.dialog);
  }

  #dialogOf() {
    return h(
      "dialog",
      { class: "dialog wide keys-dialog", "aria-labelledby": "keys-title" },
      h("div", { class: "dialog-head" }, h("h2", { id: "keys-title" }, "All keys"), h("button", { type: "button", class: "quiet", onclick: () => this.dialog.close() }, "Close")),
      h("p", {}, "To change a key, press its button and then the key you want. Changes stay in this browser."),
      this.problem,
      h("div", { class: "keys-columns" }, h("section", {}, h("h3", {}, "Moving and deciding"), this.acts), h("section", {}, h("h3", {}, "Codes"), this.codes)),
      h("h3", {}, "What the marks mean"),
      legend(),
      h("p", { class: "keys-foot" }, h("label", { class: "check" }, this.on, " Single keys act"), h("button", { type: "button", class: "quiet", onclick: () => this.#reset() }, "Back to the first keys")),
    );
  }

  /** Open the dialog. */
  open() {
    this.#fill();
    this.dialog.showModal();
  }

  #reset() {
    this.keys.reset();
    this.#fill();
  }

  #fill() {
    this.on.checked = this.keys.on;
    this.acts.replaceChildren(
      ...this.keys.actions.flatMap((action) => {
        const more = action.also.map((key) => h("kbd", {}, cap(key)));
        return row(action.says, this.#button(action.id, this.keys.keyFor(action.id), (key) => this.keys.change(action.id, key), action.says), more);
      }),
    );
    const keys = this.keys.forCodes(this.dimensions);
    this.codes.replaceChildren(...this.dimensions.slice(0, 2).flatMap((dimension) => this.#codesOf(dimension, keys)), ...this.#further());
  }

  #codesOf(dimension, keys) {
    return active(dimension).flatMap((code) => {
      const id = `${dimension.id}/${code.id}`;
      return row(code.label, this.#button(id, keys.get(id) ?? "", (key) => this.keys.changeCode(id, key), code.label), []);
    });
  }

  #further() {
    return this.dimensions.slice(2).flatMap((dimension, index) => {
      const how = index === 0 ? "⇧1–⇧9, or " : "";
      return row(dimension.label, h("span", { class: "keys-how" }, `${how}${cap(this.keys.keyFor("dimension"))}, then 1–9`), []);
    });
  }

  #button(id, key, change, says) {
    const button = h("button", { type: "button", class: "key", "data-for": id, "aria-label": `${says}: ${key || "no key"}. Change` }, h("kbd", {}, key ? cap(key) : "–"));
    button.addEventListener("click", () => {
      this.#waits = { button, change, id };
      button.classList.add("is-waiting");
      button.replaceChildren(h("kbd", {}, "…"));
      announce("Press the new key, or Escape.");
    });
    button.addEventListener("blur", () => this.#waits?.button === button && this.#stop());
    return button;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#waits || event.key === "Tab" || event.key === "Shift") return;
    const key = keyOf(event);
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    if (key !== "Escape") this.#take(key);
    this.#stop();
  }

  #take(key) {
    const holder = this.#holder(key);
    const { id, change } = this.#waits;
    this.problem.textContent = holder && holder.id !== id ? `${cap(key)} belongs to “${holder.says}”. Change that one first.` : "";
    if (!holder) change(key);
  }

  /** Who has this key now? */
  #holder(key) {
    const action = this.keys.actions.find(({ id, also }) => this.keys.keyFor(id) === key || also.includes(key));
    if (action) return action;
    const place = [...this.keys.forCodes(this.dimensions)].find(([, held]) => held === key)?.[0];
    const code = this.dimensions.flatMap((d) => d.codes.map((c) => ({ id: `${d.id}/${c.id}`, says: c.label }))).find(({ id }) => id === place);
    return code ?? null;
  }

  #stop() {
    const id = this.#waits?.id;
    this.#waits = null;
    this.#fill();
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-for="${CSS.escape(id ?? "")}"]`))?.focus();
  }
}

const row = (says, button, more) => [h("dt", {}, says), h("dd", {}, button, ...more)];

/** Pencil and ink, explained where one looks for it. */
const legend = () =>
  h(
    "ul",
    { class: "legend" },
    h("li", {}, h("span", { class: "legend-mark legend-suggested" }, "Dashed frame"), " pencilled: the model suggests it"),
    h("li", {}, h("span", { class: "legend-mark legend-in-set" }, "Dashed line"), " a candidate: likely enough to be worth a look; the model's card says how often the right code is among them, if that was measured"),
    h("li", {}, h("span", { class: "legend-mark legend-chosen" }, "Solid"), " inked: a person's choice; only this counts"),
  );

customElements.define("inkling-keys", KeysDialog);

/** @returns {KeysDialog} */
export const keysDialog = () => /** @type {any} */ (document.querySelector("inkling-keys"));
