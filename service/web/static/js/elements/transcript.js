// The transcript as text to read: turns as dialogue, segments as stretches of it that can be gone to.
// What is decided stands in ink behind its segment; nothing pencilled ever stands here.

import { h } from "../dom.js";

/** @typedef {import("../types.js").Segment} Segment */

class Transcript extends HTMLElement {
  #links = [];
  #notes = [];
  #elsewhere = [];
  #current = -1;

  /**
   * Set the text.
   *
   * @param {{text: string | null, turns: {speaker: string, role: string, start: number, end: number}[]}} transcript
   * @param {Segment[]} segments in order
   */
  show({ text, turns }, segments) {
    this.#links = segments.map((segment, index) => this.#link(segment, index));
    this.#notes = segments.map(() => h("span", { class: "ink-note", hidden: true }));
    this.#elsewhere = segments.map(() => h("span", { class: "elsewhere", hidden: true }));
    this.replaceChildren(...(text === null ? this.#loose(segments) : this.#dialogue(text, turns, segments)));
    this.#current = -1;
  }

  connectedCallback() {
    this.addEventListener("click", (event) => this.#clicked(event));
  }

  /** @param {Segment} segment @param {number} index */
  #link(segment, index) {
    return h("a", { class: "segment", href: `#${index + 1}`, tabindex: "-1", "data-index": index }, segment.text);
  }

  #dialogue(text, turns, segments) {
    const slice = slicer(text);
    let at = 0;
    let before = null;
    return turns.map((turn) => {
      const speech = h("p", { class: "speech" });
      let from = turn.start;
      for (; at < segments.length && segments[at].start < turn.end; at += 1) {
        speech.append(slice(from, segments[at].start), this.#links[at], this.#notes[at], this.#elsewhere[at]);
        from = segments[at].end;
      }
      speech.append(slice(from, turn.end));
      const same = before !== null && before === turn.speaker;
      before = turn.speaker;
      return turnOf(turn, speech, same);
    });
  }

  /** Segments that came one by one, without a transcript around them. */
  #loose(segments) {
    return segments.map((segment, index) => {
      const speech = h("p", { class: "speech" }, this.#links[index], this.#notes[index], this.#elsewhere[index]);
      return turnOf(segment, speech, index > 0 && segments[index - 1].speaker === segment.speaker);
    });
  }

  /** @param {Event} event */
  #clicked(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest("a.segment");
    if (!link) return;
    event.preventDefault();
    if (getSelection()?.isCollapsed === false) return;
    const index = Number(/** @type {HTMLElement} */ (link).dataset.index);
    this.dispatchEvent(new CustomEvent("go", { detail: { index } }));
  }

  /**
   * Bring a segment into focus.
   *
   * @param {number} index
   * @param {{quietly?: boolean}} [options] `quietly` leaves the keyboard's focus where it is
   */
  focusOn(index, { quietly = false } = {}) {
    this.#leave();
    this.#current = index;
    const link = this.#links[index];
    link.classList.add("is-current");
    link.closest(".turn")?.classList.add("has-current");
    link.setAttribute("aria-current", "true");
    link.tabIndex = 0;
    if (!quietly) link.focus({ preventScroll: true });
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    link.scrollIntoView({ block: "center", behavior });
  }

  #leave() {
    const link = this.#links[this.#current];
    if (!link) return;
    link.classList.remove("is-current");
    link.closest(".turn")?.classList.remove("has-current");
    link.removeAttribute("aria-current");
    link.tabIndex = -1;
    this.markWords([]);
  }

  /**
   * Write a segment's state.
   *
   * @param {number} index
   * @param {"open" | "decided" | "waiting" | "closed"} state
   * @param {string} words the coding in words
   */
  write(index, state, words) {
    const note = this.#notes[index];
    this.#links[index].dataset.state = state;
    note.hidden = state === "open" || state === "closed";
    note.className = `ink-note is-${state}`;
    const said = state === "waiting" ? `${words} (not stored yet)` : words;
    note.replaceChildren(...said.split(" · ").flatMap((part, i) => [i ? " · " : "", h("span", {}, part)]));
  }

  /**
   * Write what was coded elsewhere, in another hand than what is decided here.
   *
   * @param {number} index
   * @param {string[]} lines one for each coder
   */
  writeElsewhere(index, lines) {
    this.#elsewhere[index].hidden = !lines.length;
    this.#elsewhere[index].replaceChildren(...lines.map((line) => h("span", {}, line)));
  }

  /**
   * Underline, in pencil, words of the current segment that moved a suggestion.
   *
   * @param {string[]} words
   */
  markWords(words) {
    const link = this.#links[this.#current];
    const text = link.textContent;
    const found = words.filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (!found.length) return link.replaceChildren(text);
    const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${found.join("|")})(?![\\p{L}\\p{N}])`, "giu"));
    return link.replaceChildren(...parts.map((part, i) => (i % 2 ? h("span", { class: "moved" }, part) : part)));
  }
}

/** One speaker's stretch; the name is given once for turns that follow one another. */
function turnOf({ speaker, role }, speech, same) {
  const name = h("p", { class: `speaker${same ? " is-same" : ""}` }, speaker || (role ? role : "—"));
  return h("div", { class: `turn ${role || "unknown"}` }, name, speech);
}

/**
 * Cut by code points, as the offsets count, where JavaScript counts UTF-16 units.
 *
 * @param {string} text
 * @returns {(start: number, end: number) => string}
 */
function slicer(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (start, end) => text.slice(start, end);
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}

customElements.define("inkling-transcript", Transcript);
