/** Looks when asked to, once at a time. */
export interface Looker {
  /**
   * Asks for a look. One that is under way may have begun before what there is to see: it is looked
   * once more after it.
   */
  look(): void;
  /** Resolves when nothing that was asked for is left. */
  idle(): Promise<void>;
}

/** @param look must not reject */
export function createLooker(look: () => Promise<void>): Looker {
  let looking: Promise<void> | undefined;
  let isWanted = false;
  const lookOn = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false;
      await look();
    }
    looking = undefined;
  };
  return {
    look() {
      isWanted = true;
      looking ??= lookOn();
    },
    async idle() {
      await looking;
    },
  };
}
