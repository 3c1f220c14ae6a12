import { win32 } from "node:path";

const DEVICE = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?:\.|$)/i;

/**
 * The path that a text says on Windows, in one spelling: drive in capitals, `\`, no `\\?\`, names
 * without the dots and spaces at their ends that Windows leaves out. `undefined` for what one text
 * hides behind another: streams (`a.txt:s`), devices, short names (`PRIVAT~1`), other roots.
 */
export function readWindowsPath(text: string, folder: string): string | undefined {
  if (text.includes("\0")) return undefined;
  const slashed = text.replaceAll("/", "\\");
  const plain = slashed.replace(/^\\\\[?.]\\(?:UNC\\|(?=[A-Za-z]:\\))/i, (prefix) =>
    /unc/i.test(prefix) ? "\\\\" : "",
  );
  if (/^\\\\[?.]\\/.test(plain)) return undefined;
  // `C:a.txt` counts from wherever that drive is at.
  if (/^[A-Za-z]:(?!\\)/.test(plain)) return undefined;
  const whole = win32.resolve(folder, plain);
  const { root } = win32.parse(whole);
  const names = whole.slice(root.length).split("\\");
  const clean = names.map((name) => name.replace(/[. ]+$/, ""));
  const isHidden = clean.some(
    (name, index) =>
      (name === "" && names[index] !== "") ||
      name.includes(":") ||
      /~\d/.test(name) ||
      DEVICE.test(name),
  );
  if (isHidden) return undefined;
  return root.replace(/^[a-z](?=:)/, (drive) => drive.toUpperCase()) + clean.join("\\");
}
