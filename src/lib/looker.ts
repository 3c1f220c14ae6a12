/**
 * One look at a time. What is asked for while one is under way is looked at once more after it:
 * that look may have begun before what there is to see.
 *
 * @param look must not reject
 */
export function createLooker(look: () => Promise<void>): () => void {
  let isLooking = false;
  let isWanted = false;
  const lookOn = async (): Promise<void> => {
    isLooking = true;
    while (isWanted) {
      isWanted = false;
      await look();
    }
    isLooking = false;
  };
  return () => {
    isWanted = true;
    if (!isLooking) void lookOn();
  };
}
