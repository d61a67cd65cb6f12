export interface TimeSkipping {
  java: string;
  /** The folder of the server's jars. */
  jars: string;
}

export function findChromium(): string | null;
export function findTimeSkipping(cache: string): TimeSkipping | null;
