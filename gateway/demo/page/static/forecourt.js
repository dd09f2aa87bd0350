// Shows what the demo tells of the forecourt, and tells it what hands do.
"use strict";
(() => {
  const SILENT_MS = 4000;
  const token = document.body.dataset.token;
  const refused = document.getElementById("refused");
  const over = document.getElementById("over");
  const yours = document.getElementById("yours");
  const tour = document.getElementById("tour");
  const news = document.getElementById("news");
  let heard = Date.now();
  let state = null;

  async function send(deed, button) {
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch("/do", {
        method: "POST",
        headers: {"content-type": "application/json", "x-takar-demo": token},
        body: JSON.stringify(deed),
      });
      const said = await answer.json();
      refused.hidden = answer.ok;
      refused.textContent = said.refused ?? "";
    } catch {
      // The page says by itself that the demo has ended.
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  function say(root, name, text) {
    for (const place of root.querySelectorAll(`[data-say="${name}"]`)) {
      if (place.textContent !== text) place.textContent = text;
    }
  }

  function showPump(root, pump) {
    for (const name of ["state", "said", "flow", "filled", "rupiah", "totaliser", "card"]) {
      say(root, name, pump[name]);
    }
    say(root, "percent", pump.tank < 0 ? "" : `${Math.min(100, Math.floor(pump.tank * 100))} %`);
    const is = {
      lifted: pump.lifted,
      flowing: pump.flowing,
      squeezed: pump.squeezed,
      enable: pump.enable,
      limiter: pump.limiter,
      laid: pump.card !== "",
      arrived: pump.tank >= 0,
      green: pump.lamps.green,
      amber: pump.lamps.amber,
      red: pump.lamps.red,
    };
    for (const [name, on] of Object.entries(is)) root.classList.toggle(`is-${name}`, Boolean(on));
    root.querySelector(".level").setAttribute("y", String(58 - 58 * Math.max(0, pump.tank)));
    root.querySelector(".fuel").style.animationDuration = `${0.5 / Math.max(0.1, pump.speed)}s`;
    enable(root, "[data-simple=take]", pump.card !== "");
    enable(root, "[data-simple=lift]", !pump.lifted);
    enable(root, "[data-simple=hang]", pump.lifted);
    enable(root, "[data-simple=release]", pump.squeezed);
    for (const lever of root.querySelectorAll("[data-percent]")) lever.disabled = !pump.lifted;
  }

  function enable(root, which, on) {
    const button = root.querySelector(which);
    // A button that goes grey under the keyboard's focus would lose it.
    button.setAttribute("aria-disabled", String(!on));
  }

  function showBooks(books) {
    const section = document.querySelector(".books");
    section.dataset.kind = books.kind;
    for (const place of section.querySelectorAll("[data-book]")) {
      const text = String(books[place.dataset.book]);
      if (place.textContent !== text) place.textContent = text;
    }
    for (const extra of section.querySelectorAll("[data-extra]")) {
      extra.hidden = books[extra.dataset.extra] === "0,00 L";
    }
  }

  function showSwitches() {
    for (const button of document.querySelectorAll(".switch")) {
      const {switch: name, on, off} = button.dataset;
      const text = state[name] ? on : off;
      if (button.textContent !== text) button.textContent = text;
      button.classList.toggle("broken", state[name] === (name === "stop"));
      button.disabled = !state.yours;
    }
    enable(document, "[data-switch=pi]", state.power);
    enable(document, "[data-switch=pico]", state.power);
    enable(document, "[data-switch=gateway]", state.power && state.pi);
  }

  function showTheirs(now) {
    const theirs = document.querySelector(".theirs");
    if (theirs === null) return;
    const open = now.pumps.some((pump) => pump.pump === Number(theirs.dataset.pump));
    theirs.classList.toggle("is-open", open);
    const frame = theirs.querySelector("iframe");
    if (open && frame.src === "") frame.src = frame.dataset.src;
    say(theirs, "receipt", now.receipt);
    theirs.querySelector("[data-receipt]").hidden = now.receipt === "";
  }

  function show(now) {
    state = now;
    yours.disabled = !now.yours;
    tour.hidden = now.yours;
    say(document, "link", now.network ? now.link : "network cut");
    showBooks(now.books);
    showSwitches();
    showTheirs(now);
    for (const pump of now.pumps) {
      showPump(document.querySelector(`[data-pump="${pump.pump}"]`), pump);
    }
    if (news.dataset.newest !== now.news[0]) {
      news.dataset.newest = now.news[0] ?? "";
      news.replaceChildren(
        ...now.news.map((line) => Object.assign(document.createElement("li"), {textContent: line})),
      );
    }
  }

  function inHand() {
    const card = document.querySelector("[name=card]:checked");
    for (const place of document.querySelectorAll(".inhand")) place.textContent = card.dataset.title;
    return card.value;
  }

  document.addEventListener("change", inHand);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button === null || state === null) return;
    if (button.getAttribute("aria-disabled") === "true" || button.hasAttribute("aria-busy")) return;
    const data = button.dataset;
    const pump = Number(button.closest("[data-pump]")?.dataset.pump);
    if ("tap" in data) send({do: "tap", pump, card: inHand()}, button);
    else if ("simple" in data) send({do: data.simple, pump}, button);
    else if ("percent" in data) send({do: "squeeze", pump, percent: Number(data.percent)}, button);
    else if ("open" in data) send({do: "open"}, button);
    else if ("switch" in data) {
      send({do: data.switch, [data.field]: !state[data.switch]}, button);
    }
  });

  const source = new EventSource("/events");
  source.addEventListener("message", (event) => {
    heard = Date.now();
    show(JSON.parse(event.data));
  });
  source.addEventListener("beat", () => {
    heard = Date.now();
  });
  setInterval(() => {
    over.hidden = Date.now() - heard < SILENT_MS;
  }, 500);
  addEventListener("pagehide", () => source.close());
  inHand();
})();
