// What a coded file holds and what of it stays behind, before anything is stored.

import { counted, h } from "../dom.js";
import { line, select } from "./fields.js";

/** @typedef {import("../coded-files.js").Preview} Preview
 * @typedef {import("../coded-files.js").Choices} Choices
 * @typedef {import("../coded-files.js").Left} Left */

/** @param {Preview} seen */
export function held(seen) {
  const given = new Set(seen.codes.filter((code) => code.codings > 0).map((code) => code.path)).size;
  const facts = [
    ["From", seen.tool],
    [seen.documents.length === 1 ? "Document" : "Documents", documents(seen)],
    ["Codings", h("p", {}, `${counted(seen.codings, "coding")} with ${counted(given, "code")}${people(seen)}`)],
    seen.selections && ["Places in the text", h("p", {}, alignment(seen))],
  ].filter(Boolean);
  return h("dl", { class: "facts" }, .../** @type {any[]} */ (facts).flatMap(([name, what]) => [h("dt", {}, name), h("dd", {}, what)]));
}

/** @param {Preview} seen */
function people({ coders }) {
  const named = coders.filter((coder) => coder.name && coder.codings && !coder.machine).length;
  return named ? ` by ${counted(named, "person", "people")}` : "";
}

/** How many documents are named before the others are put away. */
const NAMED = 4;

/** @param {Preview} seen */
function documents({ documents: every }) {
  const row = (/** @type {Preview["documents"][number]} */ d) =>
    h("li", {}, h("span", { class: "file-name" }, d.document_id), " ", h("small", {}, [d.participant_id !== d.document_id && d.participant_id, counted(d.characters, "character"), counted(d.codings, "coding")].filter(Boolean).join(" · ")));
  const [first, rest] = every.length > NAMED + 1 ? [every.slice(0, NAMED), every.slice(NAMED)] : [every, []];
  if (!every.length) return h("p", {}, "none");
  return h("div", {}, h("ul", {}, ...first.map(row)), rest.length > 0 && h("details", { class: "others" }, h("summary", {}, `${rest.length} more`), h("ul", {}, ...rest.map(row))));
}

/** @param {Preview} seen */
function alignment({ selections, aligned, counted_in: unit }) {
  const [all, good] = [Number(selections), Number(aligned)];
  const share = all === good ? `All ${all.toLocaleString("en")}` : `${good.toLocaleString("en")} of ${all.toLocaleString("en")} (${((100 * good) / all).toFixed(1)}%)`;
  return `${share} begin and end where a person would mark them${unit ? `; counted in ${unit}` : ""}.`;
}

/** What does not come along. @param {Left[]} left @param {string} none what to say where all of it does */
export function leftBehind(left, none) {
  if (!left.length) return h("p", {}, none);
  return h("ul", { class: "left" }, ...left.map(({ what, why, count }) => h("li", {}, h("b", {}, count.toLocaleString("en")), h("span", {}, what, h("small", {}, why)))));
}

/** How many codes without a place are told one by one, before the list of codes tells it of each. */
const FEW = 3;

/**
 * The same of a file that is looked at: codings whose codes have no place are told of together, since each stands below.
 *
 * @param {Preview} seen
 */
export function willStay({ left, codes }) {
  const placeless = left.filter(({ what }) => what.startsWith("codings with "));
  if (placeless.length <= FEW) return leftBehind(left, "Everything that was found in it comes along.");
  const count = placeless.reduce((sum, one) => sum + one.count, 0);
  const out = codes.filter((code) => code.codings > 0 && code.why === "to be left out").length;
  const why = out ? `${out} of these codes you leave out; the others have no place in the codebook yet, and stand first below` : "these codes have no place in the codebook yet; they stand first below, each with a choice";
  return leftBehind([...left.filter((one) => !placeless.includes(one)), { what: `codings with ${placeless.length} codes`, why, count }], "");
}

/** @param {string[]} notes */
export const noted = (notes) => notes.map((note) => h("p", { class: "aside" }, note));

/** What our names of columns stand for, in the order in which they are asked. */
const COLUMNS = {
  text: "The words",
  codes: "The codes",
  "code columns": "One column for each code",
  separator: "Between two codes",
  document: "Document",
  coder: "Who coded",
  speaker: "Who speaks",
  participant: "Participant",
  position: "Position in the document",
  start: "Begins at",
  end: "Ends at",
  memo: "Memo",
  created: "When it was coded",
  excerpt: "Id of the excerpt",
  attributes: "About the participant",
};

const SEPARATORS = [
  [";", "semicolon"],
  [",", "comma"],
  ["|", "vertical bar"],
  ["newline", "a new line"],
  ["none", "nothing: one code each"],
];

/**
 * What a table's columns were taken for, each to be chosen otherwise.
 *
 * @param {Preview | null} seen null where the table could not be read at all
 * @param {Choices} choices
 * @param {(name: string, title: string) => void} onchoose
 */
export function columns(seen, choices, onchoose) {
  const guessed = seen?.columns ?? {};
  const said = choices.columns;
  const names = Object.keys(COLUMNS).filter((name) => name !== "separator" || name in guessed);
  const column = (/** @type {string} */ name) => {
    const value = said[name] ?? guessed[name] ?? "";
    const how = { id: `column-${name.replace(" ", "-")}`, label: COLUMNS[name], value, said: name in said, onchoose: (/** @type {string} */ title) => onchoose(name, title) };
    return h("p", { class: "column" }, h("label", { for: how.id }, COLUMNS[name]), select({ ...how, options: name === "separator" ? separators(value) : titles(seen, value) }));
  };
  if (!seen?.titles.length) return unknownColumns(said, onchoose);
  const [used, unused] = [names.filter((name) => said[name] ?? guessed[name]), names.filter((name) => !(said[name] ?? guessed[name]))];
  return h("div", {}, h("div", { class: "columns" }, ...used.map(column)), unused.length > 0 && h("details", { class: "others" }, h("summary", {}, "What no column was taken for"), h("div", { class: "columns" }, ...unused.map(column))));
}

/** @param {Preview | null} seen @param {string} value */
function titles(seen, value) {
  const known = seen?.titles ?? [];
  const several = value && !known.includes(value) ? [value] : [];
  return [{ value: "", text: "no column" }, ...[...several, ...known].map((title) => ({ value: title, text: title.replaceAll("|", ", ") }))];
}

/** @param {string} value */
function separators(value) {
  const known = SEPARATORS.some(([sign]) => sign === value) ? SEPARATORS : [[value, value], ...SEPARATORS];
  return known.map(([sign, text]) => ({ value: sign, text }));
}

/** Where no column was recognised, a person writes the titles. @param {Record<string, string>} said @param {(name: string, title: string) => void} onchoose */
function unknownColumns(said, onchoose) {
  const field = (/** @type {string} */ name) => {
    const made = line({ id: `column-${name}`, label: COLUMNS[name], hint: "The column's title, as the table has it.", value: said[name] ?? "", oninput: () => {} });
    const input = /** @type {HTMLInputElement} */ (made.querySelector("input"));
    input.addEventListener("change", () => onchoose(name, input.value.trim()));
    return made;
  };
  return h("div", { class: "field-row" }, field("text"), field("codes"));
}
