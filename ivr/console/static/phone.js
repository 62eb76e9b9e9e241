"use strict";
// The phone: keys go to the server, where the real engine runs; sound and everything that happens come back.

const phone = document.getElementById("phone");
if (phone) {
  const words = phone.dataset, find = id => document.getElementById(id);
  const display = find("display"), log = find("log"), where = find("where"), kept = find("kept"), ringing = find("ringing");
  const saying = find("saying"), keeping = find("keeping"), arranging = find("arranging");
  let call = null, source = null, over = true;

  const post = async (path, fields) => {
    const answer = await fetch(path, {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({form_key: words.key, ...fields}),
    });
    const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    if (!answer.ok || answer.redirected) throw new Error(told.error || words.failed);
    return told;
  };
  const act = async fields => {
    try {
      return await post("/authoring/phone/" + call, fields);
    } catch (error) {
      line("bad", error.message);
      return {};
    }
  };

  // Sound: files one after the other without a gap, as on a telephone line.
  let ears = null, volume = null, playing = [], turn = 0;
  const sounds = new Map();
  const listen = () => {
    ears ??= new AudioContext();
    if (!volume) {
      volume = ears.createGain();
      volume.connect(ears.destination);
    }
    volume.gain.value = find("volume").value / 100;
    ears.resume();
  };
  const silence = () => {
    turn += 1;
    for (const one of playing) one.stop();
    playing = [];
  };
  const load = number => {
    const name = call + "/" + number;
    if (!sounds.has(name)) {
      sounds.set(name, fetch(`/authoring/phone/${call}/sounds/${number}`)
        .then(answer => answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(words.failed)))
        .then(bytes => ears.decodeAudioData(bytes)).catch(() => null));
    }
    return sounds.get(name);
  };
  const play = async files => {
    silence();
    const mine = turn;
    let at = ears.currentTime;
    for (const file of files) load(file.number);
    for (const file of files) {
      const sound = await load(file.number);
      if (mine !== turn) return;
      at = Math.max(at, ears.currentTime);
      if (sound) {
        const one = ears.createBufferSource();
        one.buffer = sound;
        one.connect(volume);
        one.start(at);
        playing.push(one);
      }
      at += file.ms / 1000;
      phone.dataset.played = Number(phone.dataset.played || 0) + (sound ? 1 : 0);
    }
  };
  // The two tones of a key (ITU-T Q.23).
  const beep = key => {
    const row = "123456789*0#".indexOf(key);
    for (const pitch of [[697, 770, 852, 941][Math.floor(row / 3)], [1209, 1336, 1477][row % 3]]) {
      const tone = ears.createOscillator(), soft = ears.createGain();
      soft.gain.value = .06;
      tone.frequency.value = pitch;
      tone.connect(soft).connect(volume);
      tone.start();
      tone.stop(ears.currentTime + .12);
    }
  };
  find("volume").addEventListener("input", event => { if (volume) volume.gain.value = event.target.value / 100; });

  // What is shown.
  const line = (kind, text, at) => {
    const row = document.createElement("p");
    row.className = kind;
    if (at) {
      const time = document.createElement("time");
      time.textContent = at;
      row.append(time, " ");
    }
    row.append(text);
    log.append(row);
    log.scrollTop = log.scrollHeight;
  };
  const switchTo = talking => {
    over = !talking;
    for (const button of phone.querySelectorAll("[data-press]")) button.disabled = !talking;
    find("hang-up").disabled = !talking;
    find("call").disabled = talking;
    for (const part of saying.elements) part.disabled = !talking;
    for (const part of keeping.elements) part.disabled = !call;
    if (!talking) ringing.hidden = true;
  };
  const tells = {
    play: told => play(told.sounds),
    stop: silence,
    line: told => line(told.kind, told.text.trim(), told.at),
    place: told => {
      where.textContent = `${told.tree} · ${told.node}`;
      display.textContent = `${told.tree} · ${told.node}`;
      find("variables").replaceChildren(...Object.entries(told.variables).flatMap(([name, value]) => {
        const term = document.createElement("dt"), held = document.createElement("dd");
        term.textContent = name;
        held.textContent = value;
        return [term, held];
      }));
    },
    ringing: told => {
      ringing.hidden = false;
      ringing.querySelector("p").textContent = words.rings + " " + told.target;
    },
    settled: () => { ringing.hidden = true; },
    unarranged: told => line("bad", words.unarranged + told.operation),
    over: () => {
      source.close();
      display.textContent = words.over;
      switchTo(false);
    },
  };

  // What the author does.
  find("call").addEventListener("click", async () => {
    listen();
    log.replaceChildren();
    kept.textContent = "";
    display.textContent = words.calling;
    try {
      const told = await post(`/authoring/trees/${words.tree}/call`, Object.fromEntries(new FormData(arranging)));
      call = told.call;
    } catch (error) {
      display.textContent = error.message;
      return;
    }
    switchTo(true);
    let seen = 0;
    source = new EventSource(`/authoring/phone/${call}/events`);
    source.onmessage = event => {
      // After a break the server tells the rest; what was told twice happens once.
      if (Number(event.lastEventId) <= seen) return;
      seen = Number(event.lastEventId);
      const told = JSON.parse(event.data);
      tells[told.what](told);
    };
  });
  find("hang-up").addEventListener("click", () => act({do: "hang_up"}));
  const press = key => {
    if (over) return;
    beep(key);
    act({do: "press", key});
  };
  for (const button of phone.querySelectorAll("[data-press]")) button.addEventListener("click", () => press(button.dataset.press));
  document.addEventListener("keydown", event => {
    if (/^[0-9*#]$/.test(event.key) && !event.target.closest("input, select, textarea") && !event.ctrlKey && !event.altKey && !event.metaKey) press(event.key);
  });
  saying.addEventListener("submit", async event => {
    event.preventDefault();
    const said = saying.elements.words.value;
    saying.elements.words.value = "";
    const told = await act({do: "say", words: said});
    if (told.done === false) line("bad", words.deaf);
  });
  for (const button of phone.querySelectorAll("[data-settle]")) button.addEventListener("click", () => act({do: "settle", outcome: button.dataset.settle}));
  arranging.addEventListener("change", event => {
    const {operation} = event.target.dataset;
    if (operation && !over && event.target.value) post(`/authoring/phone/${call}/answer`, {tree: words.tree, operation, answer: event.target.value}).catch(error => line("bad", error.message));
  });
  keeping.addEventListener("submit", async event => {
    event.preventDefault();
    try {
      const told = await post(`/authoring/phone/${call}/keep`, {name: keeping.elements.name.value});
      kept.textContent = words.kept + told.kept;
    } catch (error) {
      kept.textContent = error.message;
    }
  });
}
