// The coder's desk: one transcript, one segment in focus, its codes beside it.

import { documentPath, get, projectPath } from "../api.js";
import { read } from "../codebook.js";
import { byId, h, here, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";
import { Desk } from "../desk.js";
import "../elements/keys.js";
import "../elements/sheet.js";
import "../elements/transcript.js";

startPage(async () => {
  const { project: name, documentId } = here();
  const [project, transcript] = await Promise.all([get(projectPath(name)), get(documentPath(name, documentId))]);
  trail([{ name: project.name, href: pageOf(name) }, { name: transcript.document_id, href: "" }]);
  byId("title").textContent = transcript.document_id;
  byId("view").hidden = false;
  if (!transcript.segments.length) return nothingToCode(name, transcript);
  const desk = new Desk(project, read(project.codebook), transcript);
  desk.open();
  return undefined;
});

/** @param {string} name @param {{document_id: string, text: string | null}} transcript */
function nothingToCode(name, { document_id: documentId, text }) {
  byId("view").replaceChildren(
    h(
      "div",
      { class: "page" },
      h("h1", {}, documentId),
      h("p", { class: "lede" }, text === null ? "Programs asked about segments of this document; none of them is in the queue." : "This transcript has no segments to code: everything in it was read as the interviewer speaking."),
      h("p", {}, h("a", { href: pageOf(name) }, "Back to the project")),
    ),
  );
}

