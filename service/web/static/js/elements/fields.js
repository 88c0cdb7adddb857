// Small parts of forms: a choice from a list, a way to choose one of several, one line of text; each with its label.

import { h } from "../dom.js";

/** @typedef {{value: string, text: string}} Option
 * @typedef {{label: string, options: Option[]}} Group */

/**
 * A choice from a list. What was found by the machine alone stands in pencil, what a person chose in ink.
 *
 * @param {{id: string, label: string, value: string, options: (Option | Group)[], said?: boolean,
 *   describedby?: string, onchoose: (value: string) => void}} how
 */
export function select({ id, label, value, options, said = false, describedby, onchoose }) {
  const made = /** @type {HTMLSelectElement} */ (
    h("select", { id, "aria-label": label, "aria-describedby": describedby, class: said ? "is-said" : "is-found", onchange: () => onchoose(made.value) }, ...options.map(listed))
  );
  made.value = value;
  return made;
}

/** @param {Option | Group} item */
const listed = (item) => ("options" in item ? h("optgroup", { label: item.label }, ...item.options.map(option)) : option(item));

/** @param {Option} item */
const option = ({ value, text }) => h("option", { value }, text);

/**
 * One of several, none chosen beforehand.
 *
 * @param {string} name
 * @param {string} legend
 * @param {{value: string, title: string, about: string}[]} options
 * @param {(value: string) => void} onchoose
 */
export const radios = (name, legend, options, onchoose) =>
  h(
    "fieldset",
    { class: "choices", id: name, tabindex: "-1", onchange: (/** @type {any} */ event) => onchoose(event.target.value) },
    h("legend", {}, legend),
    ...options.map(({ value, title, about }) => h("label", { class: "choice" }, h("input", { type: "radio", name, value }), h("span", {}, title, h("small", {}, about)))),
  );

/**
 * A line of text.
 *
 * @param {{id: string, label: string, hint: string, value: string, most?: number, oninput: (value: string) => void}} how
 */
export function line({ id, label, hint, value, most = 1000, oninput }) {
  const input = /** @type {HTMLInputElement} */ (h("input", { id, maxlength: most, autocomplete: "off", "aria-describedby": `${id}-hint`, oninput: () => oninput(input.value) }));
  input.value = value;
  return h("p", { class: "field" }, h("label", { for: id }, label), input, h("small", { id: `${id}-hint` }, hint));
}
