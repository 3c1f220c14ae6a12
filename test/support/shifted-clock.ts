/** `NODE_OPTIONS` of a process whose clock is off. */
export function clockOffBy(seconds: number): string {
  const code = `const real = Date; const now = () => real.now() + ${seconds * 1_000};
    globalThis.Date = class extends real {
      constructor(...given) { given.length === 0 ? super(now()) : super(...given); }
      static now() { return now(); }
    };`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}
