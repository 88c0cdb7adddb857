// How far a project or a transcript is, and what of it is the person's own.

import { h } from "../dom.js";

/** @typedef {{segments: number, complete: number, decided: number, open: number}} Progress  `complete` by as many people
 *   as each segment needs; `decided` by the person, `open` to them */

/**
 * A bar with its numbers.
 *
 * @param {string} name
 * @param {Progress} part
 * @param {number} coders how many people a segment may need
 * @param {...string} more
 */
export function progress(name, part, coders, ...more) {
  const bar = h("progress", { max: part.segments || 1, value: part.complete, "aria-label": `Decided in ${name}` });
  return h("div", { class: "row-progress" }, bar, h("span", {}, whole(part, coders)), h("span", { class: "row-own" }, [...own(part), ...more].join(" · ")));
}

const number = (/** @type {number} */ count) => count.toLocaleString("en");

/** @param {Progress} part @param {number} coders */
function whole({ segments, complete }, coders) {
  if (!segments) return "Nothing to code";
  const how = coders > 1 ? "fully decided" : "decided";
  return complete === segments ? `All ${how}` : `${number(complete)} of ${number(segments)} ${how}`;
}

/** @param {Progress} part */
function own({ segments, complete, decided, open }) {
  const waits = open ? [`${number(open)} ${open === 1 ? "waits" : "wait"} for you`] : complete < segments ? ["nothing waits for you"] : [];
  return segments > complete && decided > 0 ? [`${number(decided)} by you`, ...waits] : waits;
}
