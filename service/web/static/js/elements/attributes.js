// Fields for a participant: who they are in the study, and the attributes a report counts by.

import { h } from "../dom.js";

/** Attributes that most studies have; others can be added. */
const USUAL = ["organisation", "region"];

let forms = 0;

export class ParticipantFields {
  /** @param {{participant_id?: string, attributes?: Record<string, string>, content_note?: string}} known */
  constructor({ participant_id: participant = "", attributes = {}, content_note: note = "" }) {
    this.prefix = `about-${(forms += 1)}`;
    this.participant = this.#input("participant", participant);
    this.note = this.#input("note", note);
    const names = [...new Set([...USUAL, ...Object.keys(attributes)])];
    this.values = new Map(names.map((name) => [name, this.#input(name, attributes[name] ?? "")]));
    this.grid = h("div", { class: "field-row" }, this.#field("Participant", this.participant), ...names.map((name) => this.#field(titled(name), this.values.get(name))));
    this.element = h("div", {}, this.grid, this.#another(), this.#field("Content note", this.note, "Shown before reading, so that nobody meets hard material unprepared."));
  }

  #input(name, value) {
    const input = /** @type {HTMLInputElement} */ (h("input", { id: `${this.prefix}-${name.replace(/\W/g, "-")}`, autocomplete: "off" }));
    input.value = value;
    return input;
  }

  #field(title, input, hint) {
    const small = hint && h("small", { id: `${input.id}-hint` }, hint);
    if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
    return h("p", { class: "field" }, h("label", { for: input.id }, title), input, small);
  }

  /** A way to add an attribute of another name. */
  #another() {
    const name = this.#input("another-name", "");
    const add = () => {
      const wanted = name.value.trim();
      if (!wanted || this.values.has(wanted)) return;
      this.values.set(wanted, this.#input(wanted, ""));
      this.grid.append(this.#field(titled(wanted), this.values.get(wanted)));
      name.value = "";
      this.values.get(wanted).focus();
    };
    const enter = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    };
    name.addEventListener("keydown", enter);
    name.setAttribute("aria-label", "Name of another attribute");
    name.setAttribute("placeholder", "Another attribute");
    return h("p", { class: "another" }, name, h("button", { type: "button", class: "quiet", onclick: add }, "Add"));
  }

  /** What was typed; attributes left empty are left out. */
  read() {
    const attributes = Object.fromEntries([...this.values].map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value));
    const participant = this.participant.value.trim();
    return { ...(participant && { participant_id: participant }), attributes, content_note: this.note.value.trim() };
  }
}

/** @param {string} name */
const titled = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
