// The pause: the text is covered, the place is kept.

import { byId, h } from "./dom.js";

export class Veil {
  /** @param {() => void} onlift */
  constructor(onlift) {
    this.onlift = onlift;
    this.element = byId("veil");
  }

  /** Whether the text is covered. */
  get shown() {
    return !this.element.hidden;
  }

  /** @param {string} says where the person was */
  draw(says) {
    const go = h("button", { type: "button", class: "inked", onclick: () => this.lift() }, "Go on");
    this.element.replaceChildren(h("div", { class: "veil-words" }, h("h2", {}, "Paused"), h("p", {}, says), h("p", {}, go)));
    this.element.hidden = false;
    byId("view").inert = true;
    byId("view").classList.add("is-covered");
    go.focus();
  }

  /** Uncover the text. */
  lift() {
    this.element.hidden = true;
    byId("view").inert = false;
    byId("view").classList.remove("is-covered");
    this.onlift();
  }

  /** @param {string} action while paused, few keys mean anything */
  act(action) {
    if (["pause", "confirm", "leave"].includes(action)) this.lift();
  }
}
