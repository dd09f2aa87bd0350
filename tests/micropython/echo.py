"""Answer each line."""

import lines

while (line := lines.read()) is not None:
    lines.write("<" + line + ">")
