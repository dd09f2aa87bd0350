// Run a script under MicroPython's WebAssembly build, with the files it imports in memory:
// node node.mjs BUILD ROOT SCRIPT ARGUMENT...   (SCRIPT and what it imports lie below ROOT)
// Module `lines` is there for it: read() gives the next line of standard input without its
// newline, or None at the end; write(text) prints one.
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

const CHUNK_BYTES = 65536;
const [build, root, script, ...words] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(build));
const micropython = await loadMicroPython({ stdout: (text) => write(text) });

const chunk = Buffer.alloc(CHUNK_BYTES);
let waiting = "";

function read() {
  for (;;) {
    const end = waiting.indexOf("\n");
    if (end >= 0) {
      const line = waiting.slice(0, end);
      waiting = waiting.slice(end + 1);
      return line;
    }
    const count = fs.readSync(0, chunk);
    if (count === 0) return null;
    waiting += chunk.toString("latin1", 0, count);
  }
}

function write(text) {
  fs.writeSync(1, text + "\n");
}

function copy(folder) {
  micropython.FS.mkdirTree("/" + folder);
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "__pycache__") copy(name);
    else if (entry.name.endsWith(".py"))
      micropython.FS.writeFile("/" + name, fs.readFileSync(path.join(root, name)));
  }
}

const chip = "hardware/simulated/pico/chip";
copy("firmware");
copy(chip);
micropython.registerJsModule("lines", { read, write });
micropython.globals.set("words", JSON.stringify(words));
try {
  micropython.runPython(
    `import sys, json\nsys.path[:0] = ["/", "/${chip}"]\nsys.argv[:] = json.loads(words)\n`,
  );
  // This build collects garbage only between two runs: a script has its parts at "# %%".
  for (const part of fs.readFileSync(path.join(root, script), "utf8").split("\n# %%\n"))
    micropython.runPython(part);
} catch (error) {
  process.stderr.write(error.message + "\n");
  process.exit(1);
}
