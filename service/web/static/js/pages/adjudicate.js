// The page where differences between coders are settled.

import { all, get, projectPath } from "../api.js";
import { read } from "../codebook.js";
import { byId, here, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";
import { Settling, nothingLeft } from "../settling.js";
import "../elements/keys.js";
import "../elements/sheet.js";
import "../elements/transcript.js";

async function open() {
  const { project: name } = here();
  const [project, queue] = await Promise.all([get(projectPath(name)), all(`${projectPath(name)}/queue`)]);
  trail([{ name: project.name, href: pageOf(name) }, { name: "Settle differences" }]);
  const items = queue.filter((item) => item.kind === "adjudicate");
  byId("view").hidden = !items.length;
  if (items.length) await new Settling(project, read(project.codebook), items).open();
  else nothingLeft(name);
}

void startPage(open, { shows: false });
