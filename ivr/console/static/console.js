"use strict";
// Everything works without this file; it spares reloads and clicks.

// Live search: the list follows the filter while one types, and the address follows the list.
for (const form of document.querySelectorAll("form[data-live]")) {
  const place = document.querySelector(form.dataset.live);
  let waiting = 0, asking = null;
  const find = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = form.getAttribute("action") + (query.size ? "?" + query : "");
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address, {signal: asking.signal, headers: {Accept: "text/html"}});
      if (answer.redirected || !(answer.ok || answer.status === 400)) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector(form.dataset.live);
      if (answer.ok && found) {
        place.replaceChildren(...found.childNodes);
        history.replaceState(null, "", address);
        document.querySelector(".tools")?.replaceWith(page.querySelector(".tools") || "");
      }
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  form.addEventListener("input", event => {
    clearTimeout(waiting);
    waiting = setTimeout(find, event.target.type === "search" ? 250 : 0);
  });
}

// The live board: the server sends the table when it changes, here the clocks run.
const board = document.getElementById("board");
if (board) {
  const stale = document.getElementById("stale");
  let since = Date.now();
  const source = new EventSource(board.dataset.events);
  source.onmessage = event => {
    const focused = document.activeElement?.id;
    board.innerHTML = event.data;
    since = Date.now();
    if (focused) document.getElementById(focused)?.focus();
  };
  source.onopen = () => { stale.hidden = true; };
  source.onerror = () => { stale.hidden = false; };
  setInterval(() => {
    for (const cell of board.querySelectorAll("[data-runs]")) {
      const seconds = Math.floor((Number(cell.dataset.runs) + Date.now() - since) / 1000);
      cell.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    }
  }, 1000);
}

// What cannot be undone is asked about.
document.addEventListener("submit", event => {
  const question = event.target.dataset.sure;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Recordings play from any point: of the wave, and of the time-line.
for (const player of document.querySelectorAll("[data-player]")) {
  const audio = player.querySelector("audio"), wave = player.querySelector("svg"), now = player.querySelector(".now");
  if (!audio || !wave) continue;
  const width = wave.viewBox.baseVal.width;
  const seek = seconds => { audio.currentTime = seconds; audio.play(); };
  audio.addEventListener("timeupdate", () => {
    const x = audio.duration ? audio.currentTime / audio.duration * width : 0;
    now.setAttribute("x1", x);
    now.setAttribute("x2", x);
  });
  wave.addEventListener("click", event => {
    const box = wave.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    if (audio.duration) seek(share * audio.duration);
    else audio.addEventListener("loadedmetadata", () => seek(share * audio.duration), {once: true}), audio.load();
  });
  for (const time of "whole" in player.dataset ? document.querySelectorAll("[data-seek]") : []) {
    time.tabIndex = 0;
    time.setAttribute("role", "button");
    const go = () => seek(Number(time.dataset.seek) / 1000);
    time.addEventListener("click", go);
    time.addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); } });
  }
}
