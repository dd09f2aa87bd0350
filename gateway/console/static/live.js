// Keeps a page live: the server says which pieces have changed, as HTML by the id of their place.
"use strict";
(() => {
  const stream = document.querySelector("[data-stream]").dataset.stream;
  const silent = document.getElementById("silent");
  const SILENT_MS = 4000;
  const AGAIN_MS = 1500;
  let heard = Date.now();
  let source = null;
  let typed = false;

  function open() {
    source = new EventSource(stream);
    source.addEventListener("begin", () => {
      heard = Date.now();
    });
    source.addEventListener("pieces", (event) => {
      heard = Date.now();
      for (const [place, html] of Object.entries(JSON.parse(event.data))) {
        put(document.getElementById(place), html);
      }
    });
    source.addEventListener("leave", () => {
      source.close();
      heard = Infinity;
      // Loading again would throw away what somebody is typing.
      const left = document.getElementById("left");
      if (typed && left !== null) left.hidden = false;
      else location.reload();
    });
    source.addEventListener("error", () => {
      // The browser itself tries again only where the connection broke, not after an answer.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    });
  }

  function put(place, html) {
    if (place === null) return;
    const reached = () => [...place.querySelectorAll("a, button, input, [tabindex]")];
    const held = reached().indexOf(document.activeElement);
    place.innerHTML = html;
    if (held >= 0) reached()[held]?.focus();
  }

  setInterval(() => {
    if (silent !== null) silent.hidden = Date.now() - heard < SILENT_MS;
  }, 500);
  addEventListener("input", () => {
    typed = true;
  });
  addEventListener("pagehide", () => source?.close());
  open();
})();
