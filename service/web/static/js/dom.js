// Builds elements. Text enters the page as text nodes and in no other way.

/**
 * Make an element: `h("p", {class: "lede", onclick: f, hidden: true}, "text", child)`.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] listeners (on…), booleans, or attributes; null and undefined are left out
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child || child === 0).map((child) => asNode(child)));
  return element;
}

/** @param {unknown} child */
const asNode = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));

/**
 * Find the element of this id.
 *
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * Say something to those who listen rather than look. A repeated sentence is spoken again.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  const live = byId("live");
  live.textContent = "";
  requestAnimationFrame(() => (live.textContent = sentence));
}

/**
 * Name the page in the window's title and in the trail of the header.
 *
 * @param {{name: string, href?: string}[]} steps the last one is this page
 */
export function trail(steps) {
  document.title = [...steps.map((step) => step.name).reverse(), "Inkling"].join(" · ");
  byId("trail").replaceChildren(
    ...steps.map(({ name, href }) =>
      h("li", {}, href ? h("a", { href }, name) : h("span", { "aria-current": "page" }, name)),
    ),
  );
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {string[]} items @param {string} [word] */
export const listed = (items, word = "and") =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;

/** What the address says: the project's name, and the transcript's id on a desk. */
export function here() {
  const [, , project = "", , ...rest] = location.pathname.split("/");
  return { project: decodeURIComponent(project), documentId: decodeURIComponent(rest.join("/")) };
}

/** @param {string} project @param {string} [page] */
export const pageOf = (project, page = "") => `/projects/${encodeURIComponent(project)}${page && `/${page}`}`;

/** @param {string} project @param {string} documentId */
export const deskOf = (project, documentId) => pageOf(project, `code/${encodeURIComponent(documentId)}`);

/**
 * The desk of someone who follows the queue, at the segment that it leads to.
 *
 * @param {string} project
 * @param {{document_id: string, segment_id: string}} item
 */
export const ledTo = (project, item) => `${deskOf(project, item.document_id)}?led#${item.segment_id}`;

/** Whether the person follows the queue, rather than the transcript that they opened. */
export const isLed = () => new URLSearchParams(location.search).has("led");
