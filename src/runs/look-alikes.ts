/**
 * Characters that are taken for others: letters of another script in a word, spaces that are none,
 * slashes that are none, and what shows as nothing or as a box. The inbox page loads this file too:
 * it needs nothing of Node.
 */

// Spaces but the one of ASCII, the empty Braille cell, private use, what is no character (yet).
const BLANK = /(?! )\p{Zs}|[\u{2800}\u{fffc}\u{1d159}]|(?!\p{Cs})[\p{Co}\p{Cn}]/u;
const CJK =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u{3001}-\u{303f}\u{ff00}-\u{ffef}]/u;
/** Drawn letters and digits: bold, script and the like, each a character of its own. */
const DRAWN = /[\u{1d400}-\u{1d7ff}]/u;
/** Taken for `/`, `.`, `:`, `-`, `@` or quotes between letters of ASCII. */
const PUNCTUATION =
  /[\u{2044}\u{2215}\u{29f8}\u{2571}\u{ff0f}\u{2024}\u{fe52}\u{ff0e}\u{a789}\u{2236}\u{ff1a}\u{589}\u{5c3}\u{2010}-\u{2012}\u{2212}\u{ff20}\u{fe6b}\u{1c3}]/u;

/** Scripts with letters that look like Latin ones, and forms of Latin ones that are not ASCII. */
const FOREIGN =
  /[\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{sc=Cherokee}\p{sc=Coptic}\p{sc=Lisu}\u{ff21}-\u{ff3a}\u{ff41}-\u{ff5a}\u{2160}-\u{217f}\u{251}\u{261}\u{26a}\u{29f}]/u;
/** Letters of them that cannot be told from Latin ones, so that a whole word of them is one. */
const TWIN =
  /[\u{430}\u{435}\u{43e}\u{440}\u{441}\u{443}\u{445}\u{455}\u{456}\u{458}\u{4bb}\u{4cf}\u{501}\u{51b}\u{51d}\u{475}\u{410}\u{412}\u{415}\u{41a}\u{41c}\u{41d}\u{41e}\u{420}\u{421}\u{422}\u{423}\u{425}\u{405}\u{406}\u{408}\u{4c0}\u{391}\u{392}\u{395}\u{396}\u{397}\u{399}\u{39a}\u{39c}\u{39d}\u{39f}\u{3a1}\u{3a4}\u{3a5}\u{3a7}\u{3bf}\u{3bd}\u{3b9}\u{3ba}\u{3c1}\u{585}\u{578}\u{570}]/u;

const ASCII_ONLY = /^\p{ASCII}*$/u;

// Escapes of JSON first: their letter belongs to no word. Then words, and characters by themselves.
const PARTS =
  /\\u[\da-f]{4}|\\[bfnrt"\\/]|[\p{L}\p{M}\p{N}\p{Default_Ignorable_Code_Point}_]+|[^\p{ASCII}]/giu;

/** Writes every character that would be taken for another one in another way. */
export function replaceLookAlikes(text: string, write: (character: string) => string): string {
  if (!/[^\p{ASCII}]/u.test(text)) return text;
  const isTwinned = hasOnlyTwins(text);
  return text.replaceAll(PARTS, (part, at: number) => {
    if (ASCII_ONLY.test(part)) return part;
    const characters = Array.from(part);
    if (characters.length === 1 && !/[\p{L}\p{N}]/u.test(part)) {
      const around = {
        before: text[at - 1] ?? "",
        after: text[at + part.length] ?? "",
      };
      return isDeceiving(part, around) ? write(part) : part;
    }
    // Most words are of one script, and need no look at each character.
    const isMixed = FOREIGN.test(part) && (isTwinned || /\p{sc=Latin}/u.test(part));
    if (!isMixed && !DRAWN.test(part) && !BLANK.test(part)) return part;
    const isOdd = oddOf(characters, isTwinned);
    return characters
      .map((each) => (isOdd(each) || DRAWN.test(each) || BLANK.test(each) ? write(each) : each))
      .join("");
  });
}

/** Whether a text has letters of ASCII, and of other scripts only some that look like those. */
function hasOnlyTwins(text: string): boolean {
  const foreign = text.match(new RegExp(FOREIGN, "gu")) ?? [];
  return /[a-z]/i.test(text) && foreign.length > 0 && foreign.every((each) => TWIN.test(each));
}

/** What of a word does not belong: the fewer of two kinds of letters, or all that only look Latin. */
function oddOf(characters: readonly string[], isTwinned: boolean): (character: string) => boolean {
  const foreign = characters.filter((each) => FOREIGN.test(each)).length;
  const latin = characters.filter((each) => isLatin(each)).length;
  if (foreign > 0 && isTwinned) return (each) => FOREIGN.test(each);
  if (foreign === 0 || latin === 0) return () => false;
  return foreign <= latin ? (each) => FOREIGN.test(each) : (each) => isLatin(each);
}

function isLatin(character: string): boolean {
  return /\p{sc=Latin}/u.test(character) && !FOREIGN.test(character);
}

function isDeceiving(
  character: string,
  { before, after }: { before: string; after: string },
): boolean {
  if (character === "\u{3000}") return !(CJK.test(before) && CJK.test(after));
  if (BLANK.test(character)) return true;
  return PUNCTUATION.test(character) && /[\w.:/-]/.test(before) && /[\w.:/-]/.test(after);
}
