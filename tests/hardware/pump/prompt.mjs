// MicroPython's WebAssembly build with its own prompt on standard input and output, byte by byte,
// until `machine.reset()`; then all its files as JSON in hex, written to the file FILES.
// node prompt.mjs BUILD FILES
import * as fs from "node:fs";
import { pathToFileURL } from "node:url";

const [build, files] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(build));
const micropython = await loadMicroPython({
  stdout: (bytes) => fs.writeSync(1, bytes),
  linebuffer: false,
});

function found(folder) {
  const all = {};
  for (const name of micropython.FS.readdir(folder || "/")) {
    if (name === "." || name === ".." || (folder === "" && ["dev", "proc"].includes(name))) continue;
    const path = folder + "/" + name;
    if (micropython.FS.isDir(micropython.FS.stat(path).mode)) Object.assign(all, found(path));
    else all[path] = Buffer.from(micropython.FS.readFile(path)).toString("hex");
  }
  return all;
}

function reset() {
  fs.writeFileSync(files, JSON.stringify(found("")));
  process.exit(0);
}

micropython.registerJsModule("machine", { reset });
micropython.FS.mkdirTree("/slots");
for (const name of ["/slots/0", "/slots/4", "/fram", "/main.py"])
  micropython.FS.writeFile(name, "old");
micropython.replInit();
process.stdin.on("data", (bytes) => {
  for (const byte of bytes) micropython.replProcessChar(byte);
});
process.stdin.on("end", () => process.exit(0));
