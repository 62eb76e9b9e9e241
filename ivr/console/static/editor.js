"use strict";
// The editor. Without this file the form saves and checks when it is sent.

const editing = document.getElementById("editing");
if (editing) {
  const area = document.getElementById("text"), gutter = document.getElementById("gutter");
  const list = document.getElementById("choices"), here = document.getElementById("here");
  const state = document.getElementById("state"), problems = document.getElementById("problems");
  const other = document.getElementById("other"), words = editing.dataset;
  let marks = new Map();

  // Lines and their marks.
  const lineHeight = () => parseFloat(getComputedStyle(area).lineHeight);
  const drawGutter = () => {
    // Only the lines that can be seen.
    const total = area.value.split("\n").length, height = lineHeight();
    const above = area.scrollTop - parseFloat(getComputedStyle(area).paddingTop);
    const first = Math.max(0, Math.floor(above / height)), last = Math.min(total, Math.ceil((above + area.clientHeight) / height));
    gutter.replaceChildren(...Array.from({length: Math.max(0, last - first)}, (_, index) => {
      const line = document.createElement("div"), number = first + index + 1;
      line.textContent = number;
      line.className = marks.get(number) || "";
      return line;
    }));
    gutter.style.top = first * height - above + "px";
  };
  const readMarks = () => {
    marks = new Map();
    for (const link of problems.querySelectorAll("[data-line]")) {
      const line = Number(link.dataset.line), severity = link.closest("li").className;
      if (marks.get(line) !== "error") marks.set(line, severity);
    }
    drawGutter();
    sayHere();
  };
  const place = () => {
    const before = area.value.slice(0, area.selectionStart);
    const line = before.split("\n").length;
    return {line, column: before.length - before.lastIndexOf("\n")};
  };
  const tell = (text, kind) => {
    here.className = kind;
    if (here.textContent !== text) here.textContent = text;
  };
  const sayHere = () => {
    const {line} = place();
    const found = [...problems.querySelectorAll(`[data-line="${line}"]`)].map(link => {
      const item = link.closest("li");
      return [item.querySelector(".what"), item.querySelector(".fix")].filter(Boolean).map(part => part.textContent.trim()).join(" ");
    });
    const text = found.join("  ");
    tell(text, "here");
  };
  const goTo = (line, column) => {
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const at = start + Math.max(0, Math.min((column || 1) - 1, (lines[line - 1] || "").length));
    area.focus();
    area.setSelectionRange(at, at);
    area.scrollTop = Math.max(0, (line - 8) * lineHeight());
    sayHere();
  };
  problems.addEventListener("click", event => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line), Number(link.dataset.column));
  });
  area.addEventListener("scroll", () => { drawGutter(); close(); });
  new ResizeObserver(drawGutter).observe(area);

  // What is typed is kept. Saves follow one another, each on the version of the one before.
  let saved = area.value, waiting = 0, busy = false, stopped = false;
  const say = (text, kind) => { state.textContent = text; state.className = kind || ""; };
  const post = (path, fields) => fetch(path, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({form_key: editing.elements.form_key.value, file: editing.elements.file.value, ...fields}),
  });
  const later = delay => { clearTimeout(waiting); waiting = setTimeout(save, delay); };
  const save = async () => {
    if (busy || stopped || area.value === saved) return;
    busy = true;
    const text = area.value;
    say(words.saving);
    try {
      const answer = await post(editing.getAttribute("action"), {text, version: editing.elements.version.value, as: "json"});
      if (answer.redirected || answer.status === 403) return await signedOut();
      if (answer.status === 409) return conflict(await answer.json());
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      editing.elements.version.value = told.version;
      saved = text;
      say(words.saved + " " + told.saved_at, "good");
      problems.innerHTML = told.html;
      readMarks();
    } catch (error) {
      say(words.offline, "bad");
      later(5000);
    } finally {
      busy = false;
      if (area.value !== saved && !stopped) later(600);
    }
  };
  // Signed out: whoever signs in again in another window gets a form with a key that holds.
  const signedOut = async () => {
    say(words.signedOut, "bad");
    const answer = await fetch(words.page);
    if (!answer.redirected && answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#editing [name=form_key]");
      if (fresh) editing.elements.form_key.value = fresh.value;
    }
    later(5000);
  };
  const conflict = told => {
    stopped = true;
    say(words.stale, "bad");
    other.hidden = false;
    other.querySelector("p").textContent = words.stale;
    other.querySelector("textarea").value = told.text;
    editing.elements.version.value = told.version;
    other.scrollIntoView({block: "nearest"});
  };
  other.addEventListener("click", event => {
    const take = event.target.dataset.take;
    if (!take) return;
    const shown = other.querySelector("textarea");
    if (take === "theirs") [area.value, shown.value] = [shown.value, area.value];
    else other.hidden = true;
    stopped = false;
    saved = null;
    drawGutter();
    later(0);
    area.focus();
  });
  window.addEventListener("beforeunload", event => { if (area.value !== saved && saved !== null) event.preventDefault(); });
  editing.addEventListener("submit", event => { event.preventDefault(); saved = null; save(); });

  // What can be written here.
  let choices = [], chosen = -1, word = "", asking = null, asked = 0;
  const close = () => {
    list.hidden = true;
    chosen = -1;
    area.removeAttribute("aria-activedescendant");
  };
  const choose = index => {
    chosen = (index + choices.length) % choices.length;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    list.children[chosen].scrollIntoView({block: "nearest"});
    area.setAttribute("aria-activedescendant", list.children[chosen].id);
  };
  const insert = (text, from) => {
    area.focus();
    area.setSelectionRange(from, area.selectionEnd);
    // Keeps what can be undone, unlike setRangeText.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, area.selectionEnd, "end");
  };
  const take = index => {
    const [text] = choices[index];
    insert(text, area.selectionStart - word.length);
    close();
    changed();
  };
  const show = () => {
    list.replaceChildren(...choices.map(([, shown, about, required], index) => {
      const item = document.createElement("li"), name = document.createElement("b"), told = document.createElement("span");
      item.id = "choice-" + index;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      name.textContent = shown;
      told.textContent = (required ? words.required + " " : "") + about;
      item.append(name, " ", told);
      item.addEventListener("mousedown", event => { event.preventDefault(); take(index); });
      return item;
    }));
    const {line, column} = place(), style = getComputedStyle(area);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.fontSize + " " + style.fontFamily;
    const before = area.value.split("\n")[line - 1].slice(0, column - 1 - word.length);
    const left = area.offsetLeft + parseFloat(style.paddingLeft) + pen.measureText(before).width - area.scrollLeft;
    const top = parseFloat(style.paddingTop) + line * lineHeight() - area.scrollTop;
    list.hidden = false;
    list.style.left = Math.max(area.offsetLeft, Math.min(left, area.offsetLeft + area.clientWidth - list.offsetWidth)) + "px";
    const above = top + list.offsetHeight > area.clientHeight && top > area.clientHeight / 2;
    list.style.top = (above ? top - lineHeight() - list.offsetHeight : top) + "px";
    list.scrollTop = 0;
  };
  const ask = async wanted => {
    if (asking) asking.abort();
    asking = new AbortController();
    const {line, column} = place(), number = ++asked;
    try {
      const answer = await fetch(words.complete, {
        method: "POST",
        signal: asking.signal,
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({
          form_key: editing.elements.form_key.value, file: editing.elements.file.value,
          text: area.value, line: String(line), column: String(column),
        }),
      });
      if (!answer.ok || answer.redirected || number !== asked) return;
      const told = await answer.json();
      ({word, choices} = told);
      const whole = choices.length === 1 && choices[0][0].trim() === word;
      if (!choices.length || (!wanted && (whole || !word))) close();
      else show();
      if (wanted) tell(choices.length ? choices.length + " " + words.choices : words.none, "here soft");
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  const changed = () => {
    drawGutter();
    if (saved !== area.value) say(words.typing);
    later(600);
  };
  let hint = 0;
  area.addEventListener("input", event => {
    changed();
    clearTimeout(hint);
    if (event.inputType === "insertText" && /^[a-z_]$/.test(event.data || "")) hint = setTimeout(() => ask(false), 200);
    else close();
  });
  list.addEventListener("mousedown", event => event.preventDefault());
  area.addEventListener("blur", close);
  for (const name of ["keyup", "click"]) area.addEventListener(name, sayHere);

  const indent = back => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, end = area.selectionEnd;
    const lines = area.value.slice(start, end).split("\n");
    const moved = lines.map(line => back ? line.replace(/^ {1,2}/, "") : line && "  " + line).join("\n");
    area.setSelectionRange(start, end);
    insert(moved, start);
    if (lines.length > 1) area.setSelectionRange(start, start + moved.length);
  };
  const newLine = () => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const line = area.value.slice(start, area.selectionStart);
    const blanks = line.match(/^ */)[0], item = line.match(/^ *(- +)+/);
    const deeper = /:\s*$/.test(line) ? "  " : "";
    insert("\n" + (item ? " ".repeat(item[0].length) : blanks) + deeper, area.selectionStart);
  };
  area.addEventListener("keydown", event => {
    const open = !list.hidden;
    if (event.isComposing) return;
    // Gone before the focus moves on: Tab leaves the editor, and does not stop in the list.
    if (event.key === "Tab") return close();
    if ((event.key === "/" && event.altKey) || (event.key === " " && event.ctrlKey)) ask(true);
    else if (event.key === "]" && event.ctrlKey) indent(false);
    else if (event.key === "[" && event.ctrlKey) indent(true);
    else if (event.key === "F8") {
      const lines = [...marks.keys()].sort((one, two) => one - two), {line} = place();
      const next = lines.find(one => one > line) ?? lines[0];
      if (next) goTo(next, 1);
    } else if (open && event.key === "Escape") close();
    else if (open && event.key === "ArrowDown") choose(chosen + 1);
    else if (open && event.key === "ArrowUp") choose(chosen < 0 ? choices.length - 1 : chosen - 1);
    else if (open && event.key === "Enter" && chosen >= 0) take(chosen);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey) newLine();
    else return;
    event.preventDefault();
  });

  readMarks();
  const line = Number(words.line);
  if (line) goTo(line, 1);
}
