// What other people chose on a segment that no longer waits for this person; looked up when asked for.

import { get } from "../api.js";
import { inWords } from "../codebook.js";
import { h } from "../dom.js";

/**
 * @param {import("../types.js").Segment} segment
 * @param {import("../types.js").Dimension[]} dimensions
 * @returns {HTMLElement | null}
 */
export function othersChose(segment, dimensions) {
  if (!segment.decided_by_others) return null;
  const list = h("dl", { class: "others-chose" });
  const box = h("details", { class: "others" }, h("summary", {}, "What others chose"), list);
  box.addEventListener("toggle", () => void fill(segment, dimensions, list), { once: true });
  return box;
}

/**
 * What was coded in another tool, a line for each coder; the server gives it to nobody for whom the segment is open.
 *
 * @param {import("../types.js").Segment} segment
 * @param {import("../types.js").Dimension[]} dimensions
 */
export function codedElsewhere({ imported = [] }, dimensions) {
  /** @type {Map<string, import("../types.js").Choices>} */
  const hands = new Map();
  for (const { coder, own, dimension, codes, tool } of imported) {
    const who = own ? " by you" : coder && ` by ${coder}`;
    const hand = `coded elsewhere${who}${tool && ` (${tool})`}`;
    hands.set(hand, { ...hands.get(hand), [dimension]: codes });
  }
  return [...hands].map(([hand, codes]) => `${hand}: ${inWords(dimensions, codes)}`);
}

async function fill(segment, dimensions, list) {
  const { codings = [] } = await get(`/segments/${encodeURIComponent(segment.segment_id)}`).catch(() => ({}));
  const rows = codings.flatMap((coding) => [
    h("dt", {}, coding.person, coding.adjudication && h("small", {}, " settled it")),
    h("dd", {}, inWords(dimensions, coding.codes), coding.memo && h("p", { class: "other-memo" }, coding.memo)),
  ]);
  list.replaceChildren(...(rows.length ? rows : [h("dd", {}, "Nothing to show yet.")]));
}
