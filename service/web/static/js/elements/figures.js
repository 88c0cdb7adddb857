// How good models are, as tables: one model by itself, two on the same segments, or each on its own people.

import { counted, h } from "../dom.js";

/** @typedef {[number | null, number | null]} Bounds
 * @typedef {{dimension: string, label: string, segments: number, macro_f1: number | null, kappa: number | null,
 *   intervals: Record<string, Bounds> | null}} Figures
 * @typedef {{model_id: string, on_invented_text: boolean, figures: Figures[] | null, without_figures: string | null}} Measured
 * @typedef {{current: number | null, candidate: number | null, difference: number | null, interval: Bounds | null}} Pair
 * @typedef {{dimension: string, label: string, verdict: string, reason: string, segments: number, participants: number,
 *   macro_f1: Pair | null, kappa: Pair | null}} Compared */

/** @type {["macro_f1" | "kappa", string][]} */
const MEASURES = [
  ["macro_f1", "Macro-F1"],
  ["kappa", "Kappa"],
];

/**
 * A table that scrolls by itself where the window is narrow.
 *
 * @param {string} label
 * @param {string} caption
 * @param {string[]} heads
 * @param {HTMLElement[]} rows
 */
function table(label, caption, heads, rows) {
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", { class: "figures" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, ...rows)),
  );
}

/** @param {{label: string, segments: number}} part @param {(Node | string)[][]} cells */
const row = ({ label, segments }, cells) => h("tr", {}, h("th", { scope: "row" }, label, h("small", {}, ` ${counted(segments, "segment")}`)), ...cells.map((cell) => h("td", {}, ...cell)));

/** @param {Measured} model */
export function ownFigures({ model_id: id, figures, on_invented_text: invented }) {
  const found = /** @type {Figures[]} */ (figures);
  const without = found.every((figure) => !figure.intervals);
  const caption = `On participants it had not seen${invented ? ", of invented text" : ""}${without ? "; too few for intervals" : ", with 95 % intervals"}`;
  return table(`Figures of ${id}`, caption, ["Dimension", ...MEASURES.map(([, title]) => title)], found.map((figure) => row(figure, MEASURES.map(([measure]) => value(figure, measure)))));
}

/** Both models on the same segments. @param {Compared[]} parts */
export function comparedFigures(parts) {
  const rows = parts.flatMap((part) => MEASURES.filter(([measure]) => part[measure]).map(([measure, title]) => row({ ...part, label: `${part.label}, ${title}` }, pair(/** @type {Pair} */ (part[measure])))));
  return table("Both models on the same segments", "Both on participants neither had seen, with the 95 % interval of the difference", ["Measure", "Serves now", "This model", "Difference"], rows);
}

/** Each model's own figures side by side, where there are no people in common. @param {Measured} current @param {Measured} model */
export function besideFigures(current, model) {
  const sides = [current, model].map(({ figures }) => new Map((figures ?? []).map((figure) => [figure.dimension, figure])));
  const labels = new Map(sides.flatMap((side) => [...side.values()].map((figure) => [figure.dimension, figure.label])));
  const cells = (/** @type {string} */ dimension, /** @type {"macro_f1" | "kappa"} */ measure) => sides.map((side) => (side.has(dimension) ? value(side.get(dimension), measure) : ["–"]));
  const rows = [...labels].flatMap(([dimension, label]) => MEASURES.map(([measure, title]) => h("tr", {}, h("th", { scope: "row" }, `${label}, ${title}`), ...cells(dimension, measure).map((cell) => h("td", {}, ...cell)))));
  const heads = [current, model].map(({ on_invented_text: invented }, place) => `${place ? "This model" : "Serves now"}${invented ? ", on invented text" : ""}`);
  const caption = "Each model's own figures. They were measured on different people, so a difference may be theirs.";
  const missing = [current, model].filter(({ figures }) => !figures?.length).map(({ model_id: id, without_figures: without }) => h("p", { class: "aside" }, h("span", { class: "model-id" }, id), ": ", without ?? "Not measured."));
  return [rows.length > 0 && table("Each model's own figures", caption, ["Measure", ...heads], rows), ...missing].filter(Boolean);
}

/** @param {Figures} figure @param {"macro_f1" | "kappa"} measure */
function value(figure, measure) {
  const bounds = figure.intervals?.[measure];
  return [h("b", {}, number(figure[measure])), bounds && within(bounds.map((bound) => number(bound)))].filter(Boolean);
}

/** @param {Pair} found */
function pair({ current, candidate, difference, interval }) {
  return [[number(current)], [number(candidate)], [h("b", {}, signed(difference)), interval && within(interval.map(signed))].filter(Boolean)];
}

/** @param {string[]} bounds */
const within = ([from, to]) => h("small", {}, ` ${from} to ${to}`);

/** @param {number | null} share */
const number = (share) => (share === null ? "–" : share.toFixed(2));

/** @param {number | null} gap */
const signed = (gap) => (gap === null ? "–" : `${gap < 0 ? "−" : "+"}${Math.abs(gap).toFixed(2)}`);
