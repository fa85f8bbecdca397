// What the journeys share: where the service is, and assertions.

/** Where the service is, and who calls; `run` makes the names of this run its own. */
export function environment() {
  const read = (name: string): string => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is not set; start this with \`make clients\``);
    return value;
  };
  const run = `${read("RUN")}-${process.pid}`;
  return { baseUrl: read("BASE"), key: read("KEY"), team: read("TEAM"), email: read("EMAIL"), password: read("PASSWORD"), run };
}

/** The data of an answer that succeeded. */
export function found<T>(answer: { data?: T | undefined; error?: unknown; response?: Response | undefined }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response?.status} ${answer.response?.url}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

export function equal<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`);
}
