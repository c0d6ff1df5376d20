/** Keeps this thread from everything else for `blockedMs` of every `periodMs`. Returns what ends it. */
export function blockMain(blockedMs, periodMs) {
  let timer;
  const block = () => {
    const untilMs = performance.now() + blockedMs;
    while (performance.now() < untilMs);
    timer = setTimeout(block, periodMs - blockedMs);
  };
  timer = setTimeout(block, 0);
  return () => clearTimeout(timer);
}
